package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// From the form over the check to the list, without JavaScript.
// choosable returns what one can choose from for a field, in the order of the words.
func choosable(form answer, name string) string {
	var values []string
	for _, choice := range form.all("input[name=" + name + "]") {
		values = append(values, choice.attr("value"))
	}
	slices.Sort(values)
	return strings.Join(values, " ")
}

func TestInvite(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	users := "/" + s.Org.String() + "/users"
	form := ada.open(ada.open(users).one(t, "a.primary").attr("href"))
	chosen := fieldsOf(form.one(t, "form[action="+users+"/invite]"))
	if chosen.Get("role") != "member" || chosen.Get("brand_role") != "viewer" || chosen.Has("brands") || chosen.Get("expires_in_days") != "7" {
		t.Errorf("the form begins with %v, want the least role", chosen)
	}
	if got := choosable(form, "role") + ", in brands " + choosable(form, "brand_role"); got != "admin member, in brands admin publisher viewer" {
		t.Errorf("one can invite as %s", got)
	}

	one, two, open := s.Address("one"), s.Address("two"), s.Pending(s.Address("open"))
	typed := url.Values{
		"invitees": {one + ", " + s.Cleo.User.Email + "; nonsense\n" + open.Invitee.Email + "\t<" + two + "> " + strings.ToUpper(one)},
		"brands":   {s.Brands[0].ID, s.Brands[1].ID}, "brand_role": {"publisher"}, "message": {"Hello"}, "expires_in_days": {"3"}, "step": {"check"},
	}
	var checked answer
	s.Unchanged(t, s.ID, func() { checked = ada.submit(form, users+"/invite", typed).expect(t, http.StatusOK) })
	want := []string{
		"nonsense This is not an e-mail address.",
		open.Invitee.Email + " This person has an open invitation already. Resend that one instead. Resend it for " + open.Invitee.Email,
		s.Cleo.User.Email + " This person is a member already.",
		strings.ToUpper(one) + " This stands twice.",
		one + " Gets an invitation",
		two + " Gets an invitation",
	}
	if diff := cmp.Diff(want, checked.one(t, "ul.results").texts("li")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := checked.one(t, "p.effect").text(); got != "2 people get Publisher on Globex and Initech. Their invitations expire on 25 Nov 2046." {
		t.Errorf("the effect is %q", got)
	}
	if got := checked.one(t, "ul.results").one(t, "a").attr("href"); got != users+"/invitations/"+open.ID+"/resend" {
		t.Errorf("resending it is at %s", got)
	}

	// Back leads to the form with all that was typed.
	back := ada.submit(checked, users+"/invite", url.Values{"step": {"edit"}}).expect(t, http.StatusOK)
	again := fieldsOf(back.one(t, "form[action="+users+"/invite]"))
	if again.Get("message") != "Hello" || again.Get("expires_in_days") != "3" || len(again["brands"]) != 2 || again.Get("brand_role") != "publisher" ||
		len(addresses(again.Get("invitees"))) != 6 {
		t.Errorf("after going back the form holds %v", again)
	}

	sent := ada.submit(checked, users+"/invite", url.Values{"step": {"send"}}).expect(t, http.StatusSeeOther)
	list := ada.follow(sent)
	if got := list.one(t, "div.notice").text(); got != "2 invitations are on the way." {
		t.Errorf("the notice says %q", got)
	}
	if got := rows(list); len(got) != 3 || got[0][0] != one || got[1][0] != two || got[0][1] != "Publisher on Globex and Initech" || got[0][3] != "in 3 days" {
		t.Errorf("the list shows %q", got)
	}
	// Sent twice, the form has done it once.
	repeated := ada.submit(checked, users+"/invite", url.Values{"step": {"send"}}).expect(t, http.StatusSeeOther)
	if diff := cmp.Diff(sent.header.Get("Location"), repeated.header.Get("Location")); diff != "" {
		t.Errorf("sent twice, it leads elsewhere: %s", diff)
	}
	if got := rows(ada.open(users + "?tab=invited")); len(got) != 3 {
		t.Errorf("sent twice, there are %d invitations", len(got))
	}
}

// An organization and its brands invite for themselves. Whoever invites is told what else the person is invited to, as far as they may see it.
func TestInvitedElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	organization, another, inBrand, inBrands, foreign := s.Address("nina"), s.Address("omar"), s.Address("pat"), s.Address("quinn"), s.Address("rob")
	s.Pending(organization)
	s.Pending(another)
	s.offers(t, s.Globex, s.Bob, inBrand)
	s.offers(t, s.Globex, s.Bob, inBrands)
	s.offers(t, s.Initech, s.Ada, inBrands)
	s.offers(t, s.Hooli, s.Eve, foreign)
	s.Advance(time.Hour)
	for _, c := range []struct {
		who          testbed.Someone
		scope        access.Scope
		invited, has string
	}{
		{s.Ada, s.Org, inBrand, " Has an open invitation to Globex as Viewer already."},
		{s.Ada, s.Org, inBrands, " Has an open invitation to Globex as Viewer already, and 1 more."},
		{s.Ada, s.Org, foreign, ""},
		{s.Ada, s.Globex, organization, " Has an open invitation to Acme as Member, Publisher on Globex already."},
		{s.Bob, s.Globex, another, ""},
	} {
		path := "/" + c.scope.String() + "/users/invite"
		values := url.Values{"invitees": {c.invited}, "role": {"viewer"}, "step": {"check"}}
		if c.scope == s.Org {
			values["role"], values["brands"], values["brand_role"] = []string{"member"}, []string{s.Brands[0].ID}, []string{"viewer"}
		}
		checked := s.as(t, c.who).post(path, values).expect(t, http.StatusOK)
		if got, want := checked.one(t, "ul.results").texts("li"), c.invited+" Gets an invitation"+c.has; !slices.Equal(got, []string{want}) {
			t.Errorf("%s invites %s to %s: got %q, want %q", c.who.User.Name, c.invited, c.scope, got, want)
		}
		s.as(t, c.who).submit(checked, path, url.Values{"step": {"send"}}).expect(t, http.StatusSeeOther)
	}
}

