// Package boot turns the environment of a function into its dependencies, and wires each operation to its edge, once: main.go,
// the local stack and the tests use the same wiring. A function's binary holds only what its own wiring reaches.
package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/oklog/ulid/v2"

	"prism-access/internal/invitation"
	"prism-access/internal/store"
	"prism-access/internal/telemetry"
)

// Function is the wiring of one deployed function.
type Function func(*Env) lambda.Handler

// Options are where a function finds its surroundings.
type Options struct {
	Getenv func(string) string // nil: the process's environment
	Now    func() time.Time    // the clock of all features; nil: the real one. Sessions, tokens and rates live by the real one.
	Logger *slog.Logger        // nil: JSON on standard output
	// AWS changes the configuration that Lambda's environment gives; nil: nothing.
	AWS func(aws.Config) aws.Config
}

// Start runs a function under Lambda. A bad environment ends the process with one line.
func Start(f Function) {
	handler, err := New(f, Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(handler)
}

// New wires a function. The error names all that is wrong with the environment at once.
func New(f Function, options Options) (lambda.Handler, error) {
	now := options.Now
	if now == nil {
		now = time.Now
	}
	// All that is stored, answered and published is in UTC, wherever the process runs.
	env := &Env{getenv: options.Getenv, Now: func() time.Time { return now().UTC() }, Logger: options.Logger, configured: options.AWS}
	if env.getenv == nil {
		env.getenv = os.Getenv
	}
	if env.Logger == nil {
		env.Logger = telemetry.NewLogger(os.Stdout, env.getenv(telemetry.Namespace))
	}
	handler := f(env)
	if len(env.problems) > 0 {
		slices.Sort(env.problems)
		return nil, errors.New("bad environment: " + strings.Join(slices.Compact(env.problems), "; "))
	}
	return handler, nil
}

// Env gives a wiring its dependencies, each built once, and collects what is wrong with the environment.
type Env struct {
	Logger   *slog.Logger
	Now      func() time.Time // the clock of the features
	getenv   func(string) string
	problems []string
	table    *store.Table
	keys     string // of links, once they are read

	configured func(aws.Config) aws.Config
}

// Refuse notes what is wrong with the environment: the function does not start.
func (e *Env) Refuse(problem string) { e.problems = append(e.problems, problem) }

// Get returns a variable that need not be set.
func (e *Env) Get(name string) string { return e.getenv(name) }

// Required returns a variable that must be set.
func (e *Env) Required(name string) string {
	value := e.getenv(name)
	if value == "" {
		e.Refuse(name + " is not set")
	}
	return value
}

// number returns a variable that is a positive number, or its default.
func (e *Env) number(name string, standard int) int {
	text := e.getenv(name)
	if text == "" {
		return standard
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		e.Refuse(name + " is not a positive number")
	}
	return value
}

// AWS returns the configuration that Lambda's environment gives. The SDK's own loader would look at files and other services as
// well, which costs every cold start 2 ms and 2 MB (pitfall 41).
func (e *Env) AWS() aws.Config {
	credentials := aws.Credentials{
		AccessKeyID: e.Required("AWS_ACCESS_KEY_ID"), SecretAccessKey: e.Required("AWS_SECRET_ACCESS_KEY"),
		SessionToken: e.getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	config := aws.Config{
		Region:      e.Required("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
	}
	if e.configured != nil {
		config = e.configured(config)
	}
	return config
}

// invitationMailsPerHour is the limit of R6 when the environment names no other.
const invitationMailsPerHour = 1000

// Table returns the table.
func (e *Env) Table() *store.Table {
	if e.table == nil {
		e.table = store.New(e.AWS(), e.Required("TABLE_NAME"), store.Options{
			RealNow: time.Now, Endpoint: e.getenv("AWS_ENDPOINT_URL_DYNAMODB"),
			MailsPerHour: e.number("INVITATION_MAILS_PER_HOUR", invitationMailsPerHour),
		})
	}
	return e.table
}

// BaseURL returns where people reach console and API, without a slash at the end.
func (e *Env) BaseURL() string {
	base := e.Required("BASE_URL")
	if strings.HasSuffix(base, "/") {
		e.Refuse("BASE_URL ends with a slash")
	}
	return base
}

// Links returns what makes and reads the links of invitations.
func (e *Env) Links() invitation.Links {
	base, keys := e.BaseURL(), e.linkKeys()
	if keys == "" {
		return invitation.Links{}
	}
	links, err := invitation.NewLinks(base, keys)
	if err != nil {
		e.Refuse("LINK_KEYS: " + err.Error())
	}
	return links
}

var (
	entropy   = ulid.DefaultEntropy()
	entropyMu sync.Mutex
)

// newID returns a ULID. Those of one moment sort in the order in which they were made.
func (e *Env) newID() string {
	entropyMu.Lock()
	defer entropyMu.Unlock()
	return ulid.MustNew(ulid.Timestamp(e.Now()), entropy).String()
}
