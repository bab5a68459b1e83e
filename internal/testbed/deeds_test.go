package testbed_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

const week = 7 * 24 * time.Hour

// do performs an operation.
type do func(ctx context.Context) error

// deed is an operation in one of its cases: what it costs, what it logs in the organization, and how a scene is prepared for it.
type deed struct {
	name    string // of the function, and the case
	rounds  int
	log     []string // nil: it writes nothing there
	writes  bool
	by      func(s *testbed.Scene) testbed.Someone // whose rights it takes, nil when it is no matter of rights
	prepare func(s *testbed.Scene) do
}

func ada(s *testbed.Scene) testbed.Someone { return s.Ada }
func bob(s *testbed.Scene) testbed.Someone { return s.Bob }

// as drops the answer of an operation.
func as[In, Out any](op func(context.Context, request.Caller, In) (Out, error), who testbed.Someone, in In) do {
	return func(ctx context.Context) error {
		_, err := op(ctx, who.Caller, in)
		return err
	}
}

// keyed is as with an Idempotency-Key.
func keyed[In, Out any](op func(context.Context, request.Caller, In) (Out, error), who testbed.Someone, in In) do {
	who.Caller = testbed.WithKey(who.Caller, "click-"+who.User.ID[4:12]+time.Now().Format("150405.000000000"), "what is asked")
	return as(op, who, in)
}

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

func visitor(s *testbed.Scene) account.RegisterInput {
	return account.RegisterInput{Issuer: "https://issuer.test", Subject: s.NewID(), Email: s.Address("grace"), EmailVerified: true, Name: "Grace"}
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

// deeds are all operations. The rounds are those of the design.
var deeds = []deed{
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
	{name: "list-my-invitations", rounds: 2, prepare: func(s *testbed.Scene) do {
		grace, _ := newcomer(s)
		return as(s.Mine().Do, grace, invitation.MineInput{})
	}},
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
	{name: "list-brands", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListBrands().Do, s.Ada, brand.ListInput{Scope: s.Org})
	}},
	{name: "list-brands: one's own", rounds: 2, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListBrands().Do, s.Bob, brand.ListInput{Scope: s.Org})
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
	{name: "create-invitations: forty", rounds: 3, writes: true, by: ada, log: slices.Repeat([]string{"InvitationCreated"}, 40), prepare: func(s *testbed.Scene) do {
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
		s.RemoveMember(s.ID, otto.User.ID)
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
	{name: "check-access", rounds: 1, prepare: func(s *testbed.Scene) do {
		return as(s.CheckAccess().Do, s.Cleo, member.CheckInput{Check: member.Check{Scope: s.Globex, Permission: access.Publish}})
	}},
	{name: "expire-invitations", rounds: 2, writes: true, log: []string{"InvitationExpired"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		s.RemoveGuard(s.Org, i.InviteeKey)
		return func(ctx context.Context) error {
			_, err := s.Expire().Do(ctx, i.Reference())
			return err
		}
	}},
	{name: "send-mail: claims it", rounds: 1, writes: true, prepare: func(s *testbed.Scene) do {
		eventID, to := s.NewID(), s.Address("grace")
		return func(ctx context.Context) error {
			claimed, _, err := s.Table.ClaimMail(ctx, eventID, to, time.Minute)
			if err == nil && !claimed {
				return errors.New("somebody else has claimed the mail")
			}
			return err
		}
	}},
	{name: "send-mail: notes that it failed", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return func(ctx context.Context) error {
			return s.Table.MailFailed(ctx, i.Reference(), invitation.Delivery{Status: "failed", At: s.Now()})
		}
	}},
	{name: "console: counts on tabs", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do { return as(s.Count().Do, s.Ada, s.Org) }},
}

// TestDeedsAreAllOperations keeps anybody from forgetting an operation here.
func TestDeedsAreAllOperations(t *testing.T) {
	t.Parallel()
	functions, err := os.ReadDir("../../functions")
	if err != nil {
		t.Fatal(err)
	}
	// These work on the log: their tests are their own.
	others := []string{"relay-log", "sweep-log"}
	for _, function := range functions {
		name := function.Name()
		known := slices.ContainsFunc(deeds, func(d deed) bool {
			function, _, _ := strings.Cut(d.name, ":")
			return function == name
		})
		if !known && !slices.Contains(others, name) {
			t.Errorf("the function %s is not among the deeds", name)
		}
	}
}
