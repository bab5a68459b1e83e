package upkeep_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// clean hands clean-up events, each twice, as the queue may.
func clean(t *testing.T, s *testbed.Scene, events ...event.Envelope) {
	t.Helper()
	for _, e := range slices.Concat(events, events) {
		if err := s.Cleaner().Do(t.Context(), e); err != nil {
			t.Error(err)
		}
	}
}

// newest returns the last n events of the scene's organization.
func newest(s *testbed.Scene, n int) []event.Envelope {
	all := s.Envelopes(s.ID)
	return all[len(all)-n:]
}

func invite(t *testing.T, s *testbed.Scene, scope access.Scope, email string, terms invitation.Terms) invitation.Invitation {
	t.Helper()
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, invitation.CreateInput{Scope: scope, Invitees: []invitation.Invitee{{Email: email}}, Terms: terms})
	if err != nil || out.Results[0].Invitation == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	return *out.Results[0].Invitation
}

func inBrand(role access.Role) invitation.Terms { return invitation.Terms{Role: role} }

func status(t *testing.T, s *testbed.Scene, i invitation.Invitation) string {
	t.Helper()
	return testbed.Text(s.Item("ORG#"+i.Scope.Organization, "INVITATION#"+i.ID), "status")
}

func closings(log []testbed.Logged) []string {
	var reasons []string
	for _, entry := range log {
		switch fact := entry.Fact.(type) {
		case event.InvitationClosed:
			reasons = append(reasons, fact.Invitation.ID+" "+fact.Reason+" "+fact.Invitation.Status)
		case event.AccessRequestClosed:
			reasons = append(reasons, fact.AccessRequest.ID+" "+fact.Reason+" "+fact.AccessRequest.Status)
		default:
			reasons = append(reasons, "unexpected "+entry.Type)
		}
	}
	slices.Sort(reasons)
	return reasons
}

// cleaned compares what clean-up logs because of events with what it has to close.
func cleaned(t *testing.T, s *testbed.Scene, events []event.Envelope, want ...string) {
	t.Helper()
	log := s.Appended(s.Org, func() { clean(t, s, events...) })
	for _, closing := range newest(s, len(log)) { // belongs to the same click as what has caused it
		id := closing.Detail.Metadata.CorrelationID
		if id == "" || !slices.ContainsFunc(events, func(e event.Envelope) bool { return e.Detail.Metadata.CorrelationID == id }) {
			t.Errorf("%s has the correlation id %q", closing.DetailType, id)
		}
	}
	got := closings(log)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("closed (-want +got):\n%s", diff)
	}
}

// TestOffersOfNothingMore: who gets in one way has no open invitation or request left that offers nothing more, and keeps those that do (R17).
func TestOffersOfNothingMore(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("grace")
	toOrg := s.Invite(s.Ada.Caller, s.ID, address, s.Brands[0]) // Publisher in Globex
	lower := invite(t, s, s.Globex, address, inBrand(access.Viewer))
	other := invite(t, s, s.Initech, address, inBrand(access.Viewer))
	elsewhere := s.Invite(s.Eve.Caller, s.Elsewhere.Organization, address, brand.Brand{ID: s.Hooli.Brand})
	grace := s.SomeoneWith("Grace", address)
	if _, err := s.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(toOrg.AcceptURL)}}); err != nil {
		t.Fatal(err)
	}
	cleaned(t, s, newest(s, 2), lower.ID+" joined closed")
	if s.Guarded(s.Globex, grace.Key()) != "" || s.Guarded(s.Initech, grace.Key()) != other.ID {
		t.Error("the guards are not those of what is open")
	}
	if got := []string{status(t, s, other), status(t, s, elsewhere), status(t, s, toOrg)}; !slices.Equal(got, []string{"pending", "pending", "accepted"}) {
		t.Errorf("the others are %v", got)
	}
	_, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: grace.User.ID, Wish: member.Wish{Role: access.Admin, Confirm: "admin"}})
	if err != nil {
		t.Fatal(err)
	}
	cleaned(t, s, newest(s, 1), other.ID+" joined closed")
	if status(t, s, elsewhere) != "pending" {
		t.Error("an invitation elsewhere is closed")
	}
}

// TestRemovalCloses: who is removed has nothing open left there, but what was offered since.
func TestRemovalCloses(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("grace")
	to := []invitation.Invitation{s.Pending(address), invite(t, s, s.Initech, address, inBrand(access.Admin)), invite(t, s, s.Globex, address, inBrand(access.Admin))}
	grace := s.SomeoneWith("Grace", address)
	if _, err := s.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(to[0].AcceptURL)}}); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Minute)
	remove := func(scope access.Scope) []event.Envelope {
		t.Helper()
		if _, err := s.RemoveMember().Do(t.Context(), grace.Caller, member.RemoveInput{Scope: scope, User: "me"}); err != nil {
			t.Fatal(err)
		}
		return newest(s, 1)
	}
	cleaned(t, s, remove(s.Globex), to[2].ID+" removed closed")
	s.Advance(time.Minute)
	removed := remove(s.Org)
	s.Advance(time.Minute)
	again := s.Pending(address) // asked, as she left
	if status(t, s, again) != "pending" {
		t.Fatal("she is not asked")
	}
	cleaned(t, s, removed, to[1].ID+" removed closed")
	if status(t, s, again) != "pending" {
		t.Error("what was offered after the removal is closed")
	}
}

