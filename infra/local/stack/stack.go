// Package stack puts the local stack together: the functions of the template in this process, everything real but AWS's own
// edges, and these edges wired as the template says.
package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/bus"
	"prism-access/infra/local/clock"
	"prism-access/infra/local/dev"
	"prism-access/infra/local/gateway"
	"prism-access/infra/local/iam"
	"prism-access/infra/local/invoke"
	"prism-access/infra/local/metrics"
	"prism-access/infra/local/oidc"
	"prism-access/infra/local/push"
	"prism-access/infra/local/queue"
	"prism-access/infra/local/ses"
	"prism-access/infra/local/stream"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/template"
	"prism-access/infra/local/ttl"
	"prism-access/internal/boot"
)

// Options are what a stack is made of.
type Options struct {
	Listener  net.Listener // where people reach console and API
	Template  string       // path of template.yaml
	Endpoint  string       // of DynamoDB Local, which holds the template's table
	Table     string
	Folder    string                   // keeps what has to survive a restart
	Functions map[string]boot.Function // by folder name
	Logger    *slog.Logger             // of the functions
	Seed      bool                     // bring demo people and an organization in
	Samples   []Sample
}

// Stack is a running local stack.
type Stack struct {
	URL     string // of console and API, without a slash at the end
	Clock   *clock.Clock
	Mailbox *ses.Mailbox
	Bus     *bus.Bus
	Issuer  *oidc.Issuer
	Proxy   *tableproxy.Proxy
	Guard   *iam.Guard // of the statements of all functions
	Metrics *metrics.Store
	// Throttled is whether Lambda starts no function.
	Throttled atomic.Bool

	o         Options
	state     *state
	template  *template.Template
	functions map[string]*invoke.Function // by logical id
	queues    map[string]*queue.Queue     // by logical id
	pushes    map[string]*push.Sender     // by logical id of the API destination
	sweeper   *ttl.Sweeper
	reader    *stream.Reader
	front     *http.Server
	edges     *http.Server
	inside    string       // where the API answers while the demo data come in
	api       http.Handler // the same API for those demo data
	seeding   atomic.Bool
	ready     atomic.Bool
	stop      context.CancelFunc
	workers   sync.WaitGroup
	sweeping  context.CancelFunc
}

const (
	issuerPath = "/dev/oidc"
	devPath    = "/dev"
	clientID   = "local-console"

	// Of the table's design: the time of expiry, and the partitions of what expires by the movable clock.
	expiryAttribute = "expires"
	guardPrefix     = "INVITED#"
)

