package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/stack"
	"prism-access/infra/local/testtable"
	"prism-access/internal/account"
	"prism-access/internal/mail"
	"prism-access/internal/store"
)

// waits are the queues between bus and subscribers, and those of their dead letters.
var waits = map[string]string{
	"MailQueue": "MailDeadLetters", "IndexQueue": "IndexDeadLetters", "CleanUpQueue": "CleanUpDeadLetters", "DeliveryQueue": "DeliveryDeadLetters",
}

// edges are those from the commit to the mail, and to what is said of the mail.
var edges = []string{
	"to relay-log", "relay-log to bus",
	"to MailQueue", "to IndexQueue", "to CleanUpQueue", "to DeliveryQueue",
	"to send-mail", "to maintain-indexes", "to clean-up", "to track-mail",
	"send-mail to SES",
}

// breaksAt returns the steps at which a call on an edge can break off. A caller that is AWS's own dies unseen: it calls again.
func breaksAt(edge string) []step {
	if strings.HasPrefix(edge, "to ") {
		return []step{before, unanswered, unnoted}
	}
	return []step{before, died, unanswered, unnoted}
}

// twice reports whether a mail is sent again after a break: between SES having taken it and the mark that it did.
func twice(edge string, at step) bool {
	return edge == "send-mail to SES" && (at == unanswered || at == unnoted)
}

// comesAgain reports whether a break has the event of an invitation handled again by the subscriber to everything.
func comesAgain(p *plan) bool {
	on := []string{"to relay-log", "relay-log to bus", "sweep-log to bus", "to IndexQueue", "to " + everything}
	return slices.Contains(on, p.edge) && (p.step == unanswered || p.step == unnoted)
}

// losing is a stack whose edges break.
type losing struct {
	*local
	*breaker
	table        testtable.Table
	ada          string // token
	organization string
	want         map[string]int // mails, by address
}

// breakAt plans a break about somebody new, who is then invited.
func (l *losing) breakAt(edge string, at step, times int) *plan {
	who := fmt.Sprintf("person-%02d@example.com", len(l.want))
	l.want[who] = 1
	if twice(edge, at) {
		l.want[who] = 2
	}
	return l.plan(edge, who, at, times)
}

// invite invites somebody, however busy the machine is.
func (l *losing) invite(who string) {
	l.t.Helper()
	invitation := object{"invitees": []object{{"email": who}}, "role": "admin", "confirm": "admin"}
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if _, err = l.Call(l.t.Context(), l.ada, http.MethodPost, l.organization+"/invitations", invitation); err == nil || strings.Contains(err.Error(), "invitation_pending") {
			return
		}
	}
	l.t.Fatal(err)
}

