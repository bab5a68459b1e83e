package upkeep_test

import (
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// change is what leads to an event, and what subscribers have to make of it.
type change func(h *healing) (happens func() error, unsettled func() string)

// invited has somebody in Globex who has an open invitation to Initech as well.
func invited(h *healing) (testbed.Someone, string) {
	address := h.Address("grace")
	first, second := h.Pending(address), invite(h.t, h.Scene, h.Initech, address, inBrand(access.Viewer))
	grace := h.SomeoneWith("Grace", address)
	if err := accepts(h.t, h.Scene, grace, first); err != nil {
		h.t.Fatal(err)
	}
	return grace, "INVITATION#" + second.ID
}

// late has an invitation or a request whose event comes after its scope was deleted.
func late(h *healing, scope access.Scope, sk string) func() string {
	h.DeleteScope(scope)
	return func() string { return h.open(sk) }
}

var changesOfOrganizations = map[string]change{
	"MemberAdded": func(h *healing) (func() error, func() string) {
		address := h.Address("grace")
		first, lower := h.Pending(address), invite(h.t, h.Scene, h.Globex, address, inBrand(access.Viewer))
		grace := h.SomeoneWith("Grace", address)
		return func() error { return accepts(h.t, h.Scene, grace, first) },
			func() string { return h.unsettled() + h.open("INVITATION#"+lower.ID) }
	},
	"MemberAdded as Organization Admin": func(h *healing) (func() error, func() string) {
		grace := h.Someone("Grace")
		return func() error {
			h.Promote(h.Ada, h.ID, grace)
			return nil
		}, h.unsettled
	},
	"MemberRoleChanged": func(h *healing) (func() error, func() string) {
		grace, other := invited(h)
		return func() error {
			_, err := h.UpdateMember().Do(h.t.Context(), h.Ada.Caller, member.UpdateInput{Scope: h.Org, User: grace.User.ID, Wish: member.Wish{Role: access.Admin, Confirm: "admin"}})
			return err
		}, func() string { return h.unsettled() + h.open(other) }
	},
	"MemberRemoved": func(h *healing) (func() error, func() string) {
		grace, other := invited(h)
		h.Advance(time.Minute)
		return func() error {
			_, err := h.RemoveMember().Do(h.t.Context(), h.Ada.Caller, member.RemoveInput{Scope: h.Org, User: grace.User.ID})
			return err
		}, func() string { return h.unsettled() + h.open(other) }
	},
	"MemberRemoved of a granter": func(h *healing) (func() error, func() string) {
		gus := h.Someone("Gus")
		h.Promote(h.Ada, h.ID, gus)
		h.Join(gus, h.Brands[0], access.Viewer, h.Someone("Grace"), h.Someone("Otto"))
		return func() error {
			_, err := h.RemoveMember().Do(h.t.Context(), h.Ada.Caller, member.RemoveInput{Scope: h.Org, User: gus.User.ID})
			return err
		}, h.unsettled
	},
	"UserUpdated": func(h *healing) (func() error, func() string) {
		in := account.RegisterInput{Issuer: testbed.Issuer, Subject: h.NewID(), Email: h.Address("grace"), EmailVerified: true, Name: "Grace"}
		user, err := h.Register().Do(h.t.Context(), request.Request{}, in)
		if err != nil {
			h.t.Fatal(err)
		}
		h.users = append(h.users, user.ID)
		h.Join(h.Ada, h.Brands[0], access.Viewer, testbed.Someone{Caller: testbed.Caller(user.ID), User: user})
		return func() error {
			in.Name, in.Email = "Amazing Hopper", h.Address("amazing")
			_, err := h.Register().Do(h.t.Context(), request.Request{}, in)
			return err
		}, h.unsettled
	},
	"BrandUpdated": func(h *healing) (func() error, func() string) {
		return func() error {
			_, err := h.UpdateBrand().Do(h.t.Context(), h.Ada.Caller, brand.UpdateInput{Scope: h.Globex, Name: "Globex Two"})
			return err
		}, h.unsettled
	},
	"BrandDeleted": func(h *healing) (func() error, func() string) {
		open := invite(h.t, h.Scene, h.Globex, h.Address("otto"), inBrand(access.Viewer))
		return func() error {
				_, err := h.DeleteBrand().Do(h.t.Context(), h.Ada.Caller, brand.DeleteInput{Scope: h.Globex, Confirm: "Globex"})
				return err
			}, func() string {
				left := strings.Join(remains(h.Scene, "ORG#"+h.ID+"#BRAND#"+h.Globex.Brand, "ORG#"+h.ID+"#BRAND#"+h.Globex.Brand+"#SEARCH"), "\n")
				return h.unsettled() + left + h.open("INVITATION#"+open.ID)
			}
	},
	"BrandDeleted offered in the organization": func(h *healing) (func() error, func() string) {
		both, one := h.Invite(h.Ada.Caller, h.ID, h.Address("otto"), h.Brands...), h.Pending(h.Address("mary"))
		return func() error {
				_, err := h.DeleteBrand().Do(h.t.Context(), h.Ada.Caller, brand.DeleteInput{Scope: h.Globex, Confirm: "Globex"})
				return err
			}, func() string {
				left := strings.Join(offer(h.t, h.Scene, both).Brands[1:], "\n")
				return left + strings.Join(offer(h.t, h.Scene, one).Mine, "\n")
			}
	},
	"OrganizationUpdated": func(h *healing) (func() error, func() string) {
		open := h.Pending(h.Address("otto"))
		return func() error {
				_, err := h.UpdateOrganization().Do(h.t.Context(), h.Ada.Caller, organization.UpdateInput{Scope: h.Org, Name: new("Acme Group")})
				return err
			}, func() string {
				return strings.TrimPrefix(offer(h.t, h.Scene, open).Mine[0], "Acme Group")
			}
	},
	"OrganizationDeleted": func(h *healing) (func() error, func() string) {
		open, asked := h.Pending(h.Address("otto")), h.Asks(h.Someone("Mary"))
		return func() error {
				_, err := h.DeleteOrganization().Do(h.t.Context(), h.Ada.Caller, organization.DeleteInput{Scope: h.Org, Confirm: "Acme"})
				return err
			}, func() string {
				root := "ORG#" + h.ID
				left := remains(h.Scene, root, root+"#SEARCH", "INVITED#"+root, root+"#BRAND#"+h.Globex.Brand, root+"#BRAND#"+h.Globex.Brand+"#SEARCH")
				return strings.Join(left, "\n") + h.open("INVITATION#"+open.ID, "REQUEST#"+asked.ID)
			}
	},
	"InvitationCreated": func(h *healing) (func() error, func() string) {
		var unsettled func() string
		return func() error {
			made := invite(h.t, h.Scene, h.Globex, h.Address("otto"), inBrand(access.Viewer))
			unsettled = late(h, h.Globex, "INVITATION#"+made.ID)
			return nil
		}, func() string { return unsettled() }
	},
	"InvitationResent": func(h *healing) (func() error, func() string) {
		made := invite(h.t, h.Scene, h.Globex, h.Address("otto"), inBrand(access.Viewer))
		return func() error {
			h.Advance(2 * time.Minute)
			_, err := h.Resend().Do(h.t.Context(), h.Ada.Caller, invitation.ResendInput{Scope: h.Globex, ID: made.ID})
			late(h, h.Globex, "")
			return err
		}, func() string { return h.open("INVITATION#" + made.ID) }
	},
	"InvitationDeclined": func(h *healing) (func() error, func() string) { // as all others are: it touches a brand
		made := h.Pending(h.Address("grace"))
		grace := h.SomeoneWith("Grace", made.Invitee.Email)
		return func() error {
			_, err := h.Decline().Do(h.t.Context(), grace.Caller, invitation.DeclineInput{Locator: invitation.Locator{Token: testbed.Token(made.AcceptURL)}})
			return err
		}, h.unsettled
	},
	"AccessRequestCreated": func(h *healing) (func() error, func() string) {
		var asked accessrequest.AccessRequest
		return func() error {
			asked = h.Asks(h.Someone("Grace"), h.Brands[0])
			late(h, h.Org, "")
			return nil
		}, func() string { return h.open("REQUEST#" + asked.ID) }
	},
}
