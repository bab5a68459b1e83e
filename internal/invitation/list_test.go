package invitation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// gallery is an organization with invitations in every status, and the names of their addresses.
type gallery struct {
	*testbed.Scene
	byName map[string]invitation.Invitation
}

func newGallery(t *testing.T) gallery {
	t.Helper()
	g := gallery{testbed.NewScene(t), map[string]invitation.Invitation{}}
	days := func(n int) func(*invitation.CreateInput) {
		return func(in *invitation.CreateInput) { in.ExpiresInDays = new(n) }
	}
	add := func(name string, scope access.Scope, changes ...func(*invitation.CreateInput)) invitation.Invitation {
		in := testbed.MemberOffer(g.ID, g.Address(name), g.Brands[0])
		if scope != g.Org {
			in = brandOffer(g.Scene, access.Viewer, g.Address(name))
			in.Scope = scope
		}
		for _, change := range changes {
			change(&in)
		}
		g.byName[name] = invite(t, g.Bed, g.Ada, in)
		return g.byName[name]
	}
	failed := add("undelivered", g.Org, days(20))
	lost := add("undelivered-expired", g.Org, days(1))
	for _, i := range []invitation.Invitation{failed, lost} {
		if err := g.Track().Do(t.Context(), testbed.Undelivered(i.Reference(), "mailbox does not exist")); err != nil {
			t.Fatal(err)
		}
	}
	add("pending-later", g.Org, days(30))
	add("pending-sooner", g.Globex, days(10))
	add("pending-initech", g.Initech, days(15))
	add("lapsed", g.Globex, days(2))
	done := add("expired", g.Org, days(1))
	g.SetStatus(g.Org, add("closed", g.Globex).ID, strings.ToLower(g.byName["closed"].Invitee.Email), "closed")
	g.SetStatus(g.Org, add("invalid", g.Org).ID, strings.ToLower(g.byName["invalid"].Invitee.Email), "invalid_grant")
	for _, name := range []string{"declined-first", "declined-last"} {
		g.Advance(time.Hour)
		who := g.SomeoneWith("Grace", add(name, g.Globex).Invitee.Email+".example") // of another address
		if err := decline(t, g.Bed, who, g.byName[name]); err == nil {
			t.Fatal("somebody else has declined")
		}
		in := invitation.DeclineInput{Locator: byLink(g.byName[name]), Email: g.byName[name].Invitee.Email}
		if _, err := g.Decline().Do(t.Context(), g.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
	}
	accepted := add("accepted", g.Org)
	if _, err := accept(t, g.Bed, g.SomeoneWith("Grace", accepted.Invitee.Email), accepted); err != nil {
		t.Fatal(err)
	}
	g.Advance(3 * 24 * time.Hour)
	expired(t, g.Bed, done, 1)
	return g
}

func (g gallery) names(list []invitation.Invitation) []string {
	names := []string{}
	for _, i := range list {
		name, _, _ := strings.Cut(i.Invitee.Email, "-01")
		names = append(names, name)
	}
	return names
}

func TestList(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	all := []string{
		"undelivered", "undelivered-expired", "pending-later", "pending-initech", "pending-sooner", "lapsed", "invalid", "expired",
		"declined-last", "declined-first", "closed", "accepted",
	}
	for _, c := range []struct {
		name   string
		who    testbed.Someone
		scope  access.Scope
		status invitation.Filter
		want   []string
	}{
		{"all", g.Ada, g.Org, "", all},
		{"pending", g.Ada, g.Org, "pending", []string{"undelivered", "pending-sooner", "pending-initech", "pending-later"}},
		{"expired", g.Ada, g.Org, "expired", []string{"undelivered-expired", "lapsed", "expired"}},
		{"not delivered", g.Ada, g.Org, "delivery_failed", []string{"undelivered"}},
		{"declined", g.Ada, g.Org, "declined", []string{"declined-last", "declined-first"}},
		{"rejected", g.Ada, g.Org, "rejected", []string{"declined-last", "declined-first"}},
		{"accepted", g.Ada, g.Org, "accepted", []string{"accepted"}},
		{"invalid_grant", g.Ada, g.Org, "invalid_grant", []string{"invalid"}},
		{"closed", g.Ada, g.Org, "closed", []string{"closed"}},
		{"of a brand", g.Bob, g.Globex, "", []string{"pending-sooner", "lapsed", "declined-last", "declined-first", "closed"}},
		{"pending in a brand", g.Bob, g.Globex, "pending", []string{"pending-sooner"}},
		{"expired in a brand", g.Bob, g.Globex, "expired", []string{"lapsed"}},
		{"of another brand", g.Ada, g.Initech, "", []string{"pending-initech"}},
		{"expired in another brand", g.Ada, g.Initech, "expired", []string{}},
	} {
		got, err := g.List().Do(t.Context(), c.who.Caller, invitation.ListInput{Scope: c.scope, Status: c.status})
		if diff := cmp.Diff(c.want, g.names(got.Items)); err != nil || diff != "" {
			t.Error(c.name, err, diff)
		}
		for _, i := range got.Items { // the list shows what the table holds, without the link
			one, err := g.Get().Do(t.Context(), c.who.Caller, invitation.GetInput{Scope: c.scope, ID: i.ID})
			one.AcceptURL = ""
			if diff := cmp.Diff(one, i); err != nil || diff != "" {
				t.Error(c.name, err, diff)
			}
		}
		for limit := 1; limit <= 3; limit++ {
			pages := testbed.Pages(t, func(cursor string) (page.List[invitation.Invitation], error) {
				return g.List().Do(t.Context(), c.who.Caller, invitation.ListInput{Scope: c.scope, Status: c.status, Query: page.Query{Limit: &limit, Cursor: cursor}})
			})
			if diff := cmp.Diff(c.want, g.names(testbed.Flat(t, pages, limit))); diff != "" {
				t.Errorf("%s by %d: %s", c.name, limit, diff)
			}
		}
	}
	if got, err := g.Count().Do(t.Context(), g.Ada.Caller, g.Org); err != nil || got.Invitations != 4 {
		t.Errorf("the tab counts %+v, %v", got, err)
	}
}

// TestListByTheClock shows the very second in which an invitation expires, also to somebody who pages at that time.
func TestListByTheClock(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	first := s.Pending(s.Address("first"))
	s.Advance(time.Second)
	second := s.Pending(s.Address("second"))
	pending := func(cursor string, limit int) page.List[invitation.Invitation] {
		t.Helper()
		got, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: s.Org, Status: "pending", Query: page.Query{Limit: &limit, Cursor: cursor}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	ids := func(list page.List[invitation.Invitation]) (ids []string) {
		for _, i := range list.Items {
			ids = append(ids, i.ID)
		}
		return ids
	}
	s.Advance(week - 1500*time.Millisecond)
	begun := pending("", 1)
	if diff := cmp.Diff([]string{first.ID}, ids(begun)); diff != "" {
		t.Error(diff)
	}
	for _, step := range []struct {
		by   time.Duration
		want []string
	}{
		{499 * time.Millisecond, []string{first.ID, second.ID}}, {time.Millisecond, []string{second.ID}}, {999 * time.Millisecond, []string{second.ID}}, {time.Millisecond, nil},
	} {
		s.Advance(step.by)
		if diff := cmp.Diff(step.want, ids(pending("", 50))); diff != "" {
			t.Errorf("at %s: %s", s.Now(), diff)
		}
		expiredOnes, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: s.Org, Status: "expired"})
		if err != nil || len(expiredOnes.Items) != 2-len(step.want) {
			t.Errorf("at %s: %d are expired, %v", s.Now(), len(expiredOnes.Items), err)
		}
		// The next page is what has not been shown and is still open.
		if diff := cmp.Diff(slices.DeleteFunc(step.want, func(id string) bool { return id == first.ID }), ids(pending(begun.NextCursor, 50))); diff != "" {
			t.Errorf("the next page at %s: %s", s.Now(), diff)
		}
	}
}

func TestListRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	for _, scope := range []access.Scope{s.Org, s.Globex} {
		testbed.Exercise{Scene: s, Scope: scope, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.List().Do(ctx, caller, invitation.ListInput{Scope: scope, Fresh: []string{i.ID}})
			return err
		}}.Refusals(t)
	}
}

func TestListCursors(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	otto := s.Someone("Otto")
	s.Promote(s.Ada, s.ID, otto)
	for range 2 {
		invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("grace")))
	}
	list := func(who testbed.Someone, scope access.Scope, status invitation.Filter) func(string) error {
		return func(cursor string) error {
			_, err := s.List().Do(t.Context(), who.Caller, invitation.ListInput{Scope: scope, Status: status, Query: page.Query{Cursor: cursor}})
			return err
		}
	}
	for _, status := range []invitation.Filter{"", "pending"} {
		first, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: s.Org, Status: status, Query: page.Query{Limit: new(1)}})
		if err != nil {
			t.Fatal(err)
		}
		binding := []string{"list-invitations", s.Ada.User.ID, s.Org.String(), string(status)}
		testbed.CheckCursors(t, first.NextCursor, binding, list(s.Ada, s.Org, status), map[string]func(string) error{
			"another Admin's list": list(otto, s.Org, status),
			"a brand":              list(s.Ada, s.Globex, status),
			"another filter":       list(s.Ada, s.Org, "expired"),
			"another tenant":       list(s.Eve, s.Elsewhere, status),
			"the members": func(cursor string) error {
				_, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: s.Org, Query: page.Query{Cursor: cursor}})
				return err
			},
		})
	}
}