// TestNothingIsLost breaks each edge that nobody waits for, from the commit to the mail, at each step: once, and until what it carries is given up.
// Every event reaches a subscriber that drops doubles by its id, every mail arrives, and twice only what broke off after SES took it.
func TestNothingIsLost(t *testing.T) {
	table, b := testtable.Own(t), newBreaker(t)
	broken := maps.Clone(functions)
	for _, name := range []string{"relay-log", "sweep-log", "send-mail", "track-mail", "maintain-indexes", "clean-up"} {
		broken[name] = b.around(name, functions[name])
	}
	s := startWith(t, "0", stack.Options{
		Endpoint: table.Endpoint, Table: table.Name, Folder: t.TempDir(), Template: hasty(t, testtable.Template(), "3", "5", "1"), Functions: broken, Logger: slog.New(slog.DiscardHandler),
	})
	defer s.Close()
	s.Bus.Deliver(b.deliver)
	l := &losing{local: s, breaker: b, table: table, ada: s.token("ada@example.com"), want: map[string]int{}}
	l.organization = "/v1/organizations/" + l.call(l.ada, http.MethodPost, "/v1/organizations", object{"name": "Acme"})["id"].(string)

	l.breaksOnce()
	l.givesUp()

	l.settles()
	l.checkEvents()
	got := map[string]int{}
	for _, sent := range l.Mailbox.Mails() {
		for _, to := range sent.To {
			got[to]++
		}
	}
	if diff := cmp.Diff(l.want, got); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

// breaksOnce breaks each edge once at each step, one step after the other.
func (l *losing) breaksOnce() {
	l.t.Helper()
	var held []string
	for _, at := range []step{before, died, unanswered, unnoted} {
		for _, edge := range edges {
			if !slices.Contains(breaksAt(edge), at) {
				continue
			}
			who := l.breakAt(edge, at, 1).about
			l.invite(who)
			if edge == "send-mail to SES" && (at == died || at == unnoted) {
				held = append(held, who)
			}
		}
		l.eventually("each edge breaks "+string(at), func() bool { return l.left() == nil })
	}
	for i, who := range held {
		if got := l.mails(who); got != i { // of who died before the call, and of who died after it
			l.t.Errorf("while the claim of who died holds, %s has %d mails, want %d", who, got, i)
		}
		if l.lapse(account.Fingerprint(who), 0) != 1 {
			l.t.Errorf("nobody has claimed the mail to %s", who)
		}
	}
}

// lapse has claims on mails that were not sent be as old as if a while had passed: those on mails to somebody, or to all when that is empty, that are older
// than some time. It returns how many those are.
func (l *losing) lapse(recipient string, older time.Duration) int {
	l.t.Helper()
	client, lapsed := testtable.Client(l.table.Endpoint), 0
	unix := func(at time.Time) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(at.Unix(), 10)}
	}
	for _, item := range l.items() {
		key := item["PK"].(*types.AttributeValueMemberS).Value
		if !strings.HasPrefix(key, "MAIL#") || !strings.HasSuffix(key, recipient) {
			continue
		}
		_, err := client.UpdateItem(l.t.Context(), &dynamodb.UpdateItemInput{
			TableName: &l.table.Name, Key: map[string]types.AttributeValue{"PK": item["PK"], "SK": item["SK"]},
			UpdateExpression: aws.String("SET claimed_at = :past"), ConditionExpression: aws.String("sent = :no AND claimed_at <= :before"),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":past": unix(time.Now().Add(-mail.ClaimLapse)), ":no": &types.AttributeValueMemberBOOL{Value: false}, ":before": unix(time.Now().Add(-older)),
			},
		})
		if _, isSent := errors.AsType[*types.ConditionalCheckFailedException](err); isSent {
			continue
		}
		if err != nil {
			l.t.Fatal(err)
		}
		lapsed++
	}
	return lapsed
}

