package structure

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	deployed "prism-access/infra/local/template"
	"prism-access/internal/telemetry"
)

// stack is the namespace of our own metrics: what the local stack is called.
const stack = "local"

// readAlarms returns the alarms of the template, and its queues of dead letters.
func readAlarms(t *testing.T) (alarms map[string]deployed.Alarm, deadLetters []string) {
	t.Helper()
	read, err := deployed.Read(root+"/template.yaml", deployed.Options{
		Region: "eu-central-1", Account: "000000000000",
		Parameters: map[string]string{"BaseUrl": "https://prism.test", "MailFrom": "a@prism.test", "OidcIssuer": "https://issuer.test", "OidcClientId": "console"},
	})
	if err != nil {
		t.Fatal(err)
	}
	consumed := map[string]bool{}
	for _, c := range read.Consumers {
		consumed[c.Queue] = true
	}
	for _, q := range read.Queues {
		if !consumed[q.ID] { // nobody takes from it but people
			deadLetters = append(deadLetters, q.ID)
		}
	}
	alarms = map[string]deployed.Alarm{}
	for _, alarm := range read.Alarms {
		alarms[alarm.ID] = alarm
	}
	return alarms, deadLetters
}

// condition is what an alarm looks at in one line.
func condition(alarm deployed.Alarm) string {
	said := alarm.Expression
	for name, m := range alarm.Metrics {
		of := fmt.Sprintf("[%s of %s %s {%s} in %s]", m.Statistic, m.Namespace, m.Name, m.Dimensions, m.Period)
		said = regexp.MustCompile(`\b`+name+`\b`).ReplaceAllLiteralString(said, of)
	}
	return fmt.Sprintf("%s > %v", said, alarm.Threshold)
}

// throttles is the sum of a metric over the table and its indexes, each of which CloudWatch counts apart.
func throttles(name string) string {
	of := func(dimensions string) string {
		return "FILL([Sum of AWS/DynamoDB " + name + " {" + dimensions + "TableName=Table} in 1m0s], 0)"
	}
	return of("") + " + " + of("GlobalSecondaryIndexName=GSI1,") + " + " + of("GlobalSecondaryIndexName=GSI2,")
}

