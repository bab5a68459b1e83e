package testbed_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// This file changes what the first release has stored.

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
