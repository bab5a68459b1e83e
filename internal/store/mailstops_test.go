package store_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
	"prism-access/internal/mail"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestMailStopsOfEarlierCode: they were written with a TTL. Until that removes them they hold whatever the clock says, and end as all do.
func TestMailStopsOfEarlierCode(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	to := invitation.Addressee{Root: s.Org, Address: account.EmailKey(s.Cleo.User.Email)}
	text := func(value string) map[string]any { return map[string]any{"S": value} }
	seconds := func(at time.Time) map[string]any { return map[string]any{"N": strconv.FormatInt(at.Unix(), 10)} }
	s.Load([]testbed.Item{{
		"PK": text("SUPPRESSED#ORG#" + s.ID), "SK": text(account.Fingerprint(to.Address)), "why": text("mailbox is closed"),
		"at": seconds(testbed.Start), "expires": seconds(s.RealNow().Add(90 * 24 * time.Hour)),
	}})
	want := &member.MailStop{Why: "mailbox is closed", At: testbed.Start}
	for range 2 {
		_, _, err := s.Table.ClaimMail(t.Context(), s.NewID(), to, mail.ClaimLapse)
		if held, is := errors.AsType[*invitation.Stopped](err); !is || cmp.Diff(*want, held.MailStop) != "" {
			t.Errorf("on %s a mail may leave: %v", s.Now(), err)
		}
		tracked, err := s.Table.Tracked(t.Context(), invitation.Reference{Root: s.Org}, to.Address)
		if stop, failed := s.Table.MailStop(t.Context(), s.Org, to.Address); cmp.Diff(want, stop) != "" || !tracked.Stopped || err != nil || failed != nil {
			t.Errorf("on %s: %+v, %+v, %v, %v", s.Now(), stop, tracked, err, failed)
		}
		s.Advance(91 * 24 * time.Hour)
		s.AdvanceReal(91 * 24 * time.Hour)
	}
	if _, err := s.ResumeMails().Do(t.Context(), s.Ada.Caller, member.ResumeInput{Scope: s.Org, User: s.Cleo.User.ID}); err != nil {
		t.Fatal(err)
	}
	if claimed, _, err := s.Table.ClaimMail(t.Context(), s.NewID(), to, mail.ClaimLapse); !claimed || err != nil {
		t.Errorf("resumed, and %v", err)
	}
}

// TestAMailEndsTheStopThatWasRead: an invitation that is sent again lets mails go on with the mail that carries it, unless they have stopped anew.
func TestAMailEndsTheStopThatWasRead(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	to := invitation.Addressee{Root: s.Org, Address: account.EmailKey(i.Invitee.Email)}
	stops := func() member.MailStop {
		t.Helper()
		report := invitation.Report{About: invitation.Reference{Root: s.Org}, Status: invitation.DeliveryFailed, Detail: "mailbox is closed", Stops: true, Recipient: to.Address}
		if err := s.Track().Do(t.Context(), report); err != nil {
			t.Fatal(err)
		}
		stop, err := s.Table.MailStop(t.Context(), s.Org, to.Address)
		if err != nil || stop == nil {
			t.Fatal(stop, err)
		}
		return *stop
	}
	log := audit.Log{Now: s.Now(), NewID: s.NewID, Actor: s.Ada.User.Person()}
	first := stops()
	to.Resumes = i.Resumes(first, log)
	if claimed, _, err := s.Table.ClaimMail(t.Context(), s.NewID(), to, mail.ClaimLapse); !claimed || err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Minute)
	second := stops()
	to.Resumes = i.Resumes(first, log)
	s.Unchanged(t, s.ID, func() {
		if claimed, _, err := s.Table.ClaimMail(t.Context(), s.NewID(), to, mail.ClaimLapse); claimed || !request.IsOvertaken(err) {
			t.Errorf("the mail leaves: %v, %v", claimed, err)
		}
	})
	if i.Resumes(second, log) != nil {
		t.Error("what stopped mails after the invitation was sent is ended by it")
	}
}
