package testbed_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/authn"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// release is the table as the first release left it. That went through a flow of its own, with what its subscribers do.
type release struct {
	*testbed.Bed
	stored struct {
		End    time.Time         // of the flow
		Cookie string            // of Ada's session
		Links  map[string]string // that were mailed
		Items  []testbed.Item
		Events []event.Envelope
	}
	acme, globex, hooli access.Scope
}

// firstRelease puts what the first release has stored into the table, as it is.
func firstRelease(t *testing.T) *release {
	t.Helper()
	text, err := os.ReadFile("../store/testdata/first-release.json")
	if err != nil {
		t.Fatal(err)
	}
	r := &release{Bed: testbed.New(t)}
	if err := json.Unmarshal(text, &r.stored); err != nil {
		t.Fatal(err)
	}
	r.Load(r.stored.Items)
	r.Advance(r.stored.End.Sub(r.Now()))
	r.acme = access.Organization(r.find("org_", "Acme Group"))
	r.globex = access.Brand(r.acme.Organization, r.find("brd_", "Globex"))
	r.hooli = access.Brand(r.acme.Organization, r.find("brd_", "Hooli XYZ"))
	return r
}

// find returns the id of the organization or brand of that name.
func (r *release) find(prefix, name string) string {
	for _, item := range r.stored.Items {
		if id := testbed.Text(item, "id"); testbed.Text(item, "name") == name && strings.HasPrefix(id, prefix) {
			return id
		}
	}
	r.T.Fatalf("there is no %s", name)
	return ""
}

// signIn signs somebody in as they did then, or up.
func (r *release) signIn(name string) (request.Caller, account.User) {
	r.T.Helper()
	address := strings.ToLower(strings.Fields(name)[0]) + "@first.example"
	user, err := r.Register().Do(r.T.Context(), request.Request{ID: "sign-in"}, account.RegisterInput{
		Issuer: testbed.Issuer, Subject: address, Email: address, EmailVerified: true, Name: name,
	})
	if err != nil {
		r.T.Fatal(err)
	}
	return testbed.Caller(user.ID), user
}

func (r *release) ada() request.Caller {
	ada, _ := r.signIn("Ada Lovelace")
	return ada
}

// by returns where a link leads that was mailed then.
func (r *release) by(link string) invitation.Locator {
	return invitation.Locator{Token: strings.TrimPrefix(r.stored.Links[link], testbed.BaseURL+invitation.Path)}
}

// TestTodayServesTheFirstRelease goes on with what the first release has stored, which nothing has rewritten: today's operations read it, change it
// and end it.
func TestTodayServesTheFirstRelease(t *testing.T) {
	t.Parallel()
	r := firstRelease(t)
	for _, step := range []struct {
		name string
		do   func(*testing.T, *release)
	}{
		{"who was signed in", stillSignedIn},
		{"lists", listsOfThen},
		{"the log", logOfThen},
		{"links", linksOfThen},
		{"accepting", acceptsOfThen},
		{"access requests", requestsOfThen},
		{"members", membersOfThen},
		{"invitations", invitationsOfThen},
		{"deleting", deletesOfThen},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(t, r) }) {
			return
		}
	}
}

func stillSignedIn(t *testing.T, r *release) {
	ada, user := r.signIn("Ada Lovelace")
	asking := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	asking.Header.Set("Cookie", r.stored.Cookie)
	if got, err := (authn.Door{Sessions: r.Table, Now: r.Now}).User(asking); got != ada.User || err != nil {
		t.Errorf("her session is %q's: %v", got, err)
	}
	me, err := r.Me().Do(t.Context(), ada, account.MeInput{})
	if diff := cmp.Diff(user, me); diff != "" || err != nil || me.Username != "ada24059" || len(r.EnvelopesOf(ada.User)) != 2 {
		t.Errorf("signing in changes her, %v: %s", err, diff)
	}
	keyed := ada
	keyed.Request.IdempotencyKey, keyed.Request.Fingerprint = "create-acme", request.Fingerprint("Acme")
	again, err := r.CreateOrganization().Do(t.Context(), keyed, organization.CreateInput{Name: "Acme"})
	if err != nil || again.ID != r.acme.Organization {
		t.Errorf("her request of then, again: %+v, %v", again, err)
	}
	grace, _ := r.signIn("grace")
	mine, err := r.MyAccess().Do(t.Context(), grace, member.MyAccessInput{})
	if err != nil || len(mine.Items) != 1 || mine.Items[0].ScopeName != "Acme Group" || mine.Items[0].Via != member.ViaInvitation || len(mine.Items[0].Brands) != 2 {
		t.Fatalf("Grace has %+v, %v", mine.Items, err)
	}
	for _, b := range mine.Items[0].Brands {
		if b.JoinedAt.IsZero() || b.GrantedBy.ID != ada.User {
			t.Errorf("Grace has %+v", b)
		}
	}
	checked, err := r.CheckAccess().Do(t.Context(), grace, member.CheckInput{Check: member.Check{Scope: r.globex, Permission: access.Publish}})
	if err != nil || !checked.Allowed {
		t.Errorf("Grace may publish: %+v, %v", checked, err)
	}
}

// listed returns who a list has.
func (r *release) listed(t *testing.T, in member.ListInput) []string {
	t.Helper()
	list, err := r.ListMembers().Do(t.Context(), r.ada(), in)
	if err != nil {
		t.Error(err)
	}
	var names []string
	for _, m := range list.Items {
		names = append(names, string(m.Role)+" "+m.User.Name)
	}
	return names
}