func TestAlarmsWatchWhatTheyShould(t *testing.T) {
	t.Parallel()
	alarms, deadLetters := readAlarms(t)
	want := map[string]string{
		"RelayLogIteratorAgeAlarm":          "[Maximum of AWS/Lambda IteratorAge {FunctionName=RelayLogFunction} in 1m0s] > 60000",
		"ExpireInvitationsIteratorAgeAlarm": "[Maximum of AWS/Lambda IteratorAge {FunctionName=ExpireInvitationsFunction} in 1m0s] > 60000",
		"RelayLagAlarm":                     "[Maximum of local RelayLag {} in 1m0s] > 60000",
		"ServerErrorsAlarm":                 "100 * [Sum of AWS/ApiGateway 5xx {ApiId=HttpApi} in 5m0s] / [Sum of AWS/ApiGateway Count {ApiId=HttpApi} in 5m0s] > 1",
		"FunctionThrottlesAlarm":            "[Sum of AWS/Lambda Throttles {} in 1m0s] > 0",
		"TableReadThrottlesAlarm":           throttles("ReadThrottleEvents") + " > 0",
		"TableWriteThrottlesAlarm":          throttles("WriteThrottleEvents") + " > 0",
		"BouncesAlarm":                      "100 * [Sum of local MailsBounced {} in 24h0m0s] / [Sum of local MailsSent {} in 24h0m0s] > 2",
		"ComplaintsAlarm":                   "100 * [Sum of local MailsComplained {} in 24h0m0s] / [Sum of local MailsSent {} in 24h0m0s] > 0.1",
	}
	if len(deadLetters) != 7 {
		t.Errorf("queues of dead letters: %v", deadLetters)
	}
	for _, queue := range deadLetters {
		want[queue+"Alarm"] = "[Maximum of AWS/SQS ApproximateNumberOfMessagesVisible {QueueName=" + queue + "} in 1m0s] > 0"
	}
	got := map[string]string{}
	for id, alarm := range alarms {
		got[id] = condition(alarm)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	whole := readTemplate(t)
	for id, alarm := range of[struct{ AlarmActions, OKActions []string }](t, whole, "AWS::CloudWatch::Alarm") {
		if diff := cmp.Diff([][]string{{"AlarmTopic"}, {"AlarmTopic"}}, [][]string{alarm.AlarmActions, alarm.OKActions}); diff != "" {
			t.Errorf("who learns of %s: %s", id, diff)
		}
	}
}

// TestMetricsAreThoseThatFunctionsWrite: what an alarm or the dashboard names in our own namespace is written, with these dimensions; and all that is written is shown.
func TestMetricsAreThoseThatFunctionsWrite(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	for _, metric := range telemetry.Metrics() {
		written[metric.Name] = metric.By == ""
	}
	alarms, _ := readAlarms(t)
	for id, alarm := range alarms {
		for _, m := range alarm.Metrics {
			if m.Namespace == stack && (!written[m.Name] || m.Dimensions != "") {
				t.Errorf("%s looks at %s {%s}, which no function writes", id, m.Name, m.Dimensions)
			}
		}
	}
	shown := map[string]bool{}
	for _, line := range dashboard(t) {
		if line[0] == stack {
			name, _ := line[1].(string)
			if shown[name] = true; !written[name] || len(line) != 2 {
				t.Errorf("the dashboard shows %v, which no function writes", line)
			}
		}
		if search, is := line[0].(map[string]any); is {
			text, _ := search["expression"].(string)
			found := regexp.MustCompile(`^SEARCH\('\{"local",(\w+)\} MetricName="(\w+)"', 'Sum', 300\)$`).FindStringSubmatch(text)
			at := slices.IndexFunc(telemetry.Metrics(), func(m telemetry.Metric) bool { return found != nil && m.By == found[1] && m.Name == found[2] })
			if at < 0 {
				t.Fatalf("the dashboard searches %s, which no function writes", text)
			}
			shown[found[2]] = true
		}
	}
	for name := range written {
		if !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

// TestTheDashboardShowsEveryQueue: whoever closes the API before a restoration waits there until nothing waits.
func TestTheDashboardShowsEveryQueue(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, line := range dashboard(t) {
		if line[0] == "AWS/SQS" && line[1] == "ApproximateNumberOfMessagesVisible" {
			shown[strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(line[3]), "${"), ".QueueName}")] = true
		}
	}
	if diff := cmp.Diff(sorted(of[any](t, readTemplate(t), "AWS::SQS::Queue")), sorted(shown)); diff != "" {
		t.Errorf("queues (-template +dashboard): %s", diff)
	}
}

// dashboard returns the metrics on it, a line each.
func dashboard(t *testing.T) (lines [][]any) {
	t.Helper()
	board := of[struct{ DashboardBody string }](t, readTemplate(t), "AWS::CloudWatch::Dashboard")["Dashboard"]
	var body struct {
		Widgets []struct {
			Properties struct{ Metrics [][]any }
		}
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(board.DashboardBody, "${AWS::StackName}", stack)), &body); err != nil {
		t.Fatalf("the dashboard is no JSON: %v", err)
	}
	for _, widget := range body.Widgets {
		lines = append(lines, widget.Properties.Metrics...)
	}
	return lines
}

// runbook returns its paragraphs by their titles.
func runbook(t *testing.T) map[string]string {
	t.Helper()
	paragraphs := map[string]string{}
	for _, part := range strings.Split(string(read(t, "infra", "runbook.md")), "\n## ")[1:] {
		title, text, _ := strings.Cut(part, "\n")
		paragraphs[title] = strings.TrimSpace(text)
	}
	return paragraphs
}

// TestEachAlarmHasItsParagraph: whoever is woken reads in the alarm where to look, and finds there what to do.
func TestEachAlarmHasItsParagraph(t *testing.T) {
	t.Parallel()
	paragraphs := runbook(t)
	delete(paragraphs, "Dead letters") // which is about many
	alarms, _ := readAlarms(t)
	if diff := cmp.Diff(sorted(alarms), sorted(paragraphs)); diff != "" {
		t.Errorf("paragraphs (-template +runbook):\n%s", diff)
	}
	for id, alarm := range alarms {
		if !strings.HasSuffix(alarm.Description, ". What to do: infra/runbook.md, "+id) {
			t.Errorf("%s says %q", id, alarm.Description)
		}
		if len(paragraphs[id]) < 200 {
			t.Errorf("%s: nobody is helped by %q", id, paragraphs[id])
		}
	}
}
