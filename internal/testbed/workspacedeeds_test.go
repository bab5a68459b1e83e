package testbed_test

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// deedsOfWorkspaces are the operations on workspaces and their roles.
var deedsOfWorkspaces = []deed{
	{name: "create-workspace", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		return keyed(s.CreateWorkspace().Do, s.Someone("Grace"), workspace.CreateInput{Name: "New"})
	}},
	{name: "get-workspace", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.GetWorkspace().Do, s.Lab().Ada, workspace.GetInput{Scope: s.Lab().Scope})
	}},
	{name: "update-workspace", rounds: 2, writes: true, inLab: true, by: owner, log: []string{"WorkspaceUpdated"}, prepare: func(s *testbed.Scene) do {
		return as(s.UpdateWorkspace().Do, s.Lab().Ada, workspace.UpdateInput{Scope: s.Lab().Scope, Name: "Genomics " + s.NewID()})
	}},
	{name: "disable-workspace", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		ours := s.Workspace(s.Lab().Ada, "Ours")
		return keyed(s.DisableWorkspace().Do, s.Lab().Ada, workspace.SwitchInput{Scope: ours.Scope()})
	}},
	{name: "enable-workspace", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		ours := s.Workspace(s.Lab().Ada, "Ours")
		if err := as(s.DisableWorkspace().Do, s.Lab().Ada, workspace.SwitchInput{Scope: ours.Scope()})(context.Background()); err != nil {
			s.T.Fatal(err)
		}
		return keyed(s.EnableWorkspace().Do, s.Lab().Ada, workspace.SwitchInput{Scope: ours.Scope()})
	}},
	{name: "enable-workspace: as it is already", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.EnableWorkspace().Do, s.Lab().Ada, workspace.SwitchInput{Scope: s.Lab().Scope})
	}},
	{name: "delete-workspace", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		return as(s.DeleteWorkspace().Do, s.Lab().Ada, workspace.DeleteInput{Scope: s.Workspace(s.Lab().Ada, "Ours").Scope(), Confirm: "Ours"})
	}},
	{name: "list-permissions", prepare: func(s *testbed.Scene) do { return as(s.ListPermissions().Do, s.Dan, role.PermissionsInput{}) }},
	{name: "list-roles", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.ListRoles().Do, s.Lab().Ada, role.ListInput{Scope: s.Lab().Scope})
	}},
	{name: "create-role", rounds: 2, writes: true, inLab: true, by: owner, log: []string{"RoleCreated"}, prepare: func(s *testbed.Scene) do {
		in := role.CreateInput{Scope: s.Lab().Scope, Name: "Role " + s.NewID(), Permissions: []access.Permission{access.Read}}
		return keyed(s.CreateRole().Do, s.Lab().Ada, in)
	}},
	{name: "get-role", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.GetRole().Do, s.Lab().Ada, role.GetInput{Scope: s.Lab().Scope, ID: s.Lab().Viewer.ID})
	}},
	{name: "update-role", rounds: 2, writes: true, inLab: true, by: owner, log: []string{"RoleUpdated"}, prepare: func(s *testbed.Scene) do {
		in := role.UpdateInput{Scope: s.Lab().Scope, ID: s.Lab().Viewer.ID, Description: new("Looks on " + s.NewID())}
		return as(s.UpdateRole().Do, s.Lab().Ada, in)
	}},
	{name: "update-role: a dry run", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		in := role.UpdateInput{Scope: s.Lab().Scope, ID: s.Lab().Viewer.ID, Permissions: []access.Permission{access.Read}, DryRun: true}
		return as(s.UpdateRole().Do, s.Lab().Ada, in)
	}},
	{name: "delete-role", rounds: 2, writes: true, inLab: true, by: owner, log: []string{"RoleDeleted"}, prepare: func(s *testbed.Scene) do {
		spare := s.Role(s.Lab().Ada, s.Lab().Workspace, "Spare "+s.NewID(), access.Read)
		return as(s.DeleteRole().Do, s.Lab().Ada, role.DeleteInput{Scope: s.Lab().Scope, ID: spare.ID, ReassignTo: s.Lab().Analyst.ID})
	}},
	{name: "what offers a role", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.Offering().Do, s.Lab().Ada, invitation.OfferingInput{Scope: s.Lab().Scope, Role: access.Admin})
	}},
}
