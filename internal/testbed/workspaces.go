package testbed

import (
	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

// Workspace creates a workspace, whose Admin is its creator.
func (b *Bed) Workspace(owner Someone, name string) workspace.Workspace {
	b.T.Helper()
	made, err := b.CreateWorkspace().Do(b.T.Context(), owner.Caller, workspace.CreateInput{Name: name})
	if err != nil {
		b.T.Fatalf("create workspace %s: %v", name, err)
	}
	return made
}

// Role creates a role of a workspace.
func (b *Bed) Role(admin Someone, in workspace.Workspace, name string, permissions ...access.Permission) role.Role {
	b.T.Helper()
	made, err := b.CreateRole().Do(b.T.Context(), admin.Caller, role.CreateInput{Scope: in.Scope(), Name: name, Permissions: permissions})
	if err != nil {
		b.T.Fatalf("create role %s: %v", name, err)
	}
	return made
}

// Seat puts people into a workspace with a role, past the operations and their log.
func (b *Bed) Seat(admin Someone, in workspace.Workspace, given access.Role, people ...Someone) {
	b.T.Helper()
	for _, one := range people {
		change, _ := member.Add(nil, member.Left{}, one.User.Person(), in.Scope(), in.Name, access.Grant{Role: given},
			member.Given{By: admin.User.Person(), At: b.Now(), Via: member.ViaInvitation})
		if err := b.Table.ChangeMember(b.T.Context(), change, audit.Trail{Caller: admin.Caller}); err != nil {
			b.T.Fatalf("seat %s in %s: %v", one.User.Name, in.Name, err)
		}
	}
}
