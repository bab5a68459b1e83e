// Command with runs a command beside a DynamoDB Local that holds the table of template.yaml:
//
//	go run ./infra/dynamodb-local/with -- go test ./...
//
// The command finds the two in DYNAMODB_ENDPOINT and TABLE_NAME, and its exit code becomes ours. One server and one table
// serve all that the command starts, since DynamoDB Local bears one table with a stream per process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	dynamodblocal "prism-access/infra/dynamodb-local"
)

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
	endTimeout      = 10 * time.Second // from passing a signal on to killing the command
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, "template.yaml", os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run starts the server, makes the table, runs the command and stops the server. It returns the exit code: the command's
// own; 1 when it could not be run, 2 when none was given, 130 when ctx ended first.
func run(ctx context.Context, template string, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: with -- command [argument ...]")
		return exitUsage
	}
	code, err := runCommand(ctx, template, args, stdout, stderr)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return code
}

func runCommand(ctx context.Context, template string, args []string, stdout, stderr io.Writer) (int, error) {
	server, err := dynamodblocal.Start(ctx, dynamodblocal.Options{Log: stderr})
	if err != nil {
		return 0, err
	}
	defer server.Stop()
	table, err := dynamodblocal.CreateTable(ctx, server.Endpoint, template)
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "DYNAMODB_ENDPOINT="+server.Endpoint, "TABLE_NAME="+table)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A signal must reach what the command has started as well: go test does not pass one on to the tests.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = endTimeout
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}