// offers has somebody invite an address to a brand, as Viewer.
func (s *site) offers(t *testing.T, scope access.Scope, by testbed.Someone, address string) {
	t.Helper()
	in := invitation.CreateInput{Scope: scope, Invitees: []invitation.Invitee{{Email: address}}, Terms: invitation.Terms{Role: access.Viewer}}
	if _, err := s.Create().Do(t.Context(), by.Caller, in); err != nil {
		t.Fatal(err)
	}
}

func TestInviteKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users/invite"
	valid := func() url.Values {
		return url.Values{
			"invitees": {s.Address("one")}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"}, "message": {"Hello"},
			"expires_in_days": {"7"}, "key": {"k"},
		}
	}
	for name, c := range map[string]struct {
		field string
		value []string
		error string // id of the element that says what is wrong
	}{
		"no address":      {"invitees", []string{" ,;"}, "invitees-error"},
		"101 addresses":   {"invitees", []string{strings.Repeat("a@example.com ", 101)}, "invitees-error"},
		"no role":         {"role", nil, "role-error"},
		"a role of ours":  {"role", []string{"owner"}, "role-error"},
		"no brand":        {"brands", nil, "brands-error"},
		"a foreign brand": {"brands", []string{s.Hooli.Brand}, "brands-error"},
		"no brand role":   {"brand_role", nil, "brand_role-error"},
		"admin unsaid":    {"role", []string{"admin"}, "confirm-error"},
		"a long message":  {"message", []string{strings.Repeat("x", 1001)}, "message-error"},
		"no days":         {"expires_in_days", []string{"0"}, "expires_in_days-error"},
		"many days":       {"expires_in_days", []string{"31"}, "expires_in_days-error"},
		"days in words":   {"expires_in_days", []string{"seven"}, "expires_in_days-error"},
	} {
		for _, step := range []string{"check", "send"} {
			values := valid()
			values.Set("step", step)
			values.Del(c.field)
			if c.value != nil {
				values[c.field] = c.value
			}
			s.Unchanged(t, s.ID, func() {
				page := ada.post(path, values).expect(t, http.StatusUnprocessableEntity)
				if !page.has("p#" + c.error) {
					t.Fatalf("%s: nothing at the field; the page says %s", name, page.text())
				}
				described := slices.ContainsFunc(page.all(""), func(n node) bool {
					return slices.Contains(strings.Fields(n.attr("aria-describedby")), c.error)
				})
				kept := fieldsOf(page.one(t, "form[action="+path+"]"))
				if !described || kept.Get("message") != strings.TrimSpace(values.Get("message")) || kept.Get("invitees") != strings.TrimSpace(values.Get("invitees")) {
					t.Errorf("%s: described %v, kept %v", name, described, kept)
				}
			})
		}
	}
}

