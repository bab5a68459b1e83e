package upkeep_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/store"
	"prism-access/internal/testbed"
	"prism-access/internal/upkeep"
)

// healing is a scene whose events go to both subscribers as the bus takes them there.
type healing struct {
	*testbed.Scene
	t     *testing.T
	users []string        // whose own logs count, too
	labs  []string        // likewise workspaces
	seen  map[string]bool // ids of the events that were taken
}

// fresh returns the events that were not taken yet.
func (h *healing) fresh() []event.Envelope {
	all := h.Envelopes(h.ID)
	for _, lab := range h.labs {
		all = append(all, h.Envelopes(lab)...)
	}
	for _, user := range h.users {
		all = append(all, h.EnvelopesOf(user)...)
	}
	return slices.DeleteFunc(all, func(e event.Envelope) bool {
		known := h.seen[e.Detail.Metadata.ID]
		h.seen[e.Detail.Metadata.ID] = true
		return known
	})
}

// handle hands an event to the subscribers that it calls for.
func (h *healing) handle(ctx context.Context, e event.Envelope) error {
	for _, name := range upkeep.Subscribers(e) {
		do := map[string]func(context.Context, event.Envelope) error{upkeep.MaintainIndexes: h.Indexes().Do, upkeep.CleansUp: h.Cleaner().Do}[name]
		if err := (upkeep.Confirm{Store: h.Table, Subscriber: name, Handle: do}).Do(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands over events and all that follows from them.
func (h *healing) deliver(events []event.Envelope) {
	h.t.Helper()
	for ; len(events) > 0; events = h.fresh() {
		for _, e := range events {
			if err := h.handle(h.t.Context(), e); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// unsettled says what subscribers have yet to do in the scene's organization: empty when all is as its members, brands and log call for.
func (h *healing) unsettled() string {
	h.t.Helper()
	diff := cmp.Diff(wanted(h.t, h.Scene), kept(h.Scene))
	for _, scope := range []access.Scope{h.Globex, h.Initech, everyBrand(h.Scene)} {
		diff += cmp.Diff(touching(h.Scene, scope), pointers(h.Scene, scope))
	}
	list, err := h.ListMembers().Do(h.t.Context(), h.Ada.Caller, member.ListInput{Scope: h.Org, Query: pageOf(100)})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, m := range list.Items {
		user, err := h.Me().Do(h.t.Context(), testbed.Caller(m.User.ID), account.MeInput{})
		if err != nil {
			h.t.Fatal(err)
		}
		diff += cmp.Diff(user.Person(), m.User)
		for _, b := range m.Brands {
			diff += cmp.Diff(testbed.Text(h.Item("ORG#"+h.ID, "BRAND#"+b.ID), "name"), b.Name)
		}
	}
	return diff
}

// everyBrand stands for all brands of a scene, as pointers do.
func everyBrand(s *testbed.Scene) access.Scope { return access.Brand(s.ID, "*") }

// aboutAdmin reports whether the published change is about who is or was Organization Admin.
func aboutAdmin(e event.Envelope) bool {
	return strings.HasPrefix(e.DetailType, "Member") && regexp.MustCompile(`"(before|after)":{"role":"admin"`).Match(e.Detail.Data)
}

// touching returns the entries of the log that touch a brand, as the brand should point to them, and pointers those to which it does.
func touching(s *testbed.Scene, scope access.Scope) []string {
	var all []string
	for _, e := range s.Envelopes(s.ID) {
		if slices.Contains(e.Detail.Metadata.Scopes, scope) || scope == everyBrand(s) && aboutAdmin(e) {
			all = append(all, pointersOf(scope)+" "+e.Detail.Metadata.ID)
		}
	}
	return all
}

func pointers(s *testbed.Scene, scope access.Scope) []string {
	return slices.Sorted(maps.Keys(s.Partitions(pointersOf(scope))))
}

func pointersOf(scope access.Scope) string {
	return "ORG#" + scope.Organization + "#BRAND#" + scope.Brand + "#LOG"
}

// open says which of the invitations and requests are pending.
func (h *healing) open(sks ...string) string {
	h.t.Helper()
	left := ""
	for _, sk := range sks {
		if got := testbed.Text(h.Item("ORG#"+h.ID, sk), "status"); got != "closed" {
			left += fmt.Sprintf("%s is %s\n", sk, got)
		}
	}
	return left
}

// ways are what can become of events on their way.
var ways = map[string]func(h *healing, proxy *tableproxy.Proxy, events []event.Envelope){
	"lost": func(h *healing, _ *tableproxy.Proxy, events []event.Envelope) { // twice, and then it gets there
		h.lost(events)
		if early := h.missed(events, 10*time.Minute); len(early) > 0 {
			h.t.Errorf("%d are published again too early", len(early))
		}
		called := slices.DeleteFunc(slices.Clone(events), func(e event.Envelope) bool { return len(upkeep.Subscribers(e)) == 0 })
		for _, age := range []time.Duration{15 * time.Minute, 2 * time.Hour} {
			if diff := cmp.Diff(called, h.missed(events, age)); diff != "" || len(called) == 0 {
				h.t.Errorf("published again after %s (-lost +again):\n%s", age, diff)
			}
		}
		h.deliver(called)
		if again := h.missed(events, 24*time.Hour); len(again) > 0 {
			h.t.Errorf("%d are published again although they were handled", len(again))
		}
	},
	"doubled": func(h *healing, _ *tableproxy.Proxy, events []event.Envelope) {
		h.deliver(slices.Concat(events, events))
	},
	"crash in between": func(h *healing, proxy *tableproxy.Proxy, events []event.Envelope) {
		for _, e := range events {
			h.crashes(proxy, e)
		}
		h.deliver(h.fresh())
	},
}

// lost publishes events that get nowhere.
func (h *healing) lost(events []event.Envelope) {
	h.t.Helper()
	relay := audit.Relay{Outbox: h.Table, Publisher: &publisher{}, Awaits: upkeep.Subscribers}
	var entries []audit.Entry
	for _, e := range events {
		m := e.Detail.Metadata
		entries = append(entries, audit.Entry{
			ID: m.ID, Type: m.Type, OccurredAt: m.OccurredAt, Actor: m.Actor, Scope: m.Scope, Scopes: m.Scopes, Sequence: m.Sequence,
			CorrelationID: m.CorrelationID, Data: e.Detail.Data,
		})
	}
	for _, err := range relay.Do(h.t.Context(), entries) {
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// missed returns which of the events the sweep publishes again when they have an age.
func (h *healing) missed(events []event.Envelope, age time.Duration) []event.Envelope {
	h.t.Helper()
	p := &publisher{}
	sweep := audit.Sweep{Relay: audit.Relay{Outbox: published{h.Table}, Publisher: p}, Now: func() time.Time { return time.Now().Add(age + 10*time.Second) }}
	if _, err := sweep.Do(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return slices.DeleteFunc(p.taken, func(e event.Envelope) bool {
		return !slices.ContainsFunc(events, func(one event.Envelope) bool { return one.Detail.Metadata.ID == e.Detail.Metadata.ID })
	})
}

// publisher takes everything.
type publisher struct{ taken []event.Envelope }

func (p *publisher) Publish(_ context.Context, events []event.Envelope) []error {
	p.taken = append(p.taken, events...)
	return make([]error, len(events))
}

// published is the outbox without what is unpublished, which belongs to other tests of the same table.
type published struct{ *store.Table }

func (published) Unpublished(context.Context, time.Time, int) ([]audit.Entry, error) { return nil, nil }

// crashes handles an event by somebody who is gone after their first transaction, then by one who is after the second, and so on, as often as it takes.
func (h *healing) crashes(proxy *tableproxy.Proxy, e event.Envelope) {
	h.t.Helper()
	const most = 30
	for n := range most {
		ctx, cancel := context.WithCancel(h.t.Context())
		at := proxy.Count("TransactWriteItems") + n + 1
		proxy.Inject("TransactWriteItems", n+1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r.WithContext(h.t.Context()))
			cancel()
			tableproxy.BreakOff()(w, r, next)
		})
		err := h.handle(ctx, e)
		cancel()
		proxy.Inject("TransactWriteItems", at-proxy.Count("TransactWriteItems"), nil) // if it has not come to that
		if err == nil {
			return
		}
	}
	h.t.Fatalf("%s is not done in %d attempts", e.DetailType, most)
}

// TestEveryEventHeals: whatever an event calls for is done in the end if the event is lost, without any other about the same; if it comes
// twice; and if the one who handles it crashes after each of its transactions.
func TestEveryEventHeals(t *testing.T) {
	t.Parallel()
	for name, change := range changes {
		for way, take := range ways {
			t.Run(name+" "+way, func(t *testing.T) {
				t.Parallel()
				bed, proxy := testbed.Proxied(t)
				h := &healing{Scene: bed.Scene(), t: t, seen: map[string]bool{}}
				happens, unsettled := change(h)
				h.deliver(h.fresh())
				if err := happens(); err != nil {
					t.Fatal(err)
				}
				events := h.fresh()
				kind, _, _ := strings.Cut(name, " ")
				if !slices.ContainsFunc(events, func(e event.Envelope) bool { return e.DetailType == kind }) {
					t.Fatalf("published %v", types(events))
				}
				if unsettled() == "" {
					t.Error("there is nothing to do")
				}
				take(h, proxy, events)
				if left := unsettled(); left != "" {
					t.Error(left)
				}
			})
		}
	}
}

// TestEveryEventThatCallsForSomethingHeals: TestEveryEventHeals leaves none out.
func TestEveryEventThatCallsForSomethingHeals(t *testing.T) {
	t.Parallel()
	for _, name := range event.Types() {
		if len(upkeep.Subscribers(event.Envelope{DetailType: name})) > 0 && changes[name] == nil {
			t.Errorf("%s is not among them", name)
		}
	}
}
