package upkeep_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// crowd is more than a page of what subscribers work through.
const crowd = 115

// work is what an event calls for, of more than a page.
type work struct {
	handle func(context.Context, event.Envelope) error
	event  event.Envelope
	left   func() int // of how many people or organizations there is something to do
	pass   int        // the most requests that it takes to find that nothing is left; 0: as many as it takes
}

var works = map[string]func(t *testing.T, s *testbed.Scene) work{
	"a brand's new name": func(t *testing.T, s *testbed.Scene) work {
		crowded(t, s, crowd)
		if _, err := s.UpdateBrand().Do(t.Context(), s.Ada.Caller, brand.UpdateInput{Scope: s.Globex, Name: "Globex Two"}); err != nil {
			t.Fatal(err)
		}
		return work{handle: s.Indexes().Do, event: newest(s, 1)[0], pass: 10, left: func() int {
			return counted(s, "ORG#"+s.ID, func(name string, item testbed.Item) bool {
				return strings.Contains(name, " MEMBER#") && strings.Contains(fmt.Sprint(item["brands"]), "Globex]")
			})
		}}
	},
	"somebody's new name": func(t *testing.T, s *testbed.Scene) work {
		in := account.RegisterInput{Issuer: testbed.Issuer, Subject: s.NewID(), Email: s.Address("grace"), EmailVerified: true, Name: "Grace"}
		user, err := s.Register().Do(t.Context(), request.Request{}, in)
		if err != nil {
			t.Fatal(err)
		}
		s.Join(s.Ada, s.Brands[0], access.Viewer, testbed.Someone{Caller: testbed.Caller(user.ID), User: user})
		own := s.NewID()[10:] // other tests have organizations of their own
		orgs := func(i int) []string { return []string{fmt.Sprintf("org_%010d%s", i, own)} }
		for _, sk := range []string{"ORG", "BRAND#" + s.Globex.Brand, "MEMBER#" + user.ID} {
			s.Copies(s.Item("ORG#"+s.ID, sk), crowd, []string{s.ID}, orgs)
		}
		in.Name = "Amazing Hopper"
		if _, err := s.Register().Do(t.Context(), request.Request{}, in); err != nil {
			t.Fatal(err)
		}
		log := s.EnvelopesOf(user.ID)
		return work{handle: s.Indexes().Do, event: log[len(log)-1], left: func() int {
			partitions := []string{"ORG#" + s.ID}
			for i := range crowd {
				partitions = append(partitions, "ORG#"+orgs(i)[0])
			}
			return len(slices.DeleteFunc(partitions, func(partition string) bool {
				words := s.Partitions(partition + "#SEARCH")
				return words[partition+"#SEARCH #hopper#"+user.ID] != nil && testbed.Text(s.Item(partition, "MEMBER#"+user.ID), "name") == in.Name
			}))
		}}
	},
	"a deleted organization": func(t *testing.T, s *testbed.Scene) work {
		crowded(t, s, crowd)
		if _, err := s.DeleteOrganization().Do(t.Context(), s.Ada.Caller, organization.DeleteInput{Scope: s.Org, Confirm: "Acme"}); err != nil {
			t.Fatal(err)
		}
		return work{handle: s.Cleaner().Do, event: newest(s, 1)[0], pass: 15, left: func() int {
			root := "ORG#" + s.ID
			return len(remains(s, root, root+"#SEARCH", root+"#BRAND#"+s.Globex.Brand, root+"#BRAND#"+s.Globex.Brand+"#SEARCH"))
		}}
	},
	"a granter who left": func(t *testing.T, s *testbed.Scene) work {
		gus, grace := s.Someone("Gus"), s.Someone("Grace")
		s.Promote(s.Ada, s.ID, gus)
		s.Join(gus, s.Brands[0], access.Viewer, grace)
		s.Index(s.ID)
		root := "ORG#" + s.ID
		for _, partition := range []string{root, root + "#SEARCH", root + "#BRAND#" + s.Globex.Brand, root + "#BRAND#" + s.Globex.Brand + "#SEARCH"} {
			for name, item := range s.Partitions(partition) {
				if strings.HasSuffix(name, grace.User.ID) {
					s.Copies(item, crowd, []string{grace.User.ID}, func(i int) []string { return []string{fmt.Sprintf("usr_%026d", i)} })
				}
			}
		}
		if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: gus.User.ID}); err != nil {
			t.Fatal(err)
		}
		return work{handle: s.Indexes().Do, event: newest(s, 1)[0], pass: 10, left: func() int {
			return crowd + 1 - counted(s, root+"#SEARCH", func(name string, _ testbed.Item) bool { return strings.Contains(name, "!granterleft#") })
		}}
	},
	"a deleted role": func(t *testing.T, s *testbed.Scene) work {
		l := s.Lab()
		l.Copies(l.MemberItem(l.ID, l.Ann.User.ID), crowd, []string{l.Ann.User.ID}, func(i int) []string { return []string{fmt.Sprintf("usr_%026d", i)} })
		deletesRole(t, l, l.Analyst.ID, l.Viewer.ID)
		all := l.Envelopes(l.ID)
		return work{handle: l.Cleaner().Do, event: all[len(all)-1], pass: 6, left: func() int {
			return counted(s, "WORKSPACE#"+l.ID, func(name string, item testbed.Item) bool {
				return strings.Contains(name, " MEMBER#") && testbed.Text(item, "role") == string(l.Analyst.ID)
			})
		}}
	},
	"a role's new name": func(t *testing.T, s *testbed.Scene) work {
		l := s.Lab()
		grace := l.Someone("Grace")
		made := asks(t, l, grace, l.Analyst.ID)
		old, others := []string{made.ID, grace.User.ID}, func(i int) []string { return []string{fmt.Sprintf("inv_%026d", i), fmt.Sprintf("usr_%026d", i)} }
		l.Copies(l.Item("WORKSPACE#"+l.ID, "INVITATION#"+made.ID), crowd, old, others)
		l.Copies(l.Item("INVITED#WORKSPACE#"+l.ID, grace.User.ID), crowd, old, others)
		if _, err := l.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Analyst.ID, Name: new("Data Analyst")}); err != nil {
			t.Fatal(err)
		}
		all := l.Envelopes(l.ID)
		return work{handle: l.Cleaner().Do, event: all[len(all)-1], left: func() int {
			misnamed := func(_ string, item testbed.Item) bool {
				return testbed.Text(item, "role_name") == "Analyst" && testbed.Text(item, "status") != "accepted"
			}
			return max(counted(s, "WORKSPACE#"+l.ID, misnamed), counted(s, "INVITED#WORKSPACE#"+l.ID, misnamed))
		}}
	},
}

