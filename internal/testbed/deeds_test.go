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
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

const week = 7 * 24 * time.Hour

// do performs an operation.
type do func(ctx context.Context) error

// deed is an operation in one of its cases: what it costs, what it logs in the organization or the lab, and how a scene is prepared for it.
type deed struct {
	name    string   // of the function, and the case
	rounds  int      // 0: it reads nothing
	inLab   bool     // not in the organization
	log     []string // nil: it writes nothing there
	writes  bool
	by      func(s *testbed.Scene) testbed.Someone // whose rights it takes, nil when it is no matter of rights
	prepare func(s *testbed.Scene) do
}

// root returns the organization or the workspace that the deed is done in.
func (d deed) root(s *testbed.Scene) access.Scope {
	if d.inLab {
		return s.Lab().Scope
	}
	return s.Org
}

// id is the root's.
func (d deed) id(s *testbed.Scene) string {
	if d.inLab {
		return s.Lab().ID
	}
	return s.ID
}

func ada(s *testbed.Scene) testbed.Someone   { return s.Ada }
func bob(s *testbed.Scene) testbed.Someone   { return s.Bob }
func owner(s *testbed.Scene) testbed.Someone { return s.Lab().Ada }

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

// joined is a Viewer of the scene's Globex.
func joined(s *testbed.Scene) testbed.Someone {
	grace := s.Someone("Grace")
	s.Join(s.Ada, s.Brands[0], access.Viewer, grace)
	return grace
}

// approval lets whoever asked in as Publisher of the scene's Globex.
func approval(s *testbed.Scene, asked accessrequest.AccessRequest) accessrequest.ApproveInput {
	return accessrequest.ApproveInput{
		Scope: s.Org, ID: asked.ID, Offer: member.Offer{Role: access.Member, Brands: []string{s.Globex.Brand}, BrandRole: access.Publisher},
	}
}

// found returns a word by which somebody in the scene's Globex is found.
func found(s *testbed.Scene) string {
	grace := joined(s)
	if err := s.Indexes().Person(context.Background(), s.Org, grace.User.ID); err != nil {
		s.T.Fatal(err)
	}
	return grace.User.Email
}

// newest is the event that the organization of the scene has published last.
func newest(s *testbed.Scene) event.Envelope {
	all := s.Envelopes(s.ID)
	return all[len(all)-1]
}

