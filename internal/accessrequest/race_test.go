package accessrequest_test

import (
	"testing"
	"time"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/testbed"
)

// outcome is what many who decided at once have left behind.
func (s scene) outcome(t *testing.T, grace testbed.Someone, id string, log []testbed.Logged) {
	t.Helper()
	got, err := s.AccessRequest().Do(t.Context(), s.Ada.Caller, accessrequest.GetInput{Scope: s.Org, ID: id})
	if err != nil || got.Version != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	want := map[accessrequest.Status][]string{
		accessrequest.Approved:  {"AccessRequestApproved", "MemberAdded"},
		accessrequest.Rejected:  {"AccessRequestRejected"},
		accessrequest.Withdrawn: {"AccessRequestWithdrawn"},
	}[got.Status]
	types := testbed.Types(log)
	if len(types) != len(want) || types[0] != want[0] {
		t.Errorf("%s, and the log has %v", got.Status, types)
	}
	m := s.membership(grace)
	if (m != nil) != (got.Status == accessrequest.Approved) {
		t.Errorf("%s, and Grace has %+v", got.Status, m)
	}
	if m != nil && (got.Granted.Brands[0].Role != m.Brands[0].Role || got.DecidedBy.ID != m.GrantedBy.ID) {
		t.Errorf("granted %+v by %s, and Grace has %+v", got.Granted, got.DecidedBy.ID, m)
	}
	if guard := s.guarded(grace); (guard != "") != (got.Status == accessrequest.Rejected) {
		t.Errorf("%s, and the guard is %q", got.Status, guard)
	}
}

// TestManyDecideAtOnce: of fifty who decide about one request, Admins in different ways and the requester, exactly one does, and the others are
// told by whom.
func TestManyDecideAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	admins := []testbed.Someone{s.Ada, s.Someone("Olga"), s.Someone("Otto")}
	s.Promote(s.Ada, s.ID, admins[1:]...)
	for name, deeds := range map[string]int{"approve against approve": 1, "approve against withdraw": 2, "all": 3} {
		t.Run(name, func(t *testing.T) {
			const many = 50
			grace := s.Someone("Grace")
			asked := s.Asks(grace)
			errs := make([]error, many)
			log := s.Appended(s.Org, func() {
				testbed.AtOnce(many, func(i int) {
					admin := admins[i%len(admins)]
					switch i % deeds {
					case 0:
						in := s.publisher(asked.ID)
						in.BrandRole = access.Roles(access.KindBrand)[i%3]
						_, errs[i] = s.Approve().Do(t.Context(), admin.Caller, in)
					case 1:
						var got accessrequest.AccessRequest
						got, errs[i] = s.Withdraw().Do(t.Context(), grace.Caller, accessrequest.WithdrawInput{Scope: s.Org, ID: asked.ID})
						if errs[i] == nil && got.Status != accessrequest.Withdrawn {
							t.Errorf("withdrew, and it is %s", got.Status)
						}
					default:
						_, errs[i] = s.Reject().Do(t.Context(), admin.Caller, accessrequest.RejectInput{Scope: s.Org, ID: asked.ID})
					}
				})
			})
			s.outcome(t, grace, asked.ID, log)
			decided := 0
			for i, err := range errs {
				switch code := testbed.FaultOf(err).Code; {
				case err == nil && i%deeds == 1: // repeating a withdrawal answers the same
				case err == nil:
					decided++
				case code != "request_decided" && code != "request_withdrawn":
					t.Errorf("number %d: %v", i, err)
				}
			}
			if decided > 1 || name == "approve against approve" && decided != 1 {
				t.Errorf("%d have decided", decided)
			}
		})
	}
}

