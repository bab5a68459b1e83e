package trigger

import (
	"context"
	"log/slog"
	"time"

	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/telemetry"
)

// Published is the outbox of a function that says of each entry that it has been published, and what that counts as. What is published again
// because others of its batch failed counts again.
type Published struct {
	audit.Outbox
	Operation string
	Now       func() time.Time // the features' clock, which the entries have their times from
	Logger    *slog.Logger
}

// MarkPublished implements audit.Outbox.
func (p Published) MarkPublished(ctx context.Context, entries []audit.Entry) error {
	if err := p.Outbox.MarkPublished(ctx, entries); err != nil {
		return err
	}
	now := p.Now()
	for _, entry := range entries {
		attrs := []slog.Attr{
			slog.String("operation", p.Operation), slog.String("event", entry.ID), slog.String("type", entry.Type),
			slog.String("correlation_id", entry.CorrelationID), slog.String("request_id", invocation(ctx).ID),
			telemetry.RelayLag.Is(float64(now.Sub(entry.OccurredAt).Milliseconds())),
		}
		if metric, is := facts[entry.Type]; is {
			attrs = append(attrs, metric.One())
		}
		p.Logger.LogAttrs(ctx, slog.LevelInfo, "published", attrs...)
	}
	return nil
}

// facts are the metrics of events.
var facts = map[string]telemetry.Metric{
	event.TypeOf(event.InvitationCreated{}):  telemetry.InvitationsSent,
	event.TypeOf(event.InvitationResent{}):   telemetry.InvitationsSent,
	event.TypeOf(event.InvitationAccepted{}): telemetry.InvitationsAccepted,
	event.TypeOf(event.InvitationExpired{}):  telemetry.InvitationsExpired,
}
