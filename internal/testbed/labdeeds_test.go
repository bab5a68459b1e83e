package testbed_test

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

func mia(s *testbed.Scene) testbed.Someone { return s.Lab().Mia }

// newcomerInLab is a Viewer of the scene's lab.
func newcomerInLab(s *testbed.Scene) testbed.Someone { return s.Lab().Newcomer(s.Lab().Viewer.ID) }

// foundInLab returns a word by which somebody in the scene's lab is found.
func foundInLab(s *testbed.Scene) string {
	grace := newcomerInLab(s)
	if err := s.Indexes().Person(context.Background(), s.Lab().Scope, grace.User.ID); err != nil {
		s.T.Fatal(err)
	}
	return grace.User.Username
}

// membersOfLab are the operations on the members of a workspace, their access and its log.
var membersOfLab = []deed{
	{name: "list-my-access: workspaces", rounds: 2, inLab: true, prepare: func(s *testbed.Scene) do {
		return as(s.MyAccess().Do, s.Lab().Vic, member.MyAccessInput{Kind: "workspace", Fresh: []access.Scope{s.Lab().Scope}})
	}},
	{name: "list-members: of a workspace", rounds: 1, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Lab().Mia, member.ListInput{Scope: s.Lab().Scope, Fresh: []string{s.Lab().Vic.User.ID}})
	}},
	{name: "list-members: of a workspace, by role", rounds: 1, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Lab().Mia, member.ListInput{Scope: s.Lab().Scope, Role: s.Lab().Analyst.ID})
	}},
	{name: "list-members: search in a workspace", rounds: 2, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Lab().Mia, member.ListInput{Scope: s.Lab().Scope, Q: foundInLab(s)})
	}},
	{name: "list-members: search in a workspace with a role", rounds: 2, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Lab().Mia, member.ListInput{Scope: s.Lab().Scope, Q: foundInLab(s), Role: s.Lab().Viewer.ID})
	}},
	{name: "get-member: of a workspace", rounds: 2, inLab: true, by: mia, prepare: func(s *testbed.Scene) do {
		return as(s.GetMember().Do, s.Lab().Mia, member.GetInput{Scope: s.Lab().Scope, User: s.Lab().Vic.User.ID})
	}},
	{name: "resume-mails: of a workspace", rounds: 3, writes: true, inLab: true, by: mia, log: []string{"MailsResumed"}, prepare: func(s *testbed.Scene) do {
		l := s.Lab()
		grace := l.Newcomer(l.Viewer.ID)
		l.ComesBack(l.Scope, grace.User.Email)
		return keyed(s.ResumeMails().Do, l.Mia, member.ResumeInput{Scope: l.Scope, User: grace.User.ID})
	}},
	{name: "add-client: to a workspace", rounds: 2, writes: true, inLab: true, by: mia, log: []string{"MemberAdded"}, prepare: func(s *testbed.Scene) do {
		_, id := s.Client("Reports")
		in := member.AddClientInput{Scope: s.Lab().Scope, ClientID: id, Name: "Reports", Offer: member.Offer{Role: s.Lab().Viewer.ID}}
		return as(s.AddClient().Do, s.Lab().Mia, in)
	}},
	{name: "update-member: in a workspace", rounds: 2, writes: true, inLab: true, by: mia, log: []string{"MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		in := member.UpdateInput{Scope: s.Lab().Scope, User: newcomerInLab(s).User.ID, Wish: member.Wish{Role: s.Lab().Analyst.ID}}
		return as(s.UpdateMember().Do, s.Lab().Mia, in)
	}},
	{name: "update-member: to Admin of a workspace", rounds: 2, writes: true, inLab: true, by: owner, log: []string{"MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		in := member.UpdateInput{Scope: s.Lab().Scope, User: newcomerInLab(s).User.ID, Wish: member.Wish{Role: access.Admin}}
		return as(s.UpdateMember().Do, s.Lab().Ada, in)
	}},
	{name: "remove-member: from a workspace", rounds: 2, writes: true, inLab: true, by: mia, log: []string{"MemberRemoved"}, prepare: func(s *testbed.Scene) do {
		return as(s.RemoveMember().Do, s.Lab().Mia, member.RemoveInput{Scope: s.Lab().Scope, User: newcomerInLab(s).User.ID})
	}},
	{name: "remove-member: oneself from a workspace", rounds: 2, writes: true, inLab: true, log: []string{"MemberRemoved"}, prepare: func(s *testbed.Scene) do {
		return as(s.RemoveMember().Do, newcomerInLab(s), member.RemoveInput{Scope: s.Lab().Scope, User: "me"})
	}},
	{name: "bulk-update-members: in a workspace", rounds: 3, writes: true, inLab: true, by: mia, log: slices.Repeat([]string{"MemberRoleChanged"}, 2), prepare: func(s *testbed.Scene) do {
		in := member.BulkUpdateInput{Scope: s.Lab().Scope, Members: selected(newcomerInLab(s), newcomerInLab(s)), Role: s.Lab().Analyst.ID}
		return keyed(s.BulkUpdate().Do, s.Lab().Mia, in)
	}},
	{name: "bulk-remove-members: from a workspace", rounds: 3, writes: true, inLab: true, by: mia, log: slices.Repeat([]string{"MemberRemoved"}, 2), prepare: func(s *testbed.Scene) do {
		return keyed(s.BulkRemove().Do, s.Lab().Mia, member.BulkRemoveInput{Scope: s.Lab().Scope, Members: selected(newcomerInLab(s), newcomerInLab(s))})
	}},
	{name: "list-audit-log: of a workspace", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Lab().Ada, audit.ListInput{Scope: s.Lab().Scope})
	}},
	{name: "list-events: of a workspace", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.ListEvents().Do, s.Lab().Ada, audit.FeedInput{Scope: s.Lab().Scope})
	}},
	{name: "check-access: in a workspace", rounds: 1, inLab: true, prepare: func(s *testbed.Scene) do {
		return as(s.CheckAccess().Do, s.Lab().Ann, member.CheckInput{Check: member.Check{Scope: s.Lab().Scope, Permission: "run_computation"}})
	}},
	{name: "maintain-indexes: somebody came into a workspace", rounds: 3, writes: true, inLab: true, prepare: func(s *testbed.Scene) do {
		newcomerInLab(s)
		all := s.Envelopes(s.Lab().ID)
		return func(ctx context.Context) error { return s.Indexes().Do(ctx, all[len(all)-1]) }
	}},
	{name: "clean-up: a deleted role of a workspace", rounds: 7, writes: true, inLab: true, log: []string{"MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		l := s.Lab()
		gone := s.Role(l.Ada, l.Workspace, "Gone "+s.NewID(), access.Read)
		l.Newcomer(gone.ID)
		if _, err := s.DeleteRole().Do(context.Background(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID, ReassignTo: l.Viewer.ID}); err != nil {
			s.T.Fatal(err)
		}
		all := s.Envelopes(l.ID)
		return func(ctx context.Context) error { return s.Cleaner().Do(ctx, all[len(all)-1]) }
	}},
}
