package testbed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/testbed"
)

const transactions = "TransactWriteItems"

// writing are the deeds that write.
func writing() []deed {
	var list []deed
	for _, d := range deeds {
		if d.writes {
			list = append(list, d)
		}
	}
	return list
}

// tape keeps the bodies of requests.
type tape struct {
	mu     sync.Mutex
	bodies [][]byte
}

// records passes a request on to a fault, and keeps its body.
func (tp *tape) records(f tableproxy.Fault) tableproxy.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body) // is in memory
		tp.mu.Lock()
		tp.bodies = append(tp.bodies, body)
		tp.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		f(w, r, next)
	}
}

func pass(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

func tokenOf(t *testing.T, body []byte) string {
	t.Helper()
	var request struct{ ClientRequestToken string }
	if err := json.Unmarshal(body, &request); err != nil || request.ClientRequestToken == "" {
		t.Errorf("a transaction without its token: %v", err)
	}
	return request.ClientRequestToken
}

// TestConflicts lets every transaction of every operation collide with another one, or lose its answer. It is sent again as it was, with the
// same token, and the result is that of an undisturbed call.
func TestConflicts(t *testing.T) {
	t.Parallel()
	for name, disturb := range map[string]func(n int) tableproxy.Fault{
		"conflict":   func(n int) tableproxy.Fault { return tableproxy.Conflict(n) },
		"lost reply": func(int) tableproxy.Fault { return tableproxy.LoseReply() },
		"throttled":  func(int) tableproxy.Fault { return tableproxy.Throttle() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			for _, d := range writing() {
				t.Run(d.name, func(t *testing.T) { disturbed(t, s, proxy, d, disturb) })
			}
		})
	}
}

func disturbed(t *testing.T, s *testbed.Scene, proxy *tableproxy.Proxy, d deed, disturb func(n int) tableproxy.Fault) {
	t.Helper()
	act := d.prepare(s)
	tp := &tape{}
	const most = 4 // transactions of a deed
	for n := range most {
		proxy.Inject(transactions, 2*n+1, tp.records(disturb(n)))
		proxy.Inject(transactions, 2*n+2, tp.records(pass))
	}
	before := proxy.Count(transactions)
	log := s.Appended(d.root(s), func() {
		if err := act(t.Context()); err != nil {
			t.Error(err)
		}
	})
	sent := proxy.Count(transactions) - before
	for n := sent; n < 2*most; n++ { // so that the next deed meets no fault of this one
		proxy.Inject(transactions, n-sent+1, pass)
	}
	if diff := cmp.Diff(d.log, testbed.Types(log)); diff != "" && len(d.log)+len(log) > 0 {
		t.Error(diff)
	}
	if sent == 0 || sent%2 != 0 || len(tp.bodies) != sent {
		t.Fatalf("%d transactions were sent, %d recorded", sent, len(tp.bodies))
	}
	tokens := map[string]bool{}
	for n := 0; n < sent; n += 2 {
		if !bytes.Equal(tp.bodies[n], tp.bodies[n+1]) {
			t.Errorf("transaction %d was another one the second time:\n%s\n%s", n/2, tp.bodies[n], tp.bodies[n+1])
		}
		tokens[tokenOf(t, tp.bodies[n])] = true
	}
	if len(tokens) != sent/2 {
		t.Errorf("%d transactions share %d tokens", sent/2, len(tokens))
	}
}

// TestConflictsWithoutEnd has all of them give up after some attempts, say when to try again, and change nothing.
func TestConflictsWithoutEnd(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]tableproxy.Fault{"conflict": tableproxy.Conflict(0), "server error": tableproxy.ServerError()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			acts := prepared(s, writing())
			const most = 6 // attempts of a deed, and more than it makes
			for n := range most * len(acts) {
				proxy.Inject(transactions, n+1, f)
			}
			before := proxy.Count(transactions)
			unchanged(t, s, func() { allUnavailable(t, acts) })
			if sent := proxy.Count(transactions) - before; sent < 2*len(acts) || sent >= most*len(acts) {
				t.Errorf("%d attempts for %d deeds", sent, len(acts))
			}
		})
	}
}

// unchanged runs do, which is to change neither the organization nor the lab.
func unchanged(t *testing.T, s *testbed.Scene, do func()) {
	t.Helper()
	s.Unchanged(t, s.ID, func() { s.Unchanged(t, s.Lab().ID, do) })
}

// prepared returns the deeds ready to be done, by name.
func prepared(s *testbed.Scene, list []deed) map[string]do {
	acts := map[string]do{}
	for _, d := range list {
		acts[d.name] = d.prepare(s)
	}
	return acts
}

