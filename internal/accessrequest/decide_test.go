package accessrequest_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

func TestApprove(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace, s.Brands[1])
	in := s.publisher(asked.ID)
	in.Reason, in.IfMatch = " Launch team ", 1
	var got accessrequest.AccessRequest
	log := s.Appended(s.Org, func() {
		ctx, meter := telemetry.WithMeter(t.Context())
		var err error
		if got, err = s.Approve().Do(ctx, s.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
		if meter.Rounds() != 2 {
			t.Errorf("%d rounds", meter.Rounds())
		}
	})
	ada := access.Person{ID: s.Ada.User.ID, Name: "Ada"}
	granted := access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: s.Globex.Brand, Name: "Globex", Role: access.Publisher}}}
	want := asked
	want.Status, want.DecidedBy, want.DecidedAt, want.Reason, want.Granted, want.Version = accessrequest.Approved, &ada, new(testbed.Start), "Launch team", &granted, 2
	decided := fault.New(fault.Conflict, "request_decided", "Ada has approved this request already.")
	want.Actions = access.Actions{"approve": access.ActionFrom(decided), "reject": access.ActionFrom(decided)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	read, err := s.AccessRequest().Do(t.Context(), s.Ada.Caller, accessrequest.GetInput{Scope: s.Org, ID: asked.ID})
	if diff := cmp.Diff(want, read); err != nil || diff != "" {
		t.Error(err, diff)
	}
	fact := event.AccessRequest{
		ID: asked.ID, Requester: grace.User.Person(), Connection: event.Connection{ID: s.JoinPage, Name: "Join page"}, Status: "approved",
		WantedBrands: []event.Brand{{ID: s.Initech.Brand, Name: "Initech"}}, CreatedAt: testbed.Start,
	}
	wantLog := []testbed.Logged{
		{
			Type: "AccessRequestApproved", Actor: ada.ID, Scope: s.Org, User: grace.User.ID, Sequence: "2",
			Fact: event.AccessRequestApproved{AccessRequest: fact, Granted: granted, Reason: "Launch team"},
		},
		{
			Type: "MemberAdded", Actor: ada.ID, Scope: s.Org, Touches: []access.Scope{s.Globex}, User: grace.User.ID, Sequence: "1",
			Fact: event.MemberAdded{User: grace.User.Person(), Via: "request", GrantedBy: ada, Request: asked.ID, After: granted},
		},
	}
	if diff := cmp.Diff(wantLog, log); diff != "" {
		t.Error(diff)
	}
	m := s.membership(grace)
	if m == nil || m.Via != member.ViaRequest || m.GrantedBy != ada || cmp.Diff(granted, m.Grant()) != "" {
		t.Errorf("Grace has %+v", m)
	}
	if s.guarded(grace) != "" {
		t.Error("the guard is still there")
	}
}

// TestApproveAsAdmin takes the typed word, and counts the Admins.
func TestApproveAsAdmin(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	if _, err := s.Approve().Do(t.Context(), s.Ada.Caller, accessrequest.ApproveInput{
		Scope: s.Org, ID: asked.ID, Offer: member.Offer{Role: access.Admin, Confirm: "admin"},
	}); err != nil {
		t.Fatal(err)
	}
	if m := s.membership(grace); m == nil || m.Role != access.Admin || m.Brands != nil {
		t.Errorf("Grace has %+v", m)
	}
	if admins := testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins"); admins != "2" {
		t.Errorf("%s Admins", admins)
	}
}