// The check shows the message as the mails will have it, to those who get one.
func TestTheCheckShowsTheMessage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users/invite"
	if form := ada.open(path); !strings.Contains(form.one(t, "p#message-hint").text(), "links and addresses in it are taken apart") ||
		form.one(t, "textarea#message").attr("aria-describedby") != "message-hint" {
		t.Errorf("the form says %s", form.text())
	}
	values := url.Values{
		"invitees": {s.Address("new")}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"}, "step": {"check"},
		"message": {"Welcome!\n\nSee https://evil.example.com <b>"},
	}
	checked := ada.post(path, values).expect(t, http.StatusOK)
	want := []string{"Your message, as it stands in the mail:", "Welcome!", "See https: evil. example. com <b>"}
	if diff := cmp.Diff(want, checked.one(t, "div.quote").texts("p")); diff != "" {
		t.Error(diff)
	}
	if got := fieldsOf(checked.one(t, "form[action="+path+"]")).Get("message"); got != values.Get("message") {
		t.Errorf("the form holds %q", got)
	}
	values.Set("invitees", s.Someone("Known").User.Email) // joins at once, and is told so without a message
	if page := ada.post(path, values).expect(t, http.StatusOK); page.has("div.quote") {
		t.Errorf("who joins at once gets %s", page.one(t, "div.quote").text())
	}
	values.Set("invitees", s.Address("new"))
	values.Set("message", " ")
	if page := ada.post(path, values).expect(t, http.StatusOK); page.has("div.quote") {
		t.Errorf("without a message there is %s", page.one(t, "div.quote").text())
	}
}

func TestInviteAnAdmin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users/invite"
	// Without JavaScript the brands can be chosen as well; for an Admin they do not count.
	values := url.Values{
		"invitees": {s.Address("boss")}, "role": {"admin"}, "confirm": {" Admin "}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"}, "step": {"check"},
	}
	checked := ada.post(path, values).expect(t, http.StatusOK)
	if got := checked.one(t, "p.effect").text(); !strings.HasPrefix(got, "1 person gets Organization Admin of Acme, with all its brands. The invitation expires on 29 Nov 2046.") {
		t.Errorf("the effect is %q", got)
	}
	list := ada.follow(ada.submit(checked, path, url.Values{"step": {"send"}}))
	if got := rows(list); len(got) != 1 || got[0][1] != "Organization Admin of Acme, with all its brands" {
		t.Errorf("the list shows %q", got)
	}
}

func TestInviteSomebodyWithAnAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	users := "/" + s.Org.String() + "/users"
	known := s.Someone("Known")
	values := url.Values{"invitees": {known.User.Email}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"}, "step": {"check"}}
	checked := ada.post(users+"/invite", values).expect(t, http.StatusOK)
	if got := checked.one(t, "p.effect").text(); got != "1 person has an account already and joins at once: Viewer on Globex." {
		t.Errorf("the effect is %q", got)
	}
	landed := ada.follow(ada.submit(checked, users+"/invite", url.Values{"step": {"send"}}))
	if got := landed.one(t, "tr.fresh").text(); !strings.Contains(got, known.User.Email) {
		t.Errorf("the list shows %q", got)
	}
	// With somebody new beside, both are told, and the other list is one click away.
	values.Set("invitees", s.Someone("Other").User.Email+" "+s.Address("new"))
	values.Set("step", "send")
	both := ada.follow(ada.post(users+"/invite", values))
	if got := both.one(t, "div.notice").text(); got != "1 invitation is on the way. 1 person has an account already and is in at once. See current users" {
		t.Errorf("the notice says %q", got)
	}
	if got := ada.open(both.one(t, "div.notice").one(t, "a").attr("href")); !got.has("tr.fresh") {
		t.Errorf("the other list shows %q", rows(got))
	}
	ask := organization.Ask
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: &ask}); err != nil {
		t.Fatal(err)
	}
	values.Set("invitees", s.Someone("Asked").User.Email)
	values.Set("step", "check")
	asked := ada.post(users+"/invite", values).expect(t, http.StatusOK)
	if got := asked.one(t, "ul.results").text(); !strings.HasSuffix(got, "Gets an invitation") {
		t.Errorf("an organization that asks: %q", got)
	}
}

