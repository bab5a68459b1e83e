package store

import (
	"time"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
)

// second goes on where the first flow ends: members get other roles, are removed and leave, people ask for access, invitations end in other
// ways, a workspace comes into being, and at last the organization is deleted.
func (f *flow) second() {
	f.t.Helper()
	f.run()
	ada, gil, dora, hal := f.register("ada", "Ada Lovelace"), f.person("gil"), f.person("dora"), f.person("hal")
	acme := access.Organization(f.organization.ID)
	joins := organization.Join
	must[organization.Organization](f.t)(organization.Update{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, organization.UpdateInput{Scope: acme, ExistingAccounts: &joins}))
	hooli := must[brand.Brand](f.t)(brand.Create{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, brand.CreateInput{Scope: acme, Name: "Hooli"}))
	both := invitation.Terms{Role: access.Member, Brands: []string{f.globex.ID, hooli.ID}, BrandRole: access.Publisher}
	for _, name := range []string{"gil", "dora", "hal"} {
		f.invite(ada, acme, name+"@example.com", both)
	}
	f.members(ada, acme, []request.Caller{gil, dora, hal})
	f.requests(ada, acme)
	f.ends(ada, acme, both)
	f.workspaces(ada, gil)
	must[brand.Brand](f.t)(brand.Update{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, brand.UpdateInput{Scope: hooli.Scope(), Name: "Hooli XYZ"}))
	must[brand.Deleted](f.t)(brand.Delete{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, brand.DeleteInput{Scope: hooli.Scope(), Confirm: "Hooli XYZ"}))
	must[organization.Deleted](f.t)(organization.Delete{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, organization.DeleteInput{Scope: acme, Confirm: "Acme Group"}))
}

// members has one member change and get mails again, one be removed, and one leave a brand and then, removed in between, the organization.
func (f *flow) members(ada request.Caller, acme access.Scope, people []request.Caller) {
	f.t.Helper()
	gil, dora, hal := people[0], people[1], people[2]
	editing := member.Editing{Store: f.table, Now: f.clock, NewID: f.newID}
	update := func(w member.Wish) {
		f.t.Helper()
		must[member.Membership](f.t)(member.Update{Editing: editing}.Do(f.ctx(), ada, member.UpdateInput{Scope: acme, User: gil.User, Wish: w}))
	}
	remove := func(by request.Caller, scope access.Scope, user string) {
		f.t.Helper()
		must[member.Removed](f.t)(member.Remove{Editing: editing}.Do(f.ctx(), by, member.RemoveInput{Scope: scope, User: user, Reason: "Has moved"}))
	}
	update(member.Wish{Role: access.Admin, Confirm: "admin", Reason: "Runs it from now on"})
	update(member.Wish{Role: access.Member, Brands: map[string]*access.Role{f.globex.ID: new(access.Viewer)}})
	remove(dora, f.globex.Scope(), "me")
	remove(hal, f.globex.Scope(), "me")
	remove(ada, acme, hal.User)
	f.check(invitation.Track{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), invitation.Report{
		About: invitation.Reference{Root: acme}, Status: invitation.DeliveryFailed, Detail: "mailbox is closed", Stops: true, Recipient: "gil@example.com",
	}))
	must[member.Membership](f.t)(member.Resume{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, member.ResumeInput{Scope: acme, User: gil.User}))
	hasLeft := f.person("ike")
	f.invite(ada, f.globex.Scope(), "ike@example.com", invitation.Terms{Role: access.Viewer})
	keyed := ada
	keyed.Request.IdempotencyKey, keyed.Request.Fingerprint = "bulk", request.Fingerprint("bulk")
	must[member.BulkOutput](f.t)(member.BulkUpdate{Editing: editing}.Do(f.ctx(), keyed, member.BulkUpdateInput{
		Scope: acme, Members: []member.Selected{{ID: gil.User}}, Brands: map[string]*access.Role{f.globex.ID: new(access.Admin)}, Reason: "Access review",
	}))
	remove(hasLeft, acme, "me")
}

// ends has somebody be reminded of an invitation, another one be closed, and somebody ask for a new link in place of one that is too late.
func (f *flow) ends(ada request.Caller, acme access.Scope, terms invitation.Terms) {
	f.t.Helper()
	open := f.invite(ada, acme, "rex@example.com", terms).Invitation
	f.accept["too late"] = open.AcceptURL
	f.now = open.ExpiresAt.AddDate(0, 0, -2)
	f.check(invitation.Remind{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), invitation.Reminder{Reference: open.Reference(), Notify: true, Due: f.clock()}))
	closed := f.invite(ada, acme, "sue@example.com", terms).Invitation
	f.accept["closed"] = closed.AcceptURL
	always := func(invitation.Invitation) bool { return true }
	f.check(invitation.Close{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), closed.Reference(), invitation.ReasonDeleted, always))
	f.now = open.ExpiresAt.Add(time.Minute)
	must[invitation.LinkRequested](f.t)(invitation.RequestLink{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), f.person("rex"), invitation.RequestLinkInput{
		Token: token(open.AcceptURL),
	}))
}
