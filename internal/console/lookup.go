package console

import (
	"context"
	"net/http"
	"strings"

	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

// lookup is what stands of finding users by username on the page that invites to a workspace, and on a page of its own without scripts.
type lookup struct {
	Lookup string // where usernames are looked up; empty: nobody is invited by username
	Invite string // where those who are found are invited
	Looked string // what was looked for
	Hits   []invitation.Hit
	Nobody bool   // was found
	Wrong  string // why nobody could be looked up
}

// lookupView is the page that finds users.
type lookupView struct {
	frame
	lookup
	Form form
}

func lookupPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	p := &lookupView{lookup: lookup{
		Lookup: v.r.URL.Path, Invite: scopePath(scope) + "/users/invite", Looked: strings.TrimSpace(v.r.URL.Query().Get("username")),
	}}
	find := func(ctx context.Context) error {
		return p.find(ctx, v, invitation.FindUsersInput{Scope: scope, Username: p.Looked})
	}
	if v.byScript() { // which takes nothing but what is found
		p.frame, err = v.bare("Find users"), find(v.r.Context())
	} else {
		p.frame, err = v.load("Find users", scope, atInvited, find)
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "lookup", p)
}

// find looks users up. What is wrong with the beginning of a name, or that it was asked too often, stands where they would.
func (p *lookup) find(ctx context.Context, v *visit, in invitation.FindUsersInput) error {
	if in.Username == "" {
		return v.mayInvite(ctx)
	}
	err := fault.Fields(in.Validate())
	if err == nil {
		var found invitation.Hits
		found, err = v.FindUsers.Do(ctx, v.caller, in)
		p.Hits, p.Nobody = found.Items, len(found.Items) == 0
	}
	if known := fault.Of(err); err != nil && (known.Kind == fault.Invalid || known.Kind == fault.TooMany) {
		rejected, _ := form{}.reject(err, "?username")
		p.Wrong, p.Nobody = rejected.Problem+rejected.Error("?username"), false
		return nil
	}
	return err
}