func TestInviteTellsWhoFailed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users/invite"
	fresh, open := s.Address("fresh"), s.Pending(s.Address("open"))
	values := url.Values{
		"invitees": {fresh + " " + open.Invitee.Email}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"}, "step": {"send"}, "key": {"once"},
	}
	page := ada.post(path, values).expect(t, http.StatusOK)
	got := page.one(t, "ul.results").texts("li")
	if len(got) != 2 || got[1] != fresh+" Invited" || !strings.HasPrefix(got[0], open.Invitee.Email+" This person has an open invitation") {
		t.Errorf("the results are %q", got)
	}
	left := fieldsOf(page.one(t, "form[action="+path+"]"))
	if left.Get("invitees") != open.Invitee.Email || left.Get("key") == "once" {
		t.Errorf("what is left to try is %v", left)
	}
	if got := ada.open(page.one(t, "main").all("a.button")[0].attr("href")); !got.has("tr.fresh") {
		t.Errorf("the list shows %q", rows(got))
	}
	// The only one fails: nothing was done, and the page says why.
	values.Set("invitees", open.Invitee.Email)
	values.Set("key", "another")
	s.Unchanged(t, s.ID, func() {
		alone := ada.post(path, values).expect(t, http.StatusUnprocessableEntity)
		if got := alone.one(t, "ul.results").texts("li"); len(got) != 1 || !strings.Contains(got[0], "open invitation") {
			t.Errorf("the results are %q", got)
		}
	})
	// The only one fails: it is not said that others are on their way.
	values.Set("key", "third")
	if text := ada.post(path, values).text(); !strings.Contains(text, "No invitation was sent") || strings.Contains(text, "The others") {
		t.Errorf("none sent, and the page says %s", text)
	}
	// Nobody is left after the check: there is nothing to send.
	values.Set("step", "check")
	if checked := ada.post(path, values); checked.has("button[value=send]") || !checked.has("button[value=edit]") {
		t.Errorf("the page offers to send to nobody")
	}
}

// TestThePreviewTellsProblemsFromWhoIsLeftOut: what needs a look stands first, and who is in already is no error.
func TestThePreviewTellsProblemsFromWhoIsLeftOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	fresh, other, known, open := s.Address("fresh"), s.Address("other"), s.Someone("Known"), s.Pending(s.Address("open"))
	emails := []string{fresh, s.Cleo.User.Email, other, fresh, s.Ada.User.Email, known.User.Email, "nonsense", open.Invitee.Email}
	page := s.as(t, s.Ada).post("/"+s.Org.String()+"/users/invite", url.Values{
		"invitees": {strings.Join(emails, " ")}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"}, "step": {"check"},
	}).expect(t, http.StatusOK)
	if got := page.one(t, "h1").text(); got != "Check and send: 2 are invited, 1 joins at once, 5 are left out" {
		t.Errorf("the heading is %q", got)
	}
	var got []string
	for _, row := range page.one(t, "ul.results").all("li") {
		got = append(got, row.one(t, "bdi.name").text()+" "+strings.TrimPrefix(row.one(t, "span.status").attr("class"), "status "))
	}
	want := []string{
		"nonsense bad", open.Invitee.Email + " bad", s.Cleo.User.Email + " off", fresh + " off", s.Ada.User.Email + " off",
		fresh + " good", other + " good", known.User.Email + " good",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherFormWithTheSameKeyIsToldApart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/brands/new"
	ada.post(path, url.Values{"name": {"Umbrella"}, "key": {"once"}}).expect(t, http.StatusSeeOther)
	s.Unchanged(t, s.ID, func() {
		page := ada.post(path, url.Values{"name": {"Soylent"}, "key": {"once"}}).expect(t, http.StatusUnprocessableEntity)
		if fields := fieldsOf(page.one(t, "form[action="+path+"]")); fields.Get("key") == "once" || fields.Get("name") != "Soylent" || !page.has("div.problem[role=alert]") {
			t.Errorf("the form holds %v; the page says %s", fields, page.text())
		}
	})
}