// allUnavailable does all at the same moment and expects a 503 of each.
func allUnavailable(t *testing.T, acts map[string]do) {
	t.Helper()
	names := slices.Collect(maps.Keys(acts))
	testbed.AtOnce(len(names), func(i int) { checkUnavailable(t, names[i], acts[names[i]]) })
}

// giveUp is how long a caller may wait for the news that the table is dead.
const giveUp = 5 * time.Second

// checkUnavailable expects a 503 that says when to try again, in good time.
func checkUnavailable(t *testing.T, name string, act do) {
	t.Helper()
	started := time.Now()
	err := act(t.Context())
	took := time.Since(started)
	if found := testbed.FaultOf(err); found.Kind != fault.Unavailable || found.Code != "unavailable" || found.RetryAfter <= 0 {
		t.Errorf("%s: %+v, %v", name, found, err)
	}
	if took > giveUp {
		t.Errorf("%s took %s", name, took)
	}
}

// TestDeadTable has the table answer no operation.
func TestDeadTable(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	acts := prepared(s, slices.DeleteFunc(slices.Clone(deeds), func(d deed) bool { return d.rounds == 0 }))
	unchanged(t, s, func() {
		proxy.SetDown(true)
		defer proxy.SetDown(false)
		allUnavailable(t, acts)
	})
}

// TestSilentTable has the table take requests and never answer.
func TestSilentTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ deed, operation string }{{"get-organization", "BatchGetItem"}, {"list-members", "Query"}, {"create-brand", transactions}} {
		t.Run(c.deed, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.ProxiedWith(t, testbed.Options{Hasty: true})
			s := bed.Scene()
			act := prepared(s, slices.DeleteFunc(slices.Clone(deeds), func(d deed) bool { return d.name != c.deed }))[c.deed]
			for n := range 10 {
				proxy.Inject(c.operation, n+1, tableproxy.Hang())
			}
			s.Unchanged(t, s.ID, func() { checkUnavailable(t, c.deed, act) })
		})
	}
}

// byRight are the deeds that write and that somebody needs a right for.
func byRight() []deed {
	return slices.DeleteFunc(writing(), func(d deed) bool { return d.by == nil })
}

// TestDemotedMeanwhile takes the right away between reading and writing. Nobody completes a change with a right just lost.
func TestDemotedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testbed.Scene, deed){
		"demoted": func(s *testbed.Scene, d deed) {
			lower := access.Member
			if d.inLab {
				lower = s.Lab().Viewer.ID
			}
			s.SetRole(d.id(s), d.by(s).User.ID, lower)
		},
		"removed": func(s *testbed.Scene, d deed) { s.EraseMember(d.id(s), d.by(s).User.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			for _, d := range byRight() {
				act, whole := d.prepare(s), s.MemberItem(d.id(s), d.by(s).User.ID)
				proxy.Inject(transactions, 1, tableproxy.Before(func() { lose(s, d) }))
				log := s.Appended(d.root(s), func() {
					if err := act(t.Context()); !errors.Is(err, fault.Forbidden) && !errors.Is(err, fault.NotFound) {
						t.Errorf("%s: %v", d.name, err)
					}
				})
				if len(log) != 0 {
					t.Errorf("%s: logged %v", d.name, testbed.Types(log))
				}
				s.Restore(whole)
			}
		})
	}
}

// TestTouchedMeanwhile changes the caller's own membership, but not their rights, between reading and writing: it starts again and works.
func TestTouchedMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	for _, d := range byRight() {
		act := d.prepare(s)
		proxy.Inject(transactions, 1, tableproxy.Before(func() { s.Touch(d.id(s), d.by(s).User.ID) }))
		log := s.Appended(d.root(s), func() {
			if err := act(t.Context()); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
		})
		if diff := cmp.Diff(d.log, testbed.Types(log)); diff != "" {
			t.Errorf("%s: %s", d.name, diff)
		}
	}
}

// TestTouchedForever gives up on what somebody else changes again and again.
func TestTouchedForever(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	for _, d := range byRight() {
		act := d.prepare(s)
		const most = 10
		before := proxy.Count(transactions)
		for n := range most {
			proxy.Inject(transactions, n+1, tableproxy.Before(func() { s.Touch(d.id(s), d.by(s).User.ID) }))
		}
		log := s.Appended(d.root(s), func() {
			if err := act(context.WithoutCancel(t.Context())); !errors.Is(err, fault.Unavailable) || testbed.FaultOf(err).RetryAfter <= 0 {
				t.Errorf("%s: %v", d.name, err)
			}
		})
		sent := proxy.Count(transactions) - before
		for n := sent; n < most; n++ {
			proxy.Inject(transactions, n-sent+1, pass)
		}
		if len(log) != 0 || sent < 2 || sent == most {
			t.Errorf("%s: logged %v in %d attempts", d.name, testbed.Types(log), sent)
		}
	}
}
