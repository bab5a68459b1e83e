// Package metrics plays CloudWatch's part: it reads metrics out of the lines that functions write, takes those that the services give by themselves, and says which
// alarms of the template sound. It goes by the real time.
package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"prism-access/infra/local/template"
)

// kept bounds what is kept of one metric.
const kept = 10_000

// Store keeps the values of metrics. Its zero value is empty, and it is safe for concurrent use.
type Store struct {
	mu     sync.Mutex
	series map[id][]value
}

type id struct{ namespace, name, dimensions string }

type value struct {
	at     time.Time
	number float64
}

// Put adds a value of now. Dimensions are as template.Dimensions writes them.
func (s *Store) Put(namespace, name, dimensions string, number float64) {
	s.put(id{namespace, name, dimensions}, value{time.Now(), number})
}

func (s *Store) put(of id, v value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.series == nil {
		s.series = map[id][]value{}
	}
	all := append(s.series[of], v)
	s.series[of] = slices.Delete(all, 0, max(0, len(all)-kept))
}

// Forget drops all values.
func (s *Store) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.series = nil
}

// Write takes a line of a function. Of a document of the embedded metric format it keeps the metrics; what says that it is one and is not as the format wants it is an error.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func (s *Store) Write(line []byte) (int, error) {
	s.Put("AWS/Logs", "IncomingBytes", "", float64(len(line)))
	if !bytes.Contains(line, []byte(`"_aws"`)) {
		return len(line), nil
	}
	var members map[string]json.RawMessage
	var said struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	}
	if err := json.Unmarshal(line, &members); err != nil {
		return 0, fmt.Errorf("embedded metrics: %w", err)
	}
	if err := json.Unmarshal(members["_aws"], &said); err != nil {
		return 0, fmt.Errorf("embedded metrics: %w", err)
	}
	for _, directive := range said.CloudWatchMetrics {
		for _, metric := range directive.Metrics {
			var number float64
			if err := json.Unmarshal(members[metric.Name], &number); err != nil {
				return 0, fmt.Errorf("embedded metric %s: %w", metric.Name, err)
			}
			for _, set := range directive.Dimensions {
				dimensions := map[string]string{}
				for _, name := range set {
					var text string
					if err := json.Unmarshal(members[name], &text); err != nil {
						return 0, fmt.Errorf("dimension %s of the embedded metric %s: %w", name, metric.Name, err)
					}
					dimensions[name] = text
				}
				s.put(id{directive.Namespace, metric.Name, template.Dimensions(dimensions)}, value{time.UnixMilli(said.Timestamp), number})
			}
		}
	}
	return len(line), nil
}

// Statistic returns the statistic of a metric over its last period, and whether it has any value there.
func (s *Store) Statistic(m template.Metric) (float64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, sum, highest, found := time.Now().Add(-m.Period), 0.0, 0.0, false
	for _, v := range s.series[id{m.Namespace, m.Name, m.Dimensions}] {
		if v.at.Before(from) {
			continue
		}
		sum += v.number
		if highest = max(highest, v.number); !found {
			highest, found = v.number, true
		}
	}
	if m.Statistic == "Maximum" {
		return highest, found
	}
	return sum, found
}

// Value returns what the expression of an alarm makes of its metrics now, and whether they have what that takes.
func (s *Store) Value(alarm template.Alarm) (float64, bool) {
	expression, err := parser.ParseExpr(alarm.Expression)
	if err != nil {
		return 0, false
	}
	return s.evaluate(alarm, expression)
}

// Sounds reports whether an alarm sounds.
func (s *Store) Sounds(alarm template.Alarm) bool {
	got, known := s.Value(alarm)
	return known && got > alarm.Threshold
}

func (s *Store) evaluate(alarm template.Alarm, e ast.Expr) (float64, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		number, err := strconv.ParseFloat(e.Value, 64)
		return number, err == nil
	case *ast.Ident:
		m, known := alarm.Metrics[e.Name]
		if !known {
			return 0, false
		}
		return s.Statistic(m)
	case *ast.CallExpr: // FILL(metric, what it has when it has no value)
		if name, is := e.Fun.(*ast.Ident); !is || name.Name != "FILL" || len(e.Args) != 2 {
			return 0, false
		}
		if got, known := s.evaluate(alarm, e.Args[0]); known {
			return got, true
		}
		return s.evaluate(alarm, e.Args[1])
	case *ast.ParenExpr:
		return s.evaluate(alarm, e.X)
	case *ast.BinaryExpr:
		left, known := s.evaluate(alarm, e.X)
		right, alsoKnown := s.evaluate(alarm, e.Y)
		if !known || !alsoKnown {
			return 0, false
		}
		switch e.Op {
		case token.ADD:
			return left + right, true
		case token.SUB:
			return left - right, true
		case token.MUL:
			return left * right, true
		case token.QUO:
			return left / right, right != 0
		}
	}
	return 0, false
}

// Series is what is known of one metric.
type Series struct {
	Namespace, Name, Dimensions string
	Values                      int
	Sum, Maximum, Last          float64
	At                          time.Time // of the last value
}

// All returns all metrics that have a value, in the order of their names.
func (s *Store) All() []Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Series
	for of, values := range s.series {
		one := Series{Namespace: of.namespace, Name: of.name, Dimensions: of.dimensions, Values: len(values), Maximum: values[0].number}
		for _, v := range values {
			one.Sum, one.Maximum, one.Last, one.At = one.Sum+v.number, max(one.Maximum, v.number), v.number, v.at
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Series) int {
		return strings.Compare(a.Namespace+" "+a.Name+" "+a.Dimensions, b.Namespace+" "+b.Name+" "+b.Dimensions)
	})
	return out
}
