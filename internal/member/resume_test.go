package member_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// stopOf returns what get-member tells somebody of the mails to a member.
func stopOf(t *testing.T, b *testbed.Bed, who testbed.Someone, scope access.Scope, user string) *member.MailStop {
	t.Helper()
	got, err := b.GetMember().Do(t.Context(), who.Caller, member.GetInput{Scope: scope, User: user})
	if err != nil {
		t.Fatal(err)
	}
	return got.MailsStopped
}

// TestResume: mails to a member stop and go on, in the log as events, for whoever may change the member's role; the others are not told and may not.
func TestResume(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Advance(time.Second / 3) // it is told in whole seconds, in the event as by get-member
	stopped := s.Appended(s.Org, func() { s.ComesBack(s.Org, s.Cleo.User.Email) })
	want := &member.MailStop{Why: "mailbox does not exist", At: testbed.Start}
	fact := event.MailsStopped{User: s.Cleo.User.Person(), After: event.MailStop(*want)}
	if diff := cmp.Diff([]testbed.Logged{{Type: "MailsStopped", Actor: "system", Scope: s.Org, User: s.Cleo.User.ID, Sequence: "1", Fact: fact}}, stopped); diff != "" {
		t.Error(diff)
	}
	reader := s.Ada
	reader.Caller.Client, reader.Caller.Scopes = true, request.ScopeReadMembers
	for _, c := range []struct {
		name  string
		who   testbed.Someone
		scope access.Scope
		user  string
		want  *member.MailStop
	}{
		{"an Admin", s.Ada, s.Org, s.Cleo.User.ID, want},
		{"an Admin with a token for reading", reader, s.Org, s.Cleo.User.ID, nil},
		{"an Admin, in a brand", s.Ada, s.Globex, s.Cleo.User.ID, nil},
		{"a Brand Admin", s.Bob, s.Globex, s.Cleo.User.ID, nil},
		{"the member", s.Cleo, s.Org, "me", nil},
		{"the member, in a brand", s.Cleo, s.Globex, s.Cleo.User.ID, nil},
		{"of another one", s.Ada, s.Org, s.Bob.User.ID, nil},
	} {
		if diff := cmp.Diff(c.want, stopOf(t, s.Bed, c.who, c.scope, c.user)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	got, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: s.Org, User: s.Cleo.User.ID, WithoutMails: true})
	if err != nil || got.MailsStopped != nil {
		t.Errorf("where it does not matter: %+v, %v", got.MailsStopped, err)
	}
	before := s.Items(s.ID)
	s.Advance(time.Hour)
	var after member.Membership
	resumed := s.Appended(s.Org, func() {
		if after, err = s.ResumeMails().Do(t.Context(), s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID, StoppedAt: want.At}); err != nil {
			t.Fatal(err)
		}
	})
	if diff := cmp.Diff(get(t, s, s.Ada, s.Org, s.Cleo.User.ID), after); diff != "" || after.MailsStopped != nil {
		t.Error(diff)
	}
	back := event.MailsResumed{User: s.Cleo.User.Person(), Before: event.MailStop(*want)}
	if diff := cmp.Diff([]testbed.Logged{{Type: "MailsResumed", Actor: s.Ada.User.ID, Scope: s.Org, User: s.Cleo.User.ID, Sequence: "1", Fact: back}}, resumed); diff != "" {
		t.Error(diff)
	}
	if now := s.Items(s.ID); len(now) != len(before) { // an entry more, the stop less
		t.Errorf("%d items, before %d", len(now), len(before))
	}
	s.Unchanged(t, s.ID, func() {
		_, err := s.ResumeMails().Do(t.Context(), s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID})
		testbed.CheckFault(t, err, fault.New(fault.Conflict, "mails_not_stopped", "Mails to this member have not stopped, so there is nothing to resume."))
	})
}

func TestResumeRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.ComesBack(s.Org, s.Cleo.User.Email)
	resume := func(ctx context.Context, caller request.Caller, in member.ResumeInput) error {
		_, err := s.ResumeMails().Do(ctx, caller, in)
		return err
	}
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		return resume(ctx, caller, member.ResumeInput{Scope: scope, User: s.Cleo.User.ID})
	}}.Refusals(t)
	client, _ := s.Client("Reports", request.ScopeReadMembers)
	again := fault.New(fault.Conflict, "mails_stopped_again", "Mails to this member have stopped again since you read it. Read it again.")
	none := fault.New(fault.Conflict, "mails_not_stopped", "Mails to this member have not stopped, so there is nothing to resume.")
	for name, c := range map[string]struct {
		who  request.Caller
		in   member.ResumeInput
		want *fault.Error
	}{
		"in a brand":                   {s.Ada.Caller, member.ResumeInput{Scope: s.Globex, User: s.Cleo.User.ID}, fault.Unknown()},
		"in a brand, by its Admin":     {s.Bob.Caller, member.ResumeInput{Scope: s.Globex, User: s.Cleo.User.ID}, fault.Unknown()},
		"somebody who is not in":       {s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: s.Eve.User.ID}, fault.Unknown()},
		"nobody":                       {s.Ada.Caller, member.ResumeInput{Scope: s.Org}, fault.Unknown()},
		"another stop":                 {s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID, StoppedAt: testbed.Start.Add(-time.Hour)}, again},
		"who gets mails":               {s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: s.Bob.User.ID}, none},
		"one's own, who gets mails":    {s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: "me"}, none},
		"a client that may only read":  {client.Caller, member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID}, fault.New(fault.Forbidden, "scope_missing", "The scopes of this token do not allow this.")},
		"their own, by who may not so": {s.Cleo.Caller, member.ResumeInput{Scope: s.Org, User: "me"}, access.MissingPermissions(access.ManageUsers)},
	} {
		s.Unchanged(t, s.ID, func() {
			if err := resume(t.Context(), c.who, c.in); testbed.FaultOf(err).Code != c.want.Code {
				t.Errorf("%s: %v", name, err)
			} else {
				testbed.CheckFault(t, err, c.want)
			}
		})
	}
}

// TestResumeRepeated: a request with an Idempotency-Key that comes again is answered as before, and lets nothing go on that has stopped since.
func TestResumeRepeated(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.ComesBack(s.Org, s.Cleo.User.Email)
	in := member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID}
	caller := testbed.WithKey(s.Ada.Caller, "key-"+s.NewID(), "what is asked")
	first, err := s.ResumeMails().Do(t.Context(), caller, in)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.Unchanged(t, s.ID, func() {
			if again, err := s.ResumeMails().Do(t.Context(), caller, in); err != nil || cmp.Diff(first, again) != "" {
				t.Errorf("repeated: %+v, %v", again, err)
			}
		})
		s.Advance(time.Minute)
		s.ComesBack(s.Org, s.Cleo.User.Email)
	}
	if stopOf(t, s.Bed, s.Ada, s.Org, s.Cleo.User.ID) == nil {
		t.Error("what stopped the mails since then has gone")
	}
	other := testbed.WithKey(caller, caller.Request.IdempotencyKey, "something else")
	_, err = s.ResumeMails().Do(t.Context(), other, in)
	testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
}

// TestResumeMeanwhile: just before mails are resumed somebody else does so, and they stop anew. That holds, and nobody has said that they know it.
func TestResumeMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	s.ComesBack(s.Org, s.Cleo.User.Email)
	in := member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID}
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		if _, err := s.ResumeMails().Do(t.Context(), s.Ada.Caller, in); err != nil {
			t.Error(err)
		}
		s.Advance(time.Minute)
		s.ComesBack(s.Org, s.Cleo.User.Email)
	}))
	_, err := s.ResumeMails().Do(t.Context(), s.Ada.Caller, in)
	testbed.CheckCode(t, err, fault.Conflict, "mails_stopped_again")
	want := &member.MailStop{Why: "mailbox does not exist", At: testbed.Start.Add(time.Minute)}
	if diff := cmp.Diff(want, stopOf(t, s.Bed, s.Ada, s.Org, s.Cleo.User.ID)); diff != "" {
		t.Errorf("the newer stop: %s", diff)
	}
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { s.Touch(s.ID, s.Ada.User.ID) })) // and once more when only the caller has changed
	if _, err := s.ResumeMails().Do(t.Context(), s.Ada.Caller, in); err != nil || stopOf(t, s.Bed, s.Ada, s.Org, s.Cleo.User.ID) != nil {
		t.Error(err)
	}
}

