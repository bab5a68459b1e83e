package store

import (
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// requests has people ask for access, and each request end in its own way; one stays open.
func (f *flow) requests(ada request.Caller, acme access.Scope) {
	f.t.Helper()
	requests := accessrequest.Create{Store: f.table, Now: f.clock, NewID: f.newID}
	ask := func(name string) (request.Caller, string) {
		f.t.Helper()
		f.now = f.now.Add(time.Second)
		who := f.person(name)
		return who, must[accessrequest.AccessRequest](f.t)(requests.Do(f.ctx(), who, accessrequest.CreateInput{
			Scope: acme, Connection: f.organization.Connections[0].ID, Message: "Hello\n" + name, WantedBrands: []string{f.globex.ID},
		})).ID
	}
	settled := must[accessrequest.AccessRequest](f.t)
	_, approved := ask("jan")
	settled(accessrequest.Approve{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, accessrequest.ApproveInput{
		Scope: acme, ID: approved, Reason: "Launch team", Offer: member.Offer{Role: access.Member, Brands: []string{f.globex.ID}, BrandRole: access.Publisher},
	}))
	_, rejected := ask("kim")
	settled(accessrequest.Reject{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, accessrequest.RejectInput{Scope: acme, ID: rejected, Reason: "Not yet"}))
	lee, withdrawn := ask("lee")
	settled(accessrequest.Withdraw{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), lee, accessrequest.WithdrawInput{Scope: acme, ID: withdrawn}))
	mia, _ := ask("mia")
	f.check(accessrequest.Close{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), acme, mia.User, accessrequest.ReasonRemoved, f.now))
	ask("nia")
}
