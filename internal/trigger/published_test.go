package trigger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"prism-access/internal/audit"
	"prism-access/internal/telemetry"
	"prism-access/internal/trigger"
)

// marking is an outbox whose marks fail with an error, or do not.
type marking struct {
	audit.Outbox
	err error
}

func (m marking) MarkPublished(context.Context, []audit.Entry) error { return m.err }

// TestPublishedEntriesCount: each has its line, with the click it comes from, how long it took and what it counts as; what is not marked comes again and counts then.
func TestPublishedEntriesCount(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	var entries []audit.Entry
	for id, kind := range []string{"InvitationCreated", "InvitationResent", "InvitationAccepted", "InvitationExpired", "InvitationDeclined", "MemberAdded"} {
		entries = append(entries, audit.Entry{ID: string(rune('a' + id)), Type: kind, OccurredAt: at.Add(time.Duration(id) * time.Second), CorrelationID: "click-" + kind})
	}
	var written bytes.Buffer
	outbox := trigger.Published{
		Outbox: marking{}, Operation: "relay-log", Now: func() time.Time { return at.Add(time.Minute) }, Logger: telemetry.NewLogger(&written, "prism"),
	}
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "invocation-1"})
	if err := outbox.MarkPublished(ctx, entries); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	for decoder := json.NewDecoder(&written); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		delete(line, "_aws")
		delete(line, "time")
		got = append(got, line)
	}
	var want []map[string]any
	for n, metric := range []string{"InvitationsSent", "InvitationsSent", "InvitationsAccepted", "InvitationsExpired", "", ""} {
		line := map[string]any{
			"level": "INFO", "msg": "published", "operation": "relay-log", "event": entries[n].ID, "type": entries[n].Type, "correlation_id": entries[n].CorrelationID,
			"request_id": "invocation-1", "RelayLag": float64(60000 - 1000*n),
		}
		if metric != "" {
			line[metric] = 1.0
		}
		want = append(want, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	broken := errors.New("the table does not answer")
	outbox.Outbox = marking{err: broken}
	if err := outbox.MarkPublished(ctx, entries); !errors.Is(err, broken) || written.Len() > 0 {
		t.Errorf("got %v, and it counts: %s", err, written.String())
	}
}
