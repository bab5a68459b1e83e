package iam

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Table is the resource that requests to the table are about; its indexes are Table/index/GSI1 and so on.
const Table = "Table"

const partitionKey = "PK" // of the table; an index has its name in front

// value is one attribute's. Partition keys are texts.
type value struct{ S *string }

type item map[string]value

func (i item) text(attribute string) string {
	if text := i[attribute].S; text != nil {
		return *text
	}
	return ""
}

// expressions are the parts of a request that name attributes.
type expressions struct {
	KeyConditionExpression, FilterExpression, ProjectionExpression, UpdateExpression, ConditionExpression string

	KeyConditions             map[string]struct{ AttributeValueList []value } // the older way to say it
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues item
}

// change is a write, or a check, of one item.
type change struct {
	expressions

	Key, Item    item
	ReturnValues *string
}

// Calls returns what a request to the table asks for: one call for each item of a transaction, one for all keys of a batch.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
func Calls(operation string, body []byte) ([]Call, error) {
	var in struct {
		change

		IndexName     string
		RequestItems  map[string]struct{ Keys []item }
		TransactItems []map[string]change
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	switch operation {
	case "TransactWriteItems":
		var calls []Call
		for _, part := range in.TransactItems {
			for kind, c := range part {
				calls = append(calls, c.call(map[string]string{
					"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
				}[kind]))
			}
		}
		return calls, nil
	case "BatchGetItem":
		var keys []string
		for _, table := range in.RequestItems {
			for _, key := range table.Keys {
				keys = append(keys, key.text(partitionKey))
			}
		}
		return []Call{{Action: "dynamodb:BatchGetItem", Resource: Table, Context: map[string][]string{LeadingKeys: keys}}}, nil
	case "Query":
		resource := Table
		if in.IndexName != "" {
			resource += "/index/" + in.IndexName
		}
		return []Call{{Action: "dynamodb:Query", Resource: resource, Context: map[string][]string{LeadingKeys: {in.partition(in.IndexName + partitionKey)}}}}, nil
	case "GetItem", "PutItem", "UpdateItem", "DeleteItem":
		return []Call{in.call(operation)}, nil
	default:
		return []Call{{Action: "dynamodb:" + operation, Resource: Table}}, nil
	}
}

func (c change) call(action string) Call {
	of := c.Key
	if of == nil {
		of = c.Item
	}
	attributes := slices.Concat(slices.Collect(maps.Keys(of)), c.attributes())
	slices.Sort(attributes)
	call := Call{Action: "dynamodb:" + action, Resource: Table, Context: map[string][]string{
		LeadingKeys: {of.text(partitionKey)}, "dynamodb:Attributes": slices.Compact(attributes),
	}}
	if c.ReturnValues != nil {
		call.Context["dynamodb:ReturnValues"] = []string{*c.ReturnValues}
	}
	return call
}

var (
	equation = regexp.MustCompile(`([#\w]+)\s*=\s*(:\w+)`)
	word     = regexp.MustCompile(`[.:#]?\w+\s*\(?`)
	keyword  = regexp.MustCompile(`(?i)^(and|or|not|between|in|set|remove|add|delete)$`)
)

// partition is what a query asks the partition key to be.
func (e expressions) partition(key string) string {
	if values := e.KeyConditions[key].AttributeValueList; len(values) == 1 {
		return item{key: values[0]}.text(key)
	}
	for _, found := range equation.FindAllStringSubmatch(e.KeyConditionExpression, -1) {
		if e.name(found[1]) == key {
			return e.ExpressionAttributeValues.text(found[2])
		}
	}
	return ""
}

func (e expressions) name(written string) string {
	if name, ok := e.ExpressionAttributeNames[written]; ok {
		return name
	}
	return written
}

// attributes are the attributes of the item that the expressions name.
func (e expressions) attributes() []string {
	var out []string
	for _, expression := range []string{e.FilterExpression, e.ProjectionExpression, e.UpdateExpression, e.ConditionExpression} {
		for _, found := range word.FindAllString(expression, -1) {
			name := strings.TrimSpace(found)
			isAttribute := !strings.HasSuffix(name, "(") && !keyword.MatchString(name) && name[0] != '.' && name[0] != ':' && (name[0] < '0' || name[0] > '9')
			if isAttribute {
				out = append(out, e.name(name))
			}
		}
	}
	return out
}