// TestResumeOnesOwn: the only Admin has nobody else who could.
func TestResumeOnesOwn(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.ComesBack(s.Org, s.Ada.User.Email)
	if stopOf(t, s.Bed, s.Ada, s.Org, "me") == nil {
		t.Fatal("Ada is not told")
	}
	if _, err := s.ResumeMails().Do(t.Context(), s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: "me"}); err != nil {
		t.Error(err)
	}
	if got := stopOf(t, s.Bed, s.Ada, s.Org, "me"); got != nil {
		t.Errorf("resumed, and %+v", got)
	}
}

// TestResumeOfALostAddress: whoever proves an address that somebody had gets the mails there. What stopped them is not the former holder's any more.
func TestResumeOfALostAddress(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.ComesBack(s.Org, s.Cleo.User.Email)
	s.SomeoneWith("Clea", s.Cleo.User.Email)
	if got := stopOf(t, s.Bed, s.Ada, s.Org, s.Cleo.User.ID); got != nil {
		t.Errorf("Cleo, who is mailed nothing, is said to get no mails because of %+v", got)
	}
	_, err := s.ResumeMails().Do(t.Context(), s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID})
	testbed.CheckCode(t, err, fault.Conflict, "mails_not_stopped")
}

// TestResumeInAWorkspace: nobody's address is told there, and who may add users resumes mails to those who hold no more than they do.
func TestResumeInAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	resume := func(who testbed.Someone, user string) error {
		_, err := l.ResumeMails().Do(t.Context(), who.Caller, member.ResumeInput{Scope: l.Scope, User: user})
		return err
	}
	l.ComesBack(l.Scope, l.Ada.User.Email)
	log := l.Appended(l.Scope, func() {
		l.ComesBack(l.Scope, l.Vic.User.Email)
		if err := resume(l.Mia, l.Vic.User.ID); err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff([]string{"MailsStopped", "MailsResumed"}, testbed.Types(log)); diff != "" {
		t.Fatal(diff)
	}
	for _, entry := range log {
		text, err := json.Marshal(entry.Fact)
		if err != nil || strings.Contains(string(text), "@") || !strings.Contains(string(text), l.Vic.User.Username) || entry.User != l.Vic.User.ID {
			t.Errorf("%+v, %s, %v", entry, text, err)
		}
	}
	l.ComesBack(l.Scope, l.Vic.User.Email)
	l.Unchanged(t, l.ID, func() {
		for _, c := range []struct {
			who  testbed.Someone
			user string
			want *fault.Error
		}{
			{l.Mia, l.Ada.User.ID, testbed.BelowAdmin(testbed.HeldByManager()...)},
			{l.Ann, l.Vic.User.ID, access.MissingPermissions(access.AddRoleUsers)},
			{l.Vic, "me", access.MissingPermissions(access.AddRoleUsers)},
			{l.Eve, l.Vic.User.ID, fault.Unknown()},
		} {
			testbed.CheckFault(t, resume(c.who, c.user), c.want)
		}
	})
	if got := stopOf(t, l.Bed, l.Mia, l.Scope, l.Ada.User.ID); got != nil {
		t.Errorf("Mia, who may not resume them, is told of Ada's mails: %+v", got)
	}
	if stopOf(t, l.Bed, l.Ada, l.Scope, l.Vic.User.ID) == nil || stopOf(t, l.Bed, l.Eve, l.Elsewhere, "me") != nil {
		t.Error("Ada is not told of Vic's, or Eve of nobody's")
	}
}
