//go:build deployed

package deployed

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	"prism-access/infra/local/pattern"
	"prism-access/internal/mail"
	"prism-access/internal/trigger"
	"prism-access/internal/upkeep"
)

// The ways from one part to the next that nobody waits for.

// fortnight is the longest that a queue keeps messages, in seconds.
const fortnight = 14 * 24 * 60 * 60.0

// dead says what is wrong with a queue as the end of a way, or nothing.
func (in template) dead(arn string) string {
	r := in.Resources[strings.TrimSuffix(arn, ".Arn")]
	if r.Type != "AWS::SQS::Queue" || at(r.Properties, "RedrivePolicy") != nil || at(r.Properties, "MessageRetentionPeriod") != fortnight || at(r.Properties, "SqsManagedSseEnabled") != true {
		return "no queue of dead letters: " + arn
	}
	return ""
}

// patternOf returns the pattern of a rule or a filter as AWS gets it, with the names that the stack has given.
func (in template) patternOf(t *testing.T, value any) *pattern.Pattern {
	t.Helper()
	text, is := value.(string)
	if !is {
		encoded, err := json.Marshal(named(value, in.Stack.Made))
		if err != nil {
			t.Fatal(err)
		}
		text = string(encoded)
	}
	parsed, err := pattern.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return parsed
}

// named replaces each Ref by what it gives.
func named(value any, names map[string]string) any {
	switch value := value.(type) {
	case list:
		out := make(list, len(value))
		for i, item := range value {
			out[i] = named(item, names)
		}
		return out
	case object:
		if id, is := value["Ref"].(string); is && len(value) == 1 {
			return names[id]
		}
		out := object{}
		for name, inner := range value {
			out[name] = named(inner, names)
		}
		return out
	default:
		return value
	}
}

// recorded are the records of the input that is recorded for a function.
func recorded(t *testing.T, function string) []json.RawMessage {
	t.Helper()
	var in struct{ Records []json.RawMessage }
	decode(t, read(t, root, "events/invoke", folder(function)+".json"), &in)
	if len(in.Records) == 0 {
		t.Fatalf("nothing is recorded for %s", function)
	}
	return in.Records
}

// folder turns GetMeFunction into get-me.
func folder(function string) string {
	var out strings.Builder
	for i, letter := range strings.TrimSuffix(function, "Function") {
		if letter >= 'A' && letter <= 'Z' && i > 0 {
			out.WriteByte('-')
		}
		out.WriteString(strings.ToLower(string(letter)))
	}
	return out.String()
}

// tries are what the readers of streams and queues do before they give up, as infra/runbook.md says. Of a stream: tries after the first, the age in
// seconds of what is tried at all, records that are tried together, and the seconds they wait for each other; of a queue: receives, messages that are tried
// together, and how many tries there are at once, which for mails SES's rate bounds.
var tries = map[string][]float64{
	"RelayLogFunction": {10, 3600, 100, 0}, "ExpireInvitationsFunction": {100, 43200, 100, 1},
	"SendMailFunction": {15, 1, 5}, "TrackMailFunction": {15, 10, 5}, "MaintainIndexesFunction": {500, 1, 10}, "CleanUpFunction": {500, 1, 10},
}

