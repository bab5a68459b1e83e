package main

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	contract "prism-access/events"
	"prism-access/infra/local/bus"
	"prism-access/infra/local/stack"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/testtable"
)

// hasty is a template with few retries, soon after each other, so that nobody has to wait for what is given up: so many of streams and targets, so
// many receives of a message, this many seconds apart.
func hasty(t *testing.T, template, retries, receives, visibility string) string {
	t.Helper()
	source, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	before := string(source)
	for _, change := range [][2]string{
		{`(Enabled|OnFunctionError: true)\n(\s+)MaximumRetryAttempts: \d+`, "$1\n${2}MaximumRetryAttempts: " + retries},
		{`MaximumRetryAttempts: 185`, "MaximumRetryAttempts: " + retries},
		{`VisibilityTimeout: \d+`, "VisibilityTimeout: " + visibility},
		{`maxReceiveCount: \d+`, "maxReceiveCount: " + receives},
	} {
		source = regexp.MustCompile(change[0]).ReplaceAll(source, []byte(change[1]))
	}
	if string(source) == before {
		t.Fatalf("nothing of %s is tried again", template)
	}
	folder := filepath.Join(t.TempDir(), filepath.Base(filepath.Dir(template))) // which names the table of a sample
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, filepath.Base(template))
	if err := os.WriteFile(path, source, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// watch reads the metrics as a script does, and notes which alarms have sounded.
type watch struct {
	*local
	sounded map[string]bool
}

type shownMetrics struct {
	Alarms []struct {
		ID     string
		Sounds bool
	}
	Metrics []struct {
		Namespace, Name, Dimensions string
		Values                      int
		Sum                         float64
	}
}

func (w *watch) look() shownMetrics {
	w.t.Helper()
	_, text := w.get("/dev/metrics.json")
	var seen shownMetrics
	if err := json.Unmarshal([]byte(text), &seen); err != nil {
		w.t.Fatal(err)
	}
	for _, alarm := range seen.Alarms {
		w.sounded[alarm.ID] = w.sounded[alarm.ID] || alarm.Sounds
	}
	return seen
}

// now returns which alarms sound.
func (w *watch) now() []string {
	var out []string
	for _, alarm := range w.look().Alarms {
		if alarm.Sounds {
			out = append(out, alarm.ID)
		}
	}
	return out
}

// sounds waits for alarms.
func (w *watch) sounds(alarms ...string) {
	w.t.Helper()
	for _, alarm := range alarms {
		w.eventually(alarm, func() bool { return slices.Contains(w.now(), alarm) })
	}
}

// values counts the values of a metric.
func (w *watch) values(name, dimensions string) int {
	for _, metric := range w.look().Metrics {
		if metric.Name == name && metric.Dimensions == dimensions {
			return metric.Values
		}
	}
	return 0
}

// grows waits until a metric has had another value since.
func (w *watch) grows(name, dimensions string, since int) {
	w.t.Helper()
	w.eventually(name, func() bool { return w.values(name, dimensions) > since })
}

// TestEachAlarmSoundsWhenItShould brings about what each alarm of the template is for, and sees it where a developer would.
func TestEachAlarmSoundsWhenItShould(t *testing.T) {
	table, refuses := testtable.Own(t), atomic.Bool{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refuses.Load() {
			w.WriteHeader(http.StatusGone)
		}
	}))
	defer receiver.Close()
	subscribers := samplesWith(map[string]string{"PUSH": receiver.URL})
	for i, sample := range subscribers {
		subscribers[i].Template = hasty(t, sample.Template, "2", "2", "1")
	}
	l := startWith(t, "0", stack.Options{
		Endpoint: table.Endpoint, Table: table.Name, Folder: t.TempDir(), Template: hasty(t, testtable.Template(), "2", "2", "5"), Samples: subscribers,
		Logger: slog.New(slog.DiscardHandler),
	})
	defer l.Close()
	w := &watch{local: l, sounded: map[string]bool{}}
	ada := l.token("ada@example.com")
	organization := "/v1/organizations/" + l.call(ada, http.MethodPost, "/v1/organizations", object{"name": "Acme"})["id"].(string)
	l.invite(ada, organization, "early@example.com")
	l.eventually("what became of the mail", func() bool { return l.events("InvitationDelivered", "early@example.com") == 1 })
	if got := w.now(); got != nil {
		t.Errorf("while nothing is amiss: %v", got)
	}
	for name, want := range map[string]int{"InvitationsSent": 1, "MailsSent": 1, "MailsFailed": 0, "MailsBounced": 0, "InvitationsAccepted": 0} {
		if got := w.values(name, ""); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	if response, _ := l.send(http.MethodGet, organization+"/members/usr_nobody", nil, map[string]string{"Authorization": "Bearer " + ada}); response.StatusCode != http.StatusNotFound {
		t.Errorf("nobody is a member: %s", response.Status)
	}
	if got := w.values("Refusals", "code=not_found"); got != 1 {
		t.Errorf("%d refusals", got)
	}

	// A subscriber that gets an event which it cannot read, and one that wants none any more.
	added := contract.Example("MemberAdded")
	l.Queue("RolesQueue").Send(strings.Replace(string(added), `"version": 1`, `"version": 2`, 1))
	refuses.Store(true)
	l.call(ada, http.MethodPost, "/v1/organizations", object{"name": "Globex"})

	// Mails that nobody gets, or wants.
	for _, fault := range []string{"bounce", "complaint"} {
		l.post("/dev/faults", `{"ses":"`+fault+`"}`, nil)
		l.invite(ada, organization, fault+"@example.com")
		w.sounds(map[string]string{"bounce": "BouncesAlarm", "complaint": "ComplaintsAlarm"}[fault])
	}
	l.post("/dev/faults", `{"ses":""}`, nil)

	// An index that is asked too much, then the table.
	index := "GlobalSecondaryIndexName=GSI2,TableName=" + table.Name
	l.Proxy.Inject("Query", 1, tableproxy.Throttle())
	l.call(ada, http.MethodGet, organization+"/members", nil)
	w.sounds("TableReadThrottlesAlarm")
	if ofIndex, ofTable := w.values("ReadThrottleEvents", index), w.values("ReadThrottleEvents", "TableName="+table.Name); ofIndex != 1 || ofTable != 0 {
		t.Errorf("the index has refused %d reads, the table %d", ofIndex, ofTable)
	}
	l.Proxy.Inject("BatchGetItem", 1, tableproxy.Throttle())
	l.Proxy.Inject("TransactWriteItems", 1, tableproxy.Throttle())
	l.invite(ada, organization, "patient@example.com")
	w.sounds("TableWriteThrottlesAlarm")
	if got := w.values("ReadThrottleEvents", "TableName="+table.Name); got != 1 {
		t.Errorf("the table has refused %d reads", got)
	}

	// A bus that is down, until relay-log has given up and the sweep publishes.
	l.eventually("all is published", func() bool { return l.events("InvitationDelivered", "patient@example.com") == 1 })
	relay := "FunctionName=RelayLogFunction"
	tries := w.values("IteratorAge", relay)
	l.post("/dev/faults", `{"events":"down"}`, nil)
	l.invite(ada, organization, "late@example.com")
	w.grows("IteratorAge", relay, tries)
	l.Clock.Advance(3 * time.Minute)
	w.sounds("RelayLogIteratorAgeAlarm", "RelayLogDeadLettersAlarm")
	l.post("/dev/faults", `{"events":""}`, nil)
	l.RunSchedules(t.Context())
	w.sounds("RelayLagAlarm")
	l.eventually("what became of the last mail", func() bool { return l.events("InvitationDelivered", "late@example.com") == 1 })

	w.sounds("RolesDeadLettersAlarm", "PushDeadLettersAlarm")

	// Lambda starts nothing, until all that waits is given up.
	l.post("/dev/faults", `{"functions":"throttle"}`, nil)
	if response, _ := l.send(http.MethodGet, "/v1/me", nil, map[string]string{"Authorization": "Bearer " + ada}); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a function that does not start answers %s", response.Status)
	}
	w.sounds("FunctionThrottlesAlarm", "ServerErrorsAlarm")
	l.RunSchedules(t.Context())
	w.sounds("SweepLogDeadLettersAlarm")
	expire := "FunctionName=ExpireInvitationsFunction"
	tries = w.values("IteratorAge", expire)
	l.Clock.Advance(7 * 24 * time.Hour)
	w.grows("IteratorAge", expire, tries)
	l.Clock.Advance(2 * time.Minute)
	w.sounds("ExpireInvitationsIteratorAgeAlarm", "ExpireInvitationsDeadLettersAlarm")
	again(l, "local", added)
	for _, record := range l.Bus.Records() {
		if strings.Contains(string(record.Event), "Email Bounced") {
			again(l, bus.DefaultBus, record.Event)
		}
	}
	w.sounds("MailDeadLettersAlarm", "IndexDeadLettersAlarm", "CleanUpDeadLettersAlarm", "DeliveryDeadLettersAlarm")
	if response, page := l.get("/dev/metrics"); response.StatusCode != http.StatusOK || !strings.Contains(page, "<strong>sounds</strong>") || !strings.Contains(page, "InvitationsSent") {
		t.Errorf("the page: %s, %d bytes", response.Status, len(page))
	}

	var want []string
	for _, alarm := range l.Alarms() {
		want = append(want, alarm.ID)
	}
	slices.Sort(want)
	got := slices.Sorted(maps.Keys(w.sounded))
	got = slices.DeleteFunc(got, func(id string) bool { return !w.sounded[id] })
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("alarms that have sounded (-template +seen):\n%s", diff)
	}
}

// again puts an event onto a bus once more.
func again(l *local, name string, event []byte) {
	l.t.Helper()
	var said struct {
		Source     string
		DetailType string `json:"detail-type"`
		Detail     json.RawMessage
	}
	if err := json.Unmarshal(event, &said); err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.Bus.Put(name, said.Source, said.DetailType, time.Now(), nil, said.Detail); err != nil {
		l.t.Fatal(err)
	}
}
