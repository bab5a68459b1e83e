package audit_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// reader is a system that pulls: it goes on from where the answer before ended, until nothing follows.
type reader struct {
	s     *testbed.Scene
	limit int
	after string
	seen  []event.Envelope
}

func (r *reader) poll() {
	r.s.T.Helper()
	for {
		got, err := r.s.ListEvents().Do(r.s.T.Context(), r.s.Ada.Caller, audit.FeedInput{Scope: r.s.Org, After: r.after, Limit: &r.limit})
		if err != nil {
			r.s.T.Fatal(err)
		}
		if len(got.Items) == 0 {
			if got.After != r.after {
				r.s.T.Errorf("nothing follows %q, and it goes on at %q", r.after, got.After)
			}
			return
		}
		r.seen, r.after = append(r.seen, got.Items...), got.After
	}
}

func ids(events []event.Envelope) []string {
	var all []string
	for _, one := range events {
		all = append(all, one.Detail.Metadata.ID)
	}
	return all
}

// TestFeed: what was published, the oldest first, page by page, letter by letter as on the bus.
func TestFeed(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	for _, limit := range []int{1, 5, 13, 14, 100} {
		r := reader{s: a.Scene, limit: limit}
		r.poll()
		if diff := cmp.Diff(a.Envelopes(a.ID), r.seen); diff != "" {
			t.Errorf("by %d (-published +feed):\n%s", limit, diff)
		}
	}
	log := a.list(audit.ListInput{Scope: a.Org})
	if len(log) != 13 || log[12].Type != "OrganizationCreated" {
		t.Fatalf("the log has %v", types(log))
	}
	got, err := a.ListEvents().Do(t.Context(), a.Ada.Caller, audit.FeedInput{Scope: a.Org, After: log[2].ID})
	if diff := cmp.Diff([]string{log[1].ID, log[0].ID}, ids(got.Items)); diff != "" || err != nil || got.After != log[0].ID {
		t.Errorf("after the third: %v, goes on at %s, %s", err, got.After, diff)
	}
	late := ulid.MustNew(ulid.Timestamp(testbed.Start.Add(time.Hour)), rand.Reader).String()
	got, err = a.ListEvents().Do(t.Context(), a.Ada.Caller, audit.FeedInput{Scope: a.Org, After: late})
	if err != nil || len(got.Items) != 0 || got.After != late {
		t.Errorf("after what is yet to come: %+v, %v", got, err)
	}
}

// clocked is a bed whose ids tell its own time.
func clocked(b *testbed.Bed) func() string {
	var mu sync.Mutex
	entropy := ulid.Monotonic(rand.Reader, 0)
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return ulid.MustNew(ulid.Timestamp(b.Now()), entropy).String()
	}
}

// TestFeedMissesNoLateCommit holds transactions back for up to the time that they may take, while others overtake them: a reader who polls every
// second sees each entry once, in the order of the log.
func TestFeedMissesNoLateCommit(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	newID := clocked(bed)
	begin := func(name string) (commit func()) {
		reached, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			close(reached)
			<-release
		}))
		create := s.CreateBrand()
		create.NewID = newID
		go func() {
			_, err := create.Do(t.Context(), s.Ada.Caller, brand.CreateInput{Scope: s.Org, Name: name})
			done <- err
		}()
		<-reached // it has its ids, and the table does not know of it
		return func() {
			close(release)
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	r := reader{s: s, limit: 3}
	latest := int(audit.Settled/time.Second) - 1
	due := map[int][]func(){}
	for second := range 3 * latest {
		if second < latest {
			late := []int{0, latest, 7, 0, latest / 2}[second%5]
			due[second+late] = append(due[second+late], begin(fmt.Sprint("Brand ", second)))
		}
		for _, commit := range due[second] {
			commit()
		}
		r.poll()
		bed.Advance(time.Second)
	}
	want := ids(s.Envelopes(s.ID))
	if !slices.IsSorted(want) || len(want) < latest {
		t.Fatalf("the log is %v", want)
	}
	if diff := cmp.Diff(want, ids(r.seen)); diff != "" {
		t.Errorf("what the reader saw (-log +seen):\n%s", diff)
	}
}

