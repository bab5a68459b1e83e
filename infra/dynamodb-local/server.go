// Package dynamodblocal finds, fetches, starts and stops DynamoDB Local, and makes the table of template.yaml in it.
package dynamodblocal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Version is the version of DynamoDB Local that is fetched; pom.xml names the same.
const Version = "2.6.1"

const (
	startTimeout = time.Minute           // it takes 2 to 3 s; a busy machine more
	pollInterval = 50 * time.Millisecond // between two looks whether it answers
	callTimeout  = 2 * time.Second       // of one such look
	stopTimeout  = 5 * time.Second       // from asking it to end to killing it
	ownEndpoint  = "DYNAMODB_ENDPOINT"   // names somebody's own server
	loopback     = "127.0.0.1"           // where we look for a free port
	mainClass    = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
	image        = "amazon/dynamodb-local:" + Version
	corsOrigin   = "http://localhost" // its default lets any web page talk to it
)

// Options says how to run the server. The zero value is fine.
type Options struct {
	Port     int       // port to listen on; 0 picks a free one
	DataDir  string    // folder that keeps the data; "" keeps them in memory
	CacheDir string    // folder that keeps the fetched copy; "" is prism-access in the user's cache folder
	Log      io.Writer // gets a line for each thing that takes a while; nil drops them
}

// Server is a running DynamoDB Local, ours or somebody's own.
type Server struct {
	Endpoint string // e.g. http://127.0.0.1:40123

	child *child // nil when the server is somebody's own
}

// Start returns a server that answers. It takes the one that DYNAMODB_ENDPOINT names; else it starts the copy fetched
// earlier, else one that it fetches by Maven, else the Docker image. When none of these can be had, the error is one
// line that says what to install. The server runs until Stop, also after ctx has ended; on Linux it never outlives
// this process, however that ends.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if endpoint := os.Getenv(ownEndpoint); endpoint != "" {
		if err := answers(ctx, endpoint); err != nil {
			return nil, fmt.Errorf("%s=%s does not answer: %w", ownEndpoint, endpoint, err)
		}
		return &Server{Endpoint: endpoint}, nil
	}
	if o.DataDir != "" {
		dir, err := filepath.Abs(o.DataDir)
		if err != nil {
			return nil, fmt.Errorf("data folder of DynamoDB Local: %w", err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("data folder of DynamoDB Local: %w", err)
		}
		o.DataDir = dir
	}
	run, err := find(ctx, o)
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx, o.Port)
	if err != nil {
		return nil, fmt.Errorf("port of DynamoDB Local: %w", err)
	}
	c, err := startChild(run(port, o.DataDir))
	if err != nil {
		return nil, fmt.Errorf("start DynamoDB Local: %w", err)
	}
	s := &Server{Endpoint: "http://" + net.JoinHostPort(loopback, strconv.Itoa(port)), child: c}
	if err := s.wait(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// Stop ends the server and returns when it is gone. It leaves somebody's own server alone and may be called twice.
func (s *Server) Stop() {
	if s.child != nil {
		s.child.stop()
	}
}

// wait returns once the server answers, or an error with its last words when it ended instead.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := answers(ctx, s.Endpoint)
		if err == nil {
			return nil
		}
		select {
		case <-s.child.done:
			return fmt.Errorf("DynamoDB Local ended at once: %s", cmp.Or(s.child.output.String(), "it said nothing"))
		case <-ctx.Done():
			return fmt.Errorf("DynamoDB Local at %s: %w", s.Endpoint, errors.Join(ctx.Err(), err))
		case <-time.After(pollInterval):
		}
	}
}

// answers asks for the tables, since DynamoDB Local accepts connections before it can serve them.
func answers(ctx context.Context, endpoint string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := client(endpoint).ListTables(ctx, &dynamodb.ListTablesInput{})
	return err
}

// freePort returns the wanted port, or any for 0, after making sure that nobody listens there.
func freePort(ctx context.Context, want int) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(loopback, strconv.Itoa(want)))
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
