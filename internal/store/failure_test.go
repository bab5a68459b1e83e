package store_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/store"
	"prism-access/internal/testbed"
)

// TestTroublePasses: a table that does not answer now is 503, with a word on when to come back, and the cause for the log.
func TestTroublePasses(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]tableproxy.Fault{
		"throttled": tableproxy.Throttle(), "server error": tableproxy.ServerError(), "cut off": tableproxy.BreakOff(), "conflict": tableproxy.Conflict(0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			ada, _ := bed.Person("Ada")
			for nth := 1; nth < 10; nth++ {
				proxy.Inject("BatchGetItem", nth, trouble)
				proxy.Inject("TransactWriteItems", nth, trouble)
			}
			_, err := bed.Me().Do(t.Context(), ada, account.MeInput{})
			checkUnavailable(t, "reading", err)
			for nth := 1; nth < 10; nth++ {
				proxy.Inject("TransactWriteItems", nth, trouble)
			}
			claimed, _, err := bed.Table.ClaimMail(t.Context(), bed.NewID(), invitation.Addressee{Root: access.Organization("org_1"), Address: "grace@example.com"}, time.Minute)
			checkUnavailable(t, "writing", err)
			if claimed {
				t.Error("claimed without an answer")
			}
		})
	}
}

func checkUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	var got *fault.Error
	if !errors.As(err, &got) || got.Kind != fault.Unavailable || got.Code != "unavailable" || got.RetryAfter <= 0 || got.Err == nil {
		t.Errorf("%s: got %v, want unavailable", what, err)
	}
}

// TestWhatNoAttemptCuresIsInternal: an item that cannot be read, a table that is not there, a right that is missing.
func TestWhatNoAttemptCuresIsInternal(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	ada, _ := bed.Person("Ada")
	org, _ := bed.Organization(ada, "Acme")
	bed.Spoil("ORG#"+org.ID, "ORG", "version")
	_, err := bed.GetOrganization().Do(t.Context(), ada, organization.GetInput{Scope: access.Organization(org.ID)})
	checkInternal(t, "an item that cannot be read", err)

	missing := store.New(testbed.Config(), "another-table", store.Options{RealNow: time.Now, Endpoint: bed.Endpoint()})
	_, err = missing.User(t.Context(), ada.User)
	checkInternal(t, "a table that is not there", err)

	proxy.Inject("BatchGetItem", 1, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized to perform dynamodb:BatchGetItem"}`))
	})
	_, err = bed.Table.User(t.Context(), ada.User)
	checkInternal(t, "a right that is missing", err)
}

func checkInternal(t *testing.T, what string, err error) {
	t.Helper()
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		t.Errorf("%s: got %v, want an error that is no fault", what, err)
	}
}

// TestDeadTable: the answer comes long before the gateway gives up, and before callers do.
func TestDeadTable(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*tableproxy.Proxy){
		"cuts off": func(p *tableproxy.Proxy) { p.SetDown(true) },
		"is gone":  func(p *tableproxy.Proxy) { p.Close() },
		"is silent": func(p *tableproxy.Proxy) {
			for nth := 1; nth < 10; nth++ {
				p.Inject("BatchGetItem", nth, tableproxy.Hang())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.ProxiedWith(t, testbed.Options{Hasty: true})
			ada, _ := bed.Person("Ada")
			kill(proxy)
			began := time.Now()
			_, err := bed.Me().Do(t.Context(), ada, account.MeInput{})
			checkUnavailable(t, "a table that "+name, err)
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("a table that %s took %s", name, took)
			}
		})
	}
}

// TestCallerGivesUp: whoever cancels gets an answer at once.
func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := bed.Table.User(ctx, "usr_ada")
	checkUnavailable(t, "a call that was cancelled", err)
	if !strings.Contains(err.Error(), "cancel") {
		t.Errorf("the log does not say why: %v", err)
	}
}