// Start brings everything up and returns when requests are served and the demo data are in. Close ends it. The error says
// what is wrong with template or environment, all bad environments of functions at once.
func Start(ctx context.Context, o Options) (*Stack, error) {
	s := &Stack{o: o, URL: "http://localhost:" + port(o.Listener), Clock: &clock.Clock{}, Metrics: &metrics.Store{}}
	if o.Logger == nil {
		s.o.Logger = slog.Default()
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	if err := s.start(ctx, running); err != nil {
		s.abandon()
		return nil, err
	}
	if err := s.seed(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("bring the demo data in: %w", err)
	}
	s.ready.Store(true)
	s.seeding.Store(false)
	return s, nil
}

func port(l net.Listener) string {
	_, port, _ := strings.Cut(l.Addr().String()[strings.LastIndex(l.Addr().String(), "]")+1:], ":")
	return port
}

func (s *Stack) start(ctx, running context.Context) error {
	kept, key, err := load(s.o.Folder, s.URL)
	if err != nil {
		return err
	}
	s.state = kept
	s.Clock.Set(kept.Clock)
	if s.Proxy, err = tableproxy.Start(ctx, s.o.Endpoint); err != nil {
		return err
	}
	s.Proxy.OnThrottle(s.tableThrottled)
	if s.template, err = template.Read(s.o.Template, s.values()); err != nil {
		return err
	}
	for _, sample := range s.o.Samples {
		if err := s.join(ctx, sample); err != nil {
			return err
		}
	}
	if err := s.warm(ctx); err != nil {
		return err
	}
	if err := s.connect(); err != nil {
		return err
	}
	sets := []ses.Set{}
	for name, events := range s.template.ConfigurationSets {
		sets = append(sets, ses.Set{Name: name, Events: events})
	}
	s.Mailbox = ses.New(sets, s.ofAccount, s.Clock.Now)
	s.Mailbox.Restore(kept.Mails)
	edges, err := s.serveEdges(ctx)
	if err != nil {
		return err
	}
	s.inside = edges
	if err := s.wire(edges); err != nil {
		return err
	}
	s.Issuer = oidc.New(oidc.Options{
		Issuer: s.URL + issuerPath, ClientID: clientID, Key: key,
		RedirectURIs: s.template.SignIn.CallbackURLs, LogoutURIs: s.template.SignIn.LogoutURLs, Confirmed: s.confirmed,
	})
	s.Issuer.Restore(kept.People)
	front, err := s.handler()
	if err != nil {
		return err
	}
	if err := s.read(ctx, running); err != nil {
		return err
	}
	for _, c := range s.template.Consumers {
		s.workers.Go(func() {
			s.queues[c.Queue].Consume(running, s.functions[c.Function], queue.Mapping{
				BatchSize: c.BatchSize, Window: c.Window, Concurrency: c.Concurrency, ReportFailures: c.ReportFailures,
			})
		})
	}
	for _, schedule := range s.template.Schedules {
		s.workers.Go(func() { s.repeat(running, schedule) })
	}
	s.seeding.Store(s.o.Seed && !kept.Seeded)
	s.front = &http.Server{Handler: front, ReadHeaderTimeout: time.Minute}
	go func() {
		if err := s.front.Serve(s.o.Listener); !errors.Is(err, http.ErrServerClosed) {
			slog.ErrorContext(ctx, "serve", "error", err)
		}
	}()
	return nil
}

// ofAccount puts an event of one of AWS's own services onto the bus that every account has.
func (s *Stack) ofAccount(source, detailType string, at time.Time, resources []string, detail json.RawMessage) error {
	_, err := s.Bus.Put(bus.DefaultBus, source, detailType, at, resources, detail)
	return err
}

// connect builds queues, what pushes events, and bus.
func (s *Stack) connect() error {
	s.queues = map[string]*queue.Queue{}
	// A queue of dead letters goes before those that lead to it.
	for len(s.queues) < len(s.template.Queues) {
		before := len(s.queues)
		for _, q := range s.template.Queues {
			if s.queues[q.ID] == nil && (q.DeadLetters == "" || s.queues[q.DeadLetters] != nil) {
				s.queues[q.ID] = queue.New(q.ID, q.Visibility, q.MaxReceives, s.queues[q.DeadLetters])
				s.queues[q.ID].Restore(s.state.Queues[q.ID])
			}
		}
		if len(s.queues) == before {
			return errors.New("queues send their dead letters in a circle")
		}
	}
	s.pushes = map[string]*push.Sender{}
	rules := []bus.Rule{}
	for _, rule := range s.template.Rules {
		r := bus.Rule{Name: rule.ID, Bus: rule.Bus, Pattern: rule.Pattern}
		for _, target := range rule.Targets {
			r.Targets = append(r.Targets, bus.Target{Queue: s.queues[target.Queue], Retries: target.Retries, DeadLetters: s.queues[target.DeadLetters]})
		}
		for _, p := range rule.Pushes {
			sender, err := s.push(p)
			if err != nil {
				return err
			}
			r.Pushes = append(r.Pushes, sender)
		}
		rules = append(rules, r)
	}
	s.Bus = bus.New(bus.Options{Buses: s.template.Buses, Rules: rules, Now: s.Clock.Now})
	s.Bus.Restore(s.state.Events)
	return nil
}

// serveEdges serves the endpoints of EventBridge, Secrets Manager and SES to the functions, and the API to the demo data, and returns their
// address.
func (s *Stack) serveEdges(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("serve the edges: %w", err)
	}
	const ses = "arn:aws:ses:" + region + ":" + accountID + ":"
	s.edges = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AWSEvents."):
			s.Guard.Handler(s.Bus, "events:PutEvents", "Bus").ServeHTTP(w, r)
		case r.Header.Get("X-Amz-Target") == "secretsmanager.GetSecretValue":
			s.Guard.Handler(http.HandlerFunc(s.serveSecret), "secretsmanager:GetSecretValue", "LinkKey").ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/v1/"):
			s.api.ServeHTTP(w, r)
		default:
			s.Guard.Handler(s.Mailbox, "ses:SendEmail", ses+"identity/"+mailDomain, ses+"configuration-set/local").ServeHTTP(w, r)
		}
	})}
	go func() { _ = s.edges.Serve(listener) }() // ends with Close
	return "http://" + listener.Addr().String(), nil
}