func selected(people ...testbed.Someone) []member.Selected {
	var all []member.Selected
	for _, one := range people {
		all = append(all, member.Selected{ID: one.User.ID})
	}
	return all
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
var deeds = append([]deed{
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
	{name: "add-client", rounds: 2, writes: true, by: ada, log: []string{"MemberAdded"}, prepare: func(s *testbed.Scene) do {
		_, id := s.Client("Reports")
		return keyed(s.AddClient().Do, s.Ada, member.AddClientInput{Scope: s.Org, ClientID: id, Name: "Reports", Offer: member.Offer{
			Role: access.Member, Brands: []string{s.Globex.Brand, s.Initech.Brand}, BrandRole: access.Viewer,
		}})
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
	{name: "what offers a role", rounds: 1, inLab: true, by: owner, prepare: func(s *testbed.Scene) do {
		return as(s.Offering().Do, s.Lab().Ada, invitation.OfferingInput{Scope: s.Lab().Scope, Role: access.Admin})
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
	{name: "preview-join", rounds: 2, prepare: func(s *testbed.Scene) do {
		return as(s.PreviewJoin().Do, s.Someone("Grace"), accessrequest.JoinInput{Scope: s.Org, Connection: s.JoinPage})
	}},
	{name: "create-access-request", rounds: 3, writes: true, log: []string{"AccessRequestCreated"}, prepare: func(s *testbed.Scene) do {
		return keyed(s.Ask().Do, s.Someone("Grace"), accessrequest.CreateInput{
			Scope: s.Org, Connection: s.JoinPage, WantedBrands: []string{s.Globex.Brand, s.Initech.Brand},
		})
	}},
	{name: "list-access-requests", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.AccessRequests().Do, s.Ada, accessrequest.ListInput{Scope: s.Org, Fresh: []string{s.Asks(s.Someone("Grace")).ID}})
	}},
	{name: "list-access-requests: by status", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.AccessRequests().Do, s.Ada, accessrequest.ListInput{Scope: s.Org, Status: accessrequest.Pending})
	}},
	{name: "get-access-request", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.AccessRequest().Do, s.Ada, accessrequest.GetInput{Scope: s.Org, ID: s.Asks(s.Someone("Grace")).ID})
	}},
	{name: "approve-access-request", rounds: 2, writes: true, by: ada, log: []string{"AccessRequestApproved", "MemberAdded"}, prepare: func(s *testbed.Scene) do {
		return keyed(s.Approve().Do, s.Ada, approval(s, s.Asks(s.Someone("Grace"))))
	}},
	{name: "approve-access-request: as Organization Admin", rounds: 2, writes: true, by: ada, log: []string{"AccessRequestApproved", "MemberAdded"}, prepare: func(s *testbed.Scene) do {
		in := approval(s, s.Asks(s.Someone("Grace")))
		in.Offer = member.Offer{Role: access.Admin, Confirm: "admin"}
		return as(s.Approve().Do, s.Ada, in)
	}},
	{name: "approve-access-request: a Member by now", rounds: 3, writes: true, by: ada, log: []string{"AccessRequestApproved", "MemberRoleChanged"}, prepare: func(s *testbed.Scene) do {
		grace := s.Someone("Grace")
		asked := s.Asks(grace)
		s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
		return as(s.Approve().Do, s.Ada, approval(s, asked))
	}},
	{name: "reject-access-request", rounds: 2, writes: true, by: ada, log: []string{"AccessRequestRejected"}, prepare: func(s *testbed.Scene) do {
		return keyed(s.Reject().Do, s.Ada, accessrequest.RejectInput{Scope: s.Org, ID: s.Asks(s.Someone("Grace")).ID, Reason: "No."})
	}},
	{name: "withdraw-access-request", rounds: 2, writes: true, log: []string{"AccessRequestWithdrawn"}, prepare: func(s *testbed.Scene) do {
		grace := s.Someone("Grace")
		return keyed(s.Withdraw().Do, grace, accessrequest.WithdrawInput{Scope: s.Org, ID: s.Asks(grace).ID})
	}},
	{name: "list-my-access-requests", rounds: 1, prepare: func(s *testbed.Scene) do {
		grace := s.Someone("Grace")
		s.Asks(grace)
		return as(s.MyRequests().Do, grace, accessrequest.MineInput{})
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
	{name: "list-audit-log: about a person, of a type", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Ada, audit.ListInput{Scope: s.Org, User: s.Cleo.User.ID, Type: "MemberAdded"})
	}},
	{name: "list-audit-log: of a brand", rounds: 2, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Bob, audit.ListInput{Scope: s.Globex})
	}},
	{name: "list-audit-log: of a brand, by an actor", rounds: 1, by: bob, prepare: func(s *testbed.Scene) do {
		return as(s.ListAuditLog().Do, s.Bob, audit.ListInput{Scope: s.Globex, Actor: s.Ada.User.ID})
	}},
	{name: "list-events", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do {
		return as(s.ListEvents().Do, s.Ada, audit.FeedInput{Scope: s.Org})
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
	{name: "expire-invitations: a reminder", rounds: 2, writes: true, log: []string{"InvitationExpiring"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return func(ctx context.Context) error {
			return s.Remind().Do(ctx, invitation.Reminder{Reference: i.Reference(), Notify: true, Due: s.Now()})
		}
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
	{name: "send-mail: claims it for a resend", rounds: 1, writes: true, prepare: func(s *testbed.Scene) do {
		eventID, to := s.NewID(), s.Address("grace")
		return func(ctx context.Context) error {
			_, _, err := s.Table.ClaimMail(ctx, eventID, invitation.Addressee{Root: s.Org, Address: to, ResentAt: s.Now()}, time.Minute)
			return err
		}
	}},
	{name: "track-mail: delivered", rounds: 2, writes: true, log: []string{"InvitationDelivered"}, prepare: tracked(invitation.Delivered)},
	{name: "track-mail: delayed", rounds: 2, writes: true, log: []string{"InvitationDeliveryDelayed"}, prepare: tracked(invitation.DeliveryDelayed)},
	{name: "track-mail: bounced", rounds: 2, writes: true, log: []string{"InvitationDeliveryFailed"}, prepare: func(s *testbed.Scene) do {
		i := s.Pending(s.Address("grace"))
		return func(ctx context.Context) error {
			return s.Track().Do(ctx, bounced(i.Reference(), account.EmailKey(i.Invitee.Email)))
		}
	}},
	{name: "track-mail: a notice bounced", rounds: 2, writes: true, prepare: func(s *testbed.Scene) do {
		to := s.Address("grace")
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
	{name: "console: counts on tabs", rounds: 1, by: ada, prepare: func(s *testbed.Scene) do { return as(s.Count().Do, s.Ada, s.Org) }},
	{name: "console: how many workspaces invite", rounds: 1, prepare: func(s *testbed.Scene) do {
		return func(ctx context.Context) error {
			_, err := s.CountInvited().Do(ctx, s.Dan.Caller)
			return err
		}
	}},
}, slices.Concat(membersOfLab, invitationsOfLab)...)

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
