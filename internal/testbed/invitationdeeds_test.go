package testbed_test

import (
	"context"
	"errors"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

func link(i invitation.Invitation) invitation.Locator {
	return invitation.Locator{Token: testbed.Token(i.AcceptURL)}
}

func toGlobex(s *testbed.Scene, email string) invitation.CreateInput {
	return invitation.CreateInput{Scope: s.Globex, Invitees: []invitation.Invitee{{Email: email}}, Terms: invitation.Terms{Role: access.Viewer}}
}

// newcomer is invited to the scene and has an account by now.
func newcomer(s *testbed.Scene) (testbed.Someone, invitation.Invitation) {
	i := s.Pending(s.Address("grace"))
	return s.SomeoneWith("Grace", i.Invitee.Email), i
}

// declines invites a newcomer, who declines.
func declines(s *testbed.Scene, in invitation.CreateInput) (testbed.Someone, invitation.Invitation) {
	out, err := s.Create().Do(context.Background(), s.Ada.Caller, in)
	if err != nil {
		s.T.Fatal(err)
	}
	i := *out.Results[0].Invitation
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	if _, err := s.Decline().Do(context.Background(), grace.Caller, invitation.DeclineInput{Locator: link(i)}); err != nil {
		s.T.Fatal(err)
	}
	return grace, i
}

// deedsOfInvitations are the operations on invitations to organizations and brands. Those that move the clock stand before all deeds that expect
// something to be open.
var deedsOfInvitations = []deed{
	{name: "list-my-invitations", rounds: 2, prepare: func(s *testbed.Scene) do {
		grace, _ := newcomer(s)
		return as(s.Mine().Do, grace, invitation.MineInput{})
	}},
	{name: "create-invitations: a new address", rounds: 2, writes: true, by: ada, log: []string{"InvitationCreated"}, prepare: func(s *testbed.Scene) do {
		return keyed(s.Create().Do, s.Ada, testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands...))
	}},
	{name: "create-invitations: to a brand", rounds: 2, writes: true, by: bob, log: []string{"InvitationCreated"}, prepare: func(s *testbed.Scene) do {
		return as(s.Create().Do, s.Bob, toGlobex(s, s.Address("grace")))
	}},
	{name: "create-invitations: an account", rounds: 3, writes: true, by: ada, log: []string{"MemberAdded"}, prepare: func(s *testbed.Scene) do {
		return keyed(s.Create().Do, s.Ada, testbed.MemberOffer(s.ID, s.Someone("Grace").User.Email, s.Brands[0]))
	}},
	{name: "create-invitations: a Member to another brand", rounds: 3, writes: true, by: bob, log: []string{"MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		grace := s.Someone("Grace")
		s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
		return as(s.Create().Do, s.Bob, toGlobex(s, grace.User.Email))
	}},
	{name: "create-invitations: over a lapsed one", rounds: 3, writes: true, by: ada, log: []string{"InvitationExpired", "InvitationCreated"}, prepare: func(s *testbed.Scene) do {
		lapsed := s.Pending(s.Address("grace"))
		s.Advance(week)
		return as(s.Create().Do, s.Ada, testbed.MemberOffer(s.ID, lapsed.Invitee.Email, s.Brands[0]))
	}},
	overLapsedInLab,
	{name: "create-invitations: forty", rounds: 4, writes: true, by: ada, log: slices.Repeat([]string{"InvitationCreated"}, 40), prepare: func(s *testbed.Scene) do {
		in := testbed.MemberOffer(s.ID, "", s.Brands[0])
		in.Invitees = nil
		for range 40 {
			in.Invitees = append(in.Invitees, invitation.Invitee{Email: s.Address("grace")})
		}
		return keyed(s.Create().Do, s.Ada, in)
	}},
	{name: "create-invitations: a dry run", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		in := testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0])
		in.DryRun = true
		return as(s.Create().Do, s.Ada, in)
	}},
	{name: "list-invitations", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.List().Do, s.Ada, invitation.ListInput{Scope: s.Org, Fresh: []string{s.Pending(s.Address("grace")).ID}})
	}},
	{name: "list-invitations: by status", rounds: 1, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.List().Do, s.Bob, invitation.ListInput{Scope: s.Globex, Status: "expired"})
	}},
	{name: "get-invitation", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.Get().Do, s.Ada, invitation.GetInput{Scope: s.Org, ID: s.Pending(s.Address("grace")).ID})
	}},
	{name: "resend-invitation", rounds: 3, writes: true, by: ada, log: []string{"InvitationResent"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return keyed(s.Resend().Do, s.Ada, invitation.ResendInput{Scope: s.Org, ID: i.ID})
	}},
	{name: "resend-invitation: a lapsed one to an account", rounds: 4, writes: true, by: ada, log: []string{"InvitationExpired", "InvitationResent"}, prepare: func(s *testbed.Scene) do {
		_, i := newcomer(s)
		s.Advance(week)
		return as(s.Resend().Do, s.Ada, invitation.ResendInput{Scope: s.Org, ID: i.ID})
	}},
	{name: "delete-invitation", rounds: 2, writes: true, by: ada, log: []string{"InvitationDeleted"}, prepare: func(s *testbed.Scene) do {
		return as(s.Delete().Do, s.Ada, invitation.DeleteInput{Scope: s.Org, ID: s.Pending(s.Address("grace")).ID})
	}},
	{name: "clean-up-invitations", rounds: 2, writes: true, by: ada, log: []string{"InvitationDeleted"}, prepare: func(s *testbed.Scene) do {
		fresh := s.NewBrand("Umbrella").Scope()
		declines(s, invitation.CreateInput{Scope: fresh, Invitees: []invitation.Invitee{{Email: s.Address("grace")}}, Terms: invitation.Terms{Role: access.Viewer}})
		return keyed(s.CleanUpInvitations().Do, s.Ada, invitation.CleanUpInput{Scope: fresh})
	}},
	{name: "clean-up-invitations: a dry run", rounds: 1, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.CleanUpInvitations().Do, s.Bob, invitation.CleanUpInput{Scope: s.Globex, DryRun: true})
	}},
	{name: "request-link", rounds: 2, writes: true, log: []string{"InvitationLinkRequested"}, prepare: func(s *testbed.Scene) do {
		grace, i := declines(s, testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0]))
		return keyed(s.RequestLink().Do, grace, invitation.RequestLinkInput{Token: link(i).Token})
	}},
	{name: "delete-invitation: a lapsed one beside a newer one", rounds: 3, writes: true, by: ada, log: []string{"InvitationExpired", "InvitationDeleted"}, prepare: func(s *testbed.Scene) do {
		lapsed := s.Pending(s.Address("grace"))
		s.Advance(week)
		s.RemoveGuard(s.Org, lapsed.InviteeKey)
		s.Pending(lapsed.Invitee.Email)
		return as(s.Delete().Do, s.Ada, invitation.DeleteInput{Scope: s.Org, ID: lapsed.ID})
	}},
	{name: "preview-invitation", rounds: 1, prepare: func(s *testbed.Scene) do {
		return as(s.Preview().Do, testbed.Someone{}, invitation.PreviewInput{Token: link(s.Pending(s.Address("grace"))).Token})
	}},
	{name: "accept-invitation", rounds: 3, writes: true, log: []string{"InvitationAccepted", "MemberAdded"}, prepare: func(s *testbed.Scene) do {
		grace, i := newcomer(s)
		return keyed(s.Accept().Do, grace, invitation.AcceptInput{Locator: link(i)})
	}},
	{name: "accept-invitation: as a Member", rounds: 3, writes: true, log: []string{"InvitationAccepted", "MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		grace, i := newcomer(s)
		s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
		return as(s.Accept().Do, grace, invitation.AcceptInput{Locator: link(i)})
	}},
	{name: "accept-invitation: nothing more", rounds: 3, writes: true, log: []string{"InvitationAccepted"}, prepare: func(s *testbed.Scene) do {
		grace, i := newcomer(s)
		s.Join(s.Ada, s.Brands[0], access.Admin, grace)
		return as(s.Accept().Do, grace, invitation.AcceptInput{Locator: link(i)})
	}},
	{name: "accept-invitation: as Organization Admin", rounds: 3, writes: true, log: []string{"InvitationAccepted", "MemberAdded"}, prepare: func(s *testbed.Scene) do {
		address := s.Address("grace")
		out, err := s.Create().Do(context.Background(), s.Ada.Caller, testbed.AdminOffer(s.ID, address))
		if err != nil {
			s.T.Fatal(err)
		}
		return as(s.Accept().Do, s.SomeoneWith("Grace", address), invitation.AcceptInput{Locator: link(*out.Results[0].Invitation)})
	}},
	{name: "accept-invitation: the inviter has lost the right", rounds: 3, writes: true, log: []string{"InvitationInvalidated"}, prepare: func(s *testbed.Scene) do {
		otto, address := s.Someone("Otto"), s.Address("grace")
		s.Promote(s.Ada, s.ID, otto)
		i := s.Invite(otto.Caller, s.ID, address, s.Brands[0])
		s.EraseMember(s.ID, otto.User.ID)
		accept := as(s.Accept().Do, s.SomeoneWith("Grace", address), invitation.AcceptInput{Locator: link(i)})
		return func(ctx context.Context) error {
			err := accept(ctx)
			switch {
			case err == nil:
				return errors.New("accepted all the same")
			case fault.HasCode(err, "invalid_grant"):
				return nil
			}
			return err
		}
	}},
	{name: "accept-invitation: again", rounds: 1, prepare: func(s *testbed.Scene) do {
		grace, i := newcomer(s)
		accept := as(s.Accept().Do, grace, invitation.AcceptInput{Locator: link(i)})
		if err := accept(context.Background()); err != nil {
			s.T.Fatal(err)
		}
		return accept
	}},
	{name: "decline-invitation", rounds: 2, writes: true, log: []string{"InvitationDeclined"}, prepare: func(s *testbed.Scene) do {
		grace, i := newcomer(s)
		return keyed(s.Decline().Do, grace, invitation.DeclineInput{Locator: link(i)})
	}},
	{name: "decline-invitation: signed out", rounds: 2, writes: true, log: []string{"InvitationDeclined"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return keyed(s.Decline().Do, testbed.Someone{User: account.User{ID: "usr_" + s.NewID()}}, invitation.DeclineInput{Locator: link(i), Email: i.Invitee.Email})
	}},
	{name: "expire-invitations", rounds: 2, writes: true, log: []string{"InvitationExpired"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		s.RemoveGuard(s.Org, i.InviteeKey)
		return func(ctx context.Context) error {
			_, err := s.Expire().Do(ctx, i.Reference())
			return err
		}
	}},
	{name: "expire-invitations: a reminder", rounds: 2, writes: true, log: []string{"InvitationExpiring"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return func(ctx context.Context) error {
			return s.Remind().Do(ctx, invitation.Reminder{Reference: i.Reference(), Notify: true, Due: s.Now()})
		}
	}},
}
