package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/pattern"
	"prism-access/infra/local/queue"
)

// function notes the sequence numbers it is given and answers what answer says.
type function struct {
	batches []string
	answer  func(numbers []string) (string, error)
}

func (f *function) Invoke(_ context.Context, event []byte) ([]byte, error) {
	var in struct{ Records []*Record }
	if err := json.Unmarshal(event, &in); err != nil {
		return nil, err
	}
	var numbers []string
	for _, record := range in.Records {
		numbers = append(numbers, record.Change.SequenceNumber)
	}
	f.batches = append(f.batches, strings.Join(numbers, " "))
	if f.answer == nil {
		return []byte(`{}`), nil
	}
	answer, err := f.answer(numbers)
	return []byte(answer), err
}

// throws fails every batch with the record.
func throws(number string) func([]string) (string, error) {
	return func(numbers []string) (string, error) {
		if slices.Contains(numbers, number) {
			return "", errors.New("no")
		}
		return "", nil
	}
}

// reports names the record as failed wherever it is.
func reports(number string) func([]string) (string, error) {
	return func(numbers []string) (string, error) {
		if slices.Contains(numbers, number) {
			return fmt.Sprintf(`{"batchItemFailures":[{"itemIdentifier":%q}]}`, number), nil
		}
		return `{"batchItemFailures":[]}`, nil
	}
}

func records(from, to int) []*Record {
	var out []*Record
	for i := from; i <= to; i++ {
		out = append(out, &Record{EventName: "INSERT", Change: Change{
			SequenceNumber:              strconv.Itoa(i),
			ApproximateCreationDateTime: json.Number(strconv.FormatInt(time.Now().Unix(), 10)),
		}})
	}
	return out
}

func TestMapping(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		mapping *Mapping
		answer  func([]string) (string, error)
		want    []string
		dead    []string // condition, first and last record
	}{
		{name: "all well", mapping: &Mapping{MaxRetries: 2}, want: []string{"1 2 3 4", "5 6"}},
		{
			name: "a batch that fails is tried again and given up whole", mapping: &Mapping{MaxRetries: 2}, answer: throws("2"),
			want: []string{"1 2 3 4", "1 2 3 4", "1 2 3 4", "5 6"}, dead: []string{"RetryAttemptsExhausted 1 4 of 4 after 3"},
		},
		{
			name: "bisecting finds the poison", mapping: &Mapping{MaxRetries: 1, Bisect: true}, answer: throws("2"),
			want: []string{"1 2 3 4", "1 2", "1", "2", "2", "3 4", "5 6"}, dead: []string{"RetryAttemptsExhausted 2 2 of 1 after 2"},
		},
		{
			name: "what came before the reported record is done with", mapping: &Mapping{MaxRetries: 1, ReportFailures: true}, answer: reports("3"),
			want: []string{"1 2 3 4", "3 4", "5 6"}, dead: []string{"RetryAttemptsExhausted 3 4 of 2 after 2"},
		},
		{
			name: "reporting and bisecting lose the poison alone", mapping: &Mapping{MaxRetries: 1, ReportFailures: true, Bisect: true}, answer: reports("3"),
			want: []string{"1 2 3 4", "3 4", "3", "4", "5 6"}, dead: []string{"RetryAttemptsExhausted 3 3 of 1 after 2"},
		},
		{
			name: "a number that is not in the batch fails all of it", mapping: &Mapping{MaxRetries: 0, ReportFailures: true},
			answer: func([]string) (string, error) { return `{"batchItemFailures":[{"itemIdentifier":"99"}]}`, nil },
			want:   []string{"1 2 3 4", "5 6"}, dead: []string{"RetryAttemptsExhausted 1 4 of 4 after 1", "RetryAttemptsExhausted 5 6 of 2 after 1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &function{answer: c.answer}
				m := c.mapping
				m.Function, m.BatchSize = &invoke.Function{Name: "f", Start: invoke.Same(f)}, 4
				m.DeadLetters = queue.New("Dead", time.Second, 0, nil)
				m.add(records(1, 6)...)
				ctx, cancel := context.WithCancel(t.Context())
				go m.run(ctx)
				time.Sleep(time.Minute)
				cancel()
				synctest.Wait()
				if diff := cmp.Diff(c.want, f.batches); diff != "" {
					t.Errorf("batches: %s", diff)
				}
				if diff := cmp.Diff(c.dead, letters(t, m.DeadLetters)); diff != "" {
					t.Errorf("given up: %s", diff)
				}
				if len(m.pending) != 0 {
					t.Errorf("%d records are left", len(m.pending))
				}
			})
		})
	}
}

