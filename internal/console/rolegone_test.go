package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/role"
)

// TestRoleDeletedUnderTheEyes: whoever was about to give or to save a role is told that it was deleted, and keeps what they typed.
func TestRoleDeletedUnderTheEyes(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	sue := l.Someone("Sue")
	l.Seat(l.Ada, l.in, access.Admin, sue)
	spare := l.Role(l.Ada, l.in, "Spare", access.Read)
	ada, users := l.as(t, l.Ada), "/workspaces/"+l.in.ID+"/users"
	path, asked := users+"/"+l.vic.User.ID+"/role", "?role="+string(spare.ID)
	review, edit, invites := ada.open(path+asked), ada.open(l.of(spare)+"/edit"), ada.open(users+"/invite")
	if _, err := l.DeleteRole().Do(t.Context(), sue.Caller, role.DeleteInput{Scope: l.in.Scope(), ID: spare.ID}); err != nil {
		t.Fatal(err)
	}
	const gone = "Sue deleted the role Spare just now."
	picker := ada.open(path + asked)
	picker.says(t, gone+" Choose another one.")
	if got := picker.one(t, "input[checked]").attr("value"); got != string(l.analyst.ID) {
		t.Errorf("chosen is %s, and Vic is an Analyst", got)
	}
	for _, typed := range []string{stepCheck, stepSave} {
		refused := ada.submit(review, path, url.Values{"step": {typed}}).expect(t, http.StatusUnprocessableEntity)
		if got := refused.one(t, "p#role-error").text(); got != gone+" Choose another one." {
			t.Errorf("%s: the page says %q", typed, got)
		}
	}
	refused := ada.submit(invites, users+"/invite", url.Values{"invitees": {"somebody"}, "role": {string(spare.ID)}, "step": {stepCheck}})
	if got := refused.one(t, "p#role-error").text(); got != gone+" Choose another one." || refused.one(t, "textarea#invitees").text() != "somebody" {
		t.Errorf("the invitation says %q", got)
	}
	for _, step := range []string{stepCheck, stepSave} {
		late := ada.submit(edit, l.of(spare)+"/edit", url.Values{"name": {"Spare parts"}, "permissions": {"view_billing", "upload_assets"}, "step": {step}}).expect(t, http.StatusNotFound)
		late.says(t, "This role was deleted.", gone, "You were about to save", "Spare parts", "Upload assets and View billing")
		late.one(t, "main").one(t, "a.button[href="+l.base+"]")
	}
	ada.get(l.base+"/rol_"+l.NewID()+"/edit").expect(t, http.StatusNotFound).says(t, "There is nothing here")
}

// TestTemplatesLeaveWhatWasTyped: another template takes the place of the one before it, and of nothing else.
func TestTemplatesLeaveWhatWasTyped(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	l.Role(l.Ada, l.in, "viewer", access.Read)
	l.Role(l.Ada, l.in, "Viewer 2", access.Read)
	ada := l.as(t, l.Ada)
	begins := func(page answer, template string, typed url.Values) answer {
		t.Helper()
		if typed == nil {
			typed = url.Values{}
		}
		typed.Set("template", template)
		return ada.submit(page, l.base+"/new", typed).expect(t, http.StatusOK)
	}
	holds := func(page answer, name, description string, permissions ...string) {
		t.Helper()
		got := fieldsOf(page.one(t, "form.role-editor"))
		if got.Get("name") != name || got.Get("description") != description || !slices.Equal(got["permissions"], permissions) {
			t.Errorf("the form holds %q, want %q, %q, %q", got, name, description, permissions)
		}
	}
	const sees, runs = "Sees computations and assets, and changes nothing.", "Runs computations that others have made, and uploads assets."
	page := begins(ada.open(l.base+"/new"), "viewer", nil)
	holds(page, "Viewer 3", sees, "read", "view_computations", "view_assets")
	if got := page.one(t, "button[aria-pressed=true]").text(); got != "Viewer" {
		t.Errorf("begun with %q", got)
	}
	page = begins(page, "data_analyst", nil)
	holds(page, "Data Analyst", runs, "run_computation", "view_assets", "upload_assets")
	page = begins(page, "viewer", url.Values{"name": {"Mine"}, "permissions": {"run_computation", "upload_assets", "view_billing"}}) // one more, one less
	holds(page, "Mine", sees, "read", "view_computations", "view_billing")
	page = begins(page, "data_analyst", url.Values{"description": {"As I say."}})
	holds(page, "Mine", "As I say.", "run_computation", "upload_assets", "view_billing")
	holds(begins(page, "", nil), "Mine", "As I say.", "view_billing")
	holds(ada.open(l.base+"/new?template=viewer"), "Viewer 3", sees, "read", "view_computations", "view_assets")
	holds(ada.open(l.base+"/new?like="+string(l.analyst.ID)), "Copy of Analyst", "", "run_computation")
	l.Role(l.Ada, l.in, "Copy of Analyst", access.Read)
	holds(ada.open(l.base+"/new?like="+string(l.analyst.ID)), "Copy of Analyst 2", "", "run_computation")

	// Of a template one may not give all of, it is said what is left out.
	kim := l.as(t, l.kim)
	kim.open(l.base+"/new?template=ml_engineer").says(t, "Of this template you may not give: Create computation, Link assets and Update assets. It is offered without them.")
	if page := kim.open(l.base + "/new?template=data_analyst"); strings.Contains(page.text(), "Of this template you may not give") {
		t.Errorf("Kim may give all of it: %s", page.text())
	}

	// What it says of itself would be too much then; and of what nothing is left there is no template.
	holds(kim.open(l.base+"/new?template=auditor"), "Auditor", "", "read", "view_computations", "view_assets")
	mel := l.Someone("Mel")
	l.Seat(l.Ada, l.in, l.Role(l.Ada, l.in, "Roles only", access.ManageRole).ID, mel)
	page = l.as(t, mel).open(l.base + "/new?template=ml_engineer")
	holds(page, "", "")
	if got := page.one(t, "div.templates").texts("button"); !slices.Equal(got, []string{"Nothing", "Member", "Viewer", "Auditor"}) {
		t.Errorf("Mel is offered %q", got)
	}
}

// TestInvitingWhereThereIsAdminAlone: a new workspace says that there is nothing else to offer, and leads to where there is.
func TestInvitingWhereThereIsAdminAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, bare := s.as(t, s.Ada), s.Workspace(s.Ada, "Bare")
	path := scopePath(bare.Scope())
	page := ada.open(path+"/users/invite").says(t, "Bare has no role but Admin yet, and an Admin does everything.")
	if page.has("div.notice") { // as what was done is told
		t.Error("it reads as if something had worked")
	}
	if got := page.one(t, "p.effect").one(t, "a").attr("href"); got != path+"/roles/new" {
		t.Errorf("it leads to %s", got)
	}
	s.Role(s.Ada, bare, "Viewer", access.Read)
	if ada.open(path + "/users/invite").has("p.effect") {
		t.Error("it still says so")
	}
}
