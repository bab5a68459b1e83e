package testbed_test

import (
	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// approval lets whoever asked in as Publisher of the scene's Globex.
func approval(s *testbed.Scene, asked accessrequest.AccessRequest) accessrequest.ApproveInput {
	return accessrequest.ApproveInput{
		Scope: s.Org, ID: asked.ID, Offer: member.Offer{Role: access.Member, Brands: []string{s.Globex.Brand}, BrandRole: access.Publisher},
	}
}

// deedsOfRequests are the operations on access requests.
var deedsOfRequests = []deed{
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
}
