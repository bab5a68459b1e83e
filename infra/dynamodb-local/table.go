package dynamodblocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// TableName is the name that CreateTable gives the table; the template leaves the naming to CloudFormation.
const TableName = "prism-access"

const (
	tableType    = "AWS::DynamoDB::Table"
	tableTimeout = 30 * time.Second
)

// table is what we read of the template's table; the field names are CloudFormation's.
type table struct {
	AttributeDefinitions []struct {
		AttributeName string                    `yaml:"AttributeName"`
		AttributeType types.ScalarAttributeType `yaml:"AttributeType"`
	} `yaml:"AttributeDefinitions"`
	KeySchema              keySchema `yaml:"KeySchema"`
	GlobalSecondaryIndexes []struct {
		IndexName  string    `yaml:"IndexName"`
		KeySchema  keySchema `yaml:"KeySchema"`
		Projection struct {
			ProjectionType   types.ProjectionType `yaml:"ProjectionType"`
			NonKeyAttributes []string             `yaml:"NonKeyAttributes"`
		} `yaml:"Projection"`
	} `yaml:"GlobalSecondaryIndexes"`
	StreamSpecification struct {
		StreamViewType types.StreamViewType `yaml:"StreamViewType"`
	} `yaml:"StreamSpecification"`
	TimeToLiveSpecification struct {
		AttributeName string `yaml:"AttributeName"`
		Enabled       bool   `yaml:"Enabled"`
	} `yaml:"TimeToLiveSpecification"`
}

type keySchema []struct {
	AttributeName string        `yaml:"AttributeName"`
	KeyType       types.KeyType `yaml:"KeyType"`
}

// CreateTable makes the one table of the template, with its indexes, stream and TTL, and returns its name. A table that
// is there already is kept as it is: a second one with a stream, or one made anew, slows DynamoDB Local down for good.
func CreateTable(ctx context.Context, endpoint, templatePath string) (string, error) {
	return TableName, CreateTableNamed(ctx, endpoint, templatePath, TableName)
}

// CreateTableNamed is CreateTable for the one table of another template.
func CreateTableNamed(ctx context.Context, endpoint, templatePath, name string) error {
	t, err := readTable(templatePath)
	if err != nil {
		return err
	}
	db := client(endpoint)
	_, err = db.CreateTable(ctx, t.input(name))
	if _, isThere := errors.AsType[*types.ResourceInUseException](err); err != nil && !isThere {
		return fmt.Errorf("create table %s: %w", name, err)
	}
	if err := dynamodb.NewTableExistsWaiter(db).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, tableTimeout); err != nil {
		return fmt.Errorf("wait for table %s: %w", name, err)
	}
	if err := setTTL(ctx, db, name, t.TimeToLiveSpecification.AttributeName); err != nil {
		return fmt.Errorf("set TTL of table %s: %w", name, err)
	}
	return nil
}

// readTable finds the template's only table. Other resources, and what CloudFormation would compute, are not looked at.
func readTable(path string) (table, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return table{}, fmt.Errorf("read table: %w", err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string   `yaml:"Type"`
			Properties ast.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		return table{}, fmt.Errorf("read table of %s: %w", path, err)
	}
	var tables []table
	for id, r := range template.Resources {
		if r.Type != tableType {
			continue
		}
		if r.Properties == nil {
			return table{}, fmt.Errorf("read table %s of %s: it has no Properties", id, path)
		}
		var t table
		if err := yaml.NodeToValue(r.Properties, &t); err != nil {
			return table{}, fmt.Errorf("read table %s of %s: %w", id, path, err)
		}
		tables = append(tables, t)
	}
	if len(tables) != 1 {
		return table{}, fmt.Errorf("read table of %s: %d resources of type %s, want 1", path, len(tables), tableType)
	}
	return tables[0], nil
}

func (t table) input(name string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:   aws.String(name),
		KeySchema:   t.KeySchema.elements(),
		BillingMode: types.BillingModePayPerRequest, // capacity means nothing here
	}
	for _, a := range t.AttributeDefinitions {
		in.AttributeDefinitions = append(in.AttributeDefinitions,
			types.AttributeDefinition{AttributeName: aws.String(a.AttributeName), AttributeType: a.AttributeType})
	}
	for _, i := range t.GlobalSecondaryIndexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName:  aws.String(i.IndexName),
			KeySchema:  i.KeySchema.elements(),
			Projection: &types.Projection{ProjectionType: i.Projection.ProjectionType, NonKeyAttributes: i.Projection.NonKeyAttributes},
		})
	}
	if view := t.StreamSpecification.StreamViewType; view != "" {
		in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: view}
	}
	return in
}

func (k keySchema) elements() []types.KeySchemaElement {
	var out []types.KeySchemaElement
	for _, e := range k {
		out = append(out, types.KeySchemaElement{AttributeName: aws.String(e.AttributeName), KeyType: e.KeyType})
	}
	return out
}

// setTTL switches TTL on for the attribute unless it is; DynamoDB refuses to switch on what is on.
func setTTL(ctx context.Context, db *dynamodb.Client, name, attribute string) error {
	if attribute == "" {
		return nil
	}
	is, err := db.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(name)})
	if err != nil {
		return err
	}
	if is.TimeToLiveDescription.TimeToLiveStatus == types.TimeToLiveStatusEnabled {
		return nil
	}
	_, err = db.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               aws.String(name),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(attribute), Enabled: aws.Bool(true)},
	})
	return err
}

// client talks to a local server, which takes any region and any credentials of letters and digits.
func client(endpoint string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint:                    aws.String(endpoint),
		Region:                          "eu-central-1",
		RetryMaxAttempts:                1,
		DisableValidateResponseChecksum: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
}