func TestInviteToABrand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob := s.as(t, s.Bob)
	users := "/" + s.Globex.String() + "/users"
	form := bob.open(users + "/invite")
	if chosen := fieldsOf(form.one(t, "form[action="+users+"/invite]")); chosen.Get("role") != "viewer" || form.has("input[name=brands]") || form.has("input[name=confirm]") {
		t.Errorf("the form begins with %v", chosen)
	}
	if got := choosable(form, "role"); got != "admin publisher viewer" {
		t.Errorf("one can invite as %s", got)
	}
	email := s.Address("new")
	checked := bob.submit(form, users+"/invite", url.Values{"invitees": {email}, "role": {"admin"}, "step": {"check"}}).expect(t, http.StatusOK)
	if got := checked.one(t, "p.effect").text(); !strings.HasPrefix(got, "1 person gets Brand Admin on Globex.") {
		t.Errorf("the effect is %q", got)
	}
	list := bob.follow(bob.submit(checked, users+"/invite", url.Values{"step": {"send"}}))
	if got := rows(list); len(got) != 1 || got[0][0] != email || got[0][1] != "Brand Admin on Globex" {
		t.Errorf("the list shows %q", got)
	}
}

func TestFormsInADialog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	ada.header.Set("Hx-Request", "true")
	path := "/" + s.Org.String() + "/brands/new"
	// What is wrong is said in the form, and is no error of the script's request.
	wrong := ada.post(path, url.Values{"name": {""}}).expect(t, http.StatusOK)
	if !wrong.one(t, "section#panel").has("p#name-error") {
		t.Errorf("the panel says %s", wrong.text())
	}
	done := ada.post(path, url.Values{"name": {"Umbrella"}}).expect(t, http.StatusNoContent)
	if got := done.header.Get("Hx-Redirect"); !strings.HasPrefix(got, "/"+s.Org.String()+"/brands?done=created&fresh=brd_") {
		t.Errorf("leads to %q", got)
	}
	// What no form can say stands above it, and the form stays.
	cleo := s.as(t, s.Cleo)
	cleo.header.Set("Hx-Request", "true")
	refused := cleo.post(path, url.Values{"name": {"Umbrella"}})
	if refused.status != http.StatusForbidden || refused.header.Get("Hx-Retarget") != "#problems" || refused.header.Get("Hx-Reselect") != "#failure" || !refused.has("#failure") {
		t.Errorf("got %d and %v", refused.status, refused.header)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"": nil, " \n,; ": nil, "a@b.c": {"a@b.c"}, "a@b.c,d@e.f": {"a@b.c", "d@e.f"}, "a@b.c; d@e.f\r\ng@h.i\tj@k.l\u00a0m@n.o": {"a@b.c", "d@e.f", "g@h.i", "j@k.l", "m@n.o"},
		"<a@b.c>": {"a@b.c"}, "<>": nil, "Ada <a@b.c>": {"a@b.c"},
		"Grace Hopper <gh@x.com>, \"Doe, Jane\" <jane@x.com>; x@y.z": {"gh@x.com", "jane@x.com", "x@y.z"},
		"one@x.com Ada Lovelace <ada@x.com>\nBob\t<bob@x.com>":       {"one@x.com", "ada@x.com", "bob@x.com"},
	} {
		var got []string
		for _, invitee := range addresses(text) {
			got = append(got, invitee.Email)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
