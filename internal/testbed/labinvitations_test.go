package testbed_test

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// toLab is the input that invites people to the scene's lab as Viewers.
func toLab(s *testbed.Scene, people ...testbed.Someone) invitation.CreateInput {
	in := invitation.CreateInput{Scope: s.Lab().Scope, Terms: invitation.Terms{Role: s.Lab().Viewer.ID}}
	for _, one := range people {
		in.Invitees = append(in.Invitees, invitation.Invitee{Username: one.User.Username})
	}
	return in
}

// invitedToLab is somebody with an open invitation to the scene's lab.
func invitedToLab(s *testbed.Scene) (testbed.Someone, invitation.Invitation) {
	grace := s.Someone("Grace")
	out, err := s.Create().Do(context.Background(), s.Lab().Mia.Caller, toLab(s, grace))
	if err != nil {
		s.T.Fatal(err)
	}
	return grace, *out.Results[0].Invitation
}

// declinedLab is somebody who has declined theirs.
func declinedLab(s *testbed.Scene) (testbed.Someone, invitation.Invitation) {
	grace, i := invitedToLab(s)
	if _, err := s.Decline().Do(context.Background(), grace.Caller, invitation.DeclineInput{Locator: inLab(i)}); err != nil {
		s.T.Fatal(err)
	}
	return grace, i
}

func inLab(i invitation.Invitation) invitation.Locator {
	return invitation.Locator{Scope: i.Scope, ID: i.ID}
}

// overLapsedInLab is one of those that move the clock: they stand before all deeds that expect something to be open.
var overLapsedInLab = deed{
	name: "create-invitations: to a workspace, over a lapsed one", rounds: 4, writes: true, inLab: true, by: mia, log: []string{"InvitationExpired", "InvitationCreated"},
	prepare: func(s *testbed.Scene) do {
		grace, _ := invitedToLab(s)
		s.Advance(week)
		return as(s.Create().Do, s.Lab().Mia, toLab(s, grace))
	},
}

// invitationsOfLab are the operations on invitations to a workspace.
var invitationsOfLab = []deed{
	{name: "find-users", rounds: 2, writes: true, inLab: true, prepare: func(s *testbed.Scene) do {
		return as(s.FindUsers().Do, s.Lab().Mia, invitation.FindUsersInput{Scope: s.Lab().Scope, Username: s.Someone("Grace").User.Username})
	}},
	{name: "list-my-invitations: to workspaces", rounds: 2, inLab: true, prepare: func(s *testbed.Scene) do {
		grace, _ := invitedToLab(s)
		return as(s.Mine().Do, grace, invitation.MineInput{})
	}},
	{name: "create-invitations: to a workspace", rounds: 3, writes: true, inLab: true, by: mia, log: []string{"InvitationCreated"}, prepare: func(s *testbed.Scene) do {
		return keyed(s.Create().Do, s.Lab().Mia, toLab(s, s.Someone("Grace")))
	}},
	{name: "create-invitations: five to a workspace", rounds: 3, writes: true, inLab: true, by: mia, log: slices.Repeat([]string{"InvitationCreated"}, 5), prepare: func(s *testbed.Scene) do {
		return keyed(s.Create().Do, s.Lab().Mia, toLab(s, s.Someone("A"), s.Someone("B"), s.Someone("C"), s.Someone("D"), s.Someone("E")))
	}},
	{name: "list-invitations: of a workspace", rounds: 1, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		_, i := invitedToLab(s)
		return as(s.List().Do, s.Lab().Mia, invitation.ListInput{Scope: s.Lab().Scope, Fresh: []string{i.ID}})
	}},
	{name: "list-invitations: of a workspace, by status", rounds: 1, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		return as(s.List().Do, s.Lab().Mia, invitation.ListInput{Scope: s.Lab().Scope, Status: "rejected"})
	}},
	{name: "get-invitation: of a workspace", rounds: 1, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		_, i := invitedToLab(s)
		return as(s.Get().Do, s.Lab().Mia, invitation.GetInput{Scope: s.Lab().Scope, ID: i.ID})
	}},
	{name: "resend-invitation: to a workspace", rounds: 3, writes: true, inLab: true, by: mia, log: []string{"InvitationResent"}, prepare: func(s *testbed.Scene) do {
		_, i := invitedToLab(s)
		in := invitation.ResendInput{Scope: s.Lab().Scope, ID: i.ID, Terms: invitation.Terms{Role: s.Lab().Analyst.ID}}
		return keyed(s.Resend().Do, s.Lab().Mia, in)
	}},
	{name: "delete-invitation: of a workspace", rounds: 2, writes: true, inLab: true, by: mia, log: []string{"InvitationDeleted"}, prepare: func(s *testbed.Scene) do {
		_, i := invitedToLab(s)
		return as(s.Delete().Do, s.Lab().Mia, invitation.DeleteInput{Scope: s.Lab().Scope, ID: i.ID})
	}},
	{name: "clean-up-invitations: of a workspace", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		fresh := s.Workspace(s.Lab().Ada, "Fresh")
		grace := s.Someone("Grace")
		out, err := s.Create().Do(context.Background(), s.Lab().Ada.Caller, invitation.CreateInput{
			Scope: fresh.Scope(), Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: access.Admin},
		})
		if err != nil {
			s.T.Fatal(err)
		}
		if _, err := s.Decline().Do(context.Background(), grace.Caller, invitation.DeclineInput{Locator: inLab(*out.Results[0].Invitation)}); err != nil {
			s.T.Fatal(err)
		}
		return keyed(s.CleanUpInvitations().Do, s.Lab().Ada, invitation.CleanUpInput{Scope: fresh.Scope()})
	}},
	{name: "accept-invitation: to a workspace", rounds: 3, writes: true, inLab: true, log: []string{"InvitationAccepted", "MemberAdded"}, prepare: func(s *testbed.Scene) do {
		grace, i := invitedToLab(s)
		return as(s.Accept().Do, grace, invitation.AcceptInput{Locator: link(i)})
	}},
	{name: "accept-invitation: to a workspace by id", rounds: 3, writes: true, inLab: true, log: []string{"InvitationAccepted", "MemberAdded"}, prepare: func(s *testbed.Scene) do {
		grace, i := invitedToLab(s)
		return keyed(s.Accept().Do, grace, invitation.AcceptInput{Locator: inLab(i)})
	}},
	{name: "decline-invitation: to a workspace", rounds: 2, writes: true, inLab: true, log: []string{"InvitationDeclined"}, prepare: func(s *testbed.Scene) do {
		grace, i := invitedToLab(s)
		return as(s.Decline().Do, grace, invitation.DeclineInput{Locator: inLab(i)})
	}},
	{name: "preview-invitation: to a workspace", rounds: 1, inLab: true, prepare: func(s *testbed.Scene) do {
		_, i := invitedToLab(s)
		return as(s.Preview().Do, testbed.Someone{}, invitation.PreviewInput{Token: link(i).Token})
	}},
	{name: "request-link: to a workspace", rounds: 2, writes: true, inLab: true, log: []string{"InvitationLinkRequested"}, prepare: func(s *testbed.Scene) do {
		grace, i := declinedLab(s)
		return keyed(s.RequestLink().Do, grace, invitation.RequestLinkInput{Token: link(i).Token})
	}},
}
