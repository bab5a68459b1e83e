package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

const template = "../../../template.yaml"

func TestRunPassesExitCodeAndEnvironment(t *testing.T) {
	t.Setenv("DYNAMODB_ENDPOINT", "") // a server of its own, not the one that all tests share
	var stdout, stderr bytes.Buffer
	got := run(t.Context(), template, []string{"--", "sh", "-c", "echo $DYNAMODB_ENDPOINT $TABLE_NAME; exit 7"}, &stdout, &stderr)
	if got != 7 {
		t.Errorf("exit code: got %d, want 7; %s", got, stderr.String())
	}
	if out := stdout.String(); !strings.HasPrefix(out, "http://") || !strings.HasSuffix(out, " prism-access\n") {
		t.Errorf("endpoint and table: got %q", out)
	}
}

func TestRunWithoutCommand(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	if got := run(t.Context(), template, []string{"--"}, nil, &stderr); got != exitUsage || !strings.HasPrefix(stderr.String(), "usage:") {
		t.Errorf("got %d and %q, want %d and the usage", got, stderr.String(), exitUsage)
	}
}

func TestRunUnknownCommand(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	got := run(t.Context(), template, []string{"no-such-command"}, nil, &stderr)
	if got != exitFailed || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "no-such-command") {
		t.Errorf("got %d and %q, want %d and one line that names it", got, stderr.String(), exitFailed)
	}
}

// An interrupt ends the command and all that it has started.
func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := &notify{begun: make(chan struct{}, 1)}
	go func() {
		<-begun.begun
		cancel()
	}()
	from := time.Now()
	got := run(ctx, template, []string{"sh", "-c", "sh -c 'echo begun; sleep 60'; echo survived"}, begun, &bytes.Buffer{})
	if got != exitInterrupted {
		t.Errorf("exit code: got %d, want %d", got, exitInterrupted)
	}
	if took := time.Since(from); took > 30*time.Second {
		t.Errorf("took %s: the command was waited for", took)
	}
	if strings.Contains(begun.said.String(), "survived") {
		t.Error("the command went on")
	}
}

// notify tells when something was written to it.
type notify struct {
	said  bytes.Buffer
	begun chan struct{}
}

func (n *notify) Write(p []byte) (int, error) {
	select {
	case n.begun <- struct{}{}:
	default:
	}
	return n.said.Write(p)
}
