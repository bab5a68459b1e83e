// Package invoke runs functions the way Lambda runs them: one event at a time in each instance, with a deadline, a request id
// and limits on what goes in and out.
package invoke

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// MaxPayload is the largest event and the largest answer of an invocation that waits for the answer, in bytes.
const MaxPayload = 6 << 20

// ErrThrottled is that no instance may be started. The function has not run.
var ErrThrottled = errors.New("rate exceeded")

// ErrTooLarge is an event above MaxPayload. The function has not run.
var ErrTooLarge = errors.New("the event is larger than 6 MB")

// Function is a function that can be invoked. It is safe for concurrent use: like Lambda, it starts another instance when all
// others are busy, since an instance handles one event at a time (aws-lambda-go reuses its buffers).
type Function struct {
	Name    string
	Timeout time.Duration // 0 stands for the service's 3 seconds
	Start   func() (lambda.Handler, error)
	// Throttled reports whether the service starts no more functions now; nil: never.
	Throttled func() bool
	// Invoked is told of each invocation that is not throttled; may be nil.
	Invoked func()

	mu   sync.Mutex
	idle []lambda.Handler
}

// Same starts instances that are all the one handler, which has to be safe for concurrent use.
func Same(h lambda.Handler) func() (lambda.Handler, error) {
	return func() (lambda.Handler, error) { return h, nil }
}

// Warm starts an instance, to learn early that it cannot start.
func (f *Function) Warm() error {
	instance, err := f.Start()
	if err == nil {
		f.release(instance)
	}
	return err
}

func (f *Function) acquire() (lambda.Handler, error) {
	f.mu.Lock()
	if last := len(f.idle) - 1; last >= 0 {
		defer f.mu.Unlock()
		instance := f.idle[last]
		f.idle = f.idle[:last]
		return instance, nil
	}
	f.mu.Unlock()
	return f.Start()
}

func (f *Function) release(instance lambda.Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, instance)
}

// Invoke hands the event to the function and returns its answer. An error is a failed invocation: the function returned
// one, panicked, took longer than its timeout, or answered more than MaxPayload.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if len(event) > MaxPayload {
		return nil, ErrTooLarge
	}
	if f.Throttled != nil && f.Throttled() {
		return nil, fmt.Errorf("%s: %w", f.Name, ErrThrottled)
	}
	if f.Invoked != nil {
		f.Invoked()
	}
	timeout := f.Timeout
	if timeout == 0 {
		timeout = 3 * time.Second
	}
	instance, err := f.acquire()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{
		AwsRequestID:       UUID(),
		InvokedFunctionArn: "arn:aws:lambda:local:000000000000:function:" + f.Name,
	})
	type outcome struct {
		answer []byte
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		defer cancel()
		defer func() {
			// This instance is not used again, as in the service.
			if reason := recover(); reason != nil {
				done <- outcome{err: fmt.Errorf("%s panicked: %v\n%s", f.Name, reason, debug.Stack())}
			}
		}()
		answer, err := instance.Invoke(ctx, event)
		o := outcome{slices.Clone(answer), err}
		if ctx.Err() == nil {
			f.release(instance)
		}
		done <- o
	}()
	<-ctx.Done() // by the deadline, by the caller, or by the function's end
	select {
	case o := <-done:
		if o.err == nil && len(o.answer) > MaxPayload {
			return nil, fmt.Errorf("%s: the answer is larger than 6 MB", f.Name)
		}
		return o.answer, o.err
	default:
		return nil, fmt.Errorf("%s: task timed out after %s: %w", f.Name, timeout, ctx.Err())
	}
}

// UUID returns a random UUID, the form of most ids of the services.
func UUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// BatchFailures reads the partial batch answer of a function with ReportBatchItemFailures. An answer without any is a
// success; one that is not of this form is an error, which counts as a failure of the whole batch.
func BatchFailures(answer []byte) ([]string, error) {
	var parsed struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(answer) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(answer, &parsed); err != nil {
		return nil, fmt.Errorf("partial batch answer: %w", err)
	}
	var ids []string
	for _, failure := range parsed.BatchItemFailures {
		if failure.ItemIdentifier == "" {
			return nil, errors.New("partial batch answer: an item without identifier")
		}
		ids = append(ids, failure.ItemIdentifier)
	}
	return ids, nil
}
