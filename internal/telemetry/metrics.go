package telemetry

import (
	"context"
	"io"
	"log/slog"
)

// Metric is a number that a log line says and CloudWatch keeps.
type Metric struct {
	Name string
	Unit string // as CloudWatch calls it
	// By is the member of the line that tells its kinds apart, a dimension; empty for none. Each value of it costs as much as a metric of its own,
	// so it is never a person, an organization or a request.
	By string
}

// The metrics of all functions. A fact counts where it is known for good, so that few lines have one.
var (
	InvitationsSent     = Metric{Name: "InvitationsSent", Unit: count} // for the first time or again
	InvitationsAccepted = Metric{Name: "InvitationsAccepted", Unit: count}
	InvitationsExpired  = Metric{Name: "InvitationsExpired", Unit: count}
	RelayLag            = Metric{Name: "RelayLag", Unit: "Milliseconds"} // from the commit to the bus
	MailsSent           = Metric{Name: "MailsSent", Unit: count}         // the mail service has taken them
	MailsFailed         = Metric{Name: "MailsFailed", Unit: count}       // for good: refused, given up, or not sent as none may go there any more
	MailsBounced        = Metric{Name: "MailsBounced", Unit: count}      // hard: nothing will ever arrive there
	MailsComplained     = Metric{Name: "MailsComplained", Unit: count}
	Refusals            = Metric{Name: "Refusals", Unit: count, By: "code"}
)

const count = "Count"

// Metrics returns all of them.
func Metrics() []Metric {
	return []Metric{
		InvitationsSent, InvitationsAccepted, InvitationsExpired, RelayLag, MailsSent, MailsFailed, MailsBounced, MailsComplained, Refusals,
	}
}

// Is returns the attribute by which a log line says the metric. A line with one that has kinds has the member that tells them apart, too.
func (m Metric) Is(value float64) slog.Attr { return slog.Any(m.Name, measured{m, value}) }

// One is Is for one more.
func (m Metric) One() slog.Attr { return m.Is(1) }

type measured struct {
	metric Metric
	value  float64
}

// LogValue is how it stands in the line.
func (m measured) LogValue() slog.Value { return slog.Float64Value(m.value) }

// Namespace is the variable that names where CloudWatch keeps the metrics of a deployment.
const Namespace = "METRICS_NAMESPACE"

// NewLogger returns a logger that writes lines of JSON. Those that say metrics are at the same time documents of CloudWatch's embedded metric format, from which
// it reads them; without a namespace they are not.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func NewLogger(w io.Writer, namespace string) *slog.Logger {
	lines := slog.NewJSONHandler(w, nil)
	if namespace == "" {
		return slog.New(lines)
	}
	return slog.New(handler{lines, namespace})
}

type handler struct {
	slog.Handler
	namespace string
}

// metadata tells which members of a document are metrics. Its names are the format's.
type metadata struct {
	Timestamp         int64       `json:"Timestamp"` // milliseconds since 1970
	CloudWatchMetrics []directive `json:"CloudWatchMetrics"`
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"` // an empty set: the metric as one number
	Metrics    []definition `json:"Metrics"`
}

type definition struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, line slog.Record) error {
	var said []directive
	line.Attrs(func(attr slog.Attr) bool {
		if attr.Value.Kind() != slog.KindLogValuer {
			return true
		}
		if m, is := attr.Value.Any().(measured); is {
			said = append(said, m.metric.directive(h.namespace))
		}
		return true
	})
	if len(said) > 0 {
		line = line.Clone()
		line.AddAttrs(slog.Any("_aws", metadata{Timestamp: line.Time.UnixMilli(), CloudWatchMetrics: said}))
	}
	return h.Handler.Handle(ctx, line)
}

func (m Metric) directive(namespace string) directive {
	kinds := []string{}
	if m.By != "" {
		kinds = append(kinds, m.By)
	}
	return directive{Namespace: namespace, Dimensions: [][]string{kinds}, Metrics: []definition{{m.Name, m.Unit}}}
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.namespace}
}

// WithGroup implements slog.Handler. A metric stands outside of all groups.
func (h handler) WithGroup(name string) slog.Handler { return h.Handler.WithGroup(name) }
