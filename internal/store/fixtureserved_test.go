package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/testtable"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
)

// TestTodayServesTheFixture puts the table of the fixture under today's operations: everybody still finds what they had, and the links that
// were mailed then lead where they led.
func TestTodayServesTheFixture(t *testing.T) {
	t.Parallel()
	f := loadFixture(t, firstFlow)
	at := testtable.Shared(t)
	putAll(t, at, f.Items)
	flow := newFlow(t, at, f.End)
	flow.ids = uint64(time.Now().UnixNano()) // what this test writes differs from run to run
	ada, grace := callerOf("ada"), callerOf("grace")

	me := must[account.User](t)(account.Me{Store: flow.table}.Do(t.Context(), ada, account.MeInput{}))
	if me.Name != "Ada Lovelace" || me.Email != "ada@example.com" || !me.EmailVerified || me.Username == "" {
		t.Errorf("Ada is %+v", me)
	}
	mine, err := member.MyAccess{Store: flow.table}.Do(t.Context(), grace, member.MyAccessInput{})
	if err != nil || len(mine.Items) != 1 || mine.Items[0].ScopeName != "Acme Group" || len(mine.Items[0].Brands) != 2 || mine.Items[0].Via != member.ViaInvitation {
		t.Errorf("Grace has %+v, %v", mine.Items, err)
	}
	acme := mine.Items[0].Scope
	org := must[organization.Organization](t)(organization.Get{Store: flow.table}.Do(t.Context(), ada, organization.GetInput{Scope: acme}))
	if org.Name != "Acme Group" || org.ExistingAccounts != organization.Ask || len(org.Connections) != 1 {
		t.Errorf("Acme is %+v", org)
	}
	brands, err := brand.List{Store: flow.table}.Do(t.Context(), ada, brand.ListInput{Scope: acme})
	if err != nil || len(brands.Items) != 2 || brands.Items[0].Name != "Globex" {
		t.Fatalf("brands: %+v, %v", brands.Items, err)
	}
	members, err := member.List{Store: flow.table}.Do(t.Context(), ada, member.ListInput{Scope: acme})
	if diff := cmp.Diff([]string{"admin Ada Lovelace", "member dan", "member eve", "member grace"}, roles(members.Items)); diff != "" || err != nil {
		t.Errorf("members, %v: %s", err, diff)
	}
	inGlobex, err := member.List{Store: flow.table}.Do(t.Context(), ada, member.ListInput{Scope: brands.Items[0].Scope()})
	if diff := cmp.Diff([]string{"admin Ada Lovelace", "admin dan", "publisher grace"}, roles(inGlobex.Items)); diff != "" || err != nil {
		t.Errorf("members of Globex, %v: %s", err, diff)
	}
	servesInvitations(t, flow, ada, acme)
	servesLinks(t, flow, f.Links)
}

func roles(members []member.Membership) []string {
	var out []string
	for _, m := range members {
		out = append(out, string(m.Role)+" "+m.User.Name)
	}
	return out
}

func callerOf(subject string) request.Caller {
	return request.Caller{User: account.UserID("https://issuer.test", subject), Request: request.Request{ID: "r"}}
}

// putAll stores items as they are, but keeps log entries out of the outbox, which is all tests'.
func putAll(t *testing.T, at testtable.Table, items []stored) {
	t.Helper()
	for chunk := range slices.Chunk(items, 25) {
		var writes []types.WriteRequest
		for _, one := range chunk {
			if strings.HasPrefix(one.text("GSI2PK"), UnpublishedPrefix) {
				delete(one.item, "GSI2PK")
				delete(one.item, "GSI2SK")
			}
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: one.item}})
		}
		in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{at.Name: writes}}
		if out, err := testtable.Client(at.Endpoint).BatchWriteItem(t.Context(), in); err != nil || len(out.UnprocessedItems) > 0 {
			t.Fatalf("put the fixture: %v", err)
		}
	}
}

func servesInvitations(t *testing.T, flow *flow, ada request.Caller, acme access.Scope) {
	t.Helper()
	for filter, want := range map[invitation.Filter][]string{
		"pending":                       {"bounced@example.com", "again@example.com", "Open@example.com", "open@example.com"},
		"expired":                       {"late@example.com"},
		"declined":                      {"bob@example.com"},
		"accepted":                      {"grace@example.com"},
		"invalid_grant":                 {"frank@example.com"},
		invitation.FilterDeliveryFailed: {"bounced@example.com"},
	} {
		list, err := invitation.List{Store: flow.table, Now: flow.clock}.Do(t.Context(), ada, invitation.ListInput{Scope: acme, Status: filter})
		var got []string
		for _, i := range list.Items {
			got = append(got, i.Invitee.Email)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s, %v: %s", filter, err, diff)
		}
	}
}

func servesLinks(t *testing.T, flow *flow, links map[string]string) {
	t.Helper()
	for name, want := range map[string]struct {
		status invitation.Status
		code   string
	}{
		"pending": {invitation.Pending, ""}, "pending in a brand": {invitation.Pending, ""}, "undelivered": {invitation.Pending, ""},
		"resent": {invitation.Pending, ""}, "accepted": {invitation.Accepted, ""}, "declined": {invitation.Declined, ""},
		"expired": {invitation.Expired, ""}, "invalid_grant": {invitation.InvalidGrant, ""},
		"superseded": {"", "invitation_superseded"}, "deleted": {"", "invitation_deleted"},
	} {
		show := invitation.Show{Store: flow.table, Now: flow.clock, Links: flow.links}
		preview, err := show.Do(t.Context(), request.Caller{}, invitation.PreviewInput{Token: token(links[name])})
		if preview.Status != want.status || want.code != "" && (!fault.HasCode(err, want.code) || !errors.Is(err, fault.Gone)) || want.code == "" && err != nil {
			t.Errorf("the link of the %s invitation: got %+v, %v", name, preview, err)
		}
	}
	open := flow.person("open")
	accept := invitation.Accept{Store: flow.table, Now: flow.clock, NewID: flow.newID, Links: flow.links}
	joined, err := accept.Do(t.Context(), open, invitation.AcceptInput{Locator: invitation.Locator{Token: token(links["pending"])}})
	if err != nil || joined.Role != access.Member || len(joined.Brands) != 2 {
		t.Fatalf("the open invitation is accepted: got %+v, %v", joined, err)
	}
	// So that the test can run again on the same table.
	for _, scope := range []access.Scope{joined.Scope, access.Brand(joined.Scope.Organization, joined.Brands[0].ID), access.Brand(joined.Scope.Organization, joined.Brands[1].ID)} {
		k := memberKey(scope, joined.User.ID)
		if err := flow.table.table.Delete("PK", k.PK).Range("SK", k.SK).Run(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
