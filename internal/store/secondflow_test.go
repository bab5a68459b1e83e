package store

import (
	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
)

// second goes through what becomes of an organization that is there: its members get other roles, are removed and leave.
func (f *flow) second() {
	f.t.Helper()
	ada, grace, dan, hal := f.person("ada"), f.person("grace"), f.person("dan"), f.person("hal")
	f.organization = must[organization.Organization](f.t)(organization.Create{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, organization.CreateInput{Name: "Acme"}))
	acme := access.Organization(f.organization.ID)
	brands := brand.Create{Store: f.table, Now: f.clock, NewID: f.newID}
	f.globex = must[brand.Brand](f.t)(brands.Do(f.ctx(), ada, brand.CreateInput{Scope: acme, Name: "Globex"}))
	initech := must[brand.Brand](f.t)(brands.Do(f.ctx(), ada, brand.CreateInput{Scope: acme, Name: "Initech"}))
	both := invitation.Terms{Role: access.Member, Brands: []string{f.globex.ID, initech.ID}, BrandRole: access.Publisher}
	for _, name := range []string{"grace", "dan", "hal"} {
		f.invite(ada, acme, name+"@example.com", both)
	}
	f.members(ada, acme, []request.Caller{grace, dan, hal})
}

// members has one member change, one be removed, and one leave a brand and then, removed in between, the organization.
func (f *flow) members(ada request.Caller, acme access.Scope, people []request.Caller) {
	f.t.Helper()
	grace, dan, hal := people[0], people[1], people[2]
	editing := member.Editing{Store: f.table, Now: f.clock, NewID: f.newID}
	update := func(w member.Wish) {
		f.t.Helper()
		must[member.Membership](f.t)(member.Update{Editing: editing}.Do(f.ctx(), ada, member.UpdateInput{Scope: acme, User: grace.User, Wish: w}))
	}
	remove := func(by request.Caller, scope access.Scope, user string) {
		f.t.Helper()
		must[member.Removed](f.t)(member.Remove{Editing: editing}.Do(f.ctx(), by, member.RemoveInput{Scope: scope, User: user, Reason: "Has moved"}))
	}
	update(member.Wish{Role: access.Admin, Confirm: "admin", Reason: "Runs it from now on"})
	update(member.Wish{Role: access.Member, Brands: map[string]*access.Role{f.globex.ID: new(access.Viewer)}})
	remove(dan, f.globex.Scope(), "me")
	remove(hal, f.globex.Scope(), "me")
	remove(ada, acme, hal.User)
	hasLeft := f.person("ike")
	f.invite(ada, f.globex.Scope(), "ike@example.com", invitation.Terms{Role: access.Viewer})
	keyed := ada
	keyed.Request.IdempotencyKey, keyed.Request.Fingerprint = "bulk", request.Fingerprint("bulk")
	must[member.BulkOutput](f.t)(member.BulkUpdate{Editing: editing}.Do(f.ctx(), keyed, member.BulkUpdateInput{
		Scope: acme, Members: []member.Selected{{ID: grace.User}}, Brands: map[string]*access.Role{f.globex.ID: new(access.Admin)}, Reason: "Access review",
	}))
	remove(hasLeft, acme, "me")
}