// TestApproveMeanwhile: what the requester is by now is found out by the transaction itself, one round later.
func TestApproveMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(s scene, grace *testbed.Someone, asked accessrequest.AccessRequest)
		rounds int
		log    []string
		role   access.Role
		brands map[string]access.Role // by name
	}{
		"in another brand": {func(s scene, grace *testbed.Someone, _ accessrequest.AccessRequest) {
			s.Join(s.Ada, s.Brands[1], access.Viewer, *grace)
		}, 3, []string{"AccessRequestApproved", "MemberRoleChanged"}, access.Member, map[string]access.Role{"Globex": access.Publisher, "Initech": access.Viewer}},
		"in the brand with less": {func(s scene, grace *testbed.Someone, _ accessrequest.AccessRequest) {
			s.Join(s.Ada, s.Brands[0], access.Viewer, *grace)
		}, 3, []string{"AccessRequestApproved", "MemberRoleChanged"}, access.Member, map[string]access.Role{"Globex": access.Publisher}},
		"in the brand with more": {func(s scene, grace *testbed.Someone, _ accessrequest.AccessRequest) {
			s.Join(s.Ada, s.Brands[0], access.Admin, *grace)
		}, 3, []string{"AccessRequestApproved"}, access.Member, map[string]access.Role{"Globex": access.Admin}},
		"an Admin": {func(s scene, grace *testbed.Someone, _ accessrequest.AccessRequest) {
			s.Promote(s.Ada, s.ID, *grace)
		}, 3, []string{"AccessRequestApproved"}, access.Admin, nil},
		"in and out again": {func(s scene, grace *testbed.Someone, _ accessrequest.AccessRequest) {
			s.Join(s.Ada, s.Brands[1], access.Viewer, *grace)
			if _, err := s.RemoveMember().Do(s.T.Context(), grace.Caller, member.RemoveInput{Scope: s.Org, User: "me"}); err != nil {
				s.T.Fatal(err)
			}
		}, 3, []string{"AccessRequestApproved", "MemberAdded"}, access.Member, map[string]access.Role{"Globex": access.Publisher}},
		"renamed": {func(s scene, grace *testbed.Someone, _ accessrequest.AccessRequest) {
			*grace = s.Renamed(*grace, "Grace Hopper")
		}, 3, []string{"AccessRequestApproved", "MemberAdded"}, access.Member, map[string]access.Role{"Globex": access.Publisher}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			grace := s.Someone("Grace")
			asked := s.Asks(grace)
			c.before(s, &grace, asked)
			log := s.Appended(s.Org, func() {
				ctx, meter := telemetry.WithMeter(t.Context())
				if _, err := s.Approve().Do(ctx, s.Ada.Caller, s.publisher(asked.ID)); err != nil {
					t.Fatal(err)
				}
				if meter.Rounds() != c.rounds {
					t.Errorf("%d rounds, want %d", meter.Rounds(), c.rounds)
				}
			})
			if diff := cmp.Diff(c.log, testbed.Types(log)); diff != "" {
				t.Error(diff)
			}
			m := s.membership(grace)
			if m == nil || m.Role != c.role || m.User.Name != grace.User.Name || len(m.Brands) != len(c.brands) {
				t.Fatalf("Grace has %+v", m)
			}
			for _, b := range m.Brands {
				if c.brands[b.Name] != b.Role {
					t.Errorf("%s on %s", b.Role, b.Name)
				}
			}
		})
	}
}

// TestJoinsDuringApproval lets the requester get in between reading and writing, and out of it before the second attempt.
func TestJoinsDuringApproval(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := scene{bed.Scene()}
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	direct := testbed.New(t)
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { direct.Join(s.Ada, s.Brands[1], access.Viewer, grace) }))
	proxy.Inject("TransactWriteItems", 2, tableproxy.Before(func() { s.EraseMember(s.ID, grace.User.ID) }))
	if _, err := s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(asked.ID)); err != nil {
		t.Fatal(err)
	}
	if m := s.membership(grace); m == nil || len(m.Brands) != 1 || m.Brands[0].Name != "Globex" {
		t.Errorf("Grace has %+v", m)
	}
}

