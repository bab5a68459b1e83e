package dev_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prism-access/infra/local/bus"
	"prism-access/infra/local/clock"
	"prism-access/infra/local/dev"
	"prism-access/infra/local/oidc"
	"prism-access/infra/local/queue"
	"prism-access/infra/local/ses"
	"prism-access/infra/local/tableproxy"
)

func TestALongQueueIsCountedAndShownInPart(t *testing.T) {
	t.Parallel()
	key, err := oidc.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	waiting := queue.New("MailQueue", time.Minute, 3, nil)
	for i := range 500 {
		waiting.Send(fmt.Sprintf("message %03d", i))
	}
	handler := dev.Handler(dev.Options{
		Clock: &clock.Clock{}, Mailbox: ses.New(nil, time.Now), Bus: bus.New(bus.Options{Now: time.Now}), Queues: []*queue.Queue{waiting},
		Issuer: oidc.New(oidc.Options{Key: key}), Proxy: &tableproxy.Proxy{},
	})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dev", nil))
	body := w.Body.String()
	if got := strings.Count(body, "message "); got != 5 || !strings.Contains(body, "<summary>500</summary>") {
		t.Errorf("%d of 500 messages are shown in %d bytes", got, len(body))
	}
	if newest, next := strings.Index(body, "message 499"), strings.Index(body, "message 498"); newest < 0 || next < newest {
		t.Errorf("not the newest first: %s", body)
	}
}
