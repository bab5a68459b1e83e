package accessrequest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

var allowed = access.Action{Allowed: true}

func TestCreate(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	var got accessrequest.AccessRequest
	log := s.Appended(s.Org, func() {
		var err error
		got, err = s.Ask().Do(t.Context(), grace.Caller, accessrequest.CreateInput{
			Scope: s.Org, Connection: s.JoinPage, Message: "  I start on Monday. ", WantedBrands: []string{s.Initech.Brand, s.Globex.Brand},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	want := accessrequest.AccessRequest{
		ID: got.ID, Organization: s.ID, OrganizationName: "Acme", Requester: grace.User.Person(), UserVersion: 1,
		Connection: accessrequest.Named{ID: s.JoinPage, Name: "Join page"}, Message: "I start on Monday.",
		WantedBrands: []accessrequest.Named{{ID: s.Initech.Brand, Name: "Initech"}, {ID: s.Globex.Brand, Name: "Globex"}},
		Status:       accessrequest.Pending, CreatedAt: testbed.Start, Version: 1, Actions: access.Actions{"withdraw": allowed},
	}
	if diff := cmp.Diff(want, got); diff != "" || !strings.HasPrefix(got.ID, "req_") {
		t.Error(got.ID, diff)
	}
	fact := event.AccessRequest{
		ID: got.ID, Requester: grace.User.Person(), Connection: event.Connection{ID: s.JoinPage, Name: "Join page"}, Status: "pending", CreatedAt: testbed.Start,
		WantedBrands: []event.Brand{{ID: s.Initech.Brand, Name: "Initech"}, {ID: s.Globex.Brand, Name: "Globex"}},
	}
	wantLog := []testbed.Logged{{
		Type: "AccessRequestCreated", Actor: grace.User.ID, Scope: s.Org, User: grace.User.ID, Sequence: "1", Fact: event.AccessRequestCreated{AccessRequest: fact},
	}}
	if diff := cmp.Diff(wantLog, log); diff != "" {
		t.Error(diff)
	}
	read, err := s.AccessRequest().Do(t.Context(), grace.Caller, accessrequest.GetInput{Scope: s.Org, ID: got.ID})
	if diff := cmp.Diff(want, read); err != nil || diff != "" {
		t.Error(err, diff)
	}
	want.Actions = access.Actions{"approve": allowed, "reject": allowed}
	read, err = s.AccessRequest().Do(t.Context(), s.Ada.Caller, accessrequest.GetInput{Scope: s.Org, ID: got.ID})
	if diff := cmp.Diff(want, read); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// TestCreateRefusals: each who may not ask learns why, and it changes nothing.
func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	asked := s.Someone("Asked")
	open := s.Asks(asked)
	toOrganization, toBrand := s.Someone("Grace"), s.Someone("Heidi")
	s.askAccounts()
	invited := []string{s.Pending(toOrganization.User.Email).ID, s.inviteTo(s.Globex, toBrand).ID}
	otto := s.Someone("Otto")
	hidden, _ := s.Organization(s.Eve.Caller, "Hidden", "Secret")
	connections := []organization.ConnectionChange{{Name: "Portal", Enabled: true}, {Name: "Off"}}
	settings, err := s.UpdateOrganization().Do(t.Context(), s.Eve.Caller, organization.UpdateInput{
		Scope: access.Organization(hidden.ID), ListBrandsToRequesters: new(false), Connections: connections,
	})
	if err != nil {
		t.Fatal(err)
	}
	portal, off := settings.Connections[0].ID, settings.Connections[1].ID
	unproved := s.Unverified("Mallory", s.Address("mallory"))
	code := func(kind fault.Kind, code, existing string) *fault.Error {
		return &fault.Error{Kind: kind, Code: code, ExistingID: existing}
	}
	for name, c := range map[string]struct {
		who    request.Caller
		scope  access.Scope
		via    string
		wanted []string
		want   *fault.Error
	}{
		"anonymous":              {request.Caller{}, s.Org, s.JoinPage, nil, code(fault.Unauthenticated, "not_signed_in", "")},
		"not registered":         {testbed.Caller("usr_" + s.NewID()), s.Org, s.JoinPage, nil, code(fault.Forbidden, "not_registered", "")},
		"address not proven":     {unproved.Caller, s.Org, s.JoinPage, nil, code(fault.Forbidden, "email_not_verified", "")},
		"unknown connection":     {otto.Caller, s.Org, "con_" + s.NewID(), nil, code(fault.NotFound, "not_found", "")},
		"no connection":          {otto.Caller, s.Org, "", nil, code(fault.NotFound, "not_found", "")},
		"connection of another":  {otto.Caller, s.Org, portal, nil, code(fault.NotFound, "not_found", "")},
		"connection that is off": {otto.Caller, access.Organization(hidden.ID), off, nil, code(fault.NotFound, "not_found", "")},
		"unknown organization":   {otto.Caller, access.Organization("org_" + s.NewID()), s.JoinPage, nil, code(fault.NotFound, "not_found", "")},
		"odd organization":       {otto.Caller, access.Organization(s.ID + "#LOG"), s.JoinPage, nil, code(fault.NotFound, "not_found", "")},
		"a member":               {s.Cleo.Caller, s.Org, s.JoinPage, nil, code(fault.Conflict, "already_member", s.Cleo.User.ID)},
		"an Admin":               {s.Ada.Caller, s.Org, s.JoinPage, nil, code(fault.Conflict, "already_member", s.Ada.User.ID)},
		"asked already":          {asked.Caller, s.Org, s.JoinPage, nil, code(fault.Conflict, "request_pending", open.ID)},
		"invited":                {toOrganization.Caller, s.Org, s.JoinPage, nil, code(fault.Conflict, "invitation_pending", invited[0])},
		"invited to a brand":     {toBrand.Caller, s.Org, s.JoinPage, nil, code(fault.Conflict, "invitation_pending", invited[1])},
		"a foreign brand":        {otto.Caller, s.Org, s.JoinPage, []string{s.Globex.Brand, s.Hooli.Brand}, code(fault.Invalid, "invalid_input", "")},
		"a brand not shown":      {otto.Caller, access.Organization(hidden.ID), portal, []string{"brd_" + s.NewID()}, code(fault.Invalid, "invalid_input", "")},
	} {
		t.Run(name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() {
				_, err := s.Ask().Do(t.Context(), c.who, accessrequest.CreateInput{Scope: c.scope, Connection: c.via, WantedBrands: c.wanted})
				got := testbed.FaultOf(err)
				if got.Kind != c.want.Kind || got.Code != c.want.Code || got.ExistingID != c.want.ExistingID {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
			})
		})
	}
	t.Run("deleted", func(t *testing.T) {
		s.DeleteScope(access.Organization(hidden.ID))
		_, err := s.Ask().Do(t.Context(), otto.Caller, accessrequest.CreateInput{Scope: access.Organization(hidden.ID), Connection: portal})
		testbed.CheckFault(t, err, fault.Unknown())
		_, err = s.PreviewJoin().Do(t.Context(), otto.Caller, accessrequest.JoinInput{Scope: access.Organization(hidden.ID), Connection: portal})
		testbed.CheckFault(t, err, fault.Unknown())
	})
}

// TestInvitationsDoNotBlockForEver: one that has lapsed, was declined, or is another organization's leaves the way open.
func TestInvitationsDoNotBlockForEver(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	lapsed, declined, elsewhere := s.Address("grace"), s.Address("heidi"), s.Address("otto")
	s.Pending(lapsed)
	s.Advance(7 * 24 * time.Hour)
	no := s.Pending(declined)
	if _, err := s.Decline().Do(t.Context(), request.Caller{}, invitation.DeclineInput{
		Locator: invitation.Locator{Token: testbed.Token(no.AcceptURL)}, Email: declined,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create().Do(t.Context(), s.Eve.Caller, testbed.AdminOffer(s.Elsewhere.Organization, elsewhere)); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{lapsed, declined, elsewhere} {
		s.Asks(s.SomeoneWith("Grace", address))
	}
}

// TestAfterRejection: again after 24 hours, with another request.
func TestAfterRejection(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	first := s.Asks(grace)
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: first.ID}); err != nil {
		t.Fatal(err)
	}
	ask := func() (accessrequest.AccessRequest, error) {
		return s.Ask().Do(t.Context(), grace.Caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage})
	}
	for _, wait := range []time.Duration{24 * time.Hour, time.Hour, time.Second} {
		_, err := ask()
		testbed.CheckFault(t, err, accessrequest.StillRejected(first.ID, wait))
		join, err := s.PreviewJoin().Do(t.Context(), grace.Caller, accessrequest.JoinInput{Scope: s.Org, Connection: s.JoinPage})
		if err != nil || join.Request != first.ID || join.Actions["create"].Code != "request_rejected" {
			t.Errorf("previewed %+v, %v", join, err)
		}
		switch wait {
		case 24 * time.Hour:
			s.Advance(23 * time.Hour)
		case time.Hour:
			s.Advance(time.Hour - time.Second)
		}
	}
	s.Advance(time.Second)
	second, err := ask()
	if err != nil || second.ID == first.ID {
		t.Errorf("a day later: %+v, %v", second, err)
	}
	_, err = ask()
	testbed.CheckFault(t, err, accessrequest.AlreadyPending(second.ID))
	old, err := s.AccessRequest().Do(t.Context(), s.Ada.Caller, accessrequest.GetInput{Scope: s.Org, ID: first.ID})
	if err != nil || old.Status != accessrequest.Rejected {
		t.Errorf("the first is %+v, %v", old, err)
	}
}

// TestInvitationComesFirst: who is invited accepts, whatever became of their own request (R21).
func TestInvitationComesFirst(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.askAccounts()
	for name, decide := range map[string]func(accessrequest.AccessRequest){
		"open": func(accessrequest.AccessRequest) {},
		"rejected": func(r accessrequest.AccessRequest) {
			if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: r.ID}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			grace := s.Someone("Grace")
			r := s.Asks(grace)
			decide(r)
			invited := s.Pending(grace.User.Email)
			s.Unchanged(t, s.ID, func() {
				_, err := s.Ask().Do(t.Context(), grace.Caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage})
				testbed.CheckCode(t, err, fault.Conflict, "invitation_pending")
				if got := testbed.FaultOf(err).ExistingID; got != invited.ID {
					t.Errorf("it names %q, want %s", got, invited.ID)
				}
			})
			join, err := s.PreviewJoin().Do(t.Context(), grace.Caller, accessrequest.JoinInput{Scope: s.Org, Connection: s.JoinPage})
			if err != nil || join.Actions["create"].Code != "invitation_pending" || join.Invitation == nil || join.Invitation.ID != invited.ID || join.Request != r.ID {
				t.Errorf("previewed %+v, %v", join, err)
			}
		})
	}
}