// TestApproveNinetyBrands is the limit, given at once, with a key that makes its transaction the fullest; the request sent again says the same.
func TestApproveNinetyBrands(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	in := s.publisher(s.Asks(grace).ID)
	in.Brands = s.Ninety()
	caller := testbed.WithKey(s.Ada.Caller, "key-"+s.NewID(), "approve")
	for range 2 {
		got, err := s.Approve().Do(t.Context(), caller, in)
		if err != nil || got.Status != accessrequest.Approved || len(got.Granted.Brands) != member.MaxBrands {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if m := s.membership(grace); m == nil || len(m.Brands) != member.MaxBrands || m.Version != 1 {
		t.Errorf("Grace has %+v", m)
	}
	in.ID, in.Brands = s.Asks(s.Someone("Hal")).ID, append(in.Brands, s.Globex.Brand)
	if bad := testbed.Bad(in); !slices.Equal(bad, []string{"/brands too_many_brands"}) {
		t.Errorf("91: %v", bad)
	}
}

func TestApproveTooManyBrands(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
	s.GiveBrands(s.ID, grace.User.ID, member.MaxBrands)
	s.Unchanged(t, s.ID, func() {
		_, err := s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(asked.ID))
		testbed.CheckFault(t, err, member.TooManyBrands())
	})
}

func TestReject(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	var got accessrequest.AccessRequest
	log := s.Appended(s.Org, func() {
		var err error
		if got, err = s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: asked.ID, Reason: " Ask your lead. "}); err != nil {
			t.Fatal(err)
		}
	})
	if got.Status != accessrequest.Rejected || got.Reason != "Ask your lead." || got.DecidedBy.ID != s.Ada.User.ID || got.Version != 2 || got.Granted != nil {
		t.Errorf("got %+v", got)
	}
	fact, _ := log[0].Fact.(event.AccessRequestRejected)
	if len(log) != 1 || fact.Reason != "Ask your lead." || fact.AccessRequest.Status != "rejected" || log[0].Actor != s.Ada.User.ID {
		t.Errorf("log %+v", log)
	}
	if s.membership(grace) != nil || s.guarded(grace) != asked.ID {
		t.Errorf("Grace has %+v, the guard is %q", s.membership(grace), s.guarded(grace))
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	withdraw := func() (accessrequest.AccessRequest, error) {
		return s.Withdraw().Do(t.Context(), grace.Caller, accessrequest.WithdrawInput{Scope: s.Org, ID: asked.ID})
	}
	log := s.Appended(s.Org, func() {
		got, err := withdraw()
		if err != nil || got.Status != accessrequest.Withdrawn || got.DecidedBy != nil || got.DecidedAt == nil {
			t.Errorf("got %+v, %v", got, err)
		}
		again, err := withdraw()
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	if len(log) != 1 || log[0].Type != "AccessRequestWithdrawn" || log[0].Actor != grace.User.ID || log[0].Sequence != "2" {
		t.Errorf("log %+v", log)
	}
	s.Unchanged(t, s.ID, func() {
		_, err := s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(asked.ID))
		testbed.CheckCode(t, err, fault.Conflict, "request_withdrawn")
	})
	s.Asks(grace) // at once
}

// TestDecidedBefore: of two decisions one stands, and the other Admin is told whose.
func TestDecidedBefore(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	olga := s.Someone("Olga")
	s.Promote(s.Ada, s.ID, olga)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	if _, err := s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(asked.ID)); err != nil {
		t.Fatal(err)
	}
	want := fault.New(fault.Conflict, "request_decided", "Ada has approved this request already.")
	want.ExistingID = asked.ID
	s.Unchanged(t, s.ID, func() {
		for _, who := range []testbed.Someone{olga, s.Ada} {
			_, err := s.Approve().Do(t.Context(), who.Caller, s.publisher(asked.ID))
			testbed.CheckFault(t, err, want)
			in := accessrequest.RejectInput{Scope: s.Org, ID: asked.ID, IfMatch: 1} // stale, but who was first matters more
			_, err = s.Reject().Do(t.Context(), who.Caller, in)
			testbed.CheckFault(t, err, want)
		}
		_, err := s.Withdraw().Do(t.Context(), grace.Caller, accessrequest.WithdrawInput{Scope: s.Org, ID: asked.ID})
		testbed.CheckFault(t, err, want)
	})
}

func TestStale(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	s.Unchanged(t, s.ID, func() {
		in := s.publisher(asked.ID)
		in.IfMatch = 2
		_, err := s.Approve().Do(t.Context(), s.Ada.Caller, in)
		testbed.CheckFault(t, err, accessrequest.Stale())
		_, err = s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: asked.ID, IfMatch: 2})
		testbed.CheckFault(t, err, accessrequest.Stale())
		_, err = s.Withdraw().Do(t.Context(), grace.Caller, accessrequest.WithdrawInput{Scope: s.Org, ID: asked.ID, IfMatch: 2})
		testbed.CheckFault(t, err, accessrequest.Stale())
	})
}

