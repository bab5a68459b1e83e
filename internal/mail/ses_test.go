package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

// sesAt returns a sender to a server that answers as the handler does.
func sesAt(t *testing.T, answer http.HandlerFunc, options SESOptions) SES {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	options.Endpoint = server.URL
	options.From = "Prism <no-reply@access.example.com>"
	signer := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
	})
	return NewSES(aws.Config{Region: "eu-west-1", Credentials: signer}, options)
}

// refuse answers as SES does with an error.
func refuse(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", code)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"message":"said the service"}`)
	}
}

var hello = Message{
	To: "grace@example.com", Subject: "Grüße", HTML: "<p>Hello</p>", Text: "Hello\n",
	Tags: map[string]string{"organization": "org_1", "invitation": "inv_1", "generation": "2"},
}

func TestSESSends(t *testing.T) {
	t.Parallel()
	var path string
	var got map[string]any
	ses := sesAt(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"MessageId":"1"}`)
	}, SESOptions{ConfigurationSet: "mails"})
	if err := ses.Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	content := func(data string) map[string]any { return map[string]any{"Data": data, "Charset": "UTF-8"} }
	tag := func(name, value string) map[string]any { return map[string]any{"Name": name, "Value": value} }
	want := map[string]any{
		"FromEmailAddress":     "Prism <no-reply@access.example.com>",
		"Destination":          map[string]any{"ToAddresses": []any{"grace@example.com"}},
		"ConfigurationSetName": "mails",
		"Content": map[string]any{"Simple": map[string]any{
			"Subject": content("Grüße"),
			"Body":    map[string]any{"Html": content("<p>Hello</p>"), "Text": content("Hello\n")},
			"Headers": []any{tag("Auto-Submitted", "auto-generated")},
		}},
		"ConfigurationOverrides": map[string]any{"Tracking": map[string]any{"ClickTrackingEnabled": "DISABLED", "OpenTrackingEnabled": "DISABLED"}},
		"EmailTags":              []any{tag("generation", "2"), tag("invitation", "inv_1"), tag("organization", "org_1")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if path != "/v2/email/outbound-emails" {
		t.Errorf("sent to %s", path)
	}
}

func TestSESErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		code    string
		refused bool
	}{
		{http.StatusBadRequest, "MessageRejected", true},
		{http.StatusBadRequest, "MailFromDomainNotVerifiedException", false},
		{http.StatusBadRequest, "AccountSuspendedException", true},
		{http.StatusBadRequest, "BadRequestException", true},
		{http.StatusBadRequest, "SendingPausedException", false},
		{http.StatusBadRequest, "LimitExceededException", false},
		{http.StatusNotFound, "NotFoundException", false},
		{http.StatusForbidden, "AccessDeniedException", false},
		{http.StatusTooManyRequests, "TooManyRequestsException", false},
		{http.StatusServiceUnavailable, "ServiceUnavailable", false},
		{http.StatusInternalServerError, "InternalFailure", false},
	} {
		t.Run(fmt.Sprint(c.status, c.code), func(t *testing.T) {
			t.Parallel()
			err := sesAt(t, refuse(c.status, c.code), SESOptions{}).Send(t.Context(), hello)
			var refused *Refused
			if err == nil || errors.As(err, &refused) != c.refused {
				t.Fatalf("got %v, want refused for good: %v", err, c.refused)
			}
			if c.refused && (refused.Detail == "" || strings.Contains(refused.Detail, "said the service")) {
				t.Errorf("detail %q shows what is not for users, or nothing", refused.Detail)
			}
		})
	}
}

// A mail that SES refuses until somebody sets DNS records, or leaves the sandbox, is not lost by that.
func TestSESWaitsForVerification(t *testing.T) {
	t.Parallel()
	err := sesAt(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", "MessageRejected")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"message":"Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: no-reply@access.example.com"}`)
	}, SESOptions{}).Send(t.Context(), hello)
	var refused *Refused
	if err == nil || errors.As(err, &refused) {
		t.Fatalf("got %v, want an error that passes", err)
	}
	if strings.Contains(err.Error(), "@") || !strings.Contains(err.Error(), "is not verified") {
		t.Errorf("the log says %q", err)
	}
}

func TestSESTriesAgainWithinItsTime(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	ses := sesAt(t, func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) {
		case 1:
			refuse(http.StatusTooManyRequests, "TooManyRequestsException")(w, r)
		case 2:
			time.Sleep(300 * time.Millisecond) // beyond the time of one attempt
		default:
			_, _ = io.WriteString(w, `{"MessageId":"1"}`)
		}
	}, SESOptions{AttemptTimeout: 100 * time.Millisecond})
	if err := ses.Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	if got := calls.Load(); got != 3 {
		t.Errorf("%d requests, want 3: throttled, timed out, taken", got)
	}
}

func TestSESGivesUpInTime(t *testing.T) {
	t.Parallel()
	ses := sesAt(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Second):
		}
	}, SESOptions{AttemptTimeout: 200 * time.Millisecond, TotalTimeout: 300 * time.Millisecond})
	start := time.Now()
	err := ses.Send(t.Context(), hello)
	var refused *Refused
	if err == nil || errors.As(err, &refused) {
		t.Errorf("got %v, want an error that another attempt may cure", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v, want about 300 ms", took)
	}
}

func TestSESTakesOneBareAddress(t *testing.T) {
	t.Parallel()
	ses := sesAt(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }, SESOptions{})
	for _, to := range []string{"", "a@example.com, b@example.com", "Ada <a@example.com>", "a@example.com\r\nBcc: b@example.com", "nobody"} {
		message := hello
		message.To = to
		var refused *Refused
		if err := ses.Send(t.Context(), message); !errors.As(err, &refused) {
			t.Errorf("to %q: got %v, want it refused", to, err)
		}
	}
}

func TestTagValues(t *testing.T) {
	t.Parallel()
	if got, want := tagValue("org_01J-x/ä b"), "org_01J-x___b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
