package invoke_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/invoke"
)

type handler func(ctx context.Context, event []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }

func TestInvoke(t *testing.T) {
	t.Parallel()
	echo := handler(func(ctx context.Context, event []byte) ([]byte, error) {
		lc, ok := lambdacontext.FromContext(ctx)
		if deadline, limited := ctx.Deadline(); !ok || !limited || lc.AwsRequestID == "" || time.Until(deadline) > 3*time.Second {
			return nil, errors.New("no request id or no deadline")
		}
		return event, nil
	})
	for _, c := range []struct {
		name    string
		handler handler
		timeout time.Duration
		event   []byte
		want    string
		err     string
	}{
		{name: "an answer", handler: echo, event: []byte(`{}`), want: `{}`},
		{name: "an error", handler: func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no") }, err: "no"},
		{name: "a panic", handler: func(context.Context, []byte) ([]byte, error) { panic("ouch") }, err: "panicked: ouch"},
		{
			name: "too slow", timeout: time.Millisecond, err: "timed out after 1ms",
			handler: func(ctx context.Context, _ []byte) ([]byte, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				return nil, nil
			},
		},
		{name: "a large event", handler: echo, event: make([]byte, invoke.MaxPayload+1), err: invoke.ErrTooLarge.Error()},
		{
			name: "a large answer", err: "answer is larger",
			handler: func(context.Context, []byte) ([]byte, error) { return make([]byte, invoke.MaxPayload+1), nil },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := &invoke.Function{Name: "f", Start: invoke.Same(c.handler), Timeout: c.timeout}
			got, err := f.Invoke(t.Context(), c.event)
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatalf("error: got %v, want %q", err, c.err)
			}
			if string(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestInstancesHandleOneEventAtATime counts the instances of a function that is busy with one event and gets another.
func TestInstancesHandleOneEventAtATime(t *testing.T) {
	t.Parallel()
	started := 0
	busy, free := make(chan struct{}), make(chan struct{})
	f := &invoke.Function{Name: "f", Start: func() (lambda.Handler, error) {
		started++
		shared := make([]byte, 1) // as aws-lambda-go keeps one buffer for its answers
		return handler(func(_ context.Context, event []byte) ([]byte, error) {
			copy(shared, event)
			if event[0] == 'a' {
				close(busy)
				<-free
			}
			return shared, nil
		}), nil
	}}
	if err := f.Warm(); err != nil || started != 1 {
		t.Fatalf("warm: %v, %d instances", err, started)
	}
	first := make(chan []byte)
	go func() {
		answer, _ := f.Invoke(t.Context(), []byte("a"))
		first <- answer
	}()
	<-busy
	second, err := f.Invoke(t.Context(), []byte("b"))
	if err != nil || started != 2 {
		t.Errorf("%v, %d instances started, want 2", err, started)
	}
	close(free)
	if got := <-first; string(got) != "a" {
		t.Errorf("the first answer is %q", got)
	}
	third, err := f.Invoke(t.Context(), []byte("c"))
	if err != nil || started != 2 {
		t.Errorf("%v, %d instances started, want 2", err, started)
	}
	if string(second) != "b" || string(third) != "c" {
		t.Errorf("the answers are %q and %q", second, third)
	}
}

func TestStartThatFails(t *testing.T) {
	t.Parallel()
	f := &invoke.Function{Name: "f", Start: func() (lambda.Handler, error) { return nil, errors.New("bad environment") }}
	if err := f.Warm(); err == nil {
		t.Error("warm: no error")
	}
	if _, err := f.Invoke(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "bad environment") {
		t.Errorf("got %v", err)
	}
}

func TestBatchFailures(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string][]string{
		``: nil, `null`: nil, `{}`: nil, `{"batchItemFailures":null}`: nil, `{"batchItemFailures":[]}`: nil,
		`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}`: {"a", "b"},
	} {
		got, err := invoke.BatchFailures([]byte(answer))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", answer, err, diff)
		}
	}
	for _, answer := range []string{`"ok"`, `{"batchItemFailures":[{"itemIdentifier":""}]}`, `{"batchItemFailures":[{}]}`} {
		if _, err := invoke.BatchFailures([]byte(answer)); err == nil {
			t.Errorf("%s: no error", answer)
		}
	}
}
