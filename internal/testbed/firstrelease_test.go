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
		"of an address":  {audit.ListInput{Scope: r.acme, Invitee: "ned@first.example"}, 2},
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

// follow hands today's subscribers what the log has got meanwhile.
func (r *release) follow(t *testing.T, do func()) {
	t.Helper()
	known := map[string]bool{}
	for _, e := range r.Envelopes(r.acme.Organization) {
		known[e.Detail.Metadata.ID] = true
	}
	do()
	now := r.Envelopes(r.acme.Organization)
	if len(now) == len(known) {
		t.Error("nothing is logged")
	}
	for _, e := range now {
		if known[e.Detail.Metadata.ID] {
			continue
		}
		if err := errors.Join(r.Indexes().Do(t.Context(), e), r.Cleaner().Do(t.Context(), e)); err != nil {
			t.Error(err)
		}
	}
}

func acceptsOfThen(t *testing.T, r *release) {
	ned, _ := r.signIn("ned")
	waiting, err := r.Mine().Do(t.Context(), ned, invitation.MineInput{})
	if err != nil || len(waiting.Items) != 2 {
		t.Errorf("Ned is offered %+v, %v", waiting.Items, err)
	}
	r.follow(t, func() {
		joined, err := r.Accept().Do(t.Context(), ned, invitation.AcceptInput{Locator: r.by("pending")})
		if err != nil || joined.Role != access.Member || len(joined.Brands) != 1 || joined.Brands[0].ID != r.globex.Brand {
			t.Errorf("Ned gets %+v, %v", joined, err)
		}
	})
	if got := r.listed(t, member.ListInput{Scope: r.globex, Q: "ned"}); !slices.Equal(got, []string{"publisher ned"}) {
		t.Errorf("found are %v", got)
	}
	if _, err := r.Accept().Do(t.Context(), ned, invitation.AcceptInput{Locator: r.by("pending in a brand")}); !fault.HasCode(err, "invitation_closed") {
		t.Errorf("what offers less than he has is closed: %v", err)
	}
	grace, _ := r.signIn("grace")
	if again, err := r.Accept().Do(t.Context(), grace, invitation.AcceptInput{Locator: r.by("accepted")}); err != nil || len(again.Brands) != 2 {
		t.Errorf("Grace clicks once more: %+v, %v", again, err)
	}
}

func requestsOfThen(t *testing.T, r *release) {
	ada := r.ada()
	open, err := r.AccessRequests().Do(t.Context(), ada, accessrequest.ListInput{Scope: r.acme, Status: accessrequest.Pending})
	if err != nil || len(open.Items) != 1 {
		t.Fatalf("open are %+v, %v", open.Items, err)
	}
	offer := member.Offer{Role: access.Member, Brands: []string{r.globex.Brand}, BrandRole: access.Viewer}
	r.follow(t, func() {
		approved, err := r.Approve().Do(t.Context(), ada, accessrequest.ApproveInput{Scope: r.acme, ID: open.Items[0].ID, Offer: offer})
		if err != nil || approved.Status != accessrequest.Approved || approved.DecidedBy.ID != ada.User {
			t.Errorf("approved is %+v, %v", approved, err)
		}
	})
	if got := r.listed(t, member.ListInput{Scope: r.globex, Role: access.Viewer, Q: "nia"}); !slices.Equal(got, []string{"viewer nia"}) {
		t.Errorf("found are %v", got)
	}
	kim, _ := r.signIn("kim") // was rejected, longer ago than a day
	settings, err := r.GetOrganization().Do(t.Context(), ada, organization.GetInput{Scope: r.acme})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := r.Ask().Do(t.Context(), kim, accessrequest.CreateInput{Scope: r.acme, Connection: settings.Connections[0].ID, WantedBrands: []string{r.globex.Brand}})
	if err != nil || asked.Status != accessrequest.Pending {
		t.Errorf("Kim asks again: %+v, %v", asked, err)
	}
}