func counted(s *testbed.Scene, partition string, counts func(name string, item testbed.Item) bool) int {
	n := 0
	for name, item := range s.Partitions(partition) {
		if counts(name, item) {
			n++
		}
	}
	return n
}

// TestWorkGoesOnWhereItBrokeOff: what takes longer than whoever does it lives is done by the next ones, each of whom gets further, and nothing is
// written again when all is done.
func TestWorkGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	for name, prepare := range works {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			w := prepare(t, bed.Scene())
			const life = 50 // transactions of an attempt
			before, attempts := w.left(), 0
			if before < crowd {
				t.Fatalf("there are but %d to do", before)
			}
			for ; attempts < 30; attempts++ {
				ctx, cancel := context.WithCancel(t.Context())
				at := proxy.Count("TransactWriteItems") + life
				proxy.Inject("TransactWriteItems", life, func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
					cancel()
					tableproxy.BreakOff()(rw, r, next)
				})
				err := w.handle(ctx, w.event)
				cancel()
				proxy.Inject("TransactWriteItems", at-proxy.Count("TransactWriteItems"), nil)
				if err == nil {
					break
				}
				now := w.left()
				if now > before-life/4 {
					t.Fatalf("attempt %d has done %d of %d: %v", attempts, before-now, before, err)
				}
				before = now
			}
			if left := w.left(); left != 0 || attempts < 2 {
				t.Errorf("%d are left after %d attempts", left, attempts)
			}
			ctx, meter := telemetry.WithMeter(t.Context())
			if err := w.handle(ctx, w.event); err != nil {
				t.Error(err)
			}
			if requests, writes := meter.Requests(); writes > 2 || w.pass > 0 && requests > w.pass { // the pointer of the event
				t.Errorf("nothing is left, and that takes %d requests, %d of them writes", requests, writes)
			}
		})
	}
}