// TestFiveAnHour counts by the person, whichever the organizations, and says when to go on.
func TestFiveAnHour(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	grace, heidi := bed.Someone("Grace"), bed.Someone("Heidi")
	scenes := make([]*testbed.Scene, 6)
	for i := range scenes {
		scenes[i] = bed.Scene()
	}
	ask := func(s *testbed.Scene, who testbed.Someone) error {
		_, err := s.Ask().Do(t.Context(), who.Caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage})
		return err
	}
	now := bed.RealNow().UTC()
	bed.AdvanceReal(now.Truncate(time.Hour).Add(time.Hour + 10*time.Minute).Sub(now)) // well inside an hour
	for _, s := range scenes[:5] {
		if err := ask(s, grace); err != nil {
			t.Fatal(err)
		}
		testbed.CheckCode(t, ask(s, grace), fault.Conflict, "request_pending") // and counts for nothing
	}
	last := scenes[5]
	last.Unchanged(t, last.ID, func() {
		err := ask(last, grace)
		testbed.CheckCode(t, err, fault.TooMany, "too_many_access_requests")
		if wait := testbed.FaultOf(err).RetryAfter; wait <= 45*time.Minute || wait > 50*time.Minute {
			t.Errorf("try again in %s", wait)
		}
	})
	if err := ask(last, heidi); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	bed.AdvanceReal(51 * time.Minute)
	if err := ask(last, grace); err != nil {
		t.Errorf("in the next hour: %v", err)
	}
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace, heidi := s.Someone("Grace"), s.Someone("Heidi")
	testbed.Repeats(t, testbed.Repeatable{
		Bed: s.Bed, Caller: grace.Caller, Other: heidi.Caller,
		Do: func(caller request.Caller) (string, error) {
			made, err := s.Ask().Do(t.Context(), caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage})
			return made.ID, err
		},
		Log: func(string) []testbed.Logged { return s.Log(s.Org) },
		DayLater: func() {
			for _, open := range s.listed("pending") {
				if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: open.ID}); err != nil {
					t.Fatal(err)
				}
			}
			s.Advance(24 * time.Hour)
		},
	})
}

