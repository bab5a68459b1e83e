package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"prism-access/infra/local/iam"
	"prism-access/infra/local/template"
	"prism-access/infra/local/testtable"
)

// List prices of us-east-1, in dollars.
// Sources: https://aws.amazon.com/api-gateway/pricing/, https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/dynamodb/pricing/on-demand/,
// https://aws.amazon.com/eventbridge/pricing/, https://aws.amazon.com/sqs/pricing/, https://aws.amazon.com/ses/pricing/, https://aws.amazon.com/cloudwatch/pricing/
const (
	perRequest    = 1.00e-6      // of an HTTP API
	perInvocation = 0.20e-6      // of a function
	perGBSecond   = 0.0000133334 // of one, for arm64
	perRead       = 0.125e-6     // unit of the table
	perWrite      = 0.625e-6     // unit of the table
	perEvent      = 1.00e-6      // put on the bus
	perMessage    = 0.40e-6      // request to a queue
	perMail       = 100e-6
	perLogged     = 0.50e-9 // byte
)

// What is not counted but taken to be so, generously.
const (
	billed   = 0.05 // seconds that a function of 512 MB takes
	memory   = 0.5  // GB
	platform = 1000 // bytes that Lambda and the gateway log about an invocation by themselves
)

const (
	billedRuns = 100             // of each operation
	settled    = 3 * time.Second // without a write, after which nothing follows any more
	settles    = 2 * time.Minute // at most
)

// bill is what was used, of what AWS bills by use.
type bill struct{ requests, invocations, reads, writes, events, messages, mails, logged float64 }

func (a bill) less(b bill) bill {
	return bill{
		a.requests - b.requests, a.invocations - b.invocations, a.reads - b.reads, a.writes - b.writes,
		a.events - b.events, a.messages - b.messages, a.mails - b.mails, a.logged - b.logged,
	}
}

// each returns what one of so many runs has used.
func (a bill) each(runs float64) bill {
	return bill{
		a.requests / runs, a.invocations / runs, a.reads / runs, a.writes / runs, a.events / runs, a.messages / runs, a.mails / runs, a.logged / runs,
	}
}

func (a bill) dollars() float64 {
	return a.requests*perRequest + a.invocations*(perInvocation+memory*billed*perGBSecond) + a.reads*perRead + a.writes*perWrite +
		a.events*perEvent + a.messages*perMessage + a.mails*perMail + (a.logged+a.invocations*platform)*perLogged
}

// meter stands before DynamoDB Local and adds up what requests of our functions consume.
type meter struct {
	functions map[string]bool // by their names
	consumers map[string]bool // of queues, by their dimensions of metrics

	mu            sync.Mutex
	reads, writes float64
	written       time.Time
}

// startMeter returns one, and its address. The DynamoDB Local behind it is its own: what other benchmarks leave in a shared one is published by the stack as
// well, and pushes what is to be counted out of what the bus keeps.
func startMeter(b *testing.B) (*meter, string) {
	b.Helper()
	read, err := template.Read(filepath.Join(root, "template.yaml"), template.Options{Parameters: map[string]string{"BaseUrl": "http://localhost", "MailFrom": "a@example.com"}})
	if err != nil {
		b.Fatal(err)
	}
	m := &meter{functions: map[string]bool{}, consumers: map[string]bool{}}
	for _, f := range read.Functions {
		m.functions[f.ID] = true
	}
	for _, c := range read.Consumers {
		m.consumers[template.Dimensions(map[string]string{"FunctionName": c.Function})] = true
	}
	to, err := url.Parse(testtable.Own(b).Endpoint)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(to)
			m.ask(p.Out)
		},
		ModifyResponse: m.add,
		ErrorLog:       log.New(io.Discard, "", 0), // of readers of the stream that give up waiting
	})
	b.Cleanup(server.Close)
	return m, server.URL
}

