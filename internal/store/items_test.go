package store

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/guregu/dynamo/v2"
	"pgregory.net/rapid"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

var (
	ada    = access.Person{ID: "usr_ada", Name: "Ada Lovelace", Email: "ada@example.com", Username: "ada"}
	grace  = access.Person{ID: "usr_grace", Name: "Grace #1 😀", Email: "Grace@example.com", Username: "grace"}
	inAcme = member.Membership{
		User: grace, Scope: acme, Role: access.Member, GrantedBy: access.Person{ID: ada.ID, Name: ada.Name}, GrantedAt: at, JoinedAt: at.Add(-time.Hour),
		Via: member.ViaInvitation, Version: 3,
		Brands: []member.BrandGrant{{
			BrandRole: access.BrandRole{ID: "brd_2", Name: "Globex", Role: access.Publisher}, GrantedBy: access.Person{ID: ada.ID, Name: ada.Name},
			GrantedAt: at, JoinedAt: at.Add(-time.Minute), Via: member.ViaDirect,
		}},
	}
	toAcme = invitation.Invitation{
		ID: "inv_4", Scope: acme, ScopeName: "Acme", Invitee: access.Person{Email: "Grace@example.com"}, InviteeKey: "grace@example.com",
		Role: access.Member, Brands: []access.BrandRole{{ID: "brd_2", Name: "Globex", Role: access.Publisher}}, Status: invitation.Pending,
		InvitedBy: access.Person{ID: ada.ID, Name: ada.Name}, Message: "Welcome", CreatedAt: at.Add(-time.Hour), SentAt: at,
		ExpiresAt: at.Truncate(time.Second).AddDate(0, 0, 7), Version: 2, Generation: 2,
	}
	toGlobex = invitation.Invitation{
		ID: "inv_5", Scope: globex, ScopeName: "Globex", Invitee: access.Person{Email: "grace@example.com"}, InviteeKey: "grace@example.com",
		Role: access.Viewer, Status: invitation.Pending, InvitedBy: access.Person{ID: ada.ID, Name: ada.Name}, CreatedAt: at, SentAt: at,
		ExpiresAt: at.Truncate(time.Second).AddDate(0, 0, 7), Version: 1, Generation: 1,
	}
	asked = accessrequest.AccessRequest{
		ID: "req_7", Organization: "org_1", OrganizationName: "Acme", Requester: grace, UserVersion: 3, Connection: accessrequest.Named{ID: "con_6", Name: "Join page"},
		Message: "Hello", WantedBrands: []accessrequest.Named{{ID: "brd_2", Name: "Globex"}}, Status: accessrequest.Pending, CreatedAt: at, Version: 1,
	}
	approved = func() accessrequest.AccessRequest {
		r := asked
		r.Status, r.DecidedBy, r.DecidedAt, r.Reason, r.Version = accessrequest.Approved, &access.Person{ID: ada.ID, Name: ada.Name}, new(at.Add(time.Minute)), "Launch team", 2
		r.Granted = &access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: "brd_2", Name: "Globex", Role: access.Publisher}}}
		return r
	}()
	entry = audit.Entry{
		ID: "01M8180TK0XYYK596NGYA1DQ91", Type: "InvitationCreated", OccurredAt: at, Actor: access.Person{ID: ada.ID, Name: ada.Name}, Scope: globex,
		Scopes: []access.Scope{globex, acme}, User: grace.ID, Sequence: 1, RequestID: "r-1", CorrelationID: "c-1", Data: json.RawMessage(`{"notify":true}`),
	}
)

// as returns the invitation in another state.
func as(i invitation.Invitation, status invitation.Status) invitation.Invitation {
	i.Status = status
	i.Version++
	if status == invitation.Accepted || status == invitation.Declined {
		answered := at.Add(time.Minute)
		i.RespondedAt = &answered
	}
	if status == invitation.InvalidGrant {
		i.Reason = invitation.ReasonLostRights
	}
	if status == invitation.Accepted {
		i.AcceptedBy = grace.ID
	}
	return i
}

