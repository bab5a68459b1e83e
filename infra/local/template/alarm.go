package template

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Alarm sounds while what its expression makes of metrics is greater than its threshold.
type Alarm struct {
	ID          string
	Description string
	Threshold   float64
	Expression  string            // of the metrics' names: +, -, * and / with numbers, and FILL
	Metrics     map[string]Metric // by their name in the expression
	Line        int
}

// Metric is a statistic of the values of some time.
type Metric struct {
	Namespace  string
	Name       string
	Dimensions string // "Name=Value", apart by commas, in the order of the names
	Statistic  string // Sum or Maximum
	Period     time.Duration
}

// Dimensions returns dimensions as a Metric has them.
func Dimensions(values map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, name+"="+values[name])
	}
	return strings.Join(out, ",")
}

// only is the metric's name in the expression of an alarm about a single one.
const only = "value"

func (r *reader) alarm(p pair) error {
	n, err := r.resolve(p.value.get("Properties"))
	if err != nil {
		return err
	}
	if err := n.only("AlarmDescription", "AlarmActions", "OKActions", "TreatMissingData", "ComparisonOperator", "Threshold", "EvaluationPeriods",
		"Namespace", "MetricName", "Dimensions", "Statistic", "Period", "Metrics"); err != nil {
		return err
	}
	if n.get("ComparisonOperator").text() != "GreaterThanThreshold" || n.get("TreatMissingData").text() != "notBreaching" || n.get("EvaluationPeriods").text() != "1" {
		return n.errorf("the local stack knows alarms alone that are GreaterThanThreshold in one period, without which nothing is amiss")
	}
	alarm := Alarm{ID: p.key, Description: n.get("AlarmDescription").text(), Expression: only, Metrics: map[string]Metric{}, Line: p.line}
	if alarm.Threshold, err = strconv.ParseFloat(n.get("Threshold").text(), 64); err != nil {
		return n.errorf("the threshold is %q", n.get("Threshold").text())
	}
	if n.get("Metrics") == nil {
		alarm.Metrics[only], err = metric(n, n)
	}
	for _, item := range n.get("Metrics").items() {
		if expression := item.get("Expression").text(); expression != "" {
			alarm.Expression = expression
			continue
		}
		stat := item.get("MetricStat")
		if alarm.Metrics[item.get("Id").text()], err = metric(stat.get("Metric"), stat); err != nil {
			return err
		}
	}
	r.out.Alarms = append(r.out.Alarms, alarm)
	return err
}

// metric reads what is measured, and how its values are looked at.
func metric(what, how *node) (Metric, error) {
	dimensions := map[string]string{}
	for _, item := range what.get("Dimensions").items() {
		dimensions[item.get("Name").text()] = item.get("Value").text()
	}
	period, err := seconds(how.get("Period"), 0)
	m := Metric{
		Namespace: what.get("Namespace").text(), Name: what.get("MetricName").text(), Dimensions: Dimensions(dimensions),
		Statistic: cmp.Or(how.get("Statistic").text(), how.get("Stat").text()), Period: period,
	}
	if err == nil && (period == 0 || m.Statistic != "Sum" && m.Statistic != "Maximum") {
		err = how.errorf("the local stack knows the sum and the maximum of a period")
	}
	return m, err
}
