package boot_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"prism-access/infra/local/iam"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/template"
	"prism-access/internal/testbed"
)

// roles stands between the functions and the table in all tests of this package: it refuses what the statements of a function's role in template.yaml do
// not allow, as AWS does.
var roles struct {
	ids   map[string]string // of the functions in the template, by the name of their folder
	table *tableproxy.Proxy
}

func TestMain(m *testing.M) {
	stop, err := guard()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

func guard() (stop func(), err error) {
	read, err := template.Read(filepath.Join("..", "..", "template.yaml"), template.Options{
		Region: "eu-central-1", Account: "000000000000", Parameters: map[string]string{"BaseUrl": testbed.BaseURL, "MailFrom": "no-reply@prism.test"},
	})
	if err != nil {
		return nil, err
	}
	statements := map[string][]iam.Statement{}
	roles.ids = map[string]string{}
	for _, f := range read.Functions {
		roles.ids[f.Name], statements[f.ID] = f.ID, f.Role
	}
	if roles.table, err = tableproxy.Start(context.Background(), os.Getenv("DYNAMODB_ENDPOINT")); err != nil {
		return nil, err
	}
	roles.table.Obey(iam.NewGuard(statements))
	return roles.table.Close, nil
}

// as returns the environment of a function: it signs with its own name. Tests that put another table in its place keep it.
func as(function string, env map[string]string) map[string]string {
	env = maps.Clone(env)
	env["AWS_ACCESS_KEY_ID"] = roles.ids[function]
	if env["AWS_ENDPOINT_URL_DYNAMODB"] == os.Getenv("DYNAMODB_ENDPOINT") {
		env["AWS_ENDPOINT_URL_DYNAMODB"] = roles.table.URL
	}
	return env
}
