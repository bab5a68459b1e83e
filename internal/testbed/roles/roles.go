// Package roles has functions do in tests what the statements of their roles in template.yaml allow, as AWS does, and tells when they are allowed
// more than the tests of a package have seen them do.
package roles

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"prism-access/infra/local/iam"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/template"
	"prism-access/infra/local/testtable"
	"prism-access/internal/testbed"
)

// here is what Run has started: the table behind the guard.
var here struct {
	ids   map[string]string // of the functions in the template, by the name of their folder
	guard *iam.Guard
	table *tableproxy.Proxy
}

// Run runs the tests of a package behind the guard and returns what its process is to exit with. When all of them have run, and well, nothing may
// be left that functions could do, of the actions that the package covers, and have not done.
func Run(m *testing.M, covers func(function, action string) bool) int {
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer here.table.Close()
	code := m.Run()
	if code != 0 || !isWhole() {
		return code
	}
	for _, e := range excess(covers) {
		fmt.Fprintln(os.Stderr, "--- FAIL: template.yaml:", e)
		code = 1
	}
	return code
}

func start() error {
	read, err := template.Read(testtable.Template(), template.Options{
		Region: "eu-central-1", Account: "000000000000", Parameters: map[string]string{"BaseUrl": testbed.BaseURL, "MailFrom": "no-reply@prism.test"},
	})
	if err != nil {
		return err
	}
	statements := map[string][]iam.Statement{}
	here.ids = map[string]string{}
	for _, f := range read.Functions {
		here.ids[f.Name], statements[f.ID] = f.ID, f.Role
	}
	here.guard = iam.NewGuard(statements)
	if here.table, err = tableproxy.Start(context.Background(), os.Getenv("DYNAMODB_ENDPOINT")); err != nil {
		return err
	}
	here.table.Obey(here.guard)
	return nil
}

// isWhole says whether all tests of the package were asked for.
func isWhole() bool {
	return !slices.ContainsFunc([]string{"test.run", "test.skip", "test.list"}, func(name string) bool { return flag.Lookup(name).Value.String() != "" })
}

// lambdas are the actions that Lambda makes with the role of a function; the functions make none of them. What it needs of them is held elsewhere
// (internal/structure).
var lambdas = []string{"logs:", "sqs:", "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}

func excess(covers func(function, action string) bool) []iam.Excess {
	names := map[string]string{}
	for name, id := range here.ids {
		names[id] = name
	}
	return slices.DeleteFunc(here.guard.Excess(), func(e iam.Excess) bool {
		ofLambda := slices.ContainsFunc(lambdas, func(action string) bool { return strings.HasPrefix(e.Action, action) })
		return ofLambda || !covers(names[e.Function], e.Action)
	})
}

// As returns the environment of a function: it signs with its own name, and the guard stands before the table. Tests that put another table in its
// place keep it.
func As(function string, env map[string]string) map[string]string {
	env = maps.Clone(env)
	env["AWS_ACCESS_KEY_ID"] = here.ids[function]
	if env["AWS_ENDPOINT_URL_DYNAMODB"] == os.Getenv("DYNAMODB_ENDPOINT") {
		env["AWS_ENDPOINT_URL_DYNAMODB"] = here.table.URL
	}
	return env
}

// Bed is the bed of a function: its table is behind the guard.
func Bed(function string, b *testbed.Bed) *testbed.Bed {
	return b.As(here.ids[function], here.table.URL)
}

// Handler is the endpoint of another service, which functions may use whose statements allow the action on all of the resources.
func Handler(endpoint http.Handler, action string, resources ...string) http.Handler {
	return here.guard.Handler(endpoint, action, resources...)
}
