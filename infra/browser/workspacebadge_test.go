package browser

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// changesOfWorkspaces are those of a workspace itself, and what somebody invited to one does.
var changesOfWorkspaces = []change{
	{"create workspace", []string{"/workspaces/new"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens("/workspaces")
		h.link("Create workspace", "You become its Admin.")
		h.fill("Name of the workspace", "Umbrella")
		h.press("Create workspace", "Umbrella is created, and you are its Admin.", "Your role: Admin")
	}},
	{"rename workspace", []string{ofWorkspace + "/settings"}, func(s *scene, h hands) {
		w := s.works()
		h.enters(s.ada)
		h.opens(w.workspace + "/settings")
		h.fill("Name of the workspace", "Umbrella")
		h.press("Save", "The workspace is now called Umbrella.")
	}},
	{"disable workspace", []string{ofWorkspace + "/disable"}, func(s *scene, h hands) {
		w := s.works()
		h.enters(s.ada)
		h.opens(w.workspace + "/settings")
		h.link("Disable workspace", "Nobody can work in "+w.called+" until it is enabled")
		h.fill("Reason (optional)", "Audit")
		h.press("Disable workspace", w.called+" is disabled.")
	}},
	{"enable workspace", []string{ofWorkspace + "/enable"}, func(s *scene, h hands) {
		w := s.works()
		s.api.post(http.StatusOK, w.workspace+"/disable", object{})
		h.enters(s.ada)
		h.opens(w.workspace + "/settings")
		h.sees("This workspace is disabled")
		h.link("Enable workspace", "Everybody in "+w.called+" can work in it again")
		h.press("Enable workspace", w.called+" is enabled.")
	}},
	{"delete workspace", []string{ofWorkspace + "/delete"}, func(s *scene, h hands) {
		w := s.works()
		h.enters(s.ada)
		h.opens(w.workspace + "/settings")
		h.link("Delete workspace", "Everybody in "+w.called+" loses their role in it at once")
		h.fill("Type "+w.called+" to confirm", w.called)
		h.press("Delete workspace", "The workspace is deleted.")
	}},
	{"accept in the dialog", []string{ofWorkspace + "/invitations/{i}/accept"}, func(s *scene, h hands) {
		w := s.works()
		grace, _, username := w.knows("Grace")
		w.asksIn(username, w.analyst)
		h.enters(grace)
		h.opens("/workspaces")
		h.link("View invitations", "Data Analyst in "+w.called)
		h.press("Accept the invitation to "+w.called, "You are in. Welcome to "+w.called+".", "Your role: Data Analyst")
	}},
	{"decline in the dialog", []string{ofWorkspace + "/invitations/{i}/decline"}, func(s *scene, h hands) {
		w := s.works()
		grace, _, username := w.knows("Grace")
		w.asksIn(username, w.analyst)
		h.enters(grace)
		h.opens("/workspaces")
		h.link("View invitations", "Data Analyst in "+w.called)
		h.link("Decline the invitation to "+w.called, "Decline the invitation to "+w.called+"?")
		h.press("Decline invitation", "The invitation is declined.")
	}},
}

// An invitation that comes while the page is open is told there, without loading it again, and answered in the dialog.
func TestTheBadgeComesByItself(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	grace, _, username := w.knows("Grace Hopper")
	p := somebody(t)
	p.signsIn(grace.name, grace.email)
	p.open("/workspaces")
	p.sees("You are in no workspace yet.")
	if badge := p.badge(); badge != "" {
		t.Errorf("nobody has invited, and the badge says %q", badge)
	}
	if _, err := value[bool](p, `window.stays = true`); err != nil {
		t.Fatal(err)
	}
	w.asksIn(username, w.analyst)
	asked := time.Now()
	for p.badge() == "" && time.Since(asked) < 10*time.Second {
		time.Sleep(100 * time.Millisecond)
	}
	if badge, took := p.badge(), time.Since(asked); badge != "1 invitation" || took > 5*time.Second {
		t.Errorf("after %s the badge says %q", took, badge)
	}
	if stayed, err := value[bool](p, `window.stays === true`); err != nil || !stayed {
		t.Errorf("the page was loaded again: %v", err)
	}
	p.look("workspaces-badge")
	p.click("link", "View invitations")
	p.sees("Invitations to workspaces", "Data Analyst in "+w.called, "From Ada")
	p.look("workspace-dialog")
	p.follow("button", "Accept the invitation to "+w.called)
	p.sees("You are in. Welcome to "+w.called+".", "Your role: Data Analyst")
	p.look("workspace")
	p.open("/workspaces")
	if badge := p.badge(); badge != "" {
		t.Errorf("all is answered, and the badge says %q", badge)
	}
}

// badge is what stands beside Workspaces.
func (p *person) badge() string {
	p.t.Helper()
	text, err := value[string](p, `document.querySelector(".sidebar [data-badge]").textContent`)
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// What is found stands below the field that somebody types in, and both are in sight. Enter takes whom they typed in full, and the check what still
// stands there.
func TestLookupStaysInSight(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	_, _, grace := w.knows("Grace Hopper")
	ada := somebody(t)
	ada.signsIn(w.ada.name, w.ada.email)
	for _, size := range []width{wide, narrow} {
		ada.sized(size, 600)
		ada.open(w.workspace + "/users")
		ada.click("link", "Invite users")
		ada.fillIn("searchbox", "Find somebody by username", grace)
		ada.sees("Grace Hopper", "@"+grace)
		const hidden = `["lookup", "hits"].filter((id) => {
			const box = document.querySelector("dialog").getBoundingClientRect(), it = document.getElementById(id).getBoundingClientRect();
			return it.height === 0 || it.top < box.top || it.bottom > box.bottom;
		})`
		if out, err := value[[]string](ada, hidden); err != nil || len(out) > 0 {
			t.Errorf("%d wide, out of sight: %q, %v", size, out, err)
		}
	}
	ada.press(kb.Enter)
	ada.sees(grace+" stands below.", "1 username.")
	ada.fillIn("searchbox", "Find somebody by username", "no-such-user")
	ada.choose("Role", "Data Analyst")
	ada.click("button", "Check and continue")
	ada.sees("Grace Hopper (@"+grace+")", "1 person gets Data Analyst", "no-such-user", "No Prism user has this username.")
}

// What is saved and what is switched off are apart.
func TestSettingsOfAWorkspaceKeepApart(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	ada := somebody(t)
	ada.signsIn(w.ada.name, w.ada.email)
	ada.open(w.workspace + "/settings")
	const gaps = `[...document.querySelectorAll("main > .card")].map((it) => Math.round(it.getBoundingClientRect().top - it.previousElementSibling.getBoundingClientRect().bottom))`
	if got, err := value[[]int](ada, gaps); err != nil || len(got) != 2 || slices.Min(got) < 16 {
		t.Errorf("the parts of the page are %v apart, %v", got, err)
	}
}
