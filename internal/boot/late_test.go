package boot_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/oklog/ulid/v2"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/audit"
	"prism-access/internal/boot"
	"prism-access/internal/httpapi"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
)

// delays is a table that answers no transaction but the nth attempt of each.
type delays struct {
	proxy *tableproxy.Proxy
	nth   int

	mu       sync.Mutex
	attempts int
	oldest   time.Duration // age of an entry of the log that an attempt brings
}

// age returns how old the oldest entry of the log is that a transaction brings.
func age(t *testing.T, transaction []byte) time.Duration {
	t.Helper()
	type text struct{ S string }
	var brought struct {
		TransactItems []struct {
			Put struct{ Item struct{ PK, SK text } }
		}
	}
	if err := json.Unmarshal(transaction, &brought); err != nil {
		t.Error(err)
	}
	oldest := time.Duration(-1)
	for _, write := range brought.TransactItems {
		if item := write.Put.Item; strings.HasSuffix(item.PK.S, "#LOG") {
			oldest = max(oldest, time.Since(ulid.Time(ulid.MustParse(item.SK.S).Time())))
		}
	}
	if oldest < 0 {
		t.Errorf("no entry of the log is in %s", transaction)
	}
	return oldest
}

// stall lets the next transactions wait.
func (d *delays) stall(t *testing.T, transactions int) {
	t.Helper()
	for n := range transactions {
		d.proxy.Inject("TransactWriteItems", n+1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			body, _ := io.ReadAll(r.Body) // is in memory
			r.Body = io.NopCloser(bytes.NewReader(body))
			d.mu.Lock()
			d.attempts, d.oldest = d.attempts+1, max(d.oldest, age(t, body))
			d.mu.Unlock()
			if (n+1)%d.nth != 0 {
				tableproxy.Hang()(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// check holds that all attempts came in time, and that there were enough to tell.
func (d *delays) check(t *testing.T, least int) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.attempts < least || d.oldest < time.Second || d.oldest > audit.Settled/3 {
		t.Errorf("%d attempts, with an entry that was %s old: the feed relies on less", d.attempts, d.oldest)
	}
}

// TestNothingCommitsLate: what the feed relies on. Of a table that answers just every third attempt, a call about 100 people asks for its last
// transaction in time, and a subscriber gives up.
func TestNothingCommitsLate(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	start := func(t *testing.T, f boot.Function, nth int) (*api, *delays, func(payload []byte) string) {
		t.Helper()
		bed, proxy := testbed.Proxied(t)
		scene := bed.Scene()
		env := scene.Environment()
		env["AWS_ENDPOINT_URL_DYNAMODB"] = proxy.URL
		handler, err := boot.New(f, boot.Options{Getenv: func(name string) string { return env[name] }, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		invoke := func(payload []byte) string {
			answer, err := handler.Invoke(t.Context(), payload)
			if err != nil {
				t.Error(err)
			}
			return string(answer)
		}
		return &api{Scene: scene, t: t, book: &book{contract: contract, seen: map[string]bool{}}}, &delays{proxy: proxy, nth: nth}, invoke
	}
	t.Run("a call", func(t *testing.T) {
		t.Parallel()
		a, late, invoke := start(t, boot.CreateInvitations, 3)
		var addresses []string
		for range 100 {
			addresses = append(addresses, a.Address("grace"))
		}
		q := ask{method: http.MethodPost, path: "/" + a.Org.String() + "/invitations", body: a.memberOffer(addresses...), who: &a.Ada}
		operation, parameters, _ := contract.Find(q.method, "/v1"+q.path)
		payload, _ := a.payload(q, operation, parameters)
		late.stall(t, 100)
		var answer events.APIGatewayV2HTTPResponse
		err := json.Unmarshal([]byte(invoke(payload)), &answer)
		if err != nil || answer.StatusCode != http.StatusMultiStatus && answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("got %d, %v, want not all of them invited", answer.StatusCode, err)
		}
		late.check(t, 2) // how many there is time for is the machine's doing
	})
	t.Run("a subscriber", func(t *testing.T) {
		t.Parallel()
		a, late, invoke := start(t, boot.CleanUp, 100)
		a.Pending(a.Address("grace"))
		all := a.Envelopes(a.ID)
		body, _ := json.Marshal(all[len(all)-1])                                                                             // plain data
		message, _ := json.Marshal(map[string]any{"Records": []any{map[string]any{"messageId": "1", "body": string(body)}}}) // plain data
		a.DeleteScope(a.Org)
		late.stall(t, 99)
		if got := failures(t, invoke(message)); len(got) != 1 {
			t.Errorf("clean-up reports %v", got)
		}
		late.check(t, 2)
	})
}
