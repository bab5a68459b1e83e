package metrics_test

import (
	"testing"
	"time"

	"prism-access/infra/local/metrics"
	"prism-access/infra/local/template"
	"prism-access/internal/telemetry"
)

// TestWhatFunctionsWriteIsReadAgain: the numbers that a line says, apart by its kinds, and nothing of other lines.
func TestWhatFunctionsWriteIsReadAgain(t *testing.T) {
	t.Parallel()
	store := &metrics.Store{}
	logger := telemetry.NewLogger(store, "local")
	logger.Info("request", "status", 200)
	for _, code := range []string{"not_found", "not_found", "last_admin"} {
		logger.Info("request", "code", code, telemetry.Refusals.One())
	}
	logger.Info("published", telemetry.RelayLag.Is(61000), telemetry.InvitationsSent.One())
	logger.Info("published", telemetry.RelayLag.Is(5))
	for _, c := range []struct {
		name, dimensions, statistic string
		want                        float64
		found                       bool
	}{
		{"Refusals", "code=not_found", "Sum", 2, true},
		{"Refusals", "code=last_admin", "Sum", 1, true},
		{"Refusals", "", "Sum", 0, false},
		{"RelayLag", "", "Maximum", 61000, true},
		{"RelayLag", "", "Sum", 61005, true},
		{"InvitationsSent", "", "Sum", 1, true},
		{"status", "", "Sum", 0, false},
	} {
		got, found := store.Statistic(template.Metric{Namespace: "local", Name: c.name, Dimensions: c.dimensions, Statistic: c.statistic, Period: time.Minute})
		if got != c.want || found != c.found {
			t.Errorf("%+v: got %v, %v", c, got, found)
		}
	}
	if _, found := store.Statistic(template.Metric{Namespace: "local", Name: "RelayLag", Statistic: "Maximum", Period: -time.Minute}); found {
		t.Error("what is older than the period counts")
	}
	if all := store.All(); len(all) != 5 || all[0].Name != "IncomingBytes" || all[2].Dimensions != "code=last_admin" || all[4].Maximum != 61000 || all[4].Last != 5 || all[4].Values != 2 {
		t.Errorf("got %+v", all)
	}
	for _, broken := range []string{
		`{"_aws": 5}`, `{"_aws"`, `{"_aws":{"CloudWatchMetrics":[{"Namespace":"local","Dimensions":[[]],"Metrics":[{"Name":"A"}]}]}}`,
		`{"_aws":{"CloudWatchMetrics":[{"Namespace":"local","Dimensions":[["b"]],"Metrics":[{"Name":"A"}]}]},"A":1}`,
	} {
		if _, err := store.Write([]byte(broken)); err == nil {
			t.Errorf("%s is taken", broken)
		}
	}
}

func TestAlarmsSoundAboveTheirThreshold(t *testing.T) {
	t.Parallel()
	store := &metrics.Store{}
	of := func(name string) template.Metric {
		return template.Metric{Namespace: "local", Name: name, Statistic: "Sum", Period: time.Hour}
	}
	rate := template.Alarm{Threshold: 2, Expression: "100 * bad / all", Metrics: map[string]template.Metric{"bad": of("Bad"), "all": of("All")}}
	store.Put("local", "Bad", "", 1)
	if store.Sounds(rate) {
		t.Error("it sounds without a value to divide by")
	}
	store.Put("local", "All", "", 50)
	if got, known := store.Value(rate); got != 2 || !known || store.Sounds(rate) {
		t.Errorf("at its threshold it is %v, %v", got, known)
	}
	store.Put("local", "Bad", "", 1)
	if !store.Sounds(rate) {
		t.Error("it does not sound above its threshold")
	}
	rate.Metrics["none"] = of("None")
	for expression, want := range map[string]float64{"FILL(none, 0) + FILL(all, 0)": 50, "FILL(none, 7)": 7} {
		rate.Expression = expression
		if got, known := store.Value(rate); got != want || !known {
			t.Errorf("%s is %v, %v", expression, got, known)
		}
	}
	for _, broken := range []string{"", "bad +", "other", "max(bad)", "FILL(bad)", "none + all", "bad / 0"} {
		rate.Expression = broken
		if _, known := store.Value(rate); known {
			t.Errorf("%q has a value", broken)
		}
	}
}