// TestStreamsAndQueues: each mapping retries within bounds, names what failed, and leads what failed for good to a queue of dead letters; the filter
// of a stream is JSON that lets through what is recorded for the function; a queue hides a message for six times as long as the function may take, as
// Lambda asks.
func TestStreamsAndQueues(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, in template) {
		kinds := map[string]int{}
		for id, m := range in.of("AWS::Lambda::EventSourceMapping") {
			function, source := text(m, "FunctionName"), text(m, "EventSourceArn")
			if got := texts(at(m, "FunctionResponseTypes")); !slices.Equal(got, []string{"ReportBatchItemFailures"}) {
				t.Errorf("%s reports %v", id, got)
			}
			if source == "Table.StreamArn" {
				kinds["stream"]++
				if wrong := in.dead(text(m, "DestinationConfig", "OnFailure", "Destination")); wrong != "" {
					t.Errorf("%s: %s", id, wrong)
				}
				want := list{tries[function][0], tries[function][1], tries[function][2], tries[function][3], 1.0, true, "TRIM_HORIZON"}
				got := list{at(m, "MaximumRetryAttempts"), at(m, "MaximumRecordAgeInSeconds"), at(m, "BatchSize"), at(m, "MaximumBatchingWindowInSeconds"), at(m, "ParallelizationFactor"), at(m, "BisectBatchOnFunctionError"), at(m, "StartingPosition")}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +template): %s", id, diff)
				}
				filters, _ := at(m, "FilterCriteria", "Filters").(list)
				for _, filter := range filters {
					parsed := in.patternOf(t, text(filter, "Pattern"))
					for _, record := range recorded(t, function) {
						if !parsed.Match(record) {
							t.Errorf("%s stops %s", id, record)
						}
					}
					if parsed.Match([]byte(`{"eventName": "INSERT", "dynamodb": {"Keys": {"PK": {"S": "USER#u"}}, "NewImage": {"PK": {"S": "USER#u"}}}}`)) {
						t.Errorf("%s lets through what changes of a user", id)
					}
				}
				if len(filters) == 0 {
					t.Errorf("%s has no filter", id)
				}
				continue
			}
			kinds["queue"]++
			queue := in.Resources[strings.TrimSuffix(source, ".Arn")]
			hidden, _ := at(queue.Properties, "VisibilityTimeout").(float64)
			takes, _ := at(in.Resources[function].Properties, "Timeout").(float64)
			if queue.Type != "AWS::SQS::Queue" || takes < 1 || hidden < 6*takes || at(queue.Properties, "SqsManagedSseEnabled") != true {
				t.Errorf("%s: %s for %v s: %v", id, function, takes, queue)
			}
			want := list{tries[function][0], tries[function][1], tries[function][2]}
			got := list{at(queue.Properties, "RedrivePolicy", "maxReceiveCount"), at(m, "BatchSize"), at(m, "ScalingConfig", "MaximumConcurrency")}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +template): %s", id, diff)
			}
			if wrong := in.dead(text(queue.Properties, "RedrivePolicy", "deadLetterTargetArn")); wrong != "" {
				t.Errorf("%s: %s", id, wrong)
			}
		}
		if kinds["stream"] != 2 || kinds["queue"] != 4 {
			t.Errorf("mappings: %v", kinds)
		}
	})
}

