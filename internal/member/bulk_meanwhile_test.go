package member_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// dies is the fault after which the table answers nothing any more.
func dies(proxy *tableproxy.Proxy) tableproxy.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		proxy.SetDown(true)
		tableproxy.ServerError()(w, r, next)
	}
}

// laden gives people so many brands, and the call so much to take away, that one transaction has room for one of them and a few others.
func (c review) laden(in member.BulkUpdateInput, people ...testbed.Someone) member.BulkUpdateInput {
	const many = 88 // besides the two of the scene
	for i := range many {
		in.Brands[fmt.Sprintf("brd_%026d", i)] = nil
	}
	for _, one := range people {
		c.GiveBrands(c.ID, one.User.ID, many)
	}
	return in
}

// TestBulkRepeated sends the same request again: it answers what it did, changes nobody twice, and does what it had not come to.
func TestBulkRepeated(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	c := newReview(bed)
	in := c.laden(c.downgrade(selected(c.abe, c.Ada, c.Cleo, c.tess)), c.Cleo)
	caller := testbed.WithKey(c.Ada.Caller, "key-"+c.NewID(), "a form")
	update := func(want ...string) {
		t.Helper()
		out, err := c.BulkUpdate().Do(t.Context(), caller, in)
		if diff := cmp.Diff(want, outcomes(out)); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		for _, r := range out.Results {
			if r.Error == nil && cmp.Diff(get(t, c.Scene, c.Ada, c.Org, r.ID), *r.Membership) != "" {
				t.Errorf("answered %+v", r.Membership)
			}
		}
	}
	log := c.Appended(c.Org, func() {
		proxy.Inject("TransactWriteItems", 2, dies(proxy)) // after Abe and Cleo
		out, err := c.BulkUpdate().Do(t.Context(), caller, in)
		proxy.SetDown(false)
		if diff := cmp.Diff([]string{"changed", "own_role", "changed", "unavailable"}, outcomes(out)); err != nil || diff != "" {
			t.Fatalf("interrupted: %v %s", err, diff)
		}
		// Somebody else gives Abe another role: that stays, as the request is done with him.
		if _, err := c.UpdateMember().Do(t.Context(), c.tess.Caller, member.UpdateInput{Scope: c.Org, User: c.abe.User.ID, Wish: wish("", "", roles(c.Initech, access.Admin))}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			update("changed", "own_role", "changed", "changed")
		}
	})
	if len(log) != 4 || admins(c.Scene) != "1" {
		t.Errorf("logged %v, %s Admins", testbed.Types(log), admins(c.Scene))
	}
	c.Unchanged(t, c.ID, func() {
		in.Members = selected(c.Bob)
		_, err := c.BulkUpdate().Do(t.Context(), testbed.WithKey(caller, caller.Request.IdempotencyKey, "another form"), in)
		testbed.CheckFault(t, err, request.KeyReused())
	})
}

// TestBulkOfNinetyBrands downgrades Admins to Members of as many brands as one can have, with a key: each takes a transaction of its own, and the
// request sent again says the same.
func TestBulkOfNinetyBrands(t *testing.T) {
	t.Parallel()
	c := newReview(testbed.New(t))
	in := member.BulkUpdateInput{Scope: c.Org, Members: selected(c.abe, c.tess), Role: access.Member, Brands: map[string]*access.Role{}}
	for _, id := range c.Ninety() {
		in.Brands[id] = new(access.Viewer)
	}
	caller := testbed.WithKey(c.Ada.Caller, "key-"+c.NewID(), "a form")
	log := c.Appended(c.Org, func() {
		for range 2 {
			out, err := c.BulkUpdate().Do(t.Context(), caller, in)
			if diff := cmp.Diff([]string{"changed", "changed"}, outcomes(out)); err != nil || diff != "" {
				t.Fatalf("%v %s", err, diff)
			}
			for _, r := range out.Results {
				if len(r.Membership.Brands) != member.MaxBrands {
					t.Errorf("%s has %d brands", r.ID, len(r.Membership.Brands))
				}
			}
		}
	})
	if len(log) != 2 || admins(c.Scene) != "1" {
		t.Errorf("logged %v, %s Admins", testbed.Types(log), admins(c.Scene))
	}
}

