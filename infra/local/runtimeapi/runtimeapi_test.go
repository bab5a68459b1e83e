package runtimeapi_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/infra/local/runtimeapi"
)

// TestMain is a function when a Runtime API runs it.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		os.Exit(m.Run())
	}
	if os.Getenv("BROKEN") != "" {
		fmt.Println("bad environment")
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, event string) (string, error) {
		switch event {
		case "fail":
			return "", errors.New("no such thing")
		case "end":
			os.Exit(1)
		case "sleep":
			time.Sleep(time.Hour)
		}
		deadline, _ := ctx.Deadline()
		return fmt.Sprint(event, " ", os.Getenv("NAME"), os.Getenv("HOME"), " ", time.Until(deadline) < 20*time.Second), nil
	})
}

func start(t *testing.T, variables map[string]string) (*runtimeapi.Instance, error) {
	t.Helper()
	bootstrap, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	instance, err := runtimeapi.Start(t.Context(), bootstrap, runtimeapi.Environment(variables))
	if err == nil {
		t.Cleanup(instance.Stop)
	}
	return instance, err
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	instance, err := start(t, map[string]string{"NAME": "given"})
	if err != nil || instance.Took <= 0 {
		t.Fatal(instance, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range 2 {
		if got, err := instance.Invoke(ctx, []byte(`"a"`)); err != nil || string(got) != `"a given true"` {
			t.Errorf("got %s, %v", got, err)
		}
		if got, err := instance.Invoke(ctx, []byte(`"fail"`)); err == nil || !strings.Contains(err.Error(), "no such thing") {
			t.Errorf("got %s, %v", got, err)
		}
	}
	if got, err := instance.Invoke(ctx, []byte(`"end"`)); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestInvokeThatTakesTooLong(t *testing.T) {
	t.Parallel()
	instance, err := start(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := instance.Invoke(ctx, []byte(`"sleep"`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := instance.Invoke(t.Context(), []byte(`"a"`)); err == nil {
		t.Errorf("got %s from a function that was ended", got)
	}
}

func TestStartThatFails(t *testing.T) {
	t.Parallel()
	if _, err := start(t, map[string]string{"BROKEN": "yes"}); err == nil || !strings.Contains(err.Error(), "bad environment") {
		t.Errorf("got %v", err)
	}
}
