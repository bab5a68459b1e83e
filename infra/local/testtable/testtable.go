// Package testtable gives tests the table of template.yaml in DynamoDB Local: the one that all tests share when the
// environment names it, else one of the test binary's own.
package testtable

import (
	"context"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	dynamodblocal "prism-access/infra/dynamodb-local"
)

// Table is a table in a running server.
type Table struct {
	Endpoint string
	Name     string
}

// Shared returns the table that the tests share. Tests keep apart by their keys.
func Shared(t testing.TB) Table {
	t.Helper()
	table, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The server ends with the test binary.
var shared = sync.OnceValues(func() (Table, error) {
	_, table, err := start()
	return table, err
})

// Own starts a server with an empty table for one test, whatever the environment says. The test cannot be parallel.
func Own(t testing.TB) Table {
	t.Helper()
	t.Setenv("DYNAMODB_ENDPOINT", "")
	server, table, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return table
}

func start() (*dynamodblocal.Server, Table, error) {
	server, err := dynamodblocal.Start(context.Background(), dynamodblocal.Options{})
	if err != nil {
		return nil, Table{}, err
	}
	name, err := dynamodblocal.CreateTable(context.Background(), server.Endpoint, Template())
	if err != nil {
		server.Stop()
		return nil, Table{}, err
	}
	return server, Table{Endpoint: server.Endpoint, Name: name}, nil
}

// Template returns the path of template.yaml.
func Template() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..", "template.yaml")
}

// Config are credentials and a region, which the local server wants without looking at them.
func Config() aws.Config {
	return aws.Config{
		Region: "eu-central-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}
}

// Client talks to the table at the endpoint, the table's own or that of a proxy before it.
func Client(endpoint string) *dynamodb.Client {
	return dynamodb.NewFromConfig(Config(), func(o *dynamodb.Options) {
		o.BaseEndpoint = &endpoint
		o.DisableValidateResponseChecksum = true
	})
}