// TestRequestsClose: a request goes when its person has what they asked for, and when they are removed, unless they asked again since.
func TestRequestsClose(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace := s.Someone("Grace")
	ask := func() accessrequest.AccessRequest {
		t.Helper()
		made, err := s.Ask().Do(t.Context(), grace.Caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage, WantedBrands: []string{s.Globex.Brand}})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	first := ask()
	asked := newest(s, 1)
	cleaned(t, s, asked)
	s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
	cleaned(t, s, newest(s, 1)) // that is not what she asked for
	s.Join(s.Ada, s.Brands[0], access.Viewer, grace)
	cleaned(t, s, asked, first.ID+" joined closed")
	s.Advance(time.Minute)
	if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: grace.User.ID}); err != nil {
		t.Fatal(err)
	}
	removed := newest(s, 1)
	s.Advance(time.Minute)
	ask()
	cleaned(t, s, removed)
}

// remains returns what is left of a brand or of an organization's people, besides names and the log.
func remains(s *testbed.Scene, partitions ...string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.Partitions(partitions...))), func(name string) bool {
		_, sk, _ := strings.Cut(name, " ")
		return sk == "ORG" || strings.HasPrefix(sk, "BRAND#") || strings.HasPrefix(sk, "INVITATION#") || strings.HasPrefix(sk, "REQUEST#") || strings.HasPrefix(sk, "LEFT#") ||
			strings.HasPrefix(sk, "REMIND#") // which TTL takes, and which then reminds nobody
	})
}

// crowded adds many Publishers of Globex, who have nothing else, with their entries.
func crowded(t *testing.T, s *testbed.Scene, many int) {
	t.Helper()
	root := "ORG#" + s.ID
	s.Index(s.ID)
	for _, partition := range []string{root, root + "#SEARCH", root + "#BRAND#" + s.Globex.Brand, root + "#BRAND#" + s.Globex.Brand + "#SEARCH"} {
		for name, item := range s.Partitions(partition) {
			if strings.HasSuffix(name, s.Cleo.User.ID) {
				s.Copies(item, many, []string{s.Cleo.User.ID}, func(i int) []string { return []string{fmt.Sprintf("usr_%026d", i)} })
			}
		}
	}
}

func deleteGlobex(t *testing.T, s *testbed.Scene) event.Envelope {
	t.Helper()
	if _, err := s.DeleteBrand().Do(t.Context(), s.Ada.Caller, brand.DeleteInput{Scope: s.Globex, Confirm: s.Brands[0].Name}); err != nil {
		t.Fatal(err)
	}
	return newest(s, 1)[0]
}

// TestBrandIsDissolved: what is left of a deleted brand goes in pages, and attempts that break off anywhere go on where they were.
func TestBrandIsDissolved(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	const many = 120
	crowded(t, s, many)
	open := invite(t, s, s.Globex, s.Address("otto"), inBrand(access.Viewer))
	both := s.Invite(s.Ada.Caller, s.ID, s.Address("mary"), s.Brands...)
	deleted := deleteGlobex(t, s)
	globex := []string{"ORG#" + s.ID + "#BRAND#" + s.Globex.Brand, "ORG#" + s.ID + "#BRAND#" + s.Globex.Brand + "#SEARCH"}
	before := len(remains(s, globex...))
	log := s.Appended(s.Org, func() {
		attempts := 0
		for ; attempts < 50; attempts++ {
			// The table is gone in the middle of the work.
			proxy.Inject("TransactWriteItems", 90, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				proxy.SetDown(true)
				tableproxy.BreakOff()(w, r, next)
			})
			err := s.Cleaner().Do(t.Context(), deleted)
			proxy.SetDown(false)
			if err == nil {
				break
			}
			now := len(remains(s, globex...))
			if now >= before {
				t.Fatalf("attempt %d got nowhere: %d of %d remain: %v", attempts, now, before, err)
			}
			before = now
		}
		if attempts < 2 {
			t.Errorf("done in %d attempts: nothing broke off", attempts+1)
		}
	})
	if diff := cmp.Diff([]string{open.ID + " deleted closed"}, closings(log)); diff != "" {
		t.Error(diff)
	}
	if left := remains(s, globex...); len(left) > 0 {
		t.Errorf("%d remain, such as %s", len(left), left[0])
	}
	if got := []string{status(t, s, open), status(t, s, both)}; !slices.Equal(got, []string{"closed", "pending"}) {
		t.Errorf("the invitations are %v", got)
	}
	items := s.Partitions("ORG#" + s.ID)
	for i := range many {
		member := items[fmt.Sprintf("ORG#%s MEMBER#usr_%026d", s.ID, i)]
		if member == nil || member["brands"] != nil {
			t.Fatalf("somebody of the brand is %v", member)
		}
	}
	all := strings.Join(slices.Collect(maps.Keys(s.Partitions("ORG#"+s.ID+"#SEARCH"))), "\n")
	if n := strings.Count(all, "!nobrand#"); n != many+2 { // Bob and Cleo too
		t.Errorf("%d are without a brand, want %d", n, many+2)
	}
	cleaned(t, s, []event.Envelope{deleted})
}

