package structure

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the linter of templates does not notice.

func TestFilterPatternsAreJSON(t *testing.T) {
	t.Parallel()
	count := 0
	for name, f := range functions(t) {
		for _, s := range f.Events {
			for _, filter := range s.Properties.FilterCriteria.Filters {
				count++
				if err := checkFilter(filter.Pattern); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if (s.Type == "DynamoDB") != (len(s.Properties.FilterCriteria.Filters) > 0) {
				t.Errorf("%s: a stream, and only a stream, has a filter", name)
			}
			if wants := s.Type == "DynamoDB" || s.Type == "SQS"; wants != slices.Contains(s.Properties.FunctionResponseTypes, "ReportBatchItemFailures") {
				t.Errorf("%s: %s reports failures item by item: want %v", name, s.Type, wants)
			}
		}
	}
	if count == 0 {
		t.Error("the template has no filter pattern")
	}
}

// checkFilter wants JSON about the dynamodb part of a record: Lambda looks at no other.
func checkFilter(pattern string) error {
	var parts map[string]any
	if err := json.Unmarshal([]byte(pattern), &parts); err != nil {
		return fmt.Errorf("pattern %s: %w", pattern, err)
	}
	if keys := sorted(parts); !slices.Equal(keys, []string{"dynamodb"}) {
		return fmt.Errorf("pattern %s filters on %v", pattern, keys)
	}
	return nil
}

func TestCheckFilterRefuses(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`{"dynamodb": {}`, `{"dynamodb": {"Keys": {"PK": {"S": [{prefix: "A"}]}}}}`, `{"eventName": ["INSERT"], "dynamodb": {}}`, `[]`} {
		if checkFilter(pattern) == nil {
			t.Errorf("%s passes", pattern)
		}
	}
}

func TestMailIsNeitherTrackedNorReportedElsewhere(t *testing.T) {
	t.Parallel()
	whole := readTemplate(t)
	if wrong := wrongDestinations(t, whole); len(wrong) > 0 {
		t.Error(wrong)
	}
	if count := len(of[struct{}](t, whole, "AWS::SES::ConfigurationSetEventDestination")); count != 1 {
		t.Errorf("%d destinations of what SES says, want the one that track-mail hears", count)
	}
}

// TestNoAddressIsSuppressedForAll: SES's own list holds for the account, so for every organization and workspace, and to send again would try nothing.
func TestNoAddressIsSuppressedForAll(t *testing.T) {
	t.Parallel()
	type set struct {
		SuppressionOptions *struct{ SuppressedReasons []string }
	}
	sets := of[set](t, readTemplate(t), "AWS::SES::ConfigurationSet")
	for id, s := range sets {
		if s.SuppressionOptions == nil || s.SuppressionOptions.SuppressedReasons == nil || len(s.SuppressionOptions.SuppressedReasons) > 0 {
			t.Errorf("%s: %+v, want an empty list, which turns the account's off", id, s.SuppressionOptions)
		}
	}
	if len(sets) == 0 {
		t.Error("there is no configuration set")
	}
}

// wrongDestinations returns what is wrong with the event destinations of SES: it supports the account's default bus alone,
// and asking for opens or clicks makes it rewrite the mails.
func wrongDestinations(t *testing.T, in template) []string {
	t.Helper()
	type destination struct {
		EventDestination struct {
			MatchingEventTypes     []string
			EventBridgeDestination struct{ EventBusArn string }
		}
	}
	var wrong []string
	for id, d := range of[destination](t, in, "AWS::SES::ConfigurationSetEventDestination") {
		if bus := d.EventDestination.EventBridgeDestination.EventBusArn; !strings.HasSuffix(bus, ":event-bus/default") {
			wrong = append(wrong, id+" has the bus "+bus)
		}
		for _, kind := range d.EventDestination.MatchingEventTypes {
			if strings.EqualFold(kind, "open") || strings.EqualFold(kind, "click") {
				wrong = append(wrong, id+" tracks "+kind)
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

func TestWrongDestinations(t *testing.T) {
	t.Parallel()
	var in template
	decodeYAML(t, []byte(`
Resources:
  Good:
    Type: AWS::SES::ConfigurationSetEventDestination
    Properties:
      EventDestination:
        MatchingEventTypes: [DELIVERY, BOUNCE]
        EventBridgeDestination: {EventBusArn: !Sub 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default'}
  Bad:
    Type: AWS::SES::ConfigurationSetEventDestination
    Properties:
      EventDestination:
        MatchingEventTypes: [delivery, click]
        EventBridgeDestination: {EventBusArn: !GetAtt Bus.Arn}
`), &in)
	if diff := cmp.Diff([]string{"Bad has the bus Bus.Arn", "Bad tracks click"}, wrongDestinations(t, in)); diff != "" {
		t.Error(diff)
	}
}
