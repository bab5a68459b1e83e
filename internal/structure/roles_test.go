package structure

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// trust lets Lambda take a role, and nobody else.
const trust = `[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"}}]`

// TestEachFunctionHasARoleOfItsOwn: SAM attaches managed policies to every role that it makes, and none to one that is written out.
// `make deployable` looks at what it makes of the template.
func TestEachFunctionHasARoleOfItsOwn(t *testing.T) {
	t.Parallel()
	var want []string
	for name, f := range functions(t) {
		id := pascal(name) + "Role"
		want = append(want, id)
		if f.Role != id+".Arn" || f.Policies != nil {
			t.Errorf("%s: role %s, policies %s: want %s.Arn and none", name, f.Role, f.Policies, id)
		}
		if got := string(f.role.AssumeRolePolicyDocument.Statement); got != trust {
			t.Errorf("%s lets in %s, want %s", id, got, trust)
		}
		if f.role.ManagedPolicyArns != nil || len(f.role.Policies) != 1 {
			t.Errorf("%s: managed policies %s, %d of its own: want none, and one", id, f.role.ManagedPolicyArns, len(f.role.Policies))
		}
	}
	var got []string
	for id, r := range readTemplate(t).Resources {
		if strings.HasPrefix(r.Type, "AWS::IAM::") {
			got = append(got, id)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resources of IAM (-roles of functions +template):\n%s", diff)
	}
}

// lambdas are the actions that Lambda makes with the role of a function; the functions themselves make none of them.
var lambdas = []string{"logs:", "sqs:", "dynamodb:DescribeStream ", "dynamodb:GetRecords ", "dynamodb:GetShardIterator ", "dynamodb:ListStreams "}

// TestRolesHaveWhatLambdaNeeds of them, for logs, triggers and failures: the local stack would not miss it. The stream's four
// actions are those of https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html
func TestRolesHaveWhatLambdaNeeds(t *testing.T) {
	t.Parallel()
	for name, f := range functions(t) {
		want := allow("FunctionLog.Arn", "logs:CreateLogStream", "logs:PutLogEvents")
		for _, s := range f.Events {
			switch s.Type {
			case "DynamoDB":
				want = append(want, allow(s.Properties.Stream, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")...)
				want = append(want, allow(allStreams, "dynamodb:ListStreams")...)
				want = append(want, allow(s.Properties.DestinationConfig.OnFailure.Destination, "sqs:SendMessage")...)
			case "SQS":
				want = append(want, allow(s.Properties.Queue, "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")...)
			}
		}
		if queue := f.EventInvokeConfig.DestinationConfig.OnFailure.Destination; queue != "" {
			want = append(want, allow(queue, "sqs:SendMessage")...)
		}
		var got []string
		for _, s := range statements(f) {
			for _, grant := range s.grants() {
				if slices.ContainsFunc(lambdas, func(action string) bool { return strings.HasPrefix(grant, action) }) {
					got = append(got, grant)
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-Lambda +role):\n%s", name, diff)
		}
	}
}

func allow(resource string, actions ...string) []string {
	return statement{Action: actions, Resource: texts{resource}}.grants()
}
