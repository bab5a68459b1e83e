package dynamodblocal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func TestCreateTable(t *testing.T) {
	alone(t)
	endpoint := start(t, Options{}).Endpoint
	for range 2 { // the second time it is there already
		name, err := CreateTable(t.Context(), endpoint, "../../template.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if name != TableName {
			t.Errorf("name: got %s, want %s", name, TableName)
		}
	}
	db := client(endpoint)
	is, err := db.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(TableName)})
	if err != nil {
		t.Fatal(err)
	}
	ttl, err := db.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(TableName)})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{
		"PK":     keys(is.Table.KeySchema),
		"stream": string(is.Table.StreamSpecification.StreamViewType),
		"ttl":    aws.ToString(ttl.TimeToLiveDescription.AttributeName) + " " + string(ttl.TimeToLiveDescription.TimeToLiveStatus),
	}
	for _, i := range is.Table.GlobalSecondaryIndexes {
		got[*i.IndexName] = keys(i.KeySchema) + " " + string(i.Projection.ProjectionType)
	}
	want := map[string]any{
		"PK":     "PK:HASH SK:RANGE",
		"GSI1":   "GSI1PK:HASH GSI1SK:RANGE ALL",
		"GSI2":   "GSI2PK:HASH GSI2SK:RANGE ALL",
		"stream": "NEW_AND_OLD_IMAGES",
		"ttl":    "expires ENABLED",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func keys(schema []types.KeySchemaElement) string {
	var out []string
	for _, e := range schema {
		out = append(out, *e.AttributeName+":"+string(e.KeyType))
	}
	return strings.Join(out, " ")
}

func TestReadTableRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"no table":    {"Resources:\n  Bus:\n    Type: AWS::Events::EventBus\n", "0 resources of type AWS::DynamoDB::Table, want 1"},
		"two tables":  {"Resources:\n  A:\n    Type: AWS::DynamoDB::Table\n    Properties: {}\n  B:\n    Type: AWS::DynamoDB::Table\n    Properties: {}\n", "2 resources"},
		"empty table": {"Resources:\n  A:\n    Type: AWS::DynamoDB::Table\n", "read table A"},
		"not YAML":    {"Resources: [", "template.yaml"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "template.yaml")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := readTable(path); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}