// items returns all of the table.
func (l *losing) items() []map[string]types.AttributeValue {
	l.t.Helper()
	var all []map[string]types.AttributeValue
	pages := dynamodb.NewScanPaginator(testtable.Client(l.table.Endpoint), &dynamodb.ScanInput{TableName: &l.table.Name, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		all = append(all, page.Items...)
	}
	return all
}

// givesUp breaks each edge until what it carries is given up, and then does what the runbook says.
func (l *losing) givesUp() {
	l.t.Helper()
	relay, places := l.breakAt("to relay-log", before, -1), len(l.Queue("RelayLogDeadLetters").Messages())
	l.invite(relay.about)
	l.eventually("the relay gives up", func() bool { return len(l.Queue("RelayLogDeadLetters").Messages()) > places })
	l.lift(relay)
	for _, at := range []step{died, unnoted, unanswered} { // what one sweep leaves is the next one's
		l.plan("sweep-log to bus", relay.about, at, 1)
		l.Clock.Advance(3 * time.Minute)
		l.eventually("the sweep breaks "+string(at), func() bool {
			l.RunSchedules(l.t.Context())
			return l.left() == nil
		})
	}
	if len(l.Queue("SweepLogDeadLetters").Messages()) < 2 {
		l.t.Error("sweeps have died, and are no dead letters")
	}

	given := map[string][]*plan{}
	for dead, edges := range map[string][]string{
		"MailDeadLetters": {"to MailQueue", "to send-mail", "send-mail to SES"}, "IndexDeadLetters": {"to IndexQueue", "to maintain-indexes"},
		"CleanUpDeadLetters": {"to CleanUpQueue", "to clean-up"}, "DeliveryDeadLetters": {"to DeliveryQueue", "to track-mail"},
	} {
		for _, edge := range edges {
			p := l.breakAt(edge, before, -1)
			l.invite(p.about)
			given[dead] = append(given[dead], p)
		}
	}
	for dead, plans := range given {
		for _, p := range plans {
			l.dead(dead, p.about)
		}
		l.lift(plans...)
		if said, err := redrive(l.t, "QUEUE="+dead, "PORT="+l.port(), "STACK="); err != nil || !strings.Contains(said, "from "+dead+" back to ") || strings.HasPrefix(said, "0 ") {
			l.t.Errorf("make redrive QUEUE=%s: %v, %s", dead, err, said)
		}
	}
	for _, refused := range [][2]string{
		{"RelayLogDeadLetters", "RelayLogDeadLetters has no messages of another queue"},
		{"MailQueue", "infra/runbook.md, Dead letters"},
		{"Nowhere", `There is no queue "Nowhere". Messages go back from: MailDeadLetters, DeliveryDeadLetters, IndexDeadLetters, CleanUpDeadLetters, RolesDeadLetters.`},
		{"", "usage: make redrive QUEUE="},
	} {
		if said, err := redrive(l.t, "QUEUE="+refused[0], "PORT="+l.port(), "STACK="); err == nil || !strings.Contains(said, refused[1]) {
			l.t.Errorf("make redrive QUEUE=%s: %v, %s", refused[0], err, said)
		}
	}
}

// dead waits until what says something lies in a queue of dead letters.
func (l *losing) dead(queue, says string) {
	l.t.Helper()
	l.eventually(says+" is given up to "+queue, func() bool {
		for _, message := range l.Queue(queue).Messages() {
			if strings.Contains(message.Body, says) {
				return true
			}
		}
		return false
	})
}

// settles waits until nothing is on its way any more. What a busy machine has had break by itself takes the same ways: it is put back, swept, and
// claimed anew.
func (l *losing) settles() {
	l.t.Helper()
	const attempt = 20 * time.Second // the function's timeout: whoever has claimed something before that is not at work any more
	for deadline := time.Now().Add(3 * patience); ; time.Sleep(100 * time.Millisecond) {
		waiting := l.waiting()
		if waiting == "" {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s still waits", waiting)
		}
		if waiting == "MailQueue" {
			l.lapse("", attempt)
		}
		for queue, dead := range waits {
			l.Queue(dead).MoveTo(l.Queue(queue))
		}
		if strings.HasPrefix(waiting, store.UnpublishedPrefix) {
			l.Clock.Advance(3 * time.Minute)
			l.RunSchedules(l.t.Context())
		}
	}
}

// waiting names something that is on its way, or given up, or not confirmed; empty for nothing.
func (l *losing) waiting() string {
	for queue, dead := range waits {
		if len(l.Queue(queue).Messages())+len(l.Queue(dead).Messages()) > 0 {
			return queue
		}
	}
	for _, item := range l.items() {
		for _, name := range []string{"PK", "GSI2PK"} {
			if key, is := item[name].(*types.AttributeValueMemberS); is && (strings.HasPrefix(key.Value, "AWAITED#") || strings.HasPrefix(key.Value, store.UnpublishedPrefix)) {
				return key.Value
			}
		}
	}
	return ""
}

// checkEvents holds what a subscriber has got, without doubles, against the log.
func (l *losing) checkEvents() {
	l.t.Helper()
	var want []string
	for _, item := range l.items() {
		if pk := item["PK"].(*types.AttributeValueMemberS).Value; strings.HasSuffix(pk, "#LOG") && !strings.Contains(pk, "#BRAND#") { // what brands have points to it
			want = append(want, item["SK"].(*types.AttributeValueMemberS).Value)
		}
	}
	slices.Sort(want)
	l.breaker.mu.Lock()
	defer l.breaker.mu.Unlock()
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(l.handled))); diff != "" || len(want) < 2*len(l.want) {
		l.t.Errorf("events of %d log entries (-log +subscriber):\n%s", len(want), diff)
	}
	for _, p := range l.plans {
		for _, kind := range []string{"InvitationCreated", "InvitationDelivered"} {
			got, times := 0, 0
			for id, e := range l.handled {
				if e.DetailType == kind && strings.Contains(string(e.Detail.Data), p.about) {
					got++
					times += l.times[id]
				}
			}
			if got != 1 {
				l.t.Errorf("%s, %s: %d events %s, want one", p.edge, p.step, got, kind)
			}
			if kind == "InvitationCreated" && comesAgain(p) && times < 2 {
				l.t.Errorf("%s, %s: the event %s did not come again", p.edge, p.step, kind)
			}
		}
	}
}
