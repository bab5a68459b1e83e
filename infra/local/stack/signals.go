package stack

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"prism-access/infra/local/queue"
	"prism-access/infra/local/template"
)

// The metrics that the services give by themselves, as far as alarms look at them.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
const (
	ofGateway = "AWS/ApiGateway"
	ofLambda  = "AWS/Lambda"
	ofQueues  = "AWS/SQS"
	ofTable   = "AWS/DynamoDB"
)

func dimension(name, value string) string {
	return template.Dimensions(map[string]string{name: value})
}

// measured counts the answers of the gateway.
func (s *Stack) measured(api http.Handler) http.Handler {
	of := dimension("ApiId", s.template.Gateway)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &status{ResponseWriter: w, code: http.StatusOK}
		api.ServeHTTP(answer, r)
		count := func(name string, is bool) {
			if is {
				s.Metrics.Put(ofGateway, name, of, 1)
			}
		}
		count("Count", true)
		count("4xx", answer.code >= 400 && answer.code < 500)
		count("5xx", answer.code >= 500)
	})
}

// status is an answer whose status is known afterwards.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// isThrottled reports whether Lambda starts no more functions, and counts it.
func (s *Stack) isThrottled() bool {
	if !s.Throttled.Load() {
		return false
	}
	s.Metrics.Put(ofLambda, "Throttles", "", 1)
	return true
}

// invoked counts the invocations of a function.
func (s *Stack) invoked(function string) func() {
	of := dimension("FunctionName", function)
	return func() { s.Metrics.Put(ofLambda, "Invocations", of, 1) }
}

// tableThrottled counts a request that the table, or an index of it, has refused for its rate. CloudWatch keeps an index apart from its table.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
func (s *Stack) tableThrottled(write bool, index string) {
	name := "ReadThrottleEvents"
	if write {
		name = "WriteThrottleEvents"
	}
	of := map[string]string{"TableName": s.o.Table}
	if index != "" {
		of["GlobalSecondaryIndexName"] = index
	}
	s.Metrics.Put(ofTable, name, template.Dimensions(of), 1)
}

// iteratorAge keeps how old what the function reads of the stream is.
func (s *Stack) iteratorAge(function string) func(time.Duration) {
	of := dimension("FunctionName", function)
	return func(age time.Duration) {
		s.Metrics.Put(ofLambda, "IteratorAge", of, float64(max(age, 0).Milliseconds()))
	}
}

// Alarms returns the alarms of the template, once queues have said how much waits in them.
func (s *Stack) Alarms() []template.Alarm {
	for id, q := range s.queues {
		s.Metrics.Put(ofQueues, "ApproximateNumberOfMessagesVisible", dimension("QueueName", id), float64(len(q.Messages())))
	}
	return s.template.Alarms
}

// Queue returns a queue by its logical id, nil for none.
func (s *Stack) Queue(id string) *queue.Queue { return s.queues[id] }

// RunSchedules invokes what a schedule does, without waiting for its time.
func (s *Stack) RunSchedules(ctx context.Context) {
	for _, schedule := range s.template.Schedules {
		s.run(ctx, schedule)
	}
}

// run invokes a scheduled function. A failure is told, and ends in the function's dead letters: the next time is the retry.
func (s *Stack) run(ctx context.Context, schedule template.Schedule) {
	f, event := s.functions[schedule.Function], scheduled(s.Clock.Now())
	if _, err := f.Invoke(context.WithoutCancel(ctx), event); err != nil {
		slog.ErrorContext(ctx, "function failed", "function", f.Name, "on", "schedule", "error", err)
		if dead := s.queues[schedule.DeadLetters]; dead != nil {
			dead.Send(string(event))
		}
	}
}