// TestOwnRequest: an Admin who had asked before they became one neither approves nor rejects it themselves.
func TestOwnRequest(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	s.Promote(s.Ada, s.ID, grace)
	s.Unchanged(t, s.ID, func() {
		_, err := s.Approve().Do(t.Context(), grace.Caller, s.publisher(asked.ID))
		testbed.CheckCode(t, err, fault.Conflict, "own_role")
		_, err = s.Reject().Do(t.Context(), grace.Caller, accessrequest.RejectInput{Scope: s.Org, ID: asked.ID})
		testbed.CheckCode(t, err, fault.Conflict, "own_role")
	})
	seen, err := s.AccessRequest().Do(t.Context(), grace.Caller, accessrequest.GetInput{Scope: s.Org, ID: asked.ID})
	if err != nil || seen.Actions["approve"].Code != "own_role" || !seen.Actions["withdraw"].Allowed {
		t.Errorf("Grace sees %+v, %v", seen.Actions, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	asked := s.Asks(grace)
	for name, do := range map[string]func(ctx context.Context, caller request.Caller, scope access.Scope) error{
		"get": func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.AccessRequest().Do(ctx, caller, accessrequest.GetInput{Scope: scope, ID: asked.ID})
			return err
		},
		"list": func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.AccessRequests().Do(ctx, caller, accessrequest.ListInput{Scope: scope})
			return err
		},
		"approve": func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			in := s.publisher(asked.ID)
			in.Scope = scope
			_, err := s.Approve().Do(ctx, caller, in)
			return err
		},
		"reject": func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.Reject().Do(ctx, caller, accessrequest.RejectInput{Scope: scope, ID: asked.ID})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testbed.Exercise{Scene: s.Scene, Scope: s.Org, Needs: access.ManageUsers, Do: do}.Refusals(t)
			if name == "list" {
				return
			}
			testbed.CheckFault(t, do(t.Context(), s.Eve.Caller, s.Elsewhere), fault.Unknown()) // an Admin, but of another organization
		})
	}
	s.Unchanged(t, s.ID, func() {
		for _, who := range []request.Caller{s.Ada.Caller, s.Cleo.Caller, s.Eve.Caller, testbed.Caller("usr_" + s.NewID())} {
			_, err := s.Withdraw().Do(t.Context(), who, accessrequest.WithdrawInput{Scope: s.Org, ID: asked.ID})
			testbed.CheckFault(t, err, fault.Unknown())
		}
		_, err := s.Withdraw().Do(t.Context(), grace.Caller, accessrequest.WithdrawInput{Scope: s.Elsewhere, ID: asked.ID})
		testbed.CheckFault(t, err, fault.Unknown())
		_, err = s.Withdraw().Do(t.Context(), request.Caller{}, accessrequest.WithdrawInput{Scope: s.Org, ID: asked.ID})
		testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
		for _, id := range []string{"", "x", "req_" + s.NewID()} {
			_, err = s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(id))
			testbed.CheckFault(t, err, fault.Unknown())
		}
		in := s.publisher(asked.ID)
		in.Brands = append(in.Brands, s.Hooli.Brand)
		_, err = s.Approve().Do(t.Context(), s.Ada.Caller, in)
		testbed.CheckCode(t, err, fault.Invalid, "invalid_input")
		if fields := testbed.FaultOf(err).Fields; len(fields) != 1 || fields[0].Pointer != "/brands/1" || fields[0].Code != "unknown_brand" {
			t.Errorf("got %+v", fields)
		}
	})
}

// TestDecideOnce sends each decision again with its key: it is made once.
func TestDecideOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, decide := range map[string]func(grace testbed.Someone, id, key string) (accessrequest.AccessRequest, error){
		"approve": func(_ testbed.Someone, id, key string) (accessrequest.AccessRequest, error) {
			return s.Approve().Do(t.Context(), testbed.WithKey(s.Ada.Caller, key, "approve"), s.publisher(id))
		},
		"reject": func(_ testbed.Someone, id, key string) (accessrequest.AccessRequest, error) {
			return s.Reject().Do(t.Context(), testbed.WithKey(s.Ada.Caller, key, "reject"), accessrequest.RejectInput{Scope: s.Org, ID: id})
		},
		"withdraw": func(grace testbed.Someone, id, key string) (accessrequest.AccessRequest, error) {
			return s.Withdraw().Do(t.Context(), testbed.WithKey(grace.Caller, key, "withdraw"), accessrequest.WithdrawInput{Scope: s.Org, ID: id})
		},
	} {
		grace := s.Someone("Grace")
		asked, key := s.Asks(grace), "key-"+s.NewID()
		first, err := decide(grace, asked.ID, key)
		if err != nil {
			t.Fatal(name, err)
		}
		s.Unchanged(t, s.ID, func() {
			again, err := decide(grace, asked.ID, key)
			if diff := cmp.Diff(first, again); err != nil || diff != "" {
				t.Errorf("%s again: %v %s", name, err, diff)
			}
		})
	}
}