func membersOfThen(t *testing.T, r *release) {
	ada := r.ada()
	grace, _ := r.signIn("grace")
	dan, _ := r.signIn("dan")
	jan, _ := r.signIn("jan")
	gil, _ := r.signIn("gil")
	update := func(who request.Caller, w member.Wish) member.Membership {
		t.Helper()
		was, err := r.GetMember().Do(t.Context(), ada, member.GetInput{Scope: r.acme, User: who.User})
		if err != nil {
			t.Fatal(err)
		}
		now, err := r.UpdateMember().Do(t.Context(), ada, member.UpdateInput{Scope: r.acme, User: who.User, IfMatch: was.Version, Wish: w})
		if err != nil || now.Version != was.Version+1 || !now.JoinedAt.Equal(was.JoinedAt) {
			t.Errorf("from %+v to %+v, %v", was, now, err)
		}
		return now
	}
	r.follow(t, func() {
		now := update(grace, member.Wish{Brands: map[string]*access.Role{r.globex.Brand: new(access.Admin)}})
		for _, b := range now.Brands {
			if b.ID == r.globex.Brand && (b.Role != access.Admin || b.JoinedAt.IsZero() || !b.JoinedAt.Before(b.GrantedAt)) {
				t.Errorf("in Globex Grace is %+v", b)
			}
		}
		update(dan, member.Wish{Role: access.Admin, Confirm: "admin"})
		if _, err := r.RemoveMember().Do(t.Context(), ada, member.RemoveInput{Scope: r.acme, User: jan.User}); err != nil {
			t.Errorf("Jan is removed: %v", err)
		}
		if _, err := r.RemoveMember().Do(t.Context(), gil, member.RemoveInput{Scope: r.globex, User: "me"}); err != nil {
			t.Errorf("Gil leaves a brand: %v", err)
		}
	})
	for q, want := range map[string][]string{"jan": nil, "grace": {"admin grace"}, "dan": {"admin dan"}, "gil": nil} {
		if got := r.listed(t, member.ListInput{Scope: r.globex, Q: q}); !slices.Equal(got, want) {
			t.Errorf("%s: found are %v, want %v", q, got, want)
		}
	}
	r.follow(t, func() {
		if _, err := r.UpdateBrand().Do(t.Context(), ada, brand.UpdateInput{Scope: r.globex, Name: "Globex Two"}); err != nil {
			t.Error(err)
		}
	})
	mine, err := r.MyAccess().Do(t.Context(), grace, member.MyAccessInput{})
	if err != nil || len(mine.Items) != 1 || !slices.ContainsFunc(mine.Items[0].Brands, func(b member.BrandGrant) bool { return b.Name == "Globex Two" }) {
		t.Errorf("Grace has %+v, %v", mine.Items, err)
	}
	ike, _ := r.signIn("ike") // has left by themselves, so is asked
	out, err := r.Create().Do(t.Context(), ada, testbed.MemberOffer(r.acme.Organization, "ike@first.example", brand.Brand{ID: r.globex.Brand}))
	if err != nil || len(out.Results) != 1 || out.Results[0].Outcome != "invited" {
		t.Fatalf("Ike is %+v, %v", out.Results, err)
	}
	if joined, err := r.Accept().Do(t.Context(), ike, invitation.AcceptInput{Locator: invitation.Locator{Scope: r.acme, ID: out.Results[0].Invitation.ID}}); err != nil || joined.Version != 3 {
		t.Errorf("Ike's version goes on: %+v, %v", joined, err)
	}
}

func invitationsOfThen(t *testing.T, r *release) {
	ada := r.ada()
	list := func(status invitation.Filter) map[string]invitation.Invitation {
		t.Helper()
		found, err := r.List().Do(t.Context(), ada, invitation.ListInput{Scope: r.acme, Status: status})
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]invitation.Invitation{}
		for _, i := range found.Items {
			by[i.Invitee.Email] = i
		}
		return by
	}
	declined, expired := list("declined")["bob@first.example"], list("expired")
	sent, err := r.Resend().Do(t.Context(), ada, invitation.ResendInput{Scope: r.acme, ID: declined.ID})
	if err != nil || sent.Status != invitation.Pending || sent.Version != declined.Version+1 {
		t.Errorf("Bob is asked again: %+v, %v", sent, err)
	}
	bob, _ := r.signIn("bob")
	if _, err := r.Accept().Do(t.Context(), bob, invitation.AcceptInput{Locator: r.by("declined")}); !fault.HasCode(err, "invitation_superseded") {
		t.Errorf("Bob's link of then: %v", err)
	}
	late := expired["rex@first.example"]
	before := len(r.Log(r.acme))
	if _, err := r.Expire().Do(t.Context(), invitation.Reference{Root: r.acme, ID: late.ID, Generation: 1}); err != nil || len(r.Log(r.acme)) != before+1 {
		t.Errorf("TTL removes Rex's guard: %v", err)
	}
	if _, err := r.Delete().Do(t.Context(), ada, invitation.DeleteInput{Scope: r.acme, ID: late.ID}); err != nil {
		t.Errorf("Rex's is deleted: %v", err)
	}
	again, err := r.Resend().Do(t.Context(), ada, invitation.ResendInput{Scope: r.acme, ID: expired["bounced@first.example"].ID})
	if err != nil || again.Delivery != nil {
		t.Errorf("what came back goes out again: %+v, %v", again, err)
	}
	cleaned, err := r.CleanUpInvitations().Do(t.Context(), ada, invitation.CleanUpInput{Scope: r.acme})
	if err != nil || len(list("expired")) != 0 {
		t.Errorf("cleaned up: %+v, %v", cleaned, err)
	}
}

func deletesOfThen(t *testing.T, r *release) {
	for _, e := range r.stored.Events {
		if e.DetailType == "BrandDeleted" {
			if err := r.Cleaner().Do(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
	}
	root := "ORG#" + r.acme.Organization
	in := func(partition string) int {
		n := 0
		for name := range r.Partitions(partition) {
			if strings.Contains(name, " MEMBER#") {
				n++
			}
		}
		return n
	}
	if n := in(root + "#BRAND#" + r.hooli.Brand); n != 0 {
		t.Errorf("a brand deleted then has %d members", n)
	}
	r.follow(t, func() {
		if _, err := r.DeleteOrganization().Do(t.Context(), r.ada(), organization.DeleteInput{Scope: r.acme, Confirm: "Acme Group"}); err != nil {
			t.Error(err)
		}
	})
	if n := in(root) + in(root+"#BRAND#"+r.globex.Brand); n != 0 {
		t.Errorf("%d members are left", n)
	}
}
