package dev_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prism-access/infra/local/bus"
	"prism-access/infra/local/clock"
	"prism-access/infra/local/dev"
	"prism-access/infra/local/metrics"
	"prism-access/infra/local/oidc"
	"prism-access/infra/local/queue"
	"prism-access/infra/local/ses"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/template"
)

// shownOf returns the overview of a stack with these queues, and people who may lack names.
func shownOf(t *testing.T, queues []*queue.Queue, people ...oidc.Person) string {
	t.Helper()
	return pageOf(t, "/dev", queues, nil, people...)
}

func pageOf(t *testing.T, path string, queues []*queue.Queue, kept *metrics.Store, people ...oidc.Person) string {
	t.Helper()
	key, err := oidc.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	issuer := oidc.New(oidc.Options{Key: key})
	issuer.Restore(people)
	handler := dev.Handler(dev.Options{
		Clock: &clock.Clock{}, Mailbox: ses.New(nil, nil, time.Now), Bus: bus.New(bus.Options{Now: time.Now}), Queues: queues, Issuer: issuer,
		Proxy: &tableproxy.Proxy{}, Throttled: &atomic.Bool{}, Metrics: kept, Alarms: func() []template.Alarm { return nil },
	})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Body.String()
}

func TestWhoeverHasNoNameIsShownByAddress(t *testing.T) {
	t.Parallel()
	body := shownOf(t, nil, oidc.Person{Email: "ada@example.com", Name: "Ada"}, oidc.Person{Email: "linus@example.com"})
	for _, want := range []string{">Sign in as Ada</a>", ">Sign in as linus@example.com</a>"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
}

func TestNumbersAreToBeRead(t *testing.T) {
	t.Parallel()
	var kept metrics.Store
	for _, value := range []float64{100.0 / 37, 41} {
		kept.Put("local", "RelayLag", "", value)
	}
	body := pageOf(t, "/dev/metrics", nil, &kept)
	for _, want := range []string{"<td>43.7</td>", "<td>41</td>", "<td>41 <span"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
}

func TestALongQueueIsCountedAndShownInPart(t *testing.T) {
	t.Parallel()
	waiting := queue.New("MailQueue", time.Minute, 3, nil)
	for i := range 500 {
		waiting.Send(fmt.Sprintf("message %03d", i))
	}
	body := shownOf(t, []*queue.Queue{waiting})
	if got := strings.Count(body, "message "); got != 5 || !strings.Contains(body, "<summary>500</summary>") {
		t.Errorf("%d of 500 messages are shown in %d bytes", got, len(body))
	}
	if newest, next := strings.Index(body, "message 499"), strings.Index(body, "message 498"); newest < 0 || next < newest {
		t.Errorf("not the newest first: %s", body)
	}
}
