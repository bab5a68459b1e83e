package testbed_test

import (
	"context"
	"errors"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// newest is the event that the organization of the scene has published last.
func newest(s *testbed.Scene) event.Envelope {
	all := s.Envelopes(s.ID)
	return all[len(all)-1]
}

// tracked notes what is said of a mail.
func tracked(status string) func(*testbed.Scene) do {
	return func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return func(ctx context.Context) error {
			return s.Track().Do(ctx, invitation.Report{About: i.Reference(), Status: status})
		}
	}
}

// bounced is the report of a hard bounce.
func bounced(link invitation.Reference, recipient string) invitation.Report {
	return invitation.Report{About: link, Status: invitation.DeliveryFailed, Detail: "mailbox does not exist", Stops: true, Recipient: recipient}
}

// deedsOfUpkeep follow what has happened.
var deedsOfUpkeep = []deed{
	{name: "maintain-indexes: somebody came", rounds: 7, writes: true, prepare: func(s *testbed.Scene) do {
		joined(s)
		came := newest(s)
		return func(ctx context.Context) error { return s.Indexes().Do(ctx, came) }
	}},
	{name: "clean-up: an invitation that offers nothing more", rounds: 6, writes: true, log: []string{"InvitationClosed"}, prepare: func(s *testbed.Scene) do {
		grace, _ := newcomer(s)
		s.Join(s.Ada, s.Brands[0], access.Admin, grace)
		came := newest(s)
		return func(ctx context.Context) error { return s.Cleaner().Do(ctx, came) }
	}},
	{name: "send-mail: claims it", rounds: 1, writes: true, prepare: func(s *testbed.Scene) do {
		eventID, to := s.NewID(), s.Address("grace")
		return func(ctx context.Context) error {
			claimed, _, err := s.Table.ClaimMail(ctx, eventID, invitation.Addressee{Root: s.Org, Address: to}, time.Minute)
			if err == nil && !claimed {
				return errors.New("somebody else has claimed the mail")
			}
			return err
		}
	}},
	{name: "send-mail: notes that it failed", rounds: 2, writes: true, log: []string{"InvitationDeliveryFailed"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return func(ctx context.Context) error {
			return s.Track().Do(ctx, testbed.Undelivered(i.Reference(), "mailbox does not exist"))
		}
	}},
	{name: "send-mail: claims it for a resend", rounds: 1, writes: true, log: []string{"MailsResumed"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		to := invitation.Addressee{Root: s.Org, Address: account.EmailKey(i.Invitee.Email)}
		if err := s.Track().Do(s.T.Context(), bounced(i.Reference(), to.Address)); err != nil {
			s.T.Fatal(err)
		}
		stop, err := s.Table.MailStop(s.T.Context(), to.Root, to.Address)
		if err != nil || stop == nil {
			s.T.Fatal(stop, err)
		}
		to.Resumes = i.Resumes(*stop, audit.Log{Now: s.Now(), NewID: s.NewID, Actor: s.Ada.User.Person()})
		eventID := s.NewID()
		return func(ctx context.Context) error {
			_, err := request.Retry(func() (bool, error) {
				claimed, _, err := s.Table.ClaimMail(ctx, eventID, to, time.Minute)
				return claimed, err
			})
			return err
		}
	}},
	{name: "track-mail: delivered", rounds: 2, writes: true, log: []string{"InvitationDelivered"}, prepare: tracked(invitation.Delivered)},
	{name: "track-mail: delayed", rounds: 2, writes: true, log: []string{"InvitationDeliveryDelayed"}, prepare: tracked(invitation.DeliveryDelayed)},
	{name: "track-mail: bounced", rounds: 2, writes: true, log: []string{"InvitationDeliveryFailed", "MailsStopped"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return func(ctx context.Context) error {
			return s.Track().Do(ctx, bounced(i.Reference(), account.EmailKey(i.Invitee.Email)))
		}
	}},
	{name: "track-mail: a notice bounced", rounds: 3, writes: true, log: []string{"MailsStopped"}, prepare: func(s *testbed.Scene) do {
		to := account.EmailKey(joined(s).User.Email)
		return func(ctx context.Context) error {
			return s.Track().Do(ctx, bounced(invitation.Reference{Root: s.Org}, to))
		}
	}},
	{name: "track-mail: bounced, known already", rounds: 1, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		again := func(ctx context.Context) error {
			return s.Track().Do(ctx, bounced(i.Reference(), account.EmailKey(i.Invitee.Email)))
		}
		if err := again(s.T.Context()); err != nil {
			s.T.Fatal(err)
		}
		return again
	}},
}