// TestGrantAfterDeletion: what commits after a brand is deleted counts for nothing, and goes when its event is there; so do invitations.
func TestGrantAfterDeletion(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace := s.Someone("Grace")
	s.Join(s.Ada, s.Brands[0], access.Viewer, grace)
	s.Index(s.ID)
	joined, late := newest(s, 1), invite(t, s, s.Globex, s.Address("otto"), inBrand(access.Viewer))
	invited := newest(s, 1)
	s.DeleteScope(s.Globex) // and its event is still to come
	cleaned(t, s, joined)
	m, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: s.Org, User: grace.User.ID})
	if err != nil || len(m.Brands) != 0 || m.Version != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	if left := remains(s, "ORG#"+s.ID+"#BRAND#"+s.Globex.Brand, "ORG#"+s.ID+"#BRAND#"+s.Globex.Brand+"#SEARCH"); slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, grace.User.ID) }) {
		t.Errorf("of Grace there is still %v", left)
	}
	cleaned(t, s, invited, late.ID+" deleted closed")
}

func TestOrganizationIsDissolved(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	crowded(t, s, 110)
	open := []invitation.Invitation{s.Pending(s.Address("otto")), invite(t, s, s.Initech, s.Address("mary"), inBrand(access.Viewer))}
	asked, err := s.Ask().Do(t.Context(), s.Someone("Grace").Caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage})
	if err != nil {
		t.Fatal(err)
	}
	s.ComesBack(s.Org, s.Bob.User.Email)
	if _, err := s.DeleteOrganization().Do(t.Context(), s.Ada.Caller, organization.DeleteInput{Scope: s.Org, Confirm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	cleaned(t, s, newest(s, 1), open[0].ID+" deleted closed", open[1].ID+" deleted closed", asked.ID+" deleted closed")
	root := "ORG#" + s.ID
	partitions := []string{root, root + "#SEARCH", "INVITED#" + root, "SUPPRESSED#" + root}
	for _, b := range s.Brands {
		partitions = append(partitions, root+"#BRAND#"+b.ID, root+"#BRAND#"+b.ID+"#SEARCH", "INVITED#"+root+"#BRAND#"+b.ID)
	}
	s.ComesBack(s.Org, s.Ada.User.Email) // a mail of before
	if left := remains(s, partitions...); len(left) > 0 {
		t.Errorf("%d remain: %v", len(left), left)
	}
	if got, err := s.MyAccess().Do(t.Context(), s.Bob.Caller, member.MyAccessInput{}); err != nil || len(got.Items) != 0 {
		t.Errorf("Bob's access: %+v, %v", got, err)
	}
	// Late events about its people leave nothing behind.
	for _, e := range s.Envelopes(s.ID) {
		if err := s.Indexes().Do(t.Context(), e); err != nil {
			t.Error(err)
		}
	}
	if left := remains(s, root, root+"#SEARCH"); len(left) > 0 {
		t.Errorf("%d are back: %v", len(left), left)
	}
}

// TestOthersEventsAreNone: what calls for nothing does nothing.
func TestOthersEventsAreNone(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Pending(s.Address("otto"))
	s.Unchanged(t, s.ID, func() { clean(t, s, s.Envelopes(s.ID)...) })
	for _, detail := range []string{"BrandDeleted", "OrganizationDeleted"} { // whatever an event says, the table decides
		said := s.Envelopes(s.ID)[0]
		said.DetailType, said.Detail.Data = detail, []byte(`{"brand":"`+s.Globex.Brand+`","organization":"`+s.ID+`"}`)
		s.Unchanged(t, s.ID, func() { clean(t, s, said) })
	}
	broken := newest(s, 1)[0]
	broken.Detail.Data = []byte(`[]`)
	if s.Cleaner().Do(t.Context(), broken) == nil {
		t.Error("an event that cannot be read is done")
	}
}
