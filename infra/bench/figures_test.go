package bench

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// root is the top of the repository.
var root, _ = filepath.Abs("../..")

// figure is one line of the table at the end.
type figure struct {
	name, unit, how string
	measured, bound float64
}

// held is a figure with what it was held to.
type held struct {
	figure
	group   string // the benchmark without its first word
	atLeast bool   // the bound is from below
}

func (h held) over() bool {
	if h.atLeast {
		return h.measured < h.bound
	}
	return h.measured > h.bound
}

var figures []held

// hold states a figure, and fails the benchmark when it is over its bound.
func hold(b *testing.B, f figure) {
	b.Helper()
	state(b, held{figure: f})
}

// holdAtLeast is hold for a figure that is better when it is larger.
func holdAtLeast(b *testing.B, f figure) {
	b.Helper()
	state(b, held{figure: f, atLeast: true})
}

func state(b *testing.B, h held) {
	b.Helper()
	h.group = strings.TrimPrefix(b.Name(), "Benchmark")
	figures = append(figures, h)
	if h.over() {
		b.Errorf("%s: %.4g %s, bound %.4g (%s)", h.name, h.measured, h.unit, h.bound, h.how)
	}
}

// holdDelays holds the 99th percentile of what was waited for.
func holdDelays(b *testing.B, name string, took []time.Duration, bound float64) {
	b.Helper()
	p50, p99 := milliseconds(quantile(took, 0.5)), milliseconds(quantile(took, 0.99))
	report(b, name, metric{p50, "p50-ms"}, metric{p99, "p99-ms"})
	how := fmt.Sprintf("of %d", len(took))
	hold(b, figure{name + ", p50", "ms", how, p50, math.Inf(1)})
	hold(b, figure{name + ", p99", "ms", how, p99, bound})
}

// holdSame states that what is compared needs the same, but for what is said to differ.
func holdSame(b *testing.B, what string, differ []string) {
	b.Helper()
	hold(b, figure{what, different, strings.Join(differ, "; "), float64(len(differ)), 0})
}

// different is the unit of what has to be the same.
const different = "that differ"

func TestMain(m *testing.M) {
	code := m.Run()
	if len(figures) > 0 {
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "\nFigure\tmeasured\tbound\tunit\thow")
		for _, f := range figures {
			mark := ""
			if f.over() {
				mark = " OVER"
			}
			fmt.Fprintf(table, "%s\t%.4g%s\t%.4g\t%s\t%s\n", f.name, f.measured, mark, f.bound, f.unit, f.how)
		}
		_ = table.Flush() // to people: when it cannot be written there is nobody to tell
	}
	if code == 0 {
		code = writeReadme()
	} else if over := overs(figures); over != "" {
		fmt.Printf("\nOver their bounds, so README.md stays as it is:\n%s", over)
	}
	os.Exit(code)
}

// overs says which figures are over their bounds, and by how much.
func overs(of []held) string {
	var text strings.Builder
	for _, f := range of {
		if !f.over() {
			continue
		}
		fmt.Fprintf(&text, "  %s, %s: %.4g %s, bound %.4g", f.group, f.name, f.measured, f.unit, f.bound)
		if f.bound != 0 {
			fmt.Fprintf(&text, ", %+.1f %%", 100*(f.measured/f.bound-1))
		}
		fmt.Fprintf(&text, " (%s)\n", f.how)
	}
	return text.String()
}

// metric is a value that is measured already.
type metric struct {
	value float64
	unit  string
}

// report makes a line of the benchmarks' output, as benchstat reads it.
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
