package iam_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
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

// TestExcess: what a function may do and has not done is named, pattern by pattern, and so is a pattern wider than the keys that needed it.
// Who is no function may do all.
func TestExcess(t *testing.T) {
	t.Parallel()
	guard := iam.NewGuard(map[string][]iam.Statement{"F": {
		on("dynamodb:GetItem", iam.Table, keys("ORG#*", "USER#*", "INVITED#*", "RATE#*", "USERNAMES#*", "WORKSPACE#*")), on("sqs:SendMessage", "Queue", nil),
	}})
	ask := func(who string, keys ...string) {
		t.Helper()
		for _, key := range keys {
			calls, err := iam.Calls("GetItem", []byte(`{"Key": {"PK": {"S": "`+key+`"}}}`))
			if err != nil {
				t.Fatal(err)
			}
			if err := guard.Authorize(who, calls...); err != nil {
				t.Error(err)
			}
		}
	}
	ask("F", "ORG#org_1#LOG", "ORG#org_1#BRAND#brd_1#LOG", "USER#usr_1", "USER#usr_1#LOG", "INVITED#ORG#org_1", "INVITED#ORG#org_1#BRAND#brd_1",
		"RATE#USER#usr_1#LOOKUPS#9", "RATE#ORG#org_1#MAILS#9", "USERNAMES#abc")
	ask("somebody", "WORKSPACE#wsp_1")
	var got []string
	for _, excess := range guard.Excess() {
		got = append(got, excess.String())
	}
	if diff := cmp.Diff([]string{
		"F may do dynamodb:GetItem of Table on keys INVITED#* (statement One) and has used the keys INVITED#ORG#* alone",
		"F may do dynamodb:GetItem of Table on keys ORG#* (statement One) and has used the keys ORG#*#LOG alone",
		"F may do dynamodb:GetItem of Table on keys WORKSPACE#* (statement One) and has never done it",
		"F may do sqs:SendMessage of Queue (statement One) and has never done it",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// TestHandler: a service answers whose statements allow the action on all of the resources.
func TestHandler(t *testing.T) {
	t.Parallel()
	guard := iam.NewGuard(map[string][]iam.Statement{"F": {on("ses:SendEmail", "One", nil)}})
	for status, resources := range map[int][]string{http.StatusNoContent: {"One"}, http.StatusForbidden: {"One", "Two"}} {
		service := guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), "ses:SendEmail", resources...)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=F/20261122/eu-central-1/ses/aws4_request, SignedHeaders=host")
		w := httptest.NewRecorder()
		if service.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%v: got %d, want %d", resources, w.Code, status)
		}
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
