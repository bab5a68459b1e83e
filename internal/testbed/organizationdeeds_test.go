package testbed_test

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// visitor is somebody new, whose name leads to usernames that nobody of another test can have.
func visitor(s *testbed.Scene) account.RegisterInput {
	id := s.NewID()
	return account.RegisterInput{Issuer: "https://issuer.test", Subject: id, Email: s.Address("grace"), EmailVerified: true, Name: "Grace " + id}
}

func registers(s *testbed.Scene, in account.RegisterInput) do {
	return func(ctx context.Context) error {
		_, err := s.Register().Do(ctx, request.Request{}, in)
		return err
	}
}

// registered is a visitor who has signed in before.
func registered(s *testbed.Scene) account.RegisterInput {
	in := visitor(s)
	if err := registers(s, in)(context.Background()); err != nil {
		s.T.Fatal(err)
	}
	return in
}

// deedsOfOrganizations are the operations on accounts, organizations and brands.
var deedsOfOrganizations = []deed{
	{name: "register-user: new", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do { return registers(s, visitor(s)) }},
	{name: "register-user: the same", rounds: 1, prepare: func(s *testbed.Scene) do { return registers(s, registered(s)) }},
	{name: "register-user: another name", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		in := registered(s)
		in.Name = "Grace Hopper"
		return registers(s, in)
	}},
	{name: "register-user: somebody else's address", rounds: 3, writes: true, prepare: func(s *testbed.Scene) do {
		in := visitor(s)
		in.Email = registered(s).Email
		return registers(s, in)
	}},
	{name: "get-me", rounds: 1, prepare: func(s *testbed.Scene) do { return as(s.Me().Do, s.Dan, account.MeInput{}) }},
	{name: "list-my-access", rounds: 2, prepare: func(s *testbed.Scene) do { return as(s.MyAccess().Do, s.Dan, member.MyAccessInput{}) }},
	{name: "create-organization", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		return keyed(s.CreateOrganization().Do, s.Someone("Grace"), organization.CreateInput{Name: "New"})
	}},
	{name: "get-organization", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.GetOrganization().Do, s.Ada, organization.GetInput{Scope: s.Org})
	}},
	{name: "update-organization", rounds: 2, writes: true, by: ada, log: []string{"OrganizationUpdated"}, prepare: func(s *testbed.Scene) do {
		return as(s.UpdateOrganization().Do, s.Ada, organization.UpdateInput{Scope: s.Org, Name: new("Acme " + s.NewID())})
	}},
	{name: "create-brand", rounds: 2, writes: true, by: ada, log: []string{"BrandCreated"}, prepare: func(s *testbed.Scene) do {
		return keyed(s.CreateBrand().Do, s.Ada, brand.CreateInput{Scope: s.Org, Name: "Umbrella"})
	}},
	{name: "delete-organization", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		ours, _ := s.Organization(s.Ada.Caller, "Ours", "One")
		return as(s.DeleteOrganization().Do, s.Ada, organization.DeleteInput{Scope: access.Organization(ours.ID), Confirm: "Ours"})
	}},
	{name: "get-brand", rounds: 1, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.GetBrand().Do, s.Bob, brand.GetInput{Scope: s.Globex})
	}},
	{name: "update-brand", rounds: 2, writes: true, by: ada, log: []string{"BrandUpdated"}, prepare: func(s *testbed.Scene) do {
		return as(s.UpdateBrand().Do, s.Ada, brand.UpdateInput{Scope: s.Globex, Name: "Globex " + s.NewID()})
	}},
	{name: "delete-brand", rounds: 2, writes: true, by: ada, log: []string{"BrandDeleted"}, prepare: func(s *testbed.Scene) do {
		return as(s.DeleteBrand().Do, s.Ada, brand.DeleteInput{Scope: s.NewBrand("Umbrella").Scope(), Confirm: "Umbrella"})
	}},
	{name: "list-brands", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListBrands().Do, s.Ada, brand.ListInput{Scope: s.Org})
	}},
	{name: "list-brands: one's own", rounds: 2, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListBrands().Do, s.Bob, brand.ListInput{Scope: s.Org})
	}},
	{name: "console: counts on tabs", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do { return as(s.Count().Do, s.Ada, s.Org) }},
	{name: "console: how many workspaces invite", rounds: 1, prepare: func(s *testbed.Scene) do {
		return func(ctx context.Context) error {
			_, err := s.CountInvited().Do(ctx, s.Dan.Caller)
			return err
		}
	}},
}
