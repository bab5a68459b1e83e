package invitation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/page"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

func emails(n int) []invitation.Invitee {
	var list []invitation.Invitee
	for i := range n {
		list = append(list, invitation.Invitee{Email: fmt.Sprintf("person-%d@example.com", i)})
	}
	return list
}

func brandIDs(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("brd_%d", i))
	}
	return list
}

func TestCreateInputValidate(t *testing.T) {
	t.Parallel()
	org, brand := access.Organization("org_1"), access.Brand("org_1", "brd_1")
	member := invitation.Terms{Role: access.Member, Brands: []string{"brd_1"}, BrandRole: access.Viewer}
	with := func(terms invitation.Terms, change func(*invitation.Terms)) invitation.CreateInput {
		change(&terms)
		return invitation.CreateInput{Scope: org, Invitees: emails(1), Terms: terms}
	}
	admin := func(confirm string) invitation.CreateInput {
		return invitation.CreateInput{Scope: org, Invitees: emails(1), Terms: invitation.Terms{Role: access.Admin, Confirm: confirm}}
	}
	for name, c := range map[string]struct {
		in   invitation.CreateInput
		want []string
	}{
		"a Member":                   {with(member, func(*invitation.Terms) {}), nil},
		"a hundred":                  {invitation.CreateInput{Scope: org, Invitees: emails(100), Terms: member}, nil},
		"101":                        {invitation.CreateInput{Scope: org, Invitees: emails(101), Terms: member}, []string{"/invitees out_of_range"}},
		"nobody":                     {invitation.CreateInput{Scope: org, Terms: member}, []string{"/invitees out_of_range"}},
		"nothing":                    {invitation.CreateInput{Scope: org}, []string{"/invitees out_of_range", "/role required"}},
		"an unknown role":            {with(member, func(t *invitation.Terms) { t.Role, t.Brands, t.BrandRole = "boss", nil, "" }), []string{"/role unknown_role"}},
		"a role of brands":           {with(member, func(t *invitation.Terms) { t.Role, t.Brands, t.BrandRole = access.Viewer, nil, "" }), []string{"/role unknown_role"}},
		"no brand":                   {with(member, func(t *invitation.Terms) { t.Brands = nil }), []string{"/brands required"}},
		"empty brands":               {with(member, func(t *invitation.Terms) { t.Brands = []string{} }), []string{"/brands required"}},
		"90 brands":                  {with(member, func(t *invitation.Terms) { t.Brands = brandIDs(90) }), nil},
		"91 brands":                  {with(member, func(t *invitation.Terms) { t.Brands = brandIDs(91) }), []string{"/brands too_many_brands"}},
		"a brand twice":              {with(member, func(t *invitation.Terms) { t.Brands = []string{"brd_1", "brd_2", "brd_1"} }), []string{"/brands/2 duplicate"}},
		"no role in the brands":      {with(member, func(t *invitation.Terms) { t.BrandRole = "" }), []string{"/brand_role required"}},
		"a wrong role in the brands": {with(member, func(t *invitation.Terms) { t.BrandRole = access.Member }), []string{"/brand_role unknown_role"}},
		"an Admin":                   {admin("admin"), nil},
		"an Admin, typed anyhow":     {admin("\t AdMiN \n"), nil},
		"an Admin, not confirmed":    {admin(""), []string{"/confirm confirmation_required"}},
		"an Admin, wrongly typed":    {admin("administrator"), []string{"/confirm confirmation_required"}},
		"an Admin with brands": {
			invitation.CreateInput{Scope: org, Invitees: emails(1), Terms: invitation.Terms{Role: access.Admin, Confirm: "admin", Brands: []string{"brd_1"}}},
			[]string{"/brands not_allowed"},
		},
		"a brand's Admin":                  {invitation.CreateInput{Scope: brand, Invitees: emails(1), Terms: invitation.Terms{Role: access.Admin}}, nil},
		"a brand's Member":                 {invitation.CreateInput{Scope: brand, Invitees: emails(1), Terms: invitation.Terms{Role: access.Member}}, []string{"/role unknown_role"}},
		"a brand's Viewer with brands":     {invitation.CreateInput{Scope: brand, Invitees: emails(1), Terms: invitation.Terms{Role: access.Viewer, Brands: []string{"b"}}}, []string{"/brands not_allowed"}},
		"a brand's Viewer with brand_role": {invitation.CreateInput{Scope: brand, Invitees: emails(1), Terms: invitation.Terms{Role: access.Viewer, BrandRole: access.Viewer}}, []string{"/brands not_allowed"}},
		"a message of 1,000":               {with(member, func(t *invitation.Terms) { t.Message = new(strings.Repeat("😀", 1000)) }), nil},
		"a message of 1,001":               {with(member, func(t *invitation.Terms) { t.Message = new(strings.Repeat("😀", 1001)) }), []string{"/message too_long"}},
		"a day":                            {with(member, func(t *invitation.Terms) { t.ExpiresInDays = new(1) }), nil},
		"30 days":                          {with(member, func(t *invitation.Terms) { t.ExpiresInDays = new(30) }), nil},
		"no day":                           {with(member, func(t *invitation.Terms) { t.ExpiresInDays = new(0) }), []string{"/expires_in_days out_of_range"}},
		"31 days":                          {with(member, func(t *invitation.Terms) { t.ExpiresInDays = new(31) }), []string{"/expires_in_days out_of_range"}},
		"a time before":                    {with(member, func(t *invitation.Terms) { t.ExpiresInDays = new(-7) }), []string{"/expires_in_days out_of_range"}},
		"everything wrong at once": {
			invitation.CreateInput{Scope: org, Invitees: emails(101), Terms: invitation.Terms{
				Role: access.Member, Brands: append(brandIDs(91), "brd_0"), BrandRole: "boss", Message: new(strings.Repeat("x", 1001)), ExpiresInDays: new(99),
			}},
			[]string{"/brand_role unknown_role", "/brands too_many_brands", "/brands/91 duplicate", "/expires_in_days out_of_range", "/invitees out_of_range", "/message too_long"},
		},
	} {
		got := testbed.Bad(c.in)
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	// What is missing but a confirmation has a code of its own.
	err := fault.Fields(admin("").Validate())
	testbed.CheckCode(t, err, fault.Invalid, "confirmation_required")
}

func TestOtherInputsValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   interface{ Validate() []fault.Field }
		want []string
	}{
		"list":           {invitation.ListInput{Status: "rejected"}, nil},
		"failed ones":    {invitation.ListInput{Status: invitation.FilterDeliveryFailed}, nil},
		"unknown status": {invitation.ListInput{Status: "lost", Query: page.Query{Limit: new(0)}}, []string{"?limit out_of_range", "?status unknown_status"}},
		"mine":           {invitation.MineInput{Query: page.Query{Limit: new(101)}}, []string{"?limit out_of_range"}},
		"get":            {invitation.GetInput{}, nil},
		"delete":         {invitation.DeleteInput{}, nil},
		"resend":         {invitation.ResendInput{}, nil},
		"preview":        {invitation.PreviewInput{}, nil},
		"accept":         {invitation.AcceptInput{}, nil},
		"decline":        {invitation.DeclineInput{}, nil},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestInviteMany has a call in which each invitee comes out differently.
func TestInviteMany(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace, invited := s.Someone("Grace"), s.Address("waiting")
	open := s.Pending(invited)
	fresh, idn := s.Address("Fresh"), "née-"+strings.ToLower(s.NewID())
	in := testbed.MemberOffer(s.ID, fresh, s.Brands[0])
	for _, email := range []string{
		"nobody", strings.ToLower(fresh), s.Dan.User.Email, invited, grace.User.Email, idn + "@Bücher.example", "ne\u0301e-" + idn[len("née-"):] + "@XN--BCHER-KVA.example", "a@x.example, b@x.example",
	} {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: email})
	}
	var out invitation.CreateOutput
	log := s.Appended(s.Org, func() {
		var err error
		if out, err = s.Create().Do(t.Context(), s.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	var got []string
	for i, result := range out.Results {
		line := string(result.Outcome)
		if result.Error != nil {
			line += " " + result.Error.Code + " " + result.Error.ExistingID
			for _, field := range result.Error.Fields {
				line += field.Pointer + " " + field.Code
			}
		}
		got = append(got, line)
		if result.Invitee != in.Invitees[i] {
			t.Errorf("result %d is about %+v", i, result.Invitee)
		}
		if result.Invitation != nil && result.Invitation.AcceptURL != "" {
			t.Error("a bulk answer holds a link")
		}
	}
	want := []string{
		"invited", "failed invalid_input /invitees/1/email malformed_email", "failed invalid_input /invitees/2/email duplicate",
		"failed already_member " + s.Dan.User.ID, "failed invitation_pending " + open.ID, "joined", "invited",
		"failed invalid_input /invitees/7/email duplicate", "failed invalid_input /invitees/8/email malformed_email",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !out.Failed() {
		t.Error("nobody failed")
	}
	if diff := cmp.Diff([]string{"InvitationCreated", "MemberAdded", "InvitationCreated"}, testbed.Types(log)); diff != "" {
		t.Error(diff)
	}
	if address := out.Results[6].Invitation.Invitee.Email; !strings.HasSuffix(address, "@xn--bcher-kva.example") {
		t.Errorf("mail would go to %s", address)
	}
}

func TestInviteOneMalformed(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Unchanged(t, s.ID, func() {
		_, err := s.Create().Do(t.Context(), s.Ada.Caller, testbed.MemberOffer(s.ID, "grace@", s.Brands[0]))
		testbed.CheckFault(t, err, &fault.Error{
			Kind: fault.Invalid, Code: "invalid_input", Message: "Some fields are not valid.",
			Fields: []fault.Field{{Pointer: "/invitees/0/email", Code: "malformed_email", Detail: "This is not an e-mail address."}},
		})
	})
}

// TestDryRun answers what would happen and changes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace, waiting := s.Someone("Grace"), s.Address("waiting")
	s.Pending(waiting)
	in := testbed.MemberOffer(s.ID, s.Address("new"), s.Brands[0])
	in.DryRun = true
	for _, email := range []string{grace.User.Email, waiting, s.Dan.User.Email} {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: email})
	}
	s.Unchanged(t, s.ID, func() {
		ctx, meter := telemetry.WithMeter(t.Context())
		out, err := s.Create().Do(ctx, s.Ada.Caller, in)
		if err != nil || len(out.Results) != 4 || !out.DryRun {
			t.Fatalf("%+v, %v", out, err)
		}
		want := []invitation.Outcome{invitation.Invited, invitation.Joined, invitation.Failed, invitation.Failed}
		for i, result := range out.Results {
			if result.Outcome != want[i] || result.Invitation != nil || result.Membership != nil {
				t.Errorf("%s: %+v", in.Invitees[i].Email, result)
			}
		}
		if _, writes := meter.Requests(); writes != 1 { // the count of the hour's lookups, which is no organization's
			t.Errorf("%d writes", writes)
		}
	})
	_, err := s.Create().Do(t.Context(), s.Cleo.Caller, in)
	testbed.CheckFault(t, err, access.MissingPermissions(access.ManageUsers))
}
