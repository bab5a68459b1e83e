package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"text/tabwriter"
	"time"
)

// root is the top of the repository.
var root, _ = filepath.Abs("../..")

// figure is one line of the table at the end.
type figure struct {
	name, unit, how  string
	measured, atMost float64
}

var figures []figure

// hold states a figure, and fails the benchmark when it is over its bound.
func hold(b *testing.B, f figure) {
	b.Helper()
	figures = append(figures, f)
	if f.measured > f.atMost {
		b.Errorf("%s: %.4g %s, at most %.4g (%s)", f.name, f.measured, f.unit, f.atMost, f.how)
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if len(figures) > 0 {
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "\nFigure\tmeasured\tat most\tunit\thow")
		for _, f := range figures {
			mark := ""
			if f.measured > f.atMost {
				mark = " OVER"
			}
			fmt.Fprintf(table, "%s\t%.4g%s\t%.4g\t%s\t%s\n", f.name, f.measured, mark, f.atMost, f.unit, f.how)
		}
		_ = table.Flush() // to people: when it cannot be written there is nobody to tell
	}
	os.Exit(code)
}

// metric is a value that is measured already.
type metric struct {
	value float64
	unit  string
}

// report makes a line of the benchmarks' output.
func report(b *testing.B, name string, metrics ...metric) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		b.ReportMetric(0, "ns/op") // prints no time of its own
		for _, m := range metrics {
			b.ReportMetric(m.value, m.unit)
		}
	})
}

// quantile returns the value that the part q of the measured ones do not exceed.
func quantile(measured []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(measured))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
