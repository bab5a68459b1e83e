package roles_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	published "prism-access/events"
	"prism-access/events/examples/roles"
	dynamodblocal "prism-access/infra/dynamodb-local"
	"prism-access/infra/local/testtable"
	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// history is what has happened: the archive of its events, and who holds what after it by the table.
type history struct {
	archive []string
	held    map[string]map[string]roles.Held // scope -> user
}

// done fails unless an operation is carried out.
func done[In, Out any](t *testing.T, do func(context.Context, request.Caller, In) (Out, error), by testbed.Someone, in In) {
	t.Helper()
	if _, err := do(t.Context(), by.Caller, in); err != nil {
		t.Fatalf("%+v: %v", in, err)
	}
}

// record lets people get in, change and go in every way that ends or moves a role.
func record(t *testing.T) history {
	t.Helper()
	s := testbed.NewScene(t)
	l := s.Lab()
	hal, ivy := s.Someone("Hal"), s.Someone("Ivy")
	umbrella := s.NewBrand("Umbrella")
	change := func(who testbed.Someone, wish member.Wish) {
		t.Helper()
		done(t, s.UpdateMember().Do, s.Ada, member.UpdateInput{Scope: s.Org, User: who.User.ID, Wish: wish})
	}
	s.Join(s.Ada, s.Brands[0], access.Viewer, hal)
	change(s.Cleo, member.Wish{Brands: map[string]*access.Role{umbrella.ID: new(access.Admin), s.Globex.Brand: new(access.Viewer), s.Initech.Brand: new(access.Publisher)}})
	change(s.Cleo, member.Wish{Brands: map[string]*access.Role{s.Initech.Brand: nil}})
	done(t, s.RemoveMember().Do, s.Ada, member.RemoveInput{Scope: s.Initech, User: s.Dan.User.ID})
	done(t, s.RemoveMember().Do, s.Ada, member.RemoveInput{Scope: s.Org, User: hal.User.ID})
	s.Join(s.Ada, s.Brands[1], access.Publisher, hal)
	s.Promote(s.Ada, s.ID, ivy)
	change(s.Bob, member.Wish{Role: access.Admin, Confirm: "admin"})
	change(ivy, member.Wish{Role: access.Member, Brands: map[string]*access.Role{umbrella.ID: new(access.Viewer), s.Initech.Brand: new(access.Admin)}})
	done(t, s.DeleteBrand().Do, s.Ada, brand.DeleteInput{Scope: umbrella.Scope(), Confirm: "Umbrella"})
	done(t, s.DeleteOrganization().Do, s.Eve, organization.DeleteInput{Scope: s.Elsewhere, Confirm: "Hooli"})

	var made []access.Role
	for _, name := range []string{"First", "Second", "Third"} {
		made = append(made, s.Role(l.Ada, l.Workspace, name, access.Read).ID)
	}
	jo, kay := l.Newcomer(made[0]), l.Newcomer(made[1])
	l.Newcomer(made[2])
	done(t, s.RemoveMember().Do, l.Ada, member.RemoveInput{Scope: l.Scope, User: jo.User.ID})
	l.Enlist(made[0], jo)
	done(t, s.UpdateMember().Do, l.Ada, member.UpdateInput{Scope: l.Scope, User: l.Vic.User.ID, Wish: member.Wish{Role: made[1]}})
	done(t, s.DeleteRole().Do, l.Ada, role.DeleteInput{Scope: l.Scope, ID: made[2], ReassignTo: l.Analyst.ID})
	deleted := s.Envelopes(l.ID)
	if err := s.Cleaner().Do(t.Context(), deleted[len(deleted)-1]); err != nil { // and who had it is rewritten
		t.Fatal(err)
	}
	done(t, s.DeleteRole().Do, l.Ada, role.DeleteInput{Scope: l.Scope, ID: made[0], ReassignTo: made[1]})
	done(t, s.DeleteRole().Do, l.Ada, role.DeleteInput{Scope: l.Scope, ID: made[1], ReassignTo: l.Analyst.ID})
	done(t, s.RemoveMember().Do, kay, member.RemoveInput{Scope: l.Scope, User: "me"})
	done(t, s.DeleteWorkspace().Do, l.Eve, workspace.DeleteInput{Scope: l.Elsewhere, Confirm: l.Other.Name})

	h := history{held: map[string]map[string]roles.Held{}}
	scopes := map[access.Scope]testbed.Someone{s.Org: s.Ada, s.Elsewhere: s.Eve, l.Scope: l.Ada, l.Elsewhere: l.Eve}
	var all []event.Envelope
	for scope := range scopes {
		all = append(all, s.Envelopes(scope.Organization+scope.Workspace)...)
	}
	for _, envelope := range all {
		text, err := json.Marshal(envelope)
		if err != nil {
			t.Fatal(err)
		}
		h.archive = append(h.archive, string(text))
	}
	for _, envelope := range all { // the table follows what was deleted in the background; the events say it by themselves
		if err := s.Cleaner().Do(t.Context(), envelope); err != nil {
			t.Fatal(err)
		}
	}
	for scope, admin := range scopes {
		h.held[scope.String()] = held(t, s, scope, admin)
	}
	return h
}

