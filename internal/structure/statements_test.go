package structure

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prism-access/infra/local/iam"
)

const (
	leadingKeys = "dynamodb:LeadingKeys"
	allStreams  = "${Table.Arn}/stream/*"
)

// grants returns what a statement allows: one text per action, resource and key pattern.
func (s statement) grants() []string {
	keys := s.Condition["ForAllValues:StringLike"][leadingKeys]
	if len(keys) == 0 {
		keys = texts{"any key"}
	}
	var out []string
	for _, action := range s.Action {
		for _, on := range s.Resource {
			for _, key := range keys {
				out = append(out, action+" "+on+" "+key)
			}
		}
	}
	return out
}

// touchesLog says whether the statement covers log entries. Their partition keys end in #LOG.
func (s statement) touchesLog() bool {
	if slices.Contains(s.Condition["ForAllValues:StringNotLike"][leadingKeys], "*#LOG") {
		return false
	}
	return slices.ContainsFunc(s.Condition["ForAllValues:StringLike"][leadingKeys], func(key string) bool {
		owner, rest, _ := strings.Cut(key, "#")
		return slices.Contains([]string{"ORG", "USER", "WORKSPACE"}, owner) && strings.HasPrefix(rest, "*")
	})
}

// marksOnly says whether an update touches nothing of an item but its keys and those of GSI2, and is answered nothing else.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html#FGAC_DDB.ConditionKeys
func (s statement) marksOnly() bool {
	return slices.Equal(s.Condition["ForAllValues:StringEquals"]["dynamodb:Attributes"], []string{"PK", "SK", "GSI2PK", "GSI2SK"}) &&
		slices.Equal(s.Condition["StringEqualsIfExists"]["dynamodb:ReturnValues"], []string{"NONE", "UPDATED_OLD", "UPDATED_NEW"})
}

// onItems are the actions on items that any statement has. BatchWriteItem and PartiQL's are none of them: they would write without the condition
// that keeps an entry of the log from being replaced.
var onItems = []string{"BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"}

// onStream are those on the stream.
var onStream = []string{"GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"}

// keyPattern is what names partitions: it begins with the word of one kind of item.
var keyPattern = regexp.MustCompile(`^[A-Z-]+#`)

// isWide says whether the statement names its resources by a pattern. ListStreams alone has no narrower one than all streams of
// its table: SAM's DynamoDBStreamReadPolicy has the same.
func (s statement) isWide() bool {
	if slices.Equal(s.Action, []string{"dynamodb:ListStreams"}) && slices.Equal(s.Resource, []string{allStreams}) {
		return false
	}
	return slices.ContainsFunc(s.Resource, func(resource string) bool { return strings.Contains(resource, "*") })
}

func statements(f function) []statement {
	var out []statement
	for _, policy := range f.role.Policies {
		out = append(out, policy.PolicyDocument.Statement...)
	}
	return out
}

func TestStatementsAreNarrow(t *testing.T) {
	t.Parallel()
	publishers := []string{"relay-log", "sweep-log"}
	for name, f := range functions(t) {
		for _, s := range statements(f) {
			if s.Effect != "Allow" || len(s.Action) == 0 || len(s.Resource) == 0 || s.isWide() {
				t.Errorf("%s: %s allows everything, or nothing: %+v", name, s.Sid, s)
			}
			for _, action := range s.Action {
				switch {
				case strings.Contains(action, "*") || action == "dynamodb:Scan":
					t.Errorf("%s: %s allows %s", name, s.Sid, action)
				case action == "dynamodb:DeleteItem" && s.touchesLog():
					t.Errorf("%s: %s allows to delete log entries", name, s.Sid)
				case action == "dynamodb:UpdateItem" && s.touchesLog() && (!slices.Contains(publishers, name) || !s.marksOnly()):
					t.Errorf("%s: %s allows to change log entries", name, s.Sid)
				}
				if call, isTable := strings.CutPrefix(action, "dynamodb:"); isTable && !slices.Contains(slices.Concat(onItems, onStream), call) {
					t.Errorf("%s: %s allows %s", name, s.Sid, action)
				}
			}
			for _, key := range s.Condition["ForAllValues:StringLike"][leadingKeys] {
				if !keyPattern.MatchString(key) {
					t.Errorf("%s: %s allows keys of every kind: %s", name, s.Sid, key)
				}
			}
			onTable := slices.ContainsFunc(s.Resource, func(resource string) bool { return resource == "Table.Arn" || strings.Contains(resource, "/index/") })
			if onTable && len(s.Condition["ForAllValues:StringLike"][leadingKeys]) == 0 {
				t.Errorf("%s: %s allows every key of the table", name, s.Sid)
			}
		}
	}
}

// TestConsoleMayDoNoMoreThanTheOperations: it calls them in-process, and has but its own sessions besides.
func TestConsoleMayDoNoMoreThanTheOperations(t *testing.T) {
	t.Parallel()
	all := functions(t)
	union := map[string]bool{}
	for name, f := range all {
		isRoute := func(s source) bool { return s.Type == "HttpApi" }
		isOperation := name == "register-user" || slices.ContainsFunc(slices.Collect(maps.Values(f.Events)), isRoute)
		if !isOperation || name == "console" {
			continue
		}
		for _, s := range statements(f) {
			for _, grant := range s.grants() {
				union[grant] = true
			}
		}
	}
	for _, s := range statements(all["console"]) {
		for _, grant := range s.grants() {
			isTheirs := func(wider string) bool { return iam.Like(grant, wider) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(union)), isTheirs) && !strings.HasSuffix(grant, " SESSION#*") {
				t.Errorf("the console has %q (%s), which no operation has", grant, s.Sid)
			}
		}
	}
}
