package structure

import (
	"regexp"
	"strings"
	"testing"
)

const fortnight = 14 * 24 * 60 * 60 // seconds, the longest that a queue keeps messages

// TestWhatFailsIsKept: each way from one part to the next that nobody waits for is tried a bounded number of times, and then leads to a queue of
// dead letters, which nothing else comes to and nothing leaves by itself. The runbook says how each of them is emptied.
func TestWhatFailsIsKept(t *testing.T) {
	t.Parallel()
	type queue struct {
		SqsManagedSseEnabled                      bool
		VisibilityTimeout, MessageRetentionPeriod int
		RedrivePolicy                             struct {
			DeadLetterTargetArn string
			MaxReceiveCount     int
		}
	}
	type rule struct {
		Targets []struct {
			Arn              string
			RetryPolicy      retries
			DeadLetterConfig struct{ Arn string }
		}
	}
	whole := readTemplate(t)
	queues, dead, isRead := of[queue](t, whole, "AWS::SQS::Queue"), map[string]bool{}, map[string]bool{}
	leads := func(what, to string, tries int) {
		id := strings.TrimSuffix(to, ".Arn")
		if _, exists := queues[id]; !exists || tries < 1 || queues[id].RedrivePolicy.DeadLetterTargetArn != "" {
			t.Errorf("%s is tried %d times and then leads to %q, want a queue of dead letters", what, tries, to)
		}
		dead[id] = true
	}
	for id, r := range of[rule](t, whole, "AWS::Events::Rule") {
		for _, target := range r.Targets {
			leads(id, target.DeadLetterConfig.Arn, target.RetryPolicy.MaximumRetryAttempts)
			if _, isQueue := queues[strings.TrimSuffix(target.Arn, ".Arn")]; !isQueue || target.RetryPolicy.MaximumEventAgeInSeconds == 0 {
				t.Errorf("%s leads to %s within %d s, want a queue", id, target.Arn, target.RetryPolicy.MaximumEventAgeInSeconds)
			}
		}
	}
	for name, f := range functions(t) {
		for _, s := range f.Events {
			switch s.Type {
			case "SQS":
				isRead[strings.TrimSuffix(s.Properties.Queue, ".Arn")] = true
			case "DynamoDB":
				leads(name, s.Properties.DestinationConfig.OnFailure.Destination, s.Properties.MaximumRetryAttempts)
			case "Schedule":
				leads(name, s.Properties.DeadLetterConfig.Arn, s.Properties.RetryPolicy.MaximumRetryAttempts)
				leads(name, f.EventInvokeConfig.DestinationConfig.OnFailure.Destination, 1)
			}
		}
	}
	for id, q := range queues {
		if to := q.RedrivePolicy.DeadLetterTargetArn; to != "" {
			leads(id, to, q.RedrivePolicy.MaxReceiveCount)
		}
	}
	for id, q := range queues {
		if dead[id] == isRead[id] || dead[id] && q.MessageRetentionPeriod != fortnight || !q.SqsManagedSseEnabled {
			t.Errorf("%s: of dead letters %v, read %v, kept for %d s, encrypted %v", id, dead[id], isRead[id], q.MessageRetentionPeriod, q.SqsManagedSseEnabled)
		}
		if tries := q.RedrivePolicy.MaxReceiveCount; isRead[id] && (tries == 0 || tries*q.VisibilityTimeout > q.MessageRetentionPeriod) {
			t.Errorf("%s: a message is forgotten after %d s and not after %d tries, one each %d s", id, q.MessageRetentionPeriod, tries, q.VisibilityTimeout)
		}
	}
	table := runbook(t)["Dead letters"]
	for id := range dead {
		row := regexp.MustCompile(`(?m)^\| ` + id + ` \|.*$`).FindString(table)
		movable := false // only what comes from a queue has a way back by itself
		for _, q := range queues {
			movable = movable || strings.TrimSuffix(q.RedrivePolicy.DeadLetterTargetArn, ".Arn") == id
		}
		if row == "" || strings.HasSuffix(row, "| `make redrive` |") != movable {
			t.Errorf("%s can be moved: %v, and the runbook says %q", id, movable, row)
		}
	}
}