// held returns who holds what by the table.
func held(t *testing.T, s *testbed.Scene, scope access.Scope, admin testbed.Someone) map[string]roles.Held {
	t.Helper()
	list, err := s.ListMembers().Do(t.Context(), admin.Caller, member.ListInput{Scope: scope, Query: page.Query{Limit: new(100)}})
	if err != nil && !errors.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	members := map[string]roles.Held{}
	for _, m := range list.Items {
		one := roles.Held{Role: string(m.Role), Brands: map[string]string{}}
		for _, b := range m.Brands {
			one.Brands[b.ID] = string(b.Role)
		}
		members[m.User.ID] = one
	}
	return members
}

// disordered returns the archive as a queue may bring it: everything at least once, in any order.
func disordered(archive []string, random *rand.Rand) []string {
	out := slices.Clone(archive)
	for range archive {
		out = append(out, archive[random.IntN(len(archive))])
	}
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// TestReplica replays the archive with doubles and in disorder: by the events alone the same people hold the same as by the table.
func TestReplica(t *testing.T) {
	t.Parallel()
	h := record(t)
	table := newTable(t)
	if people := len(h.held); people != 4 || len(h.archive) < 50 {
		t.Fatalf("%d scopes, %d events", people, len(h.archive))
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same disorder each time
	var batch events.SQSEvent
	for n, text := range disordered(h.archive, random) {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: strconv.Itoa(n), Body: text})
	}
	if answer, err := table.Handle(t.Context(), batch); err != nil || len(answer.BatchItemFailures) != 0 {
		t.Fatal(answer, err)
	}
	for scope, want := range h.held {
		got, err := table.Members(t.Context(), scope)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-table +replica):\n%s", scope, err, diff)
		}
	}
	for range 100 { // and in many other orders, with the same rule in memory
		rows := map[string][]roles.Row{}
		for _, text := range disordered(h.archive, random) {
			keep(t, rows, text)
		}
		for scope, want := range h.held {
			if got := roles.Members(rows[scope]); !cmp.Equal(want, got, cmpopts.EquateEmpty()) {
				t.Fatalf("%s (-table +replica):\n%s", scope, cmp.Diff(want, got, cmpopts.EquateEmpty()))
			}
		}
	}
}

// keep does in memory what the table does by its condition.
func keep(t *testing.T, rows map[string][]roles.Row, text string) {
	t.Helper()
	var received roles.Event
	if err := json.Unmarshal([]byte(text), &received); err != nil {
		t.Fatal(err)
	}
	row, tells, err := received.Row()
	if err != nil {
		t.Fatal(err)
	}
	known := rows[row.Root]
	at := slices.IndexFunc(known, func(r roles.Row) bool { return r.Key == row.Key })
	switch {
	case !tells:
	case at < 0:
		rows[row.Root] = append(known, row)
	case known[at].Sequence < row.Sequence:
		known[at] = row
	}
}

// newTable makes the table of the sample's template.
func newTable(t *testing.T) roles.Table {
	t.Helper()
	name, endpoint := "roles-"+testbed.New(t).NewID(), testtable.Shared(t).Endpoint
	if err := dynamodblocal.CreateTableNamed(t.Context(), endpoint, "template.yaml", name); err != nil {
		t.Fatal(err)
	}
	config := testbed.Config()
	config.BaseEndpoint = aws.String(endpoint)
	return roles.New(config, name)
}

// TestWhatCannotBeReadComesAgain: and keeps nothing else from being kept.
func TestWhatCannotBeReadComesAgain(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	answer, err := table.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: "{"},
		{MessageId: "2", Body: `{"detail-type":"MemberAdded","detail":{"metadata":{"scope":"workspaces/wsp_1","sequence":1},"data":[]}}`},
		{MessageId: "3", Body: string(published.Example("MemberAdded"))},
		{MessageId: "4", Body: string(published.Example("UserUpdated"))},
		{MessageId: "5", Body: `{"detail-type":"MemberAdded","detail":{"metadata":{"version":2,"scope":"workspaces/wsp_1","sequence":1},"data":{}}}`},
	}})
	var again []string
	for _, failed := range answer.BatchItemFailures {
		again = append(again, failed.ItemIdentifier)
	}
	if diff := cmp.Diff([]string{"1", "2", "5"}, again); err != nil || diff != "" {
		t.Errorf("got %+v, %v", answer, err)
	}
	got, err := table.Members(t.Context(), "organizations/org_01M817QNM04T8QZJ0N6CYB1VXK")
	if err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}
