package telemetry_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/telemetry"
)

// TestLinesThatSayMetrics holds such a line against the format's specification, and all others against what they were.
func TestLinesThatSayMetrics(t *testing.T) {
	t.Parallel()
	var written bytes.Buffer
	logger := telemetry.NewLogger(&written, "prism")
	logger.Info("request", "status", 200, "late", slog.DurationValue(time.Second))
	began := time.Now().UnixMilli()
	logger.With("operation", "probe").Info("refused", "code", "not_found", telemetry.Refusals.One(), telemetry.RelayLag.Is(61000.5))
	lines := bytes.Split(bytes.TrimSpace(written.Bytes()), []byte("\n"))
	if len(lines) != 2 || bytes.Contains(lines[0], []byte("_aws")) {
		t.Fatalf("got %s", written.String())
	}
	var got map[string]any
	if err := json.Unmarshal(lines[1], &got); err != nil {
		t.Fatal(err)
	}
	at, _ := got["_aws"].(map[string]any)["Timestamp"].(float64)
	if int64(at) < began || int64(at) > time.Now().UnixMilli() {
		t.Errorf("its time is %v, want milliseconds from %d on", at, began)
	}
	directive := func(name, unit string, dimensions ...any) any {
		return map[string]any{
			"Namespace": "prism", "Dimensions": []any{append([]any{}, dimensions...)},
			"Metrics": []any{map[string]any{"Name": name, "Unit": unit}},
		}
	}
	want := map[string]any{
		"time": got["time"], "level": "INFO", "msg": "refused", "operation": "probe", "code": "not_found", "Refusals": 1.0, "RelayLag": 61000.5,
		"_aws": map[string]any{"Timestamp": at, "CloudWatchMetrics": []any{
			directive("Refusals", "Count", "code"), directive("RelayLag", "Milliseconds"),
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestWithoutANamespaceLinesAreAsEver: what is no deployment has no metrics, and its lines say the numbers nevertheless.
func TestWithoutANamespaceLinesAreAsEver(t *testing.T) {
	t.Parallel()
	var written bytes.Buffer
	telemetry.NewLogger(&written, "").Info("sent", telemetry.MailsSent.One())
	var got map[string]any
	if err := json.Unmarshal(written.Bytes(), &got); err != nil || got["MailsSent"] != 1.0 || got["_aws"] != nil {
		t.Errorf("got %s, %v", written.String(), err)
	}
}

// TestMetricsFitCloudWatch: names of their own, units that it knows, and dimensions that are few.
func TestMetricsFitCloudWatch(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, metric := range telemetry.Metrics() {
		if metric.Name == "" || seen[metric.Name] || metric.Unit != "Count" && metric.Unit != "Milliseconds" || metric.By != "" && metric.By != "code" {
			t.Errorf("got %+v", metric)
		}
		seen[metric.Name] = true
	}
}

// BenchmarkLine is what a line costs: an answer's without metrics, as before and as it is, and a refusal's.
func BenchmarkLine(b *testing.B) {
	plain := slog.New(slog.NewJSONHandler(io.Discard, nil))
	metered := telemetry.NewLogger(io.Discard, "prism")
	attrs := []slog.Attr{
		slog.String("operation", "check-access"), slog.String("route", "POST /v1/access/check"), slog.Int("status", 200), slog.String("caller", "usr_1"),
		slog.String("scope", "organizations/org_1"), slog.String("request_id", "r"), slog.String("correlation_id", "c"), slog.Float64("ms", 1.5),
		slog.Int("rounds", 1), slog.Int("requests", 1), slog.Int("writes", 0),
	}
	refused := append(append([]slog.Attr{}, attrs...), slog.String("code", "not_found"), telemetry.Refusals.One())
	for _, line := range []struct {
		name   string
		logger *slog.Logger
		attrs  []slog.Attr
	}{{"plain", plain, attrs}, {"answer", metered, attrs}, {"refusal", metered, refused}} {
		b.Run(line.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				line.logger.LogAttrs(b.Context(), slog.LevelInfo, "request", line.attrs...)
			}
		})
	}
}
