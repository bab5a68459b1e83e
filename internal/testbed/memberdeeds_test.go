package testbed_test

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// joined is a Viewer of the scene's Globex.
func joined(s *testbed.Scene) testbed.Someone {
	grace := s.Someone("Grace")
	s.Join(s.Ada, s.Brands[0], access.Viewer, grace)
	return grace
}

// found returns a word by which somebody in the scene's Globex is found.
func found(s *testbed.Scene) string {
	grace := joined(s)
	if err := s.Indexes().Person(context.Background(), s.Org, grace.User.ID); err != nil {
		s.T.Fatal(err)
	}
	return grace.User.Email
}

func selected(people ...testbed.Someone) []member.Selected {
	var all []member.Selected
	for _, one := range people {
		all = append(all, member.Selected{ID: one.User.ID})
	}
	return all
}

// deedsOfMembers are the operations on the members of organizations and brands, their access and its log.
var deedsOfMembers = []deed{
	{name: "check-access: by a client", rounds: 1, prepare: func(s *testbed.Scene) do {
		client := testbed.Someone{Caller: request.Caller{User: "usr_" + s.NewID(), Scopes: request.ScopeCheck}}
		return as(s.CheckAccess().Do, client, member.CheckInput{Check: member.Check{User: s.Cleo.User.ID, Scope: s.Globex, Permission: access.Publish}})
	}},
	{name: "list-members", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Ada, member.ListInput{Scope: s.Org, Fresh: []string{s.Bob.User.ID}})
	}},
	{name: "list-members: of a brand", rounds: 1, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Bob, member.ListInput{Scope: s.Globex})
	}},
	{name: "list-members: by role", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Ada, member.ListInput{Scope: s.Org, Role: access.Admin})
	}},
	{name: "get-member", rounds: 1, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.GetMember().Do, s.Bob, member.GetInput{Scope: s.Globex, User: s.Cleo.User.ID})
	}},
	{name: "get-member: by who may resume mails", rounds: 2, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.GetMember().Do, s.Ada, member.GetInput{Scope: s.Org, User: s.Cleo.User.ID})
	}},
	{name: "get-member: one's own", rounds: 1, prepare: func(s *testbed.Scene) do {
		return as(s.GetMember().Do, s.Cleo, member.GetInput{Scope: s.Org, User: "me"})
	}},
	{name: "resume-mails", rounds: 3, writes: true, by: ada, log: []string{"MailsResumed"}, prepare: func(s *testbed.Scene) do {
		grace := joined(s)
		s.ComesBack(s.Org, grace.User.Email)
		return keyed(s.ResumeMails().Do, s.Ada, member.ResumeInput{Scope: s.Org, User: grace.User.ID})
	}},
	{name: "update-member", rounds: 2, writes: true, by: ada, log: []string{"MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		return as(s.UpdateMember().Do, s.Ada, member.UpdateInput{Scope: s.Org, User: joined(s).User.ID, Wish: member.Wish{
			Brands: map[string]*access.Role{s.Globex.Brand: new(access.Publisher), s.Initech.Brand: new(access.Viewer)},
		}})
	}},
	{name: "update-member: in a brand", rounds: 2, writes: true, by: bob, log: []string{"MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		return as(s.UpdateMember().Do, s.Bob, member.UpdateInput{Scope: s.Globex, User: joined(s).User.ID, Wish: member.Wish{Role: access.Publisher}})
	}},
	{name: "update-member: to Organization Admin", rounds: 2, writes: true, by: ada, log: []string{"MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		return as(s.UpdateMember().Do, s.Ada, member.UpdateInput{Scope: s.Org, User: joined(s).User.ID, Wish: member.Wish{Role: access.Admin, Confirm: "admin"}})
	}},
	{name: "remove-member", rounds: 2, writes: true, by: ada, log: []string{"MemberRemoved"}, prepare: func(s *testbed.Scene) do {
		return as(s.RemoveMember().Do, s.Ada, member.RemoveInput{Scope: s.Org, User: joined(s).User.ID})
	}},
	{name: "remove-member: from a brand", rounds: 2, writes: true, by: bob, log: []string{"MemberRemoved"}, prepare: func(s *testbed.Scene) do {
		return as(s.RemoveMember().Do, s.Bob, member.RemoveInput{Scope: s.Globex, User: joined(s).User.ID})
	}},
	{name: "remove-member: oneself", rounds: 2, writes: true, log: []string{"MemberRemoved"}, prepare: func(s *testbed.Scene) do {
		return as(s.RemoveMember().Do, joined(s), member.RemoveInput{Scope: s.Org, User: "me"})
	}},
	{name: "bulk-update-members", rounds: 3, writes: true, by: ada, log: slices.Repeat([]string{"MemberRoleChanged"}, 2), prepare: func(s *testbed.Scene) do {
		admins := []testbed.Someone{s.Someone("Grace"), s.Someone("Otto")}
		s.Promote(s.Ada, s.ID, admins...)
		return keyed(s.BulkUpdate().Do, s.Ada, member.BulkUpdateInput{
			Scope: s.Org, Members: selected(admins...), Role: access.Member, Brands: map[string]*access.Role{s.Globex.Brand: new(access.Viewer)},
		})
	}},
	{name: "bulk-update-members: a dry run", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.BulkUpdate().Do, s.Ada, member.BulkUpdateInput{
			Scope: s.Org, Members: selected(s.Cleo, s.Dan), Brands: map[string]*access.Role{s.Globex.Brand: nil}, DryRun: true,
		})
	}},
	{name: "bulk-remove-members", rounds: 3, writes: true, by: bob, log: slices.Repeat([]string{"MemberRemoved"}, 2), prepare: func(s *testbed.Scene) do {
		return keyed(s.BulkRemove().Do, s.Bob, member.BulkRemoveInput{Scope: s.Globex, Members: selected(joined(s), joined(s))})
	}},
	{name: "list-audit-log", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Ada, audit.ListInput{Scope: s.Org})
	}},
	{name: "list-audit-log: about a person, of a type", rounds: 2, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Ada, audit.ListInput{Scope: s.Org, User: s.Cleo.User.ID, Type: "MemberAdded"})
	}},
	{name: "list-audit-log: by an address", rounds: 2, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Ada, audit.ListInput{Scope: s.Org, Actor: s.Ada.User.Email})
	}},
	{name: "list-audit-log: of a brand", rounds: 2, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Bob, audit.ListInput{Scope: s.Globex})
	}},
	{name: "list-audit-log: of a brand, by an actor", rounds: 1, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Bob, audit.ListInput{Scope: s.Globex, Actor: s.Ada.User.ID})
	}},
	{name: "add-client", rounds: 2, writes: true, by: ada, log: []string{"MemberAdded"}, prepare: func(s *testbed.Scene) do {
		_, id := s.Client("Reports")
		return keyed(s.AddClient().Do, s.Ada, member.AddClientInput{Scope: s.Org, ClientID: id, Name: "Reports", Offer: member.Offer{
			Role: access.Member, Brands: []string{s.Globex.Brand, s.Initech.Brand}, BrandRole: access.Viewer,
		}})
	}},
	{name: "list-events", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListEvents().Do, s.Ada, audit.FeedInput{Scope: s.Org})
	}},
	{name: "check-access", rounds: 1, prepare: func(s *testbed.Scene) do {
		return as(s.CheckAccess().Do, s.Cleo, member.CheckInput{Check: member.Check{Scope: s.Globex, Permission: access.Publish}})
	}},
	{name: "list-members: search", rounds: 2, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Ada, member.ListInput{Scope: s.Org, Q: found(s)})
	}},
	{name: "list-members: search with a role", rounds: 2, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Ada, member.ListInput{Scope: s.Org, Q: found(s), Role: access.Member})
	}},
	{name: "list-members: search in a brand", rounds: 2, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Bob, member.ListInput{Scope: s.Globex, Q: found(s)})
	}},
	{name: "list-members: by brand", rounds: 2, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Ada, member.ListInput{Scope: s.Org, Brand: s.Globex.Brand})
	}},
	{name: "list-members: search by brand and granter", rounds: 2, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListMembers().Do, s.Ada, member.ListInput{Scope: s.Org, Q: found(s), Brand: s.Globex.Brand, GrantedBy: s.Ada.User.ID})
	}},
}
