package testbed_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/testbed"
)

// later lets the items of answers say that they are of a form which only later code knows.
type later struct {
	proxy *tableproxy.Proxy
	once  sync.Once
	was   int // written when the first such item was read
	read  bool
}

// written counts the requests that write.
func (l *later) written() int {
	n := 0
	for _, operation := range []string{transactions, "PutItem", "UpdateItem", "DeleteItem"} {
		n += l.proxy.Count(operation)
	}
	return n
}

func (l *later) mark(w http.ResponseWriter, r *http.Request, next http.Handler) {
	recorded := httptest.NewRecorder()
	next.ServeHTTP(recorded, r)
	var answer map[string]any
	if json.Unmarshal(recorded.Body.Bytes(), &answer) != nil { // broken off, as another request of the round has failed
		return
	}
	lists, _ := answer["Responses"].(map[string]any)
	for _, list := range []any{answer["Items"], lists[testbed.TableName()]} {
		items, _ := list.([]any)
		for _, item := range items {
			item.(testbed.Item)["schema"] = map[string]any{"N": "2"}
			l.once.Do(func() { l.was, l.read = l.written(), true })
		}
	}
	w.WriteHeader(recorded.Code)
	_ = json.NewEncoder(w).Encode(answer) // a client gone does not matter
}

// TestItemsOfLaterCode has each operation read items of a form that it does not know, as after a release that was taken back. It answers that it does
// not work right now, and writes nothing from then on.
func TestItemsOfLaterCode(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	var blind []string // that read no item
	for _, d := range deeds {
		act, l := d.prepare(s), &later{proxy: proxy}
		const most = 40 // requests of a deed that read
		inject := func(f tableproxy.Fault) {
			for n := range most {
				proxy.Inject("BatchGetItem", n+1, f)
				proxy.Inject("Query", n+1, f)
			}
		}
		inject(l.mark)
		err := act(t.Context())
		inject(pass)
		if found := testbed.FaultOf(err); l.read && (found.Code != "unavailable" || found.RetryAfter <= 0 || l.written() != l.was) {
			t.Errorf("%s: %v, %d writes", d.name, err, l.written()-l.was)
		}
		if !l.read && d.rounds > 0 {
			blind = append(blind, d.name)
		}
	}
	if diff := cmp.Diff([]string{
		"register-user: new", "console: how many workspaces invite", "send-mail: claims it", "send-mail: claims it for a resend",
	}, blind); diff != "" {
		t.Error(diff)
	}
}