func letters(t *testing.T, q *queue.Queue) []string {
	t.Helper()
	var out []string
	for _, message := range q.Messages() {
		var letter struct {
			RequestContext struct {
				Condition              string
				ApproximateInvokeCount int
			}
			DDBStreamBatchInfo struct {
				StartSequenceNumber, EndSequenceNumber string
				BatchSize                              int
			}
		}
		if err := json.Unmarshal([]byte(message.Body), &letter); err != nil {
			t.Fatal(err)
		}
		info := letter.DDBStreamBatchInfo
		out = append(out, fmt.Sprintf("%s %s %s of %d after %d", letter.RequestContext.Condition, info.StartSequenceNumber,
			info.EndSequenceNumber, info.BatchSize, letter.RequestContext.ApproximateInvokeCount))
	}
	return out
}

func TestMappingFillsBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &function{}
		m := &Mapping{Function: &invoke.Function{Start: invoke.Same(f)}, BatchSize: 3, Window: 2 * time.Second}
		ctx, cancel := context.WithCancel(t.Context())
		go m.run(ctx)
		m.add(records(1, 1)...)
		time.Sleep(time.Second)
		m.add(records(2, 2)...)
		time.Sleep(2 * time.Second)
		m.add(records(3, 6)...) // full at once
		time.Sleep(10 * time.Second)
		cancel()
		synctest.Wait()
		if diff := cmp.Diff([]string{"1 2", "3 4 5", "6"}, f.batches); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMappingGivesUpOldRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &function{}
		m := &Mapping{
			Function: &invoke.Function{Start: invoke.Same(f)}, BatchSize: 10, MaxRetries: -1, MaxAge: time.Minute,
			DeadLetters: queue.New("Dead", time.Second, 0, nil),
		}
		m.add(records(1, 2)...)
		time.Sleep(2 * time.Minute)
		m.add(records(3, 3)...)
		ctx, cancel := context.WithCancel(t.Context())
		go m.run(ctx)
		time.Sleep(time.Second)
		cancel()
		synctest.Wait()
		if diff := cmp.Diff([]string{"3"}, f.batches); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"RecordAgeExceeded 1 1 of 1 after 0", "RecordAgeExceeded 2 2 of 1 after 0"}, letters(t, m.DeadLetters)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMappingKeepsWhatIsLeftWhenItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &Mapping{Function: &invoke.Function{Start: invoke.Same(&function{answer: throws("2")})}, BatchSize: 1, MaxRetries: -1}
		m.add(records(1, 3)...)
		ctx, cancel := context.WithCancel(t.Context())
		go m.run(ctx)
		time.Sleep(time.Hour)
		cancel()
		synctest.Wait()
		if len(m.pending) != 2 || m.pending[0].Change.SequenceNumber != "2" {
			t.Errorf("left: %v", m.pending)
		}
	})
}

func TestMappingFilters(t *testing.T) {
	t.Parallel()
	p, err := pattern.Parse([]byte(`{"eventName":["INSERT"],"dynamodb":{"SequenceNumber":["2","3"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	m := &Mapping{Filters: []*pattern.Pattern{p}}
	m.add(records(1, 5)...)
	if len(m.pending) != 2 || m.pending[0].Change.SequenceNumber != "2" || m.pending[1].Change.SequenceNumber != "3" {
		t.Errorf("passed: %v", m.pending)
	}
}
