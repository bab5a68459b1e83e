package console

import (
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// everyPage shows each page in each state to a test.
func everyPage(t *testing.T, look func(name string, page node)) {
	t.Helper()
	for _, s := range states() {
		text, err := render(s.template, s.page("Ada Lovelace"))
		if err != nil {
			t.Fatal(err)
		}
		look(s.template+", "+s.name, parse(t, string(text)))
	}
}

// On narrow screens rows are cards: the heads are out of sight, and each cell names its own. The roles keep it a table for those who
// hear it, since the style takes them away.
func TestRowsCanBeCards(t *testing.T) {
	t.Parallel()
	tables := 0
	everyPage(t, func(name string, page node) {
		for _, table := range page.all("table") {
			tables++
			if !slices.Contains(strings.Fields(table.attr("class")), "rows") || table.attr("role") != "table" || len(table.all("[role=rowgroup]")) != 2 {
				t.Errorf("%s: a table that is none as cards: %v", name, table.Attr)
			}
			heads := table.texts("th[role=columnheader][scope=col]")
			for _, tr := range table.one(t, "tbody").all("tr[role=row]") {
				cells := tr.all("td[role=cell]")
				if len(cells) != len(heads) || len(cells) != len(tr.all("td")) {
					t.Fatalf("%s: %d cells below %q", name, len(cells), heads)
				}
				for i, cell := range cells {
					class := strings.Fields(cell.attr("class"))
					if slices.Contains(class, "first") || slices.Contains(class, "actions") {
						if cell.carries("data-label") {
							t.Errorf("%s: %q speaks for itself and has a label", name, heads[i])
						}
					} else if cell.attr("data-label") != heads[i] {
						t.Errorf("%s: the cell below %q is labelled %q", name, heads[i], cell.attr("data-label"))
					}
				}
			}
		}
	})
	if tables < 5 {
		t.Errorf("found only %d tables", tables)
	}
	if css := stylesheet(t); !strings.Contains(css, "@container") || !strings.Contains(css, ".rows td[data-label]::before { content: attr(data-label)") {
		t.Error("the style does not use the labels")
	}
}

// A cell that the style makes a box of another kind is no part of its row any more, and its line ends before the row's does.
func TestCellsStayCells(t *testing.T) {
	t.Parallel()
	css := stylesheet(t)
	everyPage(t, func(name string, page node) {
		for _, cell := range page.all("td") {
			for class := range strings.FieldsSeq(cell.attr("class")) {
				if strings.Contains(css, "."+class+" { display: ") {
					t.Errorf("%s: the cell %q is laid out as .%s", name, cell.text(), class)
				}
			}
		}
	})
}

func stylesheet(t *testing.T) string {
	t.Helper()
	css, err := staticFiles.ReadFile("static/console.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(css)
}

// Without JavaScript nothing is out of reach: what only a script does is not shown, and all else leads somewhere by itself.
func TestEverythingWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	everyPage(t, func(name string, page node) {
		for _, button := range page.all("button[type=button]") {
			if !slices.Contains(strings.Fields(button.attr("class")), "with-script") && !button.carries("popovertarget") {
				t.Errorf("%s: the button %q does nothing without a script", name, button.text())
			}
		}
		for _, button := range page.all("button") {
			if _, in := button.up("form"); !in && button.attr("type") != "button" {
				t.Errorf("%s: the button %q sends no form", name, button.text())
			}
		}
		for _, a := range page.all("a") {
			if a.attr("href") == "" || a.attr("href") == "#" {
				t.Errorf("%s: %q leads nowhere", name, a.text())
			}
		}
		for _, form := range page.all("form") {
			if form.attr("action") == "" || form.attr("method") == "" || !form.has("button") {
				t.Errorf("%s: the form to %q cannot be sent", name, form.attr("action"))
			}
		}
	})
	css := stylesheet(t)
	for _, rule := range []string{"@media (scripting: none) { .with-script { display: none; } }", "@media (scripting: enabled) { .without-script { display: none; } }"} {
		if !strings.Contains(css, rule) {
			t.Errorf("the style lacks %s", rule)
		}
	}
}

// The role decides by style alone which of the further fields are asked for. All are in the form, none is switched off: a browser that
// does not know the style shows all of them, and what does not belong to the role is not read.
func TestTheRolePickerNeedsNoScript(t *testing.T) {
	t.Parallel()
	hides := "form:has(#role-admin:checked) .for-member, form:has(#role-member:checked) .for-admin { display: none; }"
	if !strings.Contains(stylesheet(t), hides) {
		t.Errorf("the style lacks %s", hides)
	}
	pickers := 0
	everyPage(t, func(name string, page node) {
		for _, form := range page.all("form") {
			if !form.has("input#role-member") {
				continue
			}
			pickers++
			for _, id := range []string{"role-admin", "role-member"} {
				if got := form.one(t, "input#"+id); got.attr("type") != "radio" || got.attr("name") != "role" {
					t.Errorf("%s: #%s is %v", name, id, got.Attr)
				}
			}
			if !form.one(t, ".for-member").has("input[name=brand_role]") {
				t.Errorf("%s: the fields of a role stand elsewhere", name)
			}
			asksNext := form.has("button[name=step][value=check]") && !form.has(".for-admin") // typed on the page after it
			if !asksNext && !form.one(t, ".for-admin").has("input[name=confirm]") {
				t.Errorf("%s: what is typed for an Admin stands elsewhere", name)
			}
			for _, n := range form.all("") {
				if n.carries("disabled") || n.carries("hidden") {
					t.Errorf("%s: <%s> needs a script to be filled in or left out: %v", name, n.Data, n.Attr)
				}
			}
		}
	})
	if pickers < 5 {
		t.Errorf("found only %d role pickers", pickers)
	}
}

// What is wrong with a form is said by its page, at the field, in words of ours. A field that the browser checks by itself gets in before.
func TestTheBrowserChecksNoForm(t *testing.T) {
	t.Parallel()
	everyPage(t, func(name string, page node) {
		for _, form := range page.all("form[method=post]") {
			for _, n := range form.all("") {
				checks := n.carries("required") || n.carries("min") || n.carries("max") || n.carries("pattern") || n.attr("type") == "email" && !form.carries("novalidate")
				if checks || n.attr("type") == "number" { // of which the browser sends nothing where it is no number
					t.Errorf("%s: <%s> is checked by the browser: %v", name, n.Data, n.Attr)
				}
			}
		}
	})
}

// When nobody answers a script, it says so in places that the pages have.
func TestPagesHavePlacesForWhatCouldNotBeReached(t *testing.T) {
	t.Parallel()
	everyPage(t, func(name string, page node) {
		for _, panel := range page.all("section.panel") {
			if got := panel.all("#problems"); panel.has("form") && len(got) != 1 {
				t.Errorf("%s: a form in a panel with %d places for what is wrong", name, len(got))
			}
		}
		for _, a := range page.all("a[data-dialog]") {
			if got := page.all("dialog#dialog"); len(got) != 1 {
				t.Errorf("%s: %q opens a dialog, of which there are %d", name, a.text(), len(got))
			}
		}
		for _, form := range page.all("form[data-auto]") {
			if _, inPanel := form.up("section"); !inPanel && len(page.all("div#results")) != 1 {
				t.Errorf("%s: a filter without results", name)
			}
		}
	})
}

// A brand's name alone does not tell who invites: whatever the page says of it, it names the organization.
func TestABrandsInvitationNamesTheOrganization(t *testing.T) {
	t.Parallel()
	nameless := []string{stateSuperseded, stateDeleted, stateScopeDeleted, stateForged, stateMember} // of which nothing more is known, or told
	for _, state := range acceptStateNames {
		for _, signedIn := range []bool{false, true} {
			p := &acceptView{frame: bare("Ada", signedIn), State: state, Form: newForm("/x"), Decline: newForm("/x/decline")}
			preview := invitation.Preview{
				Scope: access.Brand("org_1", "brd_1"), ScopeName: "Globex", Organization: "Acme", Role: access.NamedRole{ID: access.Publisher},
				InvitedBy: invitation.PreviewName{Name: "Ada"}, ExpiresAt: clock, InviteeHint: "g***@example.com",
			}
			if slices.Contains(nameless, state) {
				preview = invitation.Preview{}
			}
			p.fill(preview, "/invitations/accept/x")
			text, err := render("accept", p)
			if err != nil {
				t.Fatal(err)
			}
			page := parse(t, string(text))
			said := page.one(t, "section.accept").text()
			if got, named := strings.Count(said, "Globex"), strings.Count(said, "Globex (Acme)"); got != named || (named == 0) != slices.Contains(nameless, state) {
				t.Errorf("%s: the page says %s", state, said)
			}
			if page.has("dl.facts") && !strings.HasPrefix(page.one(t, "dl.facts").texts("dd")[0], "Publisher on Globex (Acme)") {
				t.Errorf("%s: it offers %q", state, page.one(t, "dl.facts").texts("dd")[0])
			}
		}
	}
	// And as it is in the table.
	s := newSite(t)
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, invitation.CreateInput{
		Scope: s.Globex, Invitees: []invitation.Invitee{{Email: s.Address("grace")}}, Terms: invitation.Terms{Role: access.Publisher},
	})
	if err != nil {
		t.Fatal(err)
	}
	page := s.anonymous(t).open(strings.TrimPrefix(out.Results[0].Invitation.AcceptURL, testbed.BaseURL))
	if got := page.one(t, "h1").text() + "; " + page.one(t, "title").text(); got != "You are invited to Globex (Acme); Invitation to Globex (Acme) · Prism" {
		t.Errorf("the page says %q", got)
	}
}
