package iam_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/iam"
)

func on(action, resource string, conditions map[string]map[string][]string) iam.Statement {
	return iam.Statement{Sid: "One", Actions: []string{action}, Resources: []string{resource}, Conditions: conditions}
}

func keys(patterns ...string) map[string]map[string][]string {
	return map[string]map[string][]string{"ForAllValues:StringLike": {iam.LeadingKeys: patterns}}
}

func TestTable(t *testing.T) {
	t.Parallel()
	notTheLog := keys("ORG#*")
	notTheLog["ForAllValues:StringNotLike"] = map[string][]string{iam.LeadingKeys: {"*#LOG"}}
	marks := keys("ORG#*#LOG")
	marks["ForAllValues:StringEquals"] = map[string][]string{"dynamodb:Attributes": {"PK", "SK", "GSI2PK"}}
	marks["StringEqualsIfExists"] = map[string][]string{"dynamodb:ReturnValues": {"NONE"}}
	const update = `{"TableName": "t", "Key": {"PK": {"S": "ORG#o#LOG"}, "SK": {"S": "1"}}, `
	tests := map[string]struct {
		operation, body string
		statement       iam.Statement
		want            bool
	}{
		"query": {"Query", `{"KeyConditionExpression": "#p = :p AND begins_with(SK, :s)", "ExpressionAttributeNames": {"#p": "PK"},
			"ExpressionAttributeValues": {":p": {"S": "ORG#o"}, ":s": {"S": "USER#u"}}}`, on("dynamodb:Query", iam.Table, keys("ORG#*")), true},
		"query of others": {
			"Query", `{"KeyConditions": {"PK": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "USER#u"}]}}}`,
			on("dynamodb:Query", iam.Table, keys("ORG#*")), false,
		},
		"query of an index": {
			"Query", `{"IndexName": "GSI1", "KeyConditions": {"GSI1PK": {"AttributeValueList": [{"S": "USER#u"}]}}}`,
			on("dynamodb:Query", "Table/index/GSI1", keys("USER#*")), true,
		},
		"query of another index": {
			"Query", `{"IndexName": "GSI2", "KeyConditions": {"GSI2PK": {"AttributeValueList": [{"S": "USER#u"}]}}}`,
			on("dynamodb:Query", "Table/index/GSI1", keys("USER#*")), false,
		},
		"batch": {
			"BatchGetItem", `{"RequestItems": {"t": {"Keys": [{"PK": {"S": "ORG#o"}}, {"PK": {"S": "USER#u"}}]}}}`,
			on("dynamodb:BatchGetItem", iam.Table, keys("ORG#*", "USER#*")), true,
		},
		"batch with one too many": {
			"BatchGetItem", `{"RequestItems": {"t": {"Keys": [{"PK": {"S": "ORG#o"}}, {"PK": {"S": "USER#u"}}]}}}`,
			on("dynamodb:BatchGetItem", iam.Table, keys("ORG#*")), false,
		},
		"transaction": {"TransactWriteItems", `{"TransactItems": [{"Put": {"Item": {"PK": {"S": "ORG#o"}}}}]}`, on("dynamodb:PutItem", iam.Table, keys("ORG#*")), true},
		"transaction that does more": {
			"TransactWriteItems", `{"TransactItems": [{"Put": {"Item": {"PK": {"S": "ORG#o"}}}}, {"Delete": {"Key": {"PK": {"S": "ORG#o"}}}}]}`,
			on("dynamodb:PutItem", iam.Table, keys("ORG#*")), false,
		},
		"scan":           {"Scan", `{}`, on("dynamodb:Query", iam.Table, nil), false},
		"not the log":    {"DeleteItem", `{"Key": {"PK": {"S": "ORG#o"}}}`, on("dynamodb:DeleteItem", iam.Table, notTheLog), true},
		"the log":        {"DeleteItem", `{"Key": {"PK": {"S": "ORG#o#LOG"}}}`, on("dynamodb:DeleteItem", iam.Table, notTheLog), false},
		"mark":           {"UpdateItem", update + `"UpdateExpression": "SET GSI2PK = :v"}`, on("dynamodb:UpdateItem", iam.Table, marks), true},
		"mark, old form": {"UpdateItem", update + `"ReturnValues": "NONE", "UpdateExpression": "REMOVE #a", "ExpressionAttributeNames": {"#a": "GSI2PK"}}`, on("dynamodb:UpdateItem", iam.Table, marks), true},
		"a fact":         {"UpdateItem", update + `"UpdateExpression": "SET GSI2PK = :v, #d.#r = :r", "ExpressionAttributeNames": {"#d": "data", "#r": "reason"}}`, on("dynamodb:UpdateItem", iam.Table, marks), false},
		"a fact seen":    {"UpdateItem", update + `"ReturnValues": "ALL_OLD", "UpdateExpression": "SET GSI2PK = :v"}`, on("dynamodb:UpdateItem", iam.Table, marks), false},
		"a fact asked":   {"UpdateItem", update + `"UpdateExpression": "SET GSI2PK = :v", "ConditionExpression": "attribute_exists(PK) AND begins_with(reason, :r)"}`, on("dynamodb:UpdateItem", iam.Table, marks), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls, err := iam.Calls(tt.operation, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			guard := iam.NewGuard(map[string][]iam.Statement{"F": {tt.statement}})
			err = guard.Authorize("F", calls...)
			if denied := (*iam.Denied)(nil); tt.want != (err == nil) || !tt.want && !errors.As(err, &denied) {
				t.Errorf("got %v, want allowed %v", err, tt.want)
			}
		})
	}
}

// TestUnused: what a function may do and has not done stands there, pattern by pattern. Who is no function may do all.
func TestUnused(t *testing.T) {
	t.Parallel()
	guard := iam.NewGuard(map[string][]iam.Statement{"F": {on("dynamodb:GetItem", iam.Table, keys("ORG#*", "USER#*")), on("sqs:SendMessage", "Queue", nil)}})
	get, err := iam.Calls("GetItem", []byte(`{"Key": {"PK": {"S": "USER#u"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"F", "somebody"} {
		if err := guard.Authorize(who, get...); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"F One dynamodb:GetItem Table ORG#*"}, guard.Unused("dynamodb")); diff != "" {
		t.Error(diff)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, conditions := range []map[string]map[string][]string{
		{"StringLike": {iam.LeadingKeys: {"ORG#*"}}}, keys("ORG#?"), keys("ORG#${aws:PrincipalTag/org}"),
	} {
		if on("dynamodb:GetItem", iam.Table, conditions).Check() == nil {
			t.Errorf("%v is understood", conditions)
		}
	}
	if err := on("dynamodb:GetItem", iam.Table, keys("ORG#*")).Check(); err != nil {
		t.Error(err)
	}
}

func TestSigner(t *testing.T) {
	t.Parallel()
	r := &http.Request{Header: http.Header{"Authorization": {"AWS4-HMAC-SHA256 Credential=GetMeFunction/20261122/eu-central-1/dynamodb/aws4_request, SignedHeaders=host"}}}
	if got := iam.Signer(r); got != "GetMeFunction" {
		t.Errorf("got %q", got)
	}
}
