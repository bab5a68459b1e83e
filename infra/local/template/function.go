package template

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"prism-access/infra/local/pattern"
)

const (
	functionSuffix = "Function"
	functionFolder = "functions"

	// Defaults of the service.
	functionTimeout  = 3 * time.Second
	streamBatchSize  = 100
	queueBatchSize   = 10
	queueConcurrency = 5
)

func (r *reader) function(p pair) error {
	properties := p.value.get("Properties")
	for _, key := range []string{"FunctionUrlConfig", "AutoPublishAlias", "DurableConfig"} {
		if n := properties.get(key); n != nil {
			return n.errorf("%s is not known to the local stack", key)
		}
	}
	timeout, err := seconds(first(properties.get("Timeout"), r.globals.get("Function", "Timeout")), int(functionTimeout.Seconds()))
	if err != nil {
		return err
	}
	f := Function{ID: p.key, Name: folder(p.key), Env: map[string]string{}, Timeout: timeout, Line: p.line}
	folder := cmp.Or(r.options.Folder, functionFolder)
	if code := properties.get("CodeUri"); code != nil && path.Clean(code.text()) != path.Join(folder, f.Name) {
		return code.errorf("%s belongs into %s/%s/", f.ID, folder, f.Name)
	}
	for _, from := range []*node{r.globals, properties} {
		if from == r.globals {
			from = r.globals.get("Function")
		}
		variables, err := r.resolve(from.get("Environment", "Variables"))
		if err != nil {
			return err
		}
		for _, v := range variables.pairs() {
			f.Env[v.key] = v.value.text()
		}
	}
	if f.Role, err = r.role(properties.get("Role")); err != nil {
		return err
	}
	r.out.Functions = append(r.out.Functions, f)
	for _, event := range properties.get("Events").pairs() {
		if err := r.event(f.ID, event); err != nil {
			return err
		}
	}
	return r.givenUp(f.ID, properties.get("EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination"))
}

// givenUp notes where the events of a schedule go that a function has failed on.
func (r *reader) givenUp(function string, destination *node) error {
	to, err := r.resolve(destination)
	if err != nil || to == nil {
		return err
	}
	queue, err := r.resourceOf(to)
	for i := range r.out.Schedules {
		if r.out.Schedules[i].Function == function {
			r.out.Schedules[i].DeadLetters = queue
		}
	}
	return err
}

// folder names the folder of a function: GetMeFunction lives in get-me.
func folder(id string) string {
	var out strings.Builder
	for i, letter := range strings.TrimSuffix(id, functionSuffix) {
		if unicode.IsUpper(letter) && i > 0 {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(letter))
	}
	return out.String()
}

func first(nodes ...*node) *node { return cmp.Or(nodes...) }

func (r *reader) event(function string, p pair) error {
	properties, err := r.resolve(p.value.get("Properties"))
	if err != nil {
		return err
	}
	if properties == nil {
		properties = &node{line: p.line, value: fields{}}
	}
	switch kind := p.value.get("Type").text(); kind {
	case "HttpApi":
		return r.route(function, p.line, properties)
	case "DynamoDB":
		return r.stream(function, p.line, properties)
	case "SQS":
		return r.consumer(function, p.line, properties)
	case "Schedule":
		return r.schedule(function, p.line, properties)
	default:
		return &Error{Line: p.line, Reason: fmt.Sprintf("the local stack does not run events of the type %s", kind)}
	}
}

func (r *reader) stream(function string, line int, n *node) error {
	if err := n.only("Stream", "StartingPosition", "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor",
		"FunctionResponseTypes", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds",
		"DestinationConfig", "FilterCriteria"); err != nil {
		return err
	}
	s := Stream{Function: function, Bisect: n.get("BisectBatchOnFunctionError").text() == "true", Line: line}
	var err error
	if s.BatchSize, err = n.get("BatchSize").number(streamBatchSize); err != nil {
		return err
	}
	if s.Window, err = seconds(n.get("MaximumBatchingWindowInSeconds"), 0); err != nil {
		return err
	}
	if s.MaxRetries, err = n.get("MaximumRetryAttempts").number(-1); err != nil {
		return err
	}
	if s.MaxAge, err = seconds(n.get("MaximumRecordAgeInSeconds"), 0); err != nil {
		return err
	}
	s.MaxAge = max(s.MaxAge, 0)
	if s.ReportFailures, err = reportsFailures(n); err != nil {
		return err
	}
	if destination := n.get("DestinationConfig", "OnFailure", "Destination"); destination != nil {
		if s.DeadLetters, err = r.resourceOf(destination); err != nil {
			return err
		}
	}
	for _, filter := range n.get("FilterCriteria", "Filters").items() {
		text := filter.get("Pattern")
		p, err := pattern.Parse([]byte(text.text()))
		if err != nil {
			return text.errorf("filter of %s: %v", function, err)
		}
		s.Filters = append(s.Filters, p)
	}
	r.out.Streams = append(r.out.Streams, s)
	return nil
}

func reportsFailures(n *node) (bool, error) {
	types := n.get("FunctionResponseTypes")
	for _, item := range types.items() {
		if item.text() != "ReportBatchItemFailures" {
			return false, item.errorf("%s is not known to the local stack", item.text())
		}
	}
	return len(types.items()) > 0, nil
}

func (r *reader) consumer(function string, line int, n *node) error {
	if err := n.only("Queue", "BatchSize", "MaximumBatchingWindowInSeconds", "ScalingConfig", "FunctionResponseTypes"); err != nil {
		return err
	}
	c := Consumer{Function: function, Line: line}
	var err error
	if c.Queue, err = r.resourceOf(first(n.get("Queue"), n)); err != nil {
		return err
	}
	if c.BatchSize, err = n.get("BatchSize").number(queueBatchSize); err != nil {
		return err
	}
	if c.Window, err = seconds(n.get("MaximumBatchingWindowInSeconds"), 0); err != nil {
		return err
	}
	if c.Concurrency, err = n.get("ScalingConfig", "MaximumConcurrency").number(queueConcurrency); err != nil {
		return err
	}
	if c.ReportFailures, err = reportsFailures(n); err != nil {
		return err
	}
	r.out.Consumers = append(r.out.Consumers, c)
	return nil
}

func (r *reader) schedule(function string, line int, n *node) error {
	if err := n.only("Schedule", "RetryPolicy", "DeadLetterConfig", "Name", "Description"); err != nil {
		return err
	}
	var (
		count int
		unit  string
	)
	text := n.get("Schedule").text()
	if _, err := fmt.Sscanf(strings.TrimSuffix(text, ")"), "rate(%d %s", &count, &unit); err != nil || count < 1 {
		return &Error{Line: line, Reason: fmt.Sprintf("the local stack reads schedules like rate(5 minutes), not %q", text)}
	}
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	every := units[strings.TrimSuffix(unit, "s")]
	if every == 0 {
		return &Error{Line: line, Reason: fmt.Sprintf("%q is not a unit of a schedule", unit)}
	}
	r.out.Schedules = append(r.out.Schedules, Schedule{Function: function, Every: time.Duration(count) * every, Line: line})
	return nil
}