// everyItem is each item of the table, in each state it can have.
func everyItem() map[string]any {
	undelivered := toAcme
	undelivered.Delivery = &invitation.Delivery{Status: "failed", Detail: "the mail service cannot send to this address", At: at}
	admin := member.Membership{
		User: ada, Scope: acme, Role: access.Admin, GrantedBy: ada, GrantedAt: at, JoinedAt: at, Via: member.ViaCreator, Version: 1,
	}
	table := &Table{realNow: func() time.Time { return at }}
	caller := request.Caller{User: ada.ID, Request: request.Request{IdempotencyKey: "k-1", Fingerprint: "f"}}
	username, email := usernameKey("ada"), emailKey("ada@example.com")
	claim, session := mailClaimKey(entry.ID, "F1NGERPR1NT"), sessionKey("h4sh")
	stopped := mailStopKey(acme, "F1NGERPR1NT")
	return map[string]any{
		"user":                       newUserItem(account.User{ID: ada.ID, Name: ada.Name, Email: ada.Email, EmailVerified: true, Username: ada.Username, CreatedAt: at, Version: 1}),
		"user without proof":         newUserItem(account.User{ID: ada.ID, Name: ada.Name, Email: ada.Email, Username: ada.Username, CreatedAt: at, Version: 2}),
		"guard of the e-mail":        guardItem{PK: email.PK, SK: email.SK, User: ada.ID},
		"guard of the username":      guardItem{PK: username.PK, SK: username.SK, User: ada.ID, Name: ada.Name},
		"organization":               newOrganizationItem(acmeToday),
		"brand":                      newBrandRecord(brand.Brand{ID: "brd_2", Organization: "org_1", Name: "Globex", Version: 1}),
		"member, Admin":              newMemberItem(admin),
		"member with a brand":        newMemberItem(inAcme),
		"brand member":               newBrandMemberItem(inAcme, inAcme.Brands[0]),
		"invitation, pending":        newInvitationItem(toAcme),
		"invitation, undelivered":    newInvitationItem(undelivered),
		"invitation, accepted":       newInvitationItem(as(toAcme, invitation.Accepted)),
		"invitation, declined":       newInvitationItem(as(toAcme, invitation.Declined)),
		"invitation, expired":        newInvitationItem(toAcme.Expire()),
		"invitation, invalid_grant":  newInvitationItem(as(toAcme, invitation.InvalidGrant)),
		"invitation, closed":         newInvitationItem(as(toAcme, invitation.Closed)),
		"invitation of a brand":      newInvitationItem(toGlobex),
		"guard of an invitation":     newOpenItem(toAcme),
		"guard of a brand's":         newOpenItem(toGlobex),
		"log entry":                  newEntryItem(entry),
		"log entry of a user":        newEntryItem(audit.Entry{ID: entry.ID, Type: "UserRegistered", OccurredAt: at, Actor: ada, Scope: access.User(ada.ID), Scopes: []access.Scope{access.User(ada.ID)}, User: ada.ID, Sequence: 1, Data: json.RawMessage(`{}`)}),
		"awaited confirmation":       table.newAwaitedItem(entry, "clean-up"),
		"access request, pending":    newAccessRequestItem(asked),
		"access request, approved":   newAccessRequestItem(approved),
		"guard of an access request": newRequestedItem(asked, time.Time{}),
		"guard after a rejection":    newRequestedItem(asked, at.Add(accessrequest.RejectedFor)),
		"request":                    table.newRecord(requestKey(ada.ID, "k-1"), caller, []string{"org_1"}),
		"item of a request":          table.newRecord(itemKey(ada.ID, "k-1", "0"), caller, []string{"inv_4"}),
		"mail claim":                 claimItem{PK: claim.PK, SK: claim.SK, ClaimedAt: at, Expires: at.Add(claimLife)},
		"mail sent":                  claimItem{PK: claim.PK, SK: claim.SK, ClaimedAt: at, Sent: true, Expires: at.Add(claimLife)},
		"stop of mails":              newMailStopItem(stopped, member.MailStop{Why: "mailbox does not exist", At: at}),
		"session":                    sessionItem{PK: session.PK, SK: session.SK, User: ada.ID, CreatedAt: at, ExpiresAt: at.Add(time.Hour), Expires: at.Add(time.Hour)},
	}
}

