// Command local runs all of Prism Access on this machine, with no account anywhere:
//
//	go run ./infra/local
//
// PORT (8080) is where it answers. DATA_DIR keeps the data from one start to the next; without it they live in memory.
// DYNAMODB_PORT is where DynamoDB Local listens; without it on any free port. DYNAMODB_ENDPOINT names one that runs already.
// LOG_LEVEL (warn) says which log lines of the functions show: debug, info, warn, error.
//
// The process that is started keeps the port, DynamoDB Local and what has to survive a restart. It runs itself a second
// time to serve, and replaces that child by a newly built one when code or templates change.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	dynamodblocal "prism-access/infra/dynamodb-local"
)

const (
	defaultPort  = "8080"
	templateFile = "template.yaml"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := parent
	if len(os.Args) > 1 && os.Args[1] == serveCommand {
		run = serve
	}
	if err := run(ctx); err != nil {
		if !errors.Is(err, errTold) {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

// errTold is an error that somebody else has printed.
var errTold = errors.New("told already")

// parent keeps what outlives a change of code.
func parent(ctx context.Context) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	w := &watcher{root: root}
	w.seen = w.versions() // before the table server has come up, which may take a while and must hide no change
	listener, err := listen(ctx, os.Getenv("PORT"))
	if err != nil {
		return err
	}
	defer listener.Close()
	folder, keeps, err := dataFolder(os.Getenv("DATA_DIR"))
	if err != nil {
		return err
	}
	o := dynamodblocal.Options{Log: os.Stderr}
	if text := os.Getenv("DYNAMODB_PORT"); text != "" {
		if o.Port, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("DYNAMODB_PORT=%s: a number", text)
		}
	}
	if keeps {
		o.DataDir = folder
	} else {
		defer os.RemoveAll(folder)
	}
	server, err := dynamodblocal.Start(ctx, o)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer server.Stop()
	table, err := dynamodblocal.CreateTable(ctx, server.Endpoint, filepath.Join(root, templateFile))
	if err != nil {
		return interrupted(ctx, err)
	}
	builds, err := os.MkdirTemp("", "prism-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(builds)
	w.folder, w.listener = builds, listener
	w.arguments = []string{serveCommand, "-endpoint", server.Endpoint, "-table", table, "-folder", folder, "-keeps=" + strconv.FormatBool(keeps)}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return w.run(ctx, self)
}

// interrupted drops an error that comes of ending the program.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// findRoot returns the folder of this repository, in or above the one we are in.
func findRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, templateFile)); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("there is no %s in %s or above it", templateFile, folder)
		}
	}
}

// listen takes the port on the loopback interface, which browsers call localhost.
func listen(ctx context.Context, port string) (net.Listener, error) {
	if port == "" {
		port = defaultPort
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %s is taken: stop what uses it, or choose another one with PORT=8081", port)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on port %s: %w", port, err)
	}
	return l, nil
}

// dataFolder returns the folder for DynamoDB Local and for what the stack keeps beside it, and whether it outlives us.
func dataFolder(wanted string) (folder string, keeps bool, err error) {
	if wanted == "" {
		folder, err = os.MkdirTemp("", "prism-local-")
		return folder, false, err
	}
	folder, err = filepath.Abs(wanted)
	if err == nil {
		err = os.MkdirAll(folder, 0o700)
	}
	return folder, true, err
}
