package accessrequest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestList pages through requests in each status: who waits longest comes first, then what happened last by status.
func TestList(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var names []string
	id := map[string]string{} // of the request by the name of who asked
	ask := func(name string) testbed.Someone {
		s.Advance(time.Minute)
		one := s.Someone(name)
		id[name] = s.Asks(one, s.Brands[0]).ID
		names = append(names, name)
		return one
	}
	must := func(_ accessrequest.AccessRequest, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"p1", "p2", "p3"} {
		ask(name)
	}
	for _, name := range []string{"r1", "r2"} {
		ask(name)
		must(s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: id[name]}))
	}
	for _, name := range []string{"a1", "a2"} {
		ask(name)
		must(s.Approve().Do(t.Context(), s.Ada.Caller, s.publisher(id[name])))
	}
	one := ask("w1")
	must(s.Withdraw().Do(t.Context(), one.Caller, accessrequest.WithdrawInput{Scope: s.Org, ID: id["w1"]}))
	one = ask("c1")
	if err := s.CloseRequest().Do(t.Context(), s.Org, one.User.ID, accessrequest.ReasonRemoved, s.Now()); err != nil {
		t.Fatal(err)
	}

	list := func(status accessrequest.Status, limit int, fresh ...string) func(cursor string) (page.List[accessrequest.AccessRequest], error) {
		return func(cursor string) (page.List[accessrequest.AccessRequest], error) {
			return s.AccessRequests().Do(t.Context(), s.Ada.Caller, accessrequest.ListInput{
				Scope: s.Org, Status: status, Query: page.Query{Limit: &limit, Cursor: cursor}, Fresh: fresh,
			})
		}
	}
	who := func(all []accessrequest.AccessRequest) []string {
		found := []string{}
		for _, r := range all {
			found = append(found, r.Requester.Name)
		}
		return found
	}
	for status, want := range map[accessrequest.Status][]string{
		"":                      {"p1", "p2", "p3", "w1", "r2", "r1", "c1", "a2", "a1"},
		accessrequest.Pending:   {"p1", "p2", "p3"},
		accessrequest.Rejected:  {"r2", "r1"},
		accessrequest.Approved:  {"a2", "a1"},
		accessrequest.Withdrawn: {"w1"},
		accessrequest.Closed:    {"c1"},
	} {
		for _, limit := range []int{1, 2, 3, 50} {
			if diff := cmp.Diff(want, who(testbed.Flat(t, testbed.Pages(t, list(status, limit)), limit))); diff != "" {
				t.Errorf("%q by %d: %s", status, limit, diff)
			}
		}
	}
	pinned, err := list(accessrequest.Pending, 50, id["p3"], id["r1"], "req_unknown")("")
	if diff := cmp.Diff([]string{"p3", "p1", "p2"}, who(pinned.Items)); err != nil || diff != "" {
		t.Error(err, diff)
	}
	first, err := list("", 2)("")
	if err != nil {
		t.Fatal(err)
	}
	testbed.CheckCursors(t, first.NextCursor, []string{"list-access-requests", s.Ada.User.ID, s.Org.String(), ""}, func(cursor string) error {
		_, err := list("", 2)(cursor)
		return err
	}, map[string]func(cursor string) error{
		"another status": func(cursor string) error {
			_, err := list(accessrequest.Pending, 2)(cursor)
			return err
		},
		"one's own": func(cursor string) error {
			_, err := s.MyRequests().Do(t.Context(), s.Ada.Caller, accessrequest.MineInput{Query: page.Query{Cursor: cursor}})
			return err
		},
	})
}

// TestMine lists what somebody has asked for everywhere, newest first.
func TestMine(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	other := s.Scene.Scene()
	first := s.Asks(grace)
	s.Advance(time.Minute)
	second := other.Asks(grace)
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: first.ID, Reason: "No."}); err != nil {
		t.Fatal(err)
	}
	one := 1
	all := testbed.Flat(t, testbed.Pages(t, func(cursor string) (page.List[accessrequest.AccessRequest], error) {
		return s.MyRequests().Do(t.Context(), grace.Caller, accessrequest.MineInput{Query: page.Query{Limit: &one, Cursor: cursor}})
	}), 1)
	if len(all) != 2 || all[0].ID != second.ID || all[1].ID != first.ID || all[1].Reason != "No." {
		t.Fatalf("got %+v", all)
	}
	if got := all[0].Actions; cmp.Diff(access.Actions{"withdraw": allowed}, got) != "" {
		t.Errorf("with the open one: %+v", got)
	}
	if got := all[1].Actions["withdraw"]; got.Code != "request_decided" || got.Reason != "Ada has rejected this request already." {
		t.Errorf("with the rejected one: %+v", got)
	}
	for _, who := range []request.Caller{s.Ada.Caller, testbed.Caller("usr_" + s.NewID())} {
		if got, err := s.MyRequests().Do(t.Context(), who, accessrequest.MineInput{}); err != nil || len(got.Items) != 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	_, err := s.MyRequests().Do(t.Context(), request.Caller{}, accessrequest.MineInput{})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
}
