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
	w := httptest.NewRecorder()
	handlerOf(t, queues, kept, people...).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Body.String()
}

func handlerOf(t *testing.T, queues []*queue.Queue, kept *metrics.Store, people ...oidc.Person) http.Handler {
	t.Helper()
	key, err := oidc.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	issuer := oidc.New(oidc.Options{Key: key})
	issuer.Restore(people)
	return dev.Handler(dev.Options{
		Clock: &clock.Clock{}, Mailbox: ses.New(nil, nil, time.Now), Bus: bus.New(bus.Options{Now: time.Now}), Queues: queues, Issuer: issuer,
		Proxy: &tableproxy.Proxy{}, Throttled: &atomic.Bool{}, Metrics: kept, Alarms: func() []template.Alarm { return nil },
	})
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

// TestDeadLettersAreDealtWith: of what was given up all goes back to where it comes from, if there is such a place, or is deleted.
func TestDeadLettersAreDealtWith(t *testing.T) {
	t.Parallel()
	mailDead, relayDead := queue.New("MailDeadLetters", time.Minute, 0, nil), queue.New("RelayLogDeadLetters", time.Minute, 0, nil)
	mail := queue.New("MailQueue", time.Minute, 3, mailDead)
	for _, q := range []*queue.Queue{mail, mailDead, relayDead} {
		q.Send("message")
	}
	handler := handlerOf(t, []*queue.Queue{mail, mailDead, relayDead}, nil)
	press := func(button, name string) int {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, button, strings.NewReader("queue="+name))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		handler.ServeHTTP(w, r)
		return w.Code
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dev", nil))
	for button, want := range map[string]int{
		`formaction="/dev/redrive" name="queue" value="MailDeadLetters"`: 1, `formaction="/dev/purge" name="queue" value="RelayLogDeadLetters"`: 1,
		`formaction="/dev/redrive" name="queue" value="RelayLogDeadLetters"`: 0, `value="MailQueue"`: 0,
	} {
		if got := strings.Count(w.Body.String(), button); got != want {
			t.Errorf("%d times %s", got, button)
		}
	}
	if code := press("/dev/redrive", "MailDeadLetters"); code != http.StatusSeeOther || len(mailDead.Messages()) != 0 || len(mail.Messages()) != 2 {
		t.Errorf("put back: %d, %d left, %d there", code, len(mailDead.Messages()), len(mail.Messages()))
	}
	if code := press("/dev/purge", "RelayLogDeadLetters"); code != http.StatusSeeOther || len(relayDead.Messages()) != 0 {
		t.Errorf("deleted: %d, %d left", code, len(relayDead.Messages()))
	}
	for name, want := range map[string]int{"Nowhere": http.StatusNotFound, "MailQueue": http.StatusConflict} {
		if code := press("/dev/purge", name); code != want || len(mail.Messages()) != 2 {
			t.Errorf("of %s: %d, %d left", name, code, len(mail.Messages()))
		}
	}
}