// ask has the table say what a request of a function consumes.
func (m *meter) ask(r *http.Request) {
	text, _ := io.ReadAll(r.Body) // comes from this machine; what is cut short is refused
	if m.functions[iam.Signer(r)] && bytes.HasPrefix(text, []byte("{")) && len(text) > 2 {
		text = append([]byte(`{"ReturnConsumedCapacity":"TOTAL",`), text[1:]...)
		r.Header.Del("Accept-Encoding")
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
}

// add adds what an answer says was consumed.
func (m *meter) add(r *http.Response) error {
	if !m.functions[iam.Signer(r.Request)] {
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	var said struct{ ConsumedCapacity json.RawMessage }
	if json.Unmarshal(text, &said) != nil || len(said.ConsumedCapacity) == 0 {
		return nil
	}
	type capacity struct{ CapacityUnits float64 }
	var one capacity
	var all []capacity
	if json.Unmarshal(said.ConsumedCapacity, &all) != nil {
		if err := json.Unmarshal(said.ConsumedCapacity, &one); err != nil {
			return err
		}
		all = []capacity{one}
	}
	_, operation, _ := strings.Cut(r.Request.Header.Get("X-Amz-Target"), ".")
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range all {
		switch operation {
		case "GetItem", "BatchGetItem", "Query", "TransactGetItems":
			m.reads += c.CapacityUnits
		default:
			m.writes += c.CapacityUnits
			m.written = time.Now()
		}
	}
	return nil
}

func (m *meter) isQuiet() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Since(m.written) > settled
}

// used returns what the stack has used so far, when nothing follows any more.
func (m *meter) used(s *stack) bill {
	s.b.Helper()
	for deadline := time.Now().Add(settles); !m.isQuiet(); time.Sleep(look) {
		if time.Now().After(deadline) {
			s.b.Fatalf("something still goes on after %s", settles)
		}
	}
	var said struct {
		Metrics []struct {
			Namespace, Name, Dimensions string
			Sum                         float64
		}
	}
	var events, mails struct{ Items []json.RawMessage }
	s.must(http.MethodGet, "/dev/metrics.json", "", nil, &said)
	s.must(http.MethodGet, "/dev/events.json", "", nil, &events)
	s.must(http.MethodGet, "/dev/mail.json", "", nil, &mails)
	m.mu.Lock()
	defer m.mu.Unlock()
	total := bill{reads: m.reads, writes: m.writes, events: float64(len(events.Items)), mails: float64(len(mails.Items))}
	for _, of := range said.Metrics {
		switch of.Namespace + " " + of.Name {
		case "AWS/ApiGateway Count":
			total.requests += of.Sum
		case "AWS/Lambda Invocations":
			total.invocations += of.Sum
			if m.consumers[of.Dimensions] {
				total.messages += 3 * of.Sum // sent, received and deleted
			}
		case "AWS/Logs IncomingBytes":
			total.logged += of.Sum
		}
	}
	return total
}

// BenchmarkCosts counts what AWS would bill for an operation and for all that follows from it in the background, on a local stack of its own.
func BenchmarkCosts(b *testing.B) {
	m, endpoint := startMeter(b)
	s, _ := startStack(b, "DYNAMODB_ENDPOINT="+endpoint)
	type signedIn struct {
		Token string `json:"access_token"`
	}
	var admin signedIn
	s.must(http.MethodPost, "/dev/token", "", object{"email": "bench@example.com", "name": "Ben Chmark"}, &admin)
	var organization, brand struct{ ID string }
	s.must(http.MethodPost, "/v1/organizations", admin.Token, object{"name": "Bench"}, &organization)
	path := "/v1/organizations/" + organization.ID
	s.must(http.MethodPost, path+"/brands", admin.Token, object{"name": "Globex"}, &brand)

	var table strings.Builder
	table.WriteString("\n| for each | requests | invocations | read units | write units | events | queue requests | mails | a million of them |\n|---|---|---|---|---|---|---|---|---|\n")
	count := func(name string, run func(i int)) {
		before := m.used(s)
		for i := range billedRuns {
			run(i)
		}
		each := m.used(s).less(before).each(billedRuns)
		fmt.Fprintf(&table, "| %s | %.3g | %.3g | %.3g | %.3g | %.3g | %.3g | %.3g | $%.3g |\n", name,
			each.requests, each.invocations, each.reads, each.writes, each.events, each.messages, each.mails, each.dollars()*1e6)
		report(b, name, metric{each.dollars() * 1e6, "$/million"}, metric{each.reads, "reads/op"}, metric{each.writes, "writes/op"}, metric{each.invocations, "invocations/op"})
	}

	var links, tokens, users [billedRuns]string
	count("invite a new address", func(i int) {
		var made struct {
			Results []struct {
				Invitation struct {
					AcceptURL string `json:"accept_url"`
				}
			}
		}
		s.must(http.MethodPost, path+"/invitations", admin.Token, object{
			"invitees": []object{{"email": address(i)}}, "role": "member", "brands": []string{brand.ID}, "brand_role": "publisher",
		}, &made)
		links[i] = filepath.Base(made.Results[0].Invitation.AcceptURL)
	})
	for i := range billedRuns { // who signs up is no part of it
		var guest signedIn
		var me struct{ ID string }
		s.must(http.MethodPost, "/dev/token", "", object{"email": address(i), "name": fmt.Sprintf("Guest Number%d", i)}, &guest)
		s.must(http.MethodGet, "/v1/me", guest.Token, nil, &me)
		tokens[i], users[i] = guest.Token, me.ID
	}
	count("accept", func(i int) { s.must(http.MethodPost, "/v1/invitations/"+links[i]+"/accept", tokens[i], nil, nil) })
	of := path + "/brands/" + brand.ID
	count("change a role in a brand", func(i int) {
		s.must(http.MethodPatch, of+"/members/"+users[i], admin.Token, object{"role": "viewer"}, nil)
	})
	question := object{"scope": strings.TrimPrefix(of, "/v1/"), "permission": "read"}
	count("check, one question", func(i int) { s.must(http.MethodPost, "/v1/access/check", tokens[i], question, nil) })
	var questions []object
	for _, user := range users {
		questions = append(questions, object{"user": user, "scope": question["scope"], "permission": "read"})
	}
	count(fmt.Sprintf("check, %d questions", len(questions)), func(int) {
		s.must(http.MethodPost, "/v1/access/check", admin.Token, object{"checks": questions}, nil)
	})
	count("list 50 members", func(int) { s.must(http.MethodGet, path+"/members", admin.Token, nil, nil) })
	_, _ = io.WriteString(os.Stdout, table.String()) // to people: when it cannot be written there is nobody to tell
}