// TestListFresh shows that what one just did is seen at once, while the indexes lag by two seconds.
func TestListFresh(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	const delay = 2 * time.Second
	if err := proxy.DelayIndexes(t.Context(), testbed.TableName(), delay, false); err != nil {
		t.Fatal(err)
	}
	ada := bed.Someone("Ada")
	org, brands := bed.Organization(ada.Caller, "Acme", "Globex", "Initech")
	changed := time.Now()
	i := bed.Invite(ada.Caller, org.ID, bed.Address("grace"), brands[0])
	inGlobex := invite(t, bed, ada, invitation.CreateInput{
		Scope: brands[0].Scope(), Invitees: []invitation.Invitee{{Email: bed.Address("bea")}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	list := func(scope access.Scope, status invitation.Filter, cursor string, fresh ...string) (ids []string) {
		t.Helper()
		got, err := bed.List().Do(t.Context(), ada.Caller, invitation.ListInput{Scope: scope, Status: status, Fresh: fresh, Query: page.Query{Cursor: cursor}})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range got.Items {
			ids = append(ids, item.ID)
		}
		return ids
	}
	scope := access.Organization(org.ID)
	lagging := list(scope, "", "")
	if waited := time.Since(changed); waited < delay/2 && len(lagging) > 0 {
		t.Errorf("the index does not lag, so this test shows nothing: %v after %s", lagging, waited)
	}
	for name, c := range map[string]struct{ got, want []string }{
		"all":                {list(scope, "", "", i.ID), []string{i.ID}},
		"by its status":      {list(scope, "pending", "", i.ID), []string{i.ID}},
		"by another status":  {list(scope, "declined", "", i.ID), nil},
		"in a brand":         {list(brands[0].Scope(), "", "", i.ID, inGlobex.ID), []string{inGlobex.ID}},
		"in another brand":   {list(brands[1].Scope(), "", "", i.ID, inGlobex.ID), nil},
		"not to be found":    {list(scope, "", "", "inv_unknown", "#"), nil},
		"of another one too": {list(scope, "", "", inGlobex.ID, i.ID), []string{inGlobex.ID, i.ID}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" && time.Since(changed) < delay {
			t.Errorf("%s: %s", name, diff)
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(list(scope, "", "")) < 2 && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
	}
	if diff := cmp.Diff([]string{i.ID, inGlobex.ID}, list(scope, "", "", i.ID)); diff != "" {
		t.Errorf("when the index has caught up: %s", diff)
	}
	// What is deleted is gone at once for whoever deleted it, though the index still has it.
	if err := remove(t, bed, ada, i); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{inGlobex.ID}, list(scope, "", "", i.ID)); diff != "" {
		t.Errorf("after deleting: %s", diff)
	}
}
