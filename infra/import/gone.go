package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
)

// logged is an entry of the organization's log.
type logged struct {
	Type       string
	OccurredAt time.Time `json:"occurred_at"`
	Actor      access.Person
	Scope      access.Scope
	Scopes     []access.Scope
	User       access.Person
	After      access.Grant            // of a member
	Before     struct{ Status string } // of a deleted invitation
}

// leaveOut marks everybody who was let in before and is out of something that the file gives them, by their own will or an Admin's: it stays as it was
// decided. Who was let in since then is not among them.
func (m *move) leaveOut(ctx context.Context, people []*person) error {
	asked := map[string]*person{}
	for _, p := range people {
		email, err := account.ParseEmail(p.email)
		if err != nil {
			return err
		}
		asked[email.Key] = p
	}
	known := map[*person][]access.Scope{} // where something newer is known of them
	return each(ctx, m.client, m.organization+"/audit-log", func(e logged) {
		email, err := account.ParseEmail(e.User.Email)
		p := asked[email.Key]
		if err != nil || p == nil {
			return // about nobody in the file
		}
		for _, scope := range e.Scopes {
			why, says := e.says(scope)
			name, given := m.gives(p, scope)
			if !says || !given || slices.Contains(known[p], scope) {
				continue
			}
			if known[p] = append(known[p], scope); why != "" && p.outcome != failure {
				p.outcome = failure
				p.notes = append(p.notes, fmt.Sprintf(why, name, e.OccurredAt.Format(time.DateOnly))+" Invite them by hand if they should get in again.")
			}
		}
	})
}

// gives returns whether the file gives a person something in a scope, and what that is called.
func (m *move) gives(p *person, scope access.Scope) (name string, given bool) {
	if scope.String() == m.organization {
		return "the organization", true
	}
	at := slices.IndexFunc(p.wants, func(w want) bool { return w.ID == scope.Brand })
	if at < 0 {
		return "", false
	}
	return p.wants[at].Name, true
}

// says returns whether the entry says how its person got into a scope or out of it, and how they got out, with places for the name and the day; empty
// when they got in, or were invited.
func (e logged) says(scope access.Scope) (why string, says bool) {
	switch e.Type {
	case "MemberAdded", "MemberRoleChanged", "MemberRemoved":
		switch {
		case holds(e.After, scope):
			return "", true
		case e.Actor.ID == e.User.ID:
			return "This person left %s on %s.", true
		}
		return "This person was removed from %s on %s.", true
	case "InvitationDeclined":
		why = "The invitation to %s was declined on %s."
	case "InvitationDeleted":
		if e.Before.Status != "pending" && e.Before.Status != "declined" { // what else is deleted was settled, or had lapsed by itself
			return "", false
		}
		why = "The invitation to %s was deleted on %s."
	case "InvitationCreated", "InvitationResent":
	default:
		return "", false
	}
	return why, scope == e.Scope || e.Scope.Kind() == access.KindOrganization // whose invitations bring brands; one to a brand is about that alone
}

// holds reports whether what somebody has in an organization gives them anything in a scope.
func holds(g access.Grant, scope access.Scope) bool {
	if scope.Kind() == access.KindOrganization || g.Role == access.Admin {
		return g.Role != ""
	}
	return slices.ContainsFunc(g.Brands, func(b access.BrandRole) bool { return b.ID == scope.Brand })
}