var acmeToday = organization.Organization{
	ID: "org_1", Name: "Acme", ExistingAccounts: organization.Join, ListBrandsToRequesters: true, Version: 1,
	Connections: []organization.Connection{{ID: "con_6", Name: organization.JoinPage}},
}

func marshal(t interface{ Fatal(...any) }, item any) dynamo.Item {
	stored, err := dynamo.MarshalItem(item)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// TestItemsAsStored holds every item, attribute by attribute. Items of this form are in tables: later code must read them.
func TestItemsAsStored(t *testing.T) {
	t.Parallel()
	all := map[string]any{}
	for name, item := range everyItem() {
		all[name] = written(marshal(t, item))
	}
	golden(t, "items.json", all)
}

// golden compares a value as JSON with a file in testdata.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no golden file (make it with -update): %v", err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestTTLIsInSeconds: DynamoDB ignores any other form without a word (pitfall 26).
func TestTTLIsInSeconds(t *testing.T) {
	t.Parallel()
	expiring := 0
	for name, item := range everyItem() {
		stored := marshal(t, item)
		if stored["expires"] == nil {
			continue
		}
		expiring++
		seconds, isNumber := written(stored)["expires"].(map[string]any)["N"].(string)
		if !isNumber || len(seconds) != len("1795943100") {
			t.Errorf("%s expires at %v", name, written(stored)["expires"])
		}
	}
	if expiring == 0 {
		t.Error("nothing expires")
	}
}

// read returns an item as it is read.
func read[T any](t interface{ Fatal(...any) }, item any) *T {
	var out T
	if err := dynamo.UnmarshalItem(marshal(t, item), &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestAccessRequestsComeBack(t *testing.T) {
	t.Parallel()
	for _, r := range []accessrequest.AccessRequest{asked, approved} {
		if diff := cmp.Diff(&r, read[accessRequestItem](t, newAccessRequestItem(r)).value()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestInvitationsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		i := invitations().Draw(t, "invitation")
		i.Scope = rapid.SampledFrom([]access.Scope{acme, globex}).Draw(t, "scope")
		i.ScopeName, i.OrganizationName, i.Message = text().Draw(t, "scope name"), text().Draw(t, "organization"), text().Draw(t, "message")
		if rapid.Bool().Draw(t, "asks for a link") {
			i.LinkRequestedAt = new(i.ExpiresAt.Add(time.Hour))
		}
		i.Invitee, i.InviteeKey = access.Person{Email: text().Draw(t, "address")}, text().Draw(t, "key")
		i.InvitedBy = access.Person{ID: "usr_ada", Name: text().Draw(t, "inviter")}
		i.Version, i.Generation = rapid.IntRange(1, 1<<30).Draw(t, "version"), rapid.IntRange(1, 1<<30).Draw(t, "generation")
		for n := range rapid.IntRange(0, 3).Draw(t, "brands") {
			i.Brands = append(i.Brands, access.BrandRole{ID: []string{"brd_a", "brd_b", "brd_c"}[n], Name: text().Draw(t, "brand"), Role: access.Viewer})
		}
		if i.Status == invitation.Accepted {
			i.AcceptedBy = "usr_grace"
		}
		if diff := cmp.Diff(&i, read[invitationItem](t, newInvitationItem(i)).value()); diff != "" {
			t.Fatal(diff)
		}
		open := read[openItem](t, newOpenItem(i))
		mine := open.invitation()
		mine.SentAt, mine.Version = open.SentAt, open.Version
		if mine.ID != i.ID || mine.Scope != i.Scope || !mine.ExpiresAt.Equal(i.ExpiresAt) || !open.Expires.Equal(i.ExpiresAt) ||
			mine.Generation != i.Generation || mine.Message != i.Message || mine.OrganizationName != i.OrganizationName || !cmp.Equal(mine.Brands, i.Brands) {
			t.Fatalf("the guard of %+v says %+v", i, mine)
		}
	})
}

// text draws what people write.
func text() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(append([]string{""}, hostile...)), rapid.StringN(0, 20, -1))
}

func TestMembershipsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		by := access.Person{ID: "usr_ada", Name: text().Draw(t, "by")}
		m := member.Membership{
			User:  access.Person{ID: "usr_grace", Name: text().Draw(t, "name"), Email: text().Draw(t, "address"), Username: text().Draw(t, "username")},
			Scope: acme, Role: rapid.SampledFrom(access.Roles(access.KindOrganization)).Draw(t, "role"), GrantedBy: by, GrantedAt: at, JoinedAt: at.Add(-1),
			Via: member.ViaRequest, Version: rapid.IntRange(1, 1<<30).Draw(t, "version"),
		}
		for n := range rapid.IntRange(0, 3).Draw(t, "brands") { // in the order in which they are shown
			m.Brands = append(m.Brands, member.BrandGrant{
				BrandRole: access.BrandRole{ID: []string{"brd_a", "brd_b", "brd_c"}[n], Name: "Globex", Role: access.Viewer}, GrantedBy: by, GrantedAt: at, Via: member.ViaDirect,
				JoinedAt: at.Add(-time.Duration(rapid.IntRange(0, 2).Draw(t, "joined before"))),
				Version:  rapid.IntRange(0, 3).Draw(t, "version of the grant"),
			})
		}
		if diff := cmp.Diff(&m, read[memberFields](t, newMemberItem(m)).membership()); diff != "" {
			t.Fatal(diff)
		}
		for _, b := range m.Brands {
			copied, version := read[memberFields](t, newBrandMemberItem(m, b)).membership(), b.Version
			if version == 0 { // it is from before grants had one
				version = m.Version
			}
			if copied.Scope != access.Brand("org_1", b.ID) || copied.Role != b.Role || copied.User != m.User || copied.Version != version || !copied.JoinedAt.Equal(b.JoinedAt) || copied.Brands != nil {
				t.Fatalf("in the brand %+v stands %+v", b, copied)
			}
		}
	})
}

func TestUsersAndOrganizationsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		u := account.User{
			ID: "usr_ada", Name: text().Draw(t, "name"), Email: text().Draw(t, "address"), EmailVerified: rapid.Bool().Draw(t, "verified"),
			Username: text().Draw(t, "username"), CreatedAt: at, Version: rapid.IntRange(1, 1<<30).Draw(t, "version"),
		}
		if diff := cmp.Diff(&u, read[userItem](t, newUserItem(u)).user()); diff != "" {
			t.Fatal(diff)
		}
		o := acmeToday
		o.Name, o.ExistingAccounts = text().Draw(t, "organization"), organization.Ask
		if diff := cmp.Diff(o, read[organizationItem](t, newOrganizationItem(o)).organization()); diff != "" {
			t.Fatal(diff)
		}
		b := brand.Brand{ID: "brd_2", Organization: "org_1", Name: text().Draw(t, "brand"), Version: 1}
		if diff := cmp.Diff(b, read[brandRecord](t, newBrandRecord(b)).brand("org_1")); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestEntriesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := entry
		e.Actor.Name, e.RequestID, e.CorrelationID = text().Draw(t, "actor"), text().Draw(t, "request"), text().Draw(t, "correlation")
		e.User = rapid.SampledFrom([]string{"", "usr_grace"}).Draw(t, "user")
		e.Sequence = rapid.IntRange(0, 1<<30).Draw(t, "sequence")
		e.Scopes = rapid.SampledFrom([][]access.Scope{{acme}, {globex, acme}, {access.User("usr_ada")}}).Draw(t, "scopes")
		e.Scope = e.Scopes[0]
		data, err := json.Marshal(map[string]string{"text": text().Draw(t, "data")})
		if err != nil {
			t.Fatal(err)
		}
		e.Data = data
		got, err := entryOf(marshal(t, newEntryItem(e)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
