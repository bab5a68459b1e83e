//go:build deployed

package deployed

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	dynamodblocal "prism-access/infra/dynamodb-local"
	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/bus"
	"prism-access/infra/local/invoke"
	"prism-access/infra/local/pattern"
	"prism-access/infra/local/queue"
	"prism-access/infra/local/runtimeapi"
	"prism-access/infra/local/ses"
	"prism-access/infra/local/stream"
)

// stage is the stack of prod with the built functions in it: their environment is what the emulator has given them, the secret is the emulator's,
// table, bus and mailbox are those of the local stack, under the names that the emulator has given them.
type stage struct {
	t         *testing.T      // the test that uses it now
	ctx       context.Context // of its processes
	in        template
	table     awsjson.Client
	bus       *bus.Bus
	mailbox   *ses.Mailbox
	queues    map[string]*queue.Queue // by logical id
	endpoints map[string]string       // variables that lead to them

	mu        sync.Mutex
	instances map[string]*runtimeapi.Instance // by logical id of the function
}

func newStage(t *testing.T) *stage {
	t.Helper()
	var e expansion
	whole := read(t, made, "prod.json")
	decode(t, whole, &e)
	s := &stage{t: t, ctx: t.Context(), in: template{e.Template.Resources, e.Parameters, emulator.Stacks["prod"]}, queues: map[string]*queue.Queue{}, instances: map[string]*runtimeapi.Instance{}}

	server, err := dynamodblocal.Start(t.Context(), dynamodblocal.Options{Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	var only struct{ Template json.RawMessage }
	decode(t, whole, &only)
	file := filepath.Join(t.TempDir(), "template.json")
	if err := os.WriteFile(file, only.Template, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dynamodblocal.CreateTableNamed(t.Context(), server.Endpoint, file, s.name("Table")); err != nil {
		t.Fatal(err)
	}
	s.table = awsjson.Client{Endpoint: server.Endpoint}
	// The server compiles what the first write needs, which takes it longer than functions wait. Nothing is there to delete.
	nothing := object{"TableName": s.name("Table"), "Key": object{"PK": object{"S": "WARM"}, "SK": object{"S": "WARM"}}}
	if err := s.table.Table(t.Context(), "TransactWriteItems", object{"TransactItems": list{object{"Delete": nothing}}}, nil); err != nil {
		t.Fatal(err)
	}

	var rules []bus.Rule
	for id, rule := range s.in.of("AWS::Events::Rule") {
		if rule["EventPattern"] == nil {
			continue // a schedule
		}
		target := strings.TrimSuffix(text(at(rule, "Targets").(list)[0], "Arn"), ".Arn")
		s.queues[target] = queue.New(target, time.Minute, 3, nil)
		rules = append(rules, bus.Rule{Name: id, Bus: s.busOf(rule), Pattern: s.in.patternOf(t, rule["EventPattern"]), Targets: []bus.Target{{Queue: s.queues[target]}}})
	}
	s.bus = bus.New(bus.Options{Buses: []string{s.name("Bus")}, Rules: rules, Now: time.Now})
	said := texts(at(s.in.Resources["MailEvents"].Properties, "EventDestination", "MatchingEventTypes"))
	s.mailbox = ses.New([]ses.Set{{Name: s.name("MailConfigurationSet"), Events: said}}, func(source, kind string, at time.Time, resources []string, detail json.RawMessage) error {
		_, err := s.bus.Put(bus.DefaultBus, source, kind, at, resources, detail)
		return err
	}, time.Now)
	toBus, toMailbox := httptest.NewServer(s.bus), httptest.NewServer(s.mailbox)
	t.Cleanup(toBus.Close)
	t.Cleanup(toMailbox.Close)
	s.endpoints = map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": server.Endpoint, "AWS_ENDPOINT_URL_EVENTBRIDGE": toBus.URL, "AWS_ENDPOINT_URL_SESV2": toMailbox.URL,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": emulator.Endpoint, "AWS_ACCESS_KEY_ID": s.in.Stack.Account,
	}
	t.Cleanup(func() {
		for _, instance := range s.instances {
			instance.Stop()
		}
	})
	return s
}

// run runs a part of the test on the stage.
func (s *stage) run(name string, part func()) {
	whole := s.t
	whole.Run(name, func(t *testing.T) {
		t.Cleanup(func() { s.t = whole })
		s.t = t
		part()
	})
}

// name is what a Ref of a resource gives.
func (s *stage) name(id string) string { return s.in.Stack.Made[id] }

func (s *stage) busOf(rule object) string {
	if id := text(rule, "EventBusName"); id != "" {
		return s.name(id)
	}
	return bus.DefaultBus
}

// function returns a function that runs as the template says, in one instance.
func (s *stage) function(id string) *invoke.Function {
	s.t.Helper()
	instance := s.instance(id)
	seconds, _ := at(s.in.Resources[id].Properties, "Timeout").(float64)
	return &invoke.Function{Name: folder(id), Timeout: time.Duration(seconds) * time.Second, Start: invoke.Same(lambda.Handler(instance))}
}

func (s *stage) instance(id string) *runtimeapi.Instance {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instances[id] == nil {
		variables := maps.Clone(s.in.Stack.Environments[id])
		maps.Copy(variables, s.endpoints)
		bootstrap, err := filepath.Abs(filepath.Join(made, folder(id), "bootstrap"))
		if err != nil {
			s.t.Fatal(err)
		}
		if s.instances[id], err = runtimeapi.Start(s.ctx, bootstrap, runtimeapi.Environment(variables)); err != nil {
			delete(s.instances, id)
			s.t.Fatal(err)
		}
	}
	return s.instances[id]
}

// invoke hands a function an event and returns its answer.
func (s *stage) invoke(id string, event []byte) []byte {
	s.t.Helper()
	answer, err := s.function(id).Invoke(s.t.Context(), event)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", id, err, s.instance(id).Said())
	}
	return answer
}

// recorded is the input that is recorded for a function.
func (s *stage) recorded(id string) []byte {
	s.t.Helper()
	return read(s.t, root, "events/invoke", folder(id)+".json")
}

// ask sends the request that is recorded for a function, with other parameters of the path and another body, and returns what is answered.
func (s *stage) ask(id string, status int, parameters map[string]string, body string) object {
	s.t.Helper()
	var request events.APIGatewayV2HTTPRequest
	decode(s.t, s.recorded(id), &request)
	_, path, _ := strings.Cut(request.RouteKey, " ")
	for name, value := range parameters {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	request.RawPath, request.RequestContext.HTTP.Path, request.PathParameters = path, path, parameters
	request.RawQueryString, request.QueryStringParameters = "", nil
	if body != "" {
		request.Body = body
	}
	event, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	answer := s.answer(id, event)
	if answer.StatusCode != status {
		s.t.Fatalf("%s: got %d %s, want %d\n%s", id, answer.StatusCode, answer.Body, status, s.instance(id).Said())
	}
	out := object{}
	decode(s.t, []byte(answer.Body), &out)
	return out
}

// answer hands a function a request, again while it says that it has to wait for the table: a busy machine has it wait for longer than it may.
func (s *stage) answer(id string, request []byte) events.APIGatewayV2HTTPResponse {
	s.t.Helper()
	var answer events.APIGatewayV2HTTPResponse
	for range 5 {
		answer = events.APIGatewayV2HTTPResponse{}
		decode(s.t, s.invoke(id, request), &answer)
		if answer.StatusCode != http.StatusServiceUnavailable {
			break
		}
	}
	return answer
}

// put writes an item of the table.
func (s *stage) put(item awsjson.Item) {
	s.t.Helper()
	if err := s.table.Table(s.t.Context(), "PutItem", object{"TableName": s.name("Table"), "Item": item}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// item reads an item of the table, nil when there is none.
func (s *stage) item(pk, sk string) awsjson.Item {
	s.t.Helper()
	var out struct{ Item awsjson.Item }
	in := object{"TableName": s.name("Table"), "ConsistentRead": true, "Key": object{"PK": object{"S": pk}, "SK": object{"S": sk}}}
	if err := s.table.Table(s.t.Context(), "GetItem", in, &out); err != nil {
		s.t.Fatal(err)
	}
	return out.Item
}

// query returns the items of a partition.
func (s *stage) query(pk string) []awsjson.Item {
	s.t.Helper()
	var out struct{ Items []awsjson.Item }
	in := object{
		"TableName": s.name("Table"), "ConsistentRead": true, "KeyConditionExpression": "PK = :pk",
		"ExpressionAttributeValues": object{":pk": object{"S": pk}},
	}
	if err := s.table.Table(s.t.Context(), "Query", in, &out); err != nil {
		s.t.Fatal(err)
	}
	return out.Items
}

// stream starts the reader of the table's stream, which hands records to the functions that the template names, by its filters.
func (s *stage) stream() *stream.Reader {
	s.t.Helper()
	var mappings []*stream.Mapping
	for _, m := range s.in.of("AWS::Lambda::EventSourceMapping") {
		if text(m, "EventSourceArn") != "Table.StreamArn" {
			continue
		}
		var filters []*pattern.Pattern
		given, _ := at(m, "FilterCriteria", "Filters").(list)
		for _, filter := range given {
			filters = append(filters, s.in.patternOf(s.t, text(filter, "Pattern")))
		}
		size, _ := at(m, "BatchSize").(float64)
		mappings = append(mappings, &stream.Mapping{Function: s.function(text(m, "FunctionName")), Filters: filters, BatchSize: int(size), MaxRetries: 3, ReportFailures: true})
	}
	reader, err := stream.Start(s.t.Context(), stream.Options{Endpoint: s.table.Endpoint, Table: s.name("Table"), Mappings: mappings})
	if err != nil {
		s.t.Fatal(err)
	}
	return reader
}

// consume lets the functions that read queues read them, until the test ends.
func (s *stage) consume() {
	s.t.Helper()
	var workers sync.WaitGroup
	for _, m := range s.in.of("AWS::Lambda::EventSourceMapping") {
		q := s.queues[strings.TrimSuffix(text(m, "EventSourceArn"), ".Arn")]
		if q == nil {
			continue
		}
		size, _ := at(m, "BatchSize").(float64)
		function := s.function(text(m, "FunctionName"))
		workers.Go(func() {
			q.Consume(s.t.Context(), function, queue.Mapping{BatchSize: int(size), ReportFailures: true})
		})
	}
	s.t.Cleanup(workers.Wait)
}

// until waits for something to be.
func (s *stage) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("not within a minute: %s", what)
		}
	}
}
