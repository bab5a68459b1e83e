package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
)

// tape keeps what the table is asked by a function and what it answers, and then answers the same from memory.
type tape struct {
	mu      sync.Mutex // requests are made side by side
	asked   []any      // inputs of the SDK
	answers map[string]answer
}

type answer struct {
	header http.Header
	body   []byte
}

// recording returns a configuration with which all is kept that is asked and answered.
func (t *tape) recording(cfg aws.Config) aws.Config {
	cfg.HTTPClient = doer(t.record)
	return t.listening(cfg)
}

// listening returns a configuration with which all is kept that is asked.
func (t *tape) listening(cfg aws.Config) aws.Config {
	cfg.APIOptions = append(cfg.APIOptions, listen(func(in any) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.asked = append(t.asked, in)
	}))
	return cfg
}

// playing returns a configuration with which what was kept is the answer.
func (t *tape) playing(cfg aws.Config) aws.Config {
	cfg.HTTPClient = doer(t.play)
	return cfg
}

// doer is an aws.HTTPClient.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// listen makes a client of the SDK tell the input of each call.
func listen(tell func(in any)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("listen",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				tell(in.Parameters)
				return next.HandleInitialize(ctx, in)
			}), middleware.Before)
	}
}

// asks tells requests apart. The SDK writes the members of a JSON object in any order, so the length of the body stands for what is in it.
func asks(r *http.Request) string {
	return fmt.Sprint(r.Header.Get("X-Amz-Target"), r.ContentLength)
}

func (t *tape) record(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, twice := t.answers[asks(r)]; twice {
		return nil, fmt.Errorf("two requests that cannot be told apart: %s", asks(r))
	}
	t.answers[asks(r)] = answer{response.Header, body}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func (t *tape) play(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	kept, known := t.answers[asks(r)]
	if !known {
		return nil, fmt.Errorf("%s was not asked before", asks(r))
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: kept.header.Clone(), Body: io.NopCloser(bytes.NewReader(kept.body)), ContentLength: int64(len(kept.body)), Request: r,
	}, nil
}

// send makes the call that takes this input.
func send(ctx context.Context, client *dynamodb.Client, in any) error {
	var err error
	switch in := in.(type) {
	case *dynamodb.BatchGetItemInput:
		_, err = client.BatchGetItem(ctx, in)
	case *dynamodb.GetItemInput:
		_, err = client.GetItem(ctx, in)
	case *dynamodb.QueryInput:
		_, err = client.Query(ctx, in)
	case *dynamodb.TransactWriteItemsInput:
		_, err = client.TransactWriteItems(ctx, in)
	default:
		err = fmt.Errorf("nothing is known about %T", in)
	}
	return err
}