// TestApproveAgainstWithdraw lets one of them commit between the reading and the writing of the other, in both directions: the first one stands,
// and the other is told so.
func TestApproveAgainstWithdraw(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := scene{bed.Scene()}
	approve := func(_ testbed.Someone, id string) error {
		_, err := s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(id))
		return err
	}
	withdraw := func(grace testbed.Someone, id string) error {
		_, err := s.Withdraw().Do(t.Context(), grace.Caller, accessrequest.WithdrawInput{Scope: s.Org, ID: id})
		return err
	}
	for code, c := range map[string]struct {
		first, second func(testbed.Someone, string) error
		status        accessrequest.Status
	}{
		"request_withdrawn": {withdraw, approve, accessrequest.Withdrawn},
		"request_decided":   {approve, withdraw, accessrequest.Approved},
	} {
		grace := s.Someone("Grace")
		asked := s.Asks(grace)
		came := false
		log := s.Appended(s.Org, func() {
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
				came = true
				if err := c.first(grace, asked.ID); err != nil {
					t.Errorf("the first one: %v", err)
				}
			}))
			testbed.CheckCode(t, c.second(grace, asked.ID), fault.Conflict, code)
		})
		s.outcome(t, grace, asked.ID, log)
		got, err := s.AccessRequest().Do(t.Context(), grace.Caller, accessrequest.GetInput{Scope: s.Org, ID: asked.ID})
		if err != nil || got.Status != c.status || !came {
			t.Errorf("%s: it is %s, %v", code, got.Status, err)
		}
	}
}

// TestClose: a subscriber closes what there is nothing left to decide about, once, and nothing else.
func TestClose(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, c := range map[string]struct {
		wants  int // brands, of both
		joins  func(grace testbed.Someone)
		reason string
		until  time.Duration
		closes bool
	}{
		"has got what was wanted": {1, func(grace testbed.Someone) { s.Join(s.Ada, s.Brands[0], access.Viewer, grace) }, accessrequest.ReasonJoined, 0, true},
		"wanted nothing special":  {0, func(grace testbed.Someone) { s.Join(s.Ada, s.Brands[1], access.Viewer, grace) }, accessrequest.ReasonJoined, 0, true},
		"is an Admin":             {2, func(grace testbed.Someone) { s.Promote(s.Ada, s.ID, grace) }, accessrequest.ReasonJoined, 0, true},
		"wants another brand":     {2, func(grace testbed.Someone) { s.Join(s.Ada, s.Brands[0], access.Viewer, grace) }, accessrequest.ReasonJoined, 0, false},
		"is not in":               {0, func(testbed.Someone) {}, accessrequest.ReasonJoined, 0, false},
		"was removed":             {2, func(testbed.Someone) {}, accessrequest.ReasonRemoved, 0, true},
		"asked after that":        {2, func(testbed.Someone) {}, accessrequest.ReasonRemoved, -time.Second, false},
	} {
		grace := s.Someone("Grace")
		asked := s.Asks(grace, s.Brands[:c.wants]...)
		c.joins(grace)
		log := s.Appended(s.Org, func() {
			for range 2 { // events come twice
				if err := s.CloseRequest().Do(t.Context(), s.Org, grace.User.ID, c.reason, s.Now().Add(c.until)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
		got, err := s.AccessRequest().Do(t.Context(), s.Ada.Caller, accessrequest.GetInput{Scope: s.Org, ID: asked.ID})
		if err != nil || (got.Status == accessrequest.Closed) != c.closes || (s.guarded(grace) == "") != c.closes {
			t.Errorf("%s: %+v, %v, the guard is %q", name, got, err, s.guarded(grace))
		}
		if !c.closes {
			if len(log) != 0 {
				t.Errorf("%s: logged %v", name, testbed.Types(log))
			}
			continue
		}
		fact, _ := log[0].Fact.(event.AccessRequestClosed)
		if len(log) != 1 || fact.Reason != c.reason || log[0].Actor != access.System.ID || fact.AccessRequest.Status != "closed" {
			t.Errorf("%s: logged %+v", name, log)
		}
		_, err = s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(asked.ID))
		testbed.CheckCode(t, err, fault.Conflict, "request_closed")
	}
}
