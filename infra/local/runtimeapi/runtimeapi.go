// Package runtimeapi runs the binaries of functions as Lambda does: each is a process that asks the Runtime API for its events, one at a time.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package runtimeapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"prism-access/infra/local/invoke"
)

const (
	startTimeout = 10 * time.Second // that Lambda lets a function start
	version      = "/2018-06-01/runtime"
)

// Environment returns what a function finds in its environment: these variables, which may replace Lambda's own, and nothing of this process.
func Environment(variables map[string]string) []string {
	out := []string{
		"AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_SESSION_TOKEN=token", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", "_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=/var/task", "TZ=:UTC",
		"PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin", "LANG=en_US.UTF-8",
	}
	for name, value := range variables {
		out = append(out, name+"="+value) // the last of a name counts
	}
	return out
}

// Instance is a process of a function. It is a lambda.Handler, safe for concurrent use.
type Instance struct {
	Took time.Duration // from the start of the process to its first question for an event

	process *exec.Cmd
	server  *http.Server
	said    output
	asked   chan time.Time // for the first event
	work    chan task
	done    chan outcome
	ended   chan struct{} // closed when the process is gone
	one     sync.Mutex    // an instance handles one event at a time
}

type task struct {
	id       string
	event    []byte
	deadline time.Time
}

// outcome is what a function says of an event, or of its start.
type outcome struct {
	answer []byte
	err    error
}

// Start runs a bootstrap with an environment and returns when it asks for its first event. A function that ends instead, or says that it cannot
// start, is an error with its words.
func Start(ctx context.Context, bootstrap string, environment []string) (*Instance, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &Instance{asked: make(chan time.Time, 1), work: make(chan task), done: make(chan outcome, 1), ended: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+version+"/invocation/next", i.next)
	mux.HandleFunc("POST "+version+"/invocation/{id}/response", i.response)
	mux.HandleFunc("POST "+version+"/invocation/{id}/error", i.failure)
	mux.HandleFunc("POST "+version+"/init/error", i.failure)
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: startTimeout}
	go func() { _ = i.server.Serve(listener) }() // ends with Stop

	i.process = exec.CommandContext(ctx, bootstrap)
	i.process.Dir, i.process.Env = filepath.Dir(bootstrap), append(slices.Clip(environment), "AWS_LAMBDA_RUNTIME_API="+listener.Addr().String())
	i.process.Stdout, i.process.Stderr = &i.said, &i.said
	started := time.Now()
	if err := i.process.Start(); err != nil {
		_ = i.server.Close() // nobody has asked it anything
		return nil, err
	}
	go func() {
		_ = i.process.Wait() // killed, or its last words say why
		close(i.ended)
	}()
	select {
	case at := <-i.asked:
		i.Took = at.Sub(started)
		return i, nil
	case said := <-i.done:
		err = said.err
	case <-i.ended:
		err = errors.New("it has ended")
	case <-time.After(startTimeout):
		err = errors.New("it asks for no event")
	}
	i.Stop()
	return nil, fmt.Errorf("%s: %w: %s", bootstrap, err, i.Said())
}

// Invoke hands the function an event and returns its answer. An error is a failed invocation: the function says so, or ends, or ctx does,
// after which it takes no more.
func (i *Instance) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	i.one.Lock()
	defer i.one.Unlock()
	deadline, limited := ctx.Deadline()
	if !limited {
		deadline = time.Now().Add(time.Minute)
	}
	work := i.work
	for {
		select {
		case work <- task{invoke.UUID(), event, deadline}:
			work = nil // given once
		case o := <-i.done:
			return o.answer, o.err
		case <-i.ended:
			return nil, fmt.Errorf("the function has ended: %s", i.Said())
		case <-ctx.Done():
			_ = i.process.Process.Kill() // as Lambda does; fails only when it has ended
			return nil, ctx.Err()
		}
	}
}

// Said returns what the process has written: its log.
func (i *Instance) Said() string { return i.said.String() }

// PID returns the id of the process.
func (i *Instance) PID() int { return i.process.Process.Pid }

// Stop ends the process and returns when it is gone. It may be called twice.
func (i *Instance) Stop() {
	_ = i.process.Process.Kill() // fails only when it has ended
	<-i.ended
	_ = i.server.Close() // who has asked is gone
}

func (i *Instance) next(w http.ResponseWriter, r *http.Request) {
	select {
	case i.asked <- time.Now():
	default: // nobody looks at when it asks again
	}
	select {
	case t := <-i.work:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", t.id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(t.deadline.UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:function")
		_, _ = w.Write(t.event) // a function gone shows by its end
	case <-r.Context().Done():
	}
}

func (i *Instance) response(w http.ResponseWriter, r *http.Request) {
	answer, err := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusAccepted)
	i.done <- outcome{answer, err}
}

func (i *Instance) failure(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body) // what has come says enough
	w.WriteHeader(http.StatusAccepted)
	i.done <- outcome{err: fmt.Errorf("the function says %s", text)}
}

// output keeps what is written to it. It is safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