// read begins to read the table's stream and to remove what expires.
func (s *Stack) read(ctx, running context.Context) error {
	s.sweeper = ttl.New(ttl.Options{
		Endpoint: s.Proxy.URL, Table: s.o.Table, Attribute: expiryAttribute, Prefix: guardPrefix, Now: s.Clock.Now,
	})
	if err := s.sweeper.Load(ctx); err != nil {
		return err
	}
	mappings := []*stream.Mapping{}
	for _, m := range s.template.Streams {
		mappings = append(mappings, &stream.Mapping{
			Function: s.functions[m.Function], Filters: m.Filters, BatchSize: m.BatchSize, Window: m.Window, MaxRetries: m.MaxRetries,
			MaxAge: m.MaxAge, Bisect: m.Bisect, ReportFailures: m.ReportFailures, DeadLetters: s.queues[m.DeadLetters],
			Age: s.iteratorAge(m.Function), Now: s.Clock.Now,
		})
	}
	var err error
	s.reader, err = stream.Start(ctx, stream.Options{
		Endpoint: s.o.Endpoint, Table: s.o.Table, Mappings: mappings, See: s.sweeper.See, State: s.state.Stream,
	})
	if err != nil {
		return err
	}
	s.Clock.OnMove(s.sweeper.Wake)
	sweeping, cancel := context.WithCancel(running)
	s.sweeping = cancel
	s.workers.Go(func() { s.sweeper.Run(sweeping) })
	return nil
}

// handler serves all that is reached from outside.
func (s *Stack) handler() (http.Handler, error) {
	api, err := gateway.New(gateway.Options{
		Routes: s.template.Routes, Authorizers: s.template.Authorizers, Functions: s.functions, Keys: s.Issuer.Keys,
	})
	if err != nil {
		return nil, err
	}
	s.api = s.measured(api)
	queues := []*queue.Queue{}
	var retry time.Duration
	for _, q := range s.template.Queues {
		queues = append(queues, s.queues[q.ID])
		if slices.ContainsFunc(s.template.Consumers, func(c template.Consumer) bool { return c.Queue == q.ID && s.sends(c.Function) }) {
			retry = max(retry, q.Visibility)
		}
	}
	own := http.NewServeMux()
	own.Handle(issuerPath+"/", http.StripPrefix(issuerPath, s.Issuer.Handler()))
	own.Handle("/", dev.Handler(dev.Options{
		BaseURL: s.URL, Clock: s.Clock, Mailbox: s.Mailbox, Bus: s.Bus, Queues: queues, Issuer: s.Issuer, UserID: s.userID,
		Proxy: s.Proxy, Table: s.o.Table, Items: awsjson.Client{Endpoint: s.o.Endpoint}, Ready: s.ready.Load, MailRetry: retry,
		Metrics: s.Metrics, Alarms: s.Alarms, Throttled: &s.Throttled,
	}))
	guarded := http.NewCrossOriginProtection().Handler(own)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !isLoopback(r.Host):
			// A page elsewhere whose name is made to lead here must not get at tokens and mails.
			http.Error(w, "The local stack answers as "+s.URL+" alone.", http.StatusMisdirectedRequest)
		case s.seeding.Load() && r.URL.Path != devPath+"/ready":
			w.Header().Set("Retry-After", "1")
			http.Error(w, "The local stack is starting. Try again in a moment.", http.StatusServiceUnavailable)
		case r.URL.Path == devPath || strings.HasPrefix(r.URL.Path, devPath+"/"):
			guarded.ServeHTTP(w, r)
		default:
			s.api.ServeHTTP(w, r)
		}
	}), nil
}

// sends reports whether a function sends mails.
func (s *Stack) sends(function string) bool {
	return slices.ContainsFunc(s.template.Functions, func(f template.Function) bool { return f.ID == function && f.Env["MAIL_FROM"] != "" })
}

func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// repeat invokes a scheduled function until ctx ends.
func (s *Stack) repeat(ctx context.Context, schedule template.Schedule) {
	ticker := time.NewTicker(schedule.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.run(ctx, schedule)
		}
	}
}

// Close ends everything once what is under way is over, and keeps the state for the next start.
func (s *Stack) Close() {
	s.ready.Store(false)
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.front.Shutdown(grace) != nil {
		_ = s.front.Close() // connections that browsers open and do not use; whoever still waits gets no answer
	}
	s.sweeping()
	// What was just removed has to come by in the stream, or nobody would know any more who removed it.
	for deadline := time.Now().Add(time.Second); !s.sweeper.Settled() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	read := s.reader.Stop()
	s.stop()
	s.workers.Wait()
	s.state.Stream, s.state.Clock = &read, s.Clock.Offset()
	s.state.People, s.state.Mails, s.state.Events = s.Issuer.People(), s.Mailbox.Mails(), s.Bus.Records()
	s.state.Pushes = s.stopPushes()
	s.state.Queues = map[string][]queue.Message{}
	for id, q := range s.queues {
		s.state.Queues[id] = q.Messages()
	}
	if err := s.state.save(s.o.Folder); err != nil {
		slog.Error("stop", "error", err)
	}
	s.abandon()
}

// abandon ends what has been started, in whatever state.
func (s *Stack) abandon() {
	s.stop()
	s.workers.Wait()
	s.stopPushes()
	if s.edges != nil {
		_ = s.edges.Close() // nothing to save
	}
	if s.Proxy != nil {
		s.Proxy.Close()
	}
	_ = s.o.Listener.Close() // may be closed already
}