func listsOfThen(t *testing.T, r *release) {
	ada := r.ada()
	for name, c := range map[string]struct {
		in   member.ListInput
		want []string
	}{
		"all":              {member.ListInput{Scope: r.acme}, []string{"admin Ada Lovelace", "member dan", "member dora", "member eve", "member gil", "member grace", "member jan"}},
		"by role":          {member.ListInput{Scope: r.acme, Role: access.Admin}, []string{"admin Ada Lovelace"}},
		"by word":          {member.ListInput{Scope: r.acme, Q: "lovel"}, []string{"admin Ada Lovelace"}},
		"by two words":     {member.ListInput{Scope: r.acme, Q: "first gr"}, []string{"member grace"}},
		"by address":       {member.ListInput{Scope: r.acme, Q: "jan@first"}, []string{"member jan"}},
		"by role and word": {member.ListInput{Scope: r.acme, Role: access.Member, Q: "gil"}, []string{"member gil"}},
		"without a brand":  {member.ListInput{Scope: r.acme, Brand: "none"}, []string{"member eve"}},
		"of a brand":       {member.ListInput{Scope: r.globex}, []string{"admin Ada Lovelace", "admin dan", "admin gil", "publisher grace", "publisher jan"}},
		"in a brand":       {member.ListInput{Scope: r.globex, Q: "grace"}, []string{"publisher grace"}},
		"by granter":       {member.ListInput{Scope: r.acme, GrantedBy: ada.User, Q: "dan"}, []string{"member dan"}},
	} {
		if diff := cmp.Diff(c.want, r.listed(t, c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for status, want := range map[invitation.Filter]int{
		"pending": 2, "expired": 6, "declined": 1, "accepted": 1, "invalid_grant": 1, "closed": 1,
	} {
		list, err := r.List().Do(t.Context(), ada, invitation.ListInput{Scope: r.acme, Status: status})
		if err != nil || len(list.Items) != want {
			t.Errorf("%s: %d invitations, want %d, %v", status, len(list.Items), want, err)
		}
	}
	asked, err := r.AccessRequests().Do(t.Context(), ada, accessrequest.ListInput{Scope: r.acme})
	if err != nil || len(asked.Items) != 5 {
		t.Errorf("access requests: %+v, %v", asked.Items, err)
	}
	brands, err := r.ListBrands().Do(t.Context(), ada, brand.ListInput{Scope: r.acme})
	if err != nil || len(brands.Items) != 2 {
		t.Errorf("brands: %+v, %v", brands.Items, err)
	}
}

func logOfThen(t *testing.T, r *release) {
	ada := r.ada()
	grace, _ := r.signIn("grace")
	count := func(in audit.ListInput) int {
		t.Helper()
		limit := 100
		in.Limit = &limit
		list, err := r.ListAuditLog().Do(t.Context(), ada, in)
		if err != nil {
			t.Error(err)
		}
		for _, entry := range list.Items {
			if entry.Type == "" || entry.Actor.ID == "" || entry.OccurredAt.IsZero() {
				t.Errorf("an entry reads %+v", entry)
			}
		}
		return len(list.Items)
	}
	all, inGlobex := 0, 0
	for _, e := range r.stored.Events {
		scopes := e.Detail.Metadata.Scopes
		if scopes[0].Root() == r.acme {
			all++
		}
		if slices.Contains(scopes, r.globex) {
			inGlobex++
		}
	}
	for name, c := range map[string]struct {
		in   audit.ListInput
		want int
	}{
		"all":            {audit.ListInput{Scope: r.acme}, all},
		"of a brand":     {audit.ListInput{Scope: r.globex}, inGlobex},
		"about somebody": {audit.ListInput{Scope: r.acme, User: grace.User}, 2},
		"of a type":      {audit.ListInput{Scope: r.acme, Type: "MemberRoleChanged"}, 4},
		"of an address":  {audit.ListInput{Scope: r.acme, User: "ned@first.example"}, 2},
	} {
		if got := count(c.in); got != c.want {
			t.Errorf("%s: %d entries, want %d", name, got, c.want)
		}
	}
	limit := 100
	r.Advance(time.Minute) // beyond what the feed holds back
	feed, err := r.ListEvents().Do(t.Context(), ada, audit.FeedInput{Scope: r.acme, Limit: &limit})
	if err != nil || len(feed.Items) != all {
		t.Errorf("the feed has %d, want %d: %v", len(feed.Items), all, err)
	}
}

func linksOfThen(t *testing.T, r *release) {
	for link, want := range map[string]struct {
		status invitation.Status
		code   string
	}{
		"pending": {invitation.Pending, ""}, "pending in a brand": {invitation.Pending, ""}, "undelivered": {invitation.Expired, ""}, "resent": {invitation.Expired, ""},
		"too late": {invitation.Expired, ""}, "accepted": {invitation.Accepted, ""}, "declined": {invitation.Declined, ""}, "expired": {invitation.Expired, ""},
		"invalid_grant": {invitation.InvalidGrant, ""}, "closed": {invitation.Closed, ""}, "superseded": {"", "invitation_superseded"}, "deleted": {"", "invitation_deleted"},
	} {
		got, err := r.Preview().Do(t.Context(), request.Caller{}, invitation.PreviewInput{Token: r.by(link).Token})
		if got.Status != want.status || want.code != "" && (!fault.HasCode(err, want.code) || !errors.Is(err, fault.Gone)) || want.code == "" && err != nil {
			t.Errorf("the link of the %s invitation: got %+v, %v", link, got, err)
		}
	}
	rex, _ := r.signIn("rex")
	if _, err := r.RequestLink().Do(t.Context(), rex, invitation.RequestLinkInput{Token: r.by("too late").Token}); !errors.Is(err, fault.TooMany) {
		t.Errorf("Rex has asked for another link already: %v", err)
	}
}