// TestAskAtOnce: a double click makes one request.
func TestAskAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grace := s.Someone("Grace")
	made := make([]error, 20)
	testbed.AtOnce(len(made), func(i int) {
		_, made[i] = s.Ask().Do(t.Context(), grace.Caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage})
	})
	done := 0
	for _, err := range made {
		if err == nil {
			done++
			continue
		}
		testbed.CheckCode(t, err, fault.Conflict, "request_pending")
	}
	if open := s.listed("pending"); done != 1 || len(open) != 1 {
		t.Errorf("%d were made, %d are open", done, len(open))
	}
}

func TestPreviewJoin(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.askAccounts()
	grace, heidi := s.Someone("Grace"), s.Someone("Heidi")
	invited := s.inviteTo(s.Globex, heidi)
	open := s.Asks(grace)
	brands := []accessrequest.Named{{ID: s.Globex.Brand, Name: "Globex"}, {ID: s.Initech.Brand, Name: "Initech"}}
	base := accessrequest.Join{
		Organization: accessrequest.Named{ID: s.ID, Name: "Acme"}, Connection: accessrequest.Named{ID: s.JoinPage, Name: "Join page"}, Brands: brands,
	}
	with := func(change func(j *accessrequest.Join)) accessrequest.Join {
		j := base
		change(&j)
		return j
	}
	refused := func(j *accessrequest.Join, err *fault.Error) {
		j.Actions = access.Actions{"create": access.ActionFrom(err)}
	}
	look := func(who testbed.Someone) accessrequest.Join {
		t.Helper()
		got, err := s.PreviewJoin().Do(t.Context(), who.Caller, accessrequest.JoinInput{Scope: s.Org, Connection: s.JoinPage})
		if err != nil {
			t.Error(err)
		}
		return got
	}
	for name, c := range map[string]struct {
		who  testbed.Someone
		want accessrequest.Join
	}{
		"somebody": {s.Someone("Otto"), with(func(j *accessrequest.Join) { j.Actions = access.Actions{"create": allowed} })},
		"has asked": {grace, with(func(j *accessrequest.Join) {
			j.Request = open.ID
			refused(j, accessrequest.AlreadyPending(open.ID))
		})},
		"invited": {heidi, with(func(j *accessrequest.Join) {
			j.Invitation = &accessrequest.Invited{ID: invited.ID, Scope: s.Globex, Version: invited.Version}
			refused(j, fault.New(fault.Conflict, "invitation_pending", "You are invited already. Accept the invitation instead."))
		})},
		"a member": {s.Dan, with(func(j *accessrequest.Join) { refused(j, accessrequest.AlreadyMember(s.Dan.User.ID)) })},
		"not proven": {s.Unverified("Mallory", s.Address("mallory")), with(func(j *accessrequest.Join) {
			j.Brands = nil
			refused(j, fault.New(fault.Forbidden, "email_not_verified", "Verify your e-mail address first, then ask for access."))
		})},
	} {
		s.Unchanged(t, s.ID, func() {
			if diff := cmp.Diff(c.want, look(c.who)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		})
	}
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ListBrandsToRequesters: new(false)}); err != nil {
		t.Fatal(err)
	}
	if got := look(grace); got.Brands != nil {
		t.Errorf("hidden brands are shown: %v", got.Brands)
	}
	_, err := s.PreviewJoin().Do(t.Context(), request.Caller{}, accessrequest.JoinInput{Scope: s.Org, Connection: s.JoinPage})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
	_, err = s.PreviewJoin().Do(t.Context(), testbed.Caller("usr_"+s.NewID()), accessrequest.JoinInput{Scope: s.Org, Connection: s.JoinPage})
	testbed.CheckFault(t, err, account.ErrNotRegistered())
	for _, via := range []string{"", "x", "con_" + s.NewID()} {
		_, err = s.PreviewJoin().Do(t.Context(), grace.Caller, accessrequest.JoinInput{Scope: s.Org, Connection: via})
		testbed.CheckFault(t, err, fault.Unknown())
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	many := make([]string, 91)
	for i := range many {
		many[i] = strings.Repeat("b", i+1)
	}
	for name, c := range map[string]struct {
		in   interface{ Validate() []fault.Field }
		want []string
	}{
		"a wish":       {accessrequest.CreateInput{Connection: "con_1", Message: strings.Repeat("😀", 1000), WantedBrands: many[:90]}, nil},
		"no wish":      {accessrequest.CreateInput{}, []string{"/connection required"}},
		"a long wish":  {accessrequest.CreateInput{Connection: "c", Message: strings.Repeat("a", 1001), WantedBrands: many}, []string{"/message too_long", "/wanted_brands too_many_brands"}},
		"a wish twice": {accessrequest.CreateInput{Connection: "c", WantedBrands: []string{"a", "b", "a"}}, []string{"/wanted_brands/2 duplicate"}},
		"no role":      {accessrequest.ApproveInput{}, []string{"/role required"}},
		"a Member":     {accessrequest.ApproveInput{Offer: member.Offer{Role: access.Member}}, []string{"/brands required", "/brand_role required"}},
		"an Admin": {
			accessrequest.ApproveInput{Offer: member.Offer{Role: access.Admin, Brands: []string{"a"}, Confirm: "yes"}, Reason: strings.Repeat("r", 501)},
			[]string{"/brands not_allowed", "/confirm confirmation_required", "/reason too_long"},
		},
		"an Admin, typed": {accessrequest.ApproveInput{Offer: member.Offer{Role: access.Admin, Confirm: " ADMIN "}}, nil},
		"a rejection":     {accessrequest.RejectInput{Reason: strings.Repeat("r", 501)}, []string{"/reason too_long"}},
		"a status":        {accessrequest.ListInput{Status: "lost"}, []string{"?status unknown_status"}},
		"the rest":        {accessrequest.WithdrawInput{}, nil},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