// TestFeedHoldsBack: an entry is there from a moment on, and not before.
func TestFeedHoldsBack(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	create := s.CreateBrand()
	create.NewID = clocked(s.Bed)
	if _, err := create.Do(t.Context(), s.Ada.Caller, brand.CreateInput{Scope: s.Org, Name: "Umbrella"}); err != nil {
		t.Fatal(err)
	}
	all := s.Envelopes(s.ID)
	r := reader{s: s, limit: 100}
	s.Advance(30 * time.Second) // as the contract says
	r.poll()
	if diff := cmp.Diff(ids(all[:len(all)-1]), ids(r.seen)); diff != "" {
		t.Errorf("at 30 s: %s", diff)
	}
	s.Advance(time.Millisecond)
	r.poll()
	if diff := cmp.Diff(ids(all), ids(r.seen)); diff != "" {
		t.Errorf("later: %s", diff)
	}
}

// TestFeedCostsTheSame in a log of a few and of thousands, at its beginning and at its end.
func TestFeedCostsTheSame(t *testing.T) {
	t.Parallel()
	const many, limit = 1000, 10
	a := newArchive(t)
	cost := func(after string) string {
		ctx, meter := telemetry.WithMeter(t.Context())
		got, err := a.ListEvents().Do(ctx, a.Ada.Caller, audit.FeedInput{Scope: a.Org, After: after, Limit: new(limit)})
		if err != nil || len(got.Items) != limit {
			t.Errorf("%d events, %v", len(got.Items), err)
		}
		requests, _ := meter.Requests()
		read, returned := meter.ItemsRead()
		return fmt.Sprint(meter.Rounds(), " rounds, ", requests, " requests, ", read, " items read, ", returned, " returned")
	}
	const want = "1 rounds, 2 requests, 12 items read, 12 returned" // the organization and the caller besides
	if got := cost(""); got != want {
		t.Errorf("of a few: %s, want %s", got, want)
	}
	newest := a.Item("ORG#"+a.ID+"#LOG", a.list(audit.ListInput{Scope: a.Org})[0].ID)
	a.Copies(newest, many, []string{testbed.Text(newest, "SK")}, func(int) []string { return []string{a.NewID()} })
	all := a.Envelopes(a.ID)
	for name, after := range map[string]string{"at the beginning": "", "at the end": ids(all)[len(all)-1-limit]} {
		if got := cost(after); got != want {
			t.Errorf("of thousands, %s: %s, want %s", name, got, want)
		}
	}
}

func TestFeedRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ViewAudit, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.ListEvents().Do(ctx, caller, audit.FeedInput{Scope: scope})
		return err
	}}.Refusals(t)
	for _, who := range []testbed.Someone{s.Ada, s.Bob} { // its Admins read its log by list-audit-log
		_, err := s.ListEvents().Do(t.Context(), who.Caller, audit.FeedInput{Scope: s.Globex})
		testbed.CheckFault(t, err, fault.Unknown())
	}
	for _, after := range []string{"x", strings.Repeat("A", 26), "01m8180tk0zj7v5h3n2pwxc4qd", "01M8180TK0ZJ7V5H3N2PWXC4QU", "01M8180TK0ZJ7V5H3N2PWXC4QD ", "ORG#1"} {
		_, err := s.ListEvents().Do(t.Context(), s.Ada.Caller, audit.FeedInput{Scope: s.Org, After: after})
		testbed.CheckFault(t, err, page.InvalidCursor())
	}
}

// TestFeedOfAWorkspace: Auditors and Admins read it, while it is enabled.
func TestFeedOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	read := func(who testbed.Someone) (audit.Events, error) {
		return l.ListEvents().Do(t.Context(), who.Caller, audit.FeedInput{Scope: l.Scope})
	}
	got, err := read(l.Ada)
	if diff := cmp.Diff(l.Envelopes(l.ID), got.Items); diff != "" || err != nil || len(got.Items) < 5 {
		t.Errorf("%d events, %v: %s", len(got.Items), err, diff)
	}
	_, err = read(l.Vic)
	testbed.CheckFault(t, err, access.MissingPermissions(access.ViewAudit))
	_, err = read(l.Eve)
	testbed.CheckFault(t, err, fault.Unknown())
	if _, err := read(l.Newcomer(l.Role(l.Ada, l.Workspace, "Auditor", access.ViewAudit).ID)); err != nil {
		t.Error(err)
	}
	if _, err := l.DisableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
		t.Fatal(err)
	}
	_, err = read(l.Ada)
	testbed.CheckCode(t, err, fault.Conflict, "scope_disabled")
}
