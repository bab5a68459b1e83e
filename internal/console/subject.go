package console

import (
	"context"
	"net/url"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
)

// subject is the member whom a page is about, in an organization, a brand or a workspace.
type subject struct {
	Name, Contact string // the address, the username or the client id
	Self          bool
	Client        bool // another system
	Kind          access.Kind
	Place         string // name of the organization, brand or workspace
	Whole         bool   // an organization
	Holds         offering
	Version       int
	Base          string // where the pages about the member begin
	way
}

// way is where a change was asked for, and so where one comes back to.
type way struct {
	From string // as the forms carry it: one of the pages below, or the view of the list
	Back string
}

// The pages besides the list from which members are changed.
const (
	fromProfile = "profile"
	fromHome    = "home"
	fromBrands  = "brands"
)

// views are the parts of a list's address that say what is looked for.
var views = []string{"q", "role", "brand", "granted_by"}

// wayFrom returns the way of a page about the member, whose pages begin at base, in the users at list.
func wayFrom(from, list, base string) way {
	switch from {
	case fromProfile:
		return way{from, base}
	case fromHome:
		if strings.HasPrefix(list, workspacesPath+"/") {
			return way{from, workspacesPath}
		}
		return way{from, "/"}
	case fromBrands:
		if organization, _, inBrand := strings.Cut(list, "/brands/"); inBrand {
			return way{from, organization + "/brands"}
		}
	}
	view := url.Values{}
	asked, _ := url.ParseQuery(from) // of what cannot be read the rest counts
	for _, name := range views {
		if value := asked.Get(name); value != "" {
			view.Set(name, value)
		}
	}
	w := way{From: view.Encode(), Back: list}
	if w.From != "" {
		w.Back += "?" + w.From
	}
	return w
}

// after is where one comes back to when something is done, which is said there. changed is shown as the table has it.
func (w way) after(done, changed string) string {
	back, _ := url.Parse(w.Back) // it was put together above
	query := back.Query()
	query.Set("done", done)
	query.Set("fresh", changed)
	back.RawQuery = query.Encode()
	return back.String()
}

// user is the member that the path names; the caller where it names none, which is how one leaves. A path that names nobody who can be
// is answered as an unknown one.
func (v *visit) user() (string, error) {
	user := v.r.PathValue("u")
	switch {
	case user == "":
		return v.caller.User, nil
	case !isID(user, "usr_"):
		return "", fault.Unknown()
	}
	return user, nil
}

// subject reads the member whom a page with the form is about, side by side with the page's own parts.
func (v *visit) subject(title string, f form, parts ...func(context.Context) error) (frame, subject, member.Membership, error) {
	return v.subjectAs(member.GetInput{WithoutMails: true}, title, f, parts...)
}

// subjectAs is subject with what else is asked about the member.
func (v *visit) subjectAs(in member.GetInput, title string, f form, parts ...func(context.Context) error) (frame, subject, member.Membership, error) {
	var m member.Membership
	scope, err := v.scope()
	if err != nil {
		return frame{}, subject{}, m, err
	}
	user, err := v.user()
	if err != nil {
		return frame{}, subject{}, m, err
	}
	place := atUsers
	if v.r.PathValue("u") == "" {
		place = atHome
	}
	framed, err := v.load(title, scope, place, append(parts, func(ctx context.Context) (err error) {
		in.Scope, in.User = scope, user
		m, err = v.GetMember.Do(ctx, v.caller, in)
		return err
	})...)
	if err != nil {
		return framed, subject{}, m, err
	}
	return framed, subjectOf(m, v.caller.User, f.Value("from")), m, nil
}

func subjectOf(m member.Membership, me, from string) subject {
	list := scopePath(m.Scope) + "/users"
	s := subject{
		Name: m.User.Name, Contact: contact(m.User), Self: m.User.ID == me, Client: m.User.ClientID != "", Kind: m.Scope.Kind(), Place: m.ScopeName, Whole: m.Scope.Kind() == access.KindOrganization,
		Holds: holding(m), Version: m.Version, Base: list + "/" + m.User.ID,
	}
	s.way = wayFrom(from, list, s.Base)
	return s
}

// holding is what a member holds in the scope, in words.
func holding(m member.Membership) offering {
	return offerOf(m.Scope.Kind(), m.ScopeName, m.Grant())
}

// asked returns a form that begins with what the address says.
func (v *visit) asked(names ...string) form {
	f := newForm(v.r.URL.Path)
	query := v.r.URL.Query()
	for _, name := range names {
		if query.Has(name) {
			f.Values[name] = query[name]
		}
	}
	return f
}