// TestRules: each matches the examples of just the events that its function knows, and what is recorded for it.
func TestRules(t *testing.T) {
	t.Parallel()
	ours := events.Types()
	want := map[string][]string{
		"MailRule": mail.Events(), "CleanUpRule": upkeep.CleanUpEvents(), "IndexRule": ours, "DeliveryRule": {},
	}
	readers := map[string]string{"MailRule": "SendMailFunction", "CleanUpRule": "CleanUpFunction", "IndexRule": "MaintainIndexesFunction", "DeliveryRule": "TrackMailFunction"}
	each(t, func(t *testing.T, in template) {
		rules := in.of("AWS::Events::Rule")
		delete(rules, "SweepLogFunctionSchedule")
		for id, rule := range rules {
			matches := in.patternOf(t, rule["EventPattern"])
			for _, kind := range ours {
				for name, example := range events.Examples(kind) {
					if got := matches.Match(example); got != slices.Contains(want[id], kind) {
						t.Errorf("%s matches %s: %v", id, name, got)
					}
				}
			}
			if bus, foreign := text(rule, "EventBusName"), id == "DeliveryRule"; (bus == "Bus") == foreign || foreign && bus != "" {
				t.Errorf("%s is on the bus %q", id, bus)
			}
			targets, _ := at(rule, "Targets").(list)
			for _, target := range targets {
				queue := text(target, "Arn")
				if diff := cmp.Diff(object{"MaximumRetryAttempts": 185.0, "MaximumEventAgeInSeconds": 86400.0}, at(target, "RetryPolicy")); diff != "" {
					t.Errorf("%s tries (-want +template): %s", id, diff)
				}
				if !in.reads(readers[id], queue) {
					t.Errorf("%s leads to %s, which %s does not read", id, queue, readers[id])
				}
			}
			if len(targets) != 1 {
				t.Errorf("%s has the targets %v", id, targets)
			}
			for _, record := range recorded(t, readers[id]) {
				var message struct{ Body string }
				decode(t, record, &message)
				// The configuration set is called like the stack, and that is recorded for prod.
				if body := strings.ReplaceAll(message.Body, `"prism-access"`, `"`+in.Stack.Made["MailConfigurationSet"]+`"`); !matches.Match([]byte(body)) {
					t.Errorf("%s does not match what is recorded for %s", id, readers[id])
				}
			}
		}
		if len(rules) != len(want) {
			t.Errorf("%d rules, want %d", len(rules), len(want))
		}
		for _, kind := range trigger.MailEvents() {
			about := func(set string) []byte {
				return []byte(`{"source": "aws.ses", "detail-type": "` + kind + `", "detail": {"mail": {"tags": {"ses:configuration-set": ["` + set + `"]}}}}`)
			}
			matches := in.patternOf(t, rules["DeliveryRule"]["EventPattern"])
			if !matches.Match(about(in.Stack.Made["MailConfigurationSet"])) || matches.Match(about("another")) {
				t.Errorf("%q is matched of other mails, or not of ours", kind)
			}
		}
	})
}

// TestWhoSendsToQueues: each rule, and nobody else, may send to its queue and to the one of what could not be sent.
func TestWhoSendsToQueues(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, in template) {
		var want, got []string
		may := func(queue string, by any) string { return fmt.Sprint(queue, " ", by) }
		for id, rule := range in.of("AWS::Events::Rule") {
			by := object{"ArnEquals": object{"aws:SourceArn": id + ".Arn"}}
			if rule["ScheduleExpression"] != nil { // which SAM makes, and CloudFormation names after the stack
				by = object{"ArnLike": object{"aws:SourceArn": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${AWS::StackName}-*"}}
			}
			targets, _ := at(rule, "Targets").(list)
			for _, target := range targets {
				dead := text(target, "DeadLetterConfig", "Arn")
				if wrong := in.dead(dead); wrong != "" {
					t.Errorf("%s: %s", id, wrong)
				}
				if want = append(want, may(dead, by)); rule["ScheduleExpression"] == nil {
					want = append(want, may(text(target, "Arn"), by))
				}
			}
		}
		for id, policy := range in.of("AWS::SQS::QueuePolicy") {
			statements, _ := at(policy, "PolicyDocument", "Statement").(list)
			for _, s := range statements {
				who := object{"Effect": at(s, "Effect"), "Action": at(s, "Action"), "Principal": at(s, "Principal")}
				if diff := cmp.Diff(object{"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": object{"Service": "events.amazonaws.com"}}, who); diff != "" {
					t.Errorf("%s (-want +template): %s", id, diff)
				}
				for _, queue := range texts(at(policy, "Queues")) {
					if queue += ".Arn"; text(s, "Resource") == queue || slices.Contains(texts(at(s, "Resource")), queue) {
						got = append(got, may(queue, at(s, "Condition")))
					}
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("who may send (-rules +policies):\n%s", diff)
		}
	})
}

// reads reports whether a function gets the messages of a queue.
func (in template) reads(function, queue string) bool {
	for _, m := range in.of("AWS::Lambda::EventSourceMapping") {
		if text(m, "FunctionName") == function && text(m, "EventSourceArn") == queue {
			return true
		}
	}
	return false
}