// TestBulkRepeatedAtOnce sends a request twice at the same moment.
func TestBulkRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	caller := testbed.WithKey(s.Ada.Caller, "key-"+s.NewID(), "a form")
	in := member.BulkRemoveInput{Scope: s.Org, Members: selected(s.Bob, s.Cleo, s.Dan)}
	log := s.Appended(s.Org, func() {
		testbed.AtOnce(3, func(int) {
			out, err := s.BulkRemove().Do(t.Context(), caller, in)
			if diff := cmp.Diff([]string{"changed", "changed", "changed"}, outcomes(out)); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	})
	if len(log) != 3 {
		t.Errorf("logged %v", testbed.Types(log))
	}
}

// TestBulkStops when the caller is an Admin no more, between one transaction and the next: what was done stays, the rest is refused.
func TestBulkStops(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	c := newReview(bed)
	in := c.laden(c.downgrade(selected(c.Dan, c.Bob, c.tess, c.Cleo)), c.Dan, c.Bob)
	proxy.Inject("TransactWriteItems", 2, tableproxy.Before(func() { c.SetRole(c.ID, c.Ada.User.ID, access.Member) }))
	before := proxy.Count("TransactWriteItems")
	log := c.Appended(c.Org, func() {
		out, err := c.BulkUpdate().Do(t.Context(), c.Ada.Caller, in)
		if diff := cmp.Diff([]string{"changed", "permission_missing", "permission_missing", "permission_missing"}, outcomes(out)); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
	if n := proxy.Count("TransactWriteItems") - before; len(log) != 1 || n != 2 {
		t.Errorf("logged %v in %d transactions", testbed.Types(log), n)
	}
}

// TestBulkGoesOn has somebody else change some of the people, and the caller's own membership, while the call is under way.
func TestBulkGoesOn(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	c := newReview(bed)
	in := c.laden(c.downgrade(selected(c.Dan, c.Bob, c.Cleo, c.tess)), c.Dan, c.Bob) // Dan fills a transaction
	in.Members[3].Version = 1
	proxy.Inject("TransactWriteItems", 2, tableproxy.Before(func() {
		c.Touch(c.ID, c.tess.User.ID)
		c.Touch(c.ID, c.Ada.User.ID)
		c.EraseMember(c.ID, c.Cleo.User.ID)
	}))
	before := proxy.Count("TransactWriteItems")
	out, err := c.BulkUpdate().Do(t.Context(), c.Ada.Caller, in)
	if diff := cmp.Diff([]string{"changed", "changed", "not_found", "stale_version"}, outcomes(out)); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	// Dan; Bob with the two others in vain; Bob.
	if n := proxy.Count("TransactWriteItems") - before; n != 3 {
		t.Errorf("%d transactions", n)
	}
}

// TestBulkTakesOut somebody who is changed by somebody else at the same moment: the others are changed without them, and they by themselves.
func TestBulkTakesOut(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	c := newReview(bed)
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { c.Touch(c.ID, c.tess.User.ID) }))
	before := proxy.Count("TransactWriteItems")
	out, err := c.BulkUpdate().Do(t.Context(), c.Ada.Caller, c.downgrade(selected(c.abe, c.tess, c.Bob)))
	if diff := cmp.Diff([]string{"changed", "changed", "changed"}, outcomes(out)); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if n := proxy.Count("TransactWriteItems") - before; n != 3 || admins(c.Scene) != "1" {
		t.Errorf("%d transactions, %s Admins", n, admins(c.Scene))
	}
}

// TestBulkInTime: when the time of the call is nearly over, each of those who are left is said to be tried again, while there is still time to say it.
func TestBulkInTime(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	c := newReview(bed)
	in := c.laden(c.downgrade(selected(c.Dan, c.Bob, c.tess)), c.Dan, c.Bob)
	for n := range 5 {
		proxy.Inject("TransactWriteItems", n+2, tableproxy.Hang())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	out, err := c.BulkUpdate().Do(ctx, c.Ada.Caller, in)
	if diff := cmp.Diff([]string{"changed", "unavailable", "unavailable"}, outcomes(out)); err != nil || diff != "" {
		t.Fatalf("%v %s", err, diff)
	}
	if ctx.Err() != nil || out.Results[2].Error.RetryAfter <= 0 {
		t.Errorf("%v, try again after %s", ctx.Err(), out.Results[2].Error.RetryAfter)
	}
}

// TestBulkOfAHundred is the limit, and what it costs: two rounds of reads with an Idempotency-Key, then transactions of 24 people each.
func TestBulkOfAHundred(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	var people []testbed.Someone
	for range 100 {
		people = append(people, s.Someone("Grace"))
	}
	s.Join(s.Ada, s.Brands[0], access.Viewer, people...)
	caller := testbed.WithKey(s.Ada.Caller, "key-"+s.NewID(), "a form")
	in := member.BulkUpdateInput{Scope: s.Org, Members: selected(people...), Brands: roles(s.Initech, access.Admin)}
	ctx, meter := telemetry.WithMeter(t.Context())
	out, err := s.BulkUpdate().Do(ctx, caller, in)
	_, writes := meter.Requests()
	if err != nil || out.Failed() || len(out.Results) != 100 || meter.Rounds() != 7 || writes != 5 {
		t.Fatalf("%v, failed %v, %d rounds, %d writes", err, out.Failed(), meter.Rounds(), writes)
	}
	ctx, meter = telemetry.WithMeter(t.Context())
	again, err := s.BulkUpdate().Do(ctx, caller, in)
	if diff := cmp.Diff(out, again, cmpopts.IgnoreFields(member.Result{}, "Before")); err != nil || diff != "" || meter.Rounds() != 2 {
		t.Errorf("again, %d rounds: %v %s", meter.Rounds(), err, diff)
	}
	ctx, meter = telemetry.WithMeter(t.Context())
	removed, err := s.BulkRemove().Do(ctx, s.Ada.Caller, member.BulkRemoveInput{Scope: s.Org, Members: selected(people...)})
	_, writes = meter.Requests()
	if err != nil || removed.Failed() || len(removed.Results) != 100 || meter.Rounds() != 7 || writes != 6 {
		t.Errorf("removal: %v, %v, %d rounds, %d writes", err, outcomes(removed), meter.Rounds(), writes)
	}
	if page, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: s.Org}); err != nil || len(page.Items) != 4 {
		t.Errorf("%d are left, %v", len(page.Items), err)
	}
}

// TestBulkOnADeadTable answers as a whole when nobody could be changed.
func TestBulkOnADeadTable(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	c := newReview(bed)
	c.Unchanged(t, c.ID, func() {
		proxy.Inject("TransactWriteItems", 1, dies(proxy))
		_, err := c.BulkUpdate().Do(t.Context(), c.Ada.Caller, c.downgrade(selected(c.Ada, c.abe, c.Dan)))
		proxy.SetDown(false)
		if !errors.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
	})
}
