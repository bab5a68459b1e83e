package browser

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// The pages that nobody has looked at on the way.
func TestPages(t *testing.T) {
	t.Parallel()
	const tess, uli = "tess@example.com", "uli@example.com"
	api, _ := as(t, "pages@example.com", "Ada Pages")
	visitor := somebody(t)
	visitor.open("/")
	visitor.open("/sign-in/callback?state=lost&code=lost")
	visitor.sees("You are not signed in", "Nothing was changed.")
	visitor.follow("link", "Sign in")
	visitor.look("dev-sign-in")
	visitor.follow("button", "Ada Pages pages@example.com")
	visitor.sees("You are in no organization yet.")
	visitor.click("link", "Create organization")
	visitor.click("button", "Create organization") // without a name
	visitor.sees("Name of the organization")
	visitor.look("create-dialog-error")
	organization := visitor.creates("Pages & Söhne <b>")
	visitor.open(usersPath(organization) + "/invite")
	visitor.sees("has no brands yet")
	visitor.open("/organizations/" + organization + "/brands/new")
	visitor.fill("Name of the brand", "A brand with quite a long name that has to wrap somewhere")
	visitor.follow("button", "Create brand")
	visitor.look("brands")
	visitor.follow("link", "See its users")
	visitor.sees("Current users 1")
	visitor.look("brand-users")
	visitor.click("link", "Invite users")
	visitor.fill("E-mail addresses", tess)
	visitor.choose("Role", "Publisher")
	visitor.click("button", "Check and continue")
	visitor.sees("1 person gets Publisher on A brand")
	visitor.follow("button", "Invite 1 person")
	visitor.seesRow(tess, "Pending", "Publisher on A brand")
	visitor.look("brand-invited")

	// Who has an account is in at once.
	visitor.open(usersPath(organization))
	visitor.invites("katherine@example.com", "Viewer", "A brand with quite a long name that has to wrap somewhere")
	visitor.sees("joins at once")
	visitor.look("invite-check-joins")
	visitor.follow("button", "Invite 1 person")
	visitor.at(usersPath(organization) + "[?].*tab=current.*")
	visitor.seesRow("Katherine Johnson", "Member", "Viewer", "Ada Pages", "added directly")
	visitor.look("joined-at-once")

	visitor.open("/organizations/" + organization + "/settings")
	visitor.click("radio", "They are asked")
	visitor.follow("button", "Save")
	visitor.sees("The settings are saved.")
	visitor.look("settings")

	// Who has an account is asked now: the invitation stands on their home page.
	guest := somebody(t)
	guest.comesAs("Uli", uli)
	brand := api.get("/organizations/" + organization + "/brands").text("items/0/id")
	api.post(http.StatusCreated, "/organizations/"+organization+"/invitations", object{
		"invitees": []object{{"email": uli}}, "role": "member", "brands": []string{brand}, "brand_role": "admin", "message": "Welcome!",
	})
	guest.open("/")
	guest.sees("Invitations for you", "Brand Admin on A brand")
	guest.look("home-invited")
	guest.follow("button", "Accept the invitation to Pages & Söhne <b>")
	guest.sees("You are in.")
	guest.look("arrived-as-brand-admin")
	guest.open("/")
	guest.look("home")

	visitor.open(invitedPath(organization))
	visitor.click("DisclosureTriangle", "Actions for "+tess)
	visitor.sees("Resend", "Copy link", "Edit", "Delete")
	visitor.look("invited-users-menu")

	if status := visitor.open("/organizations/org_01ARZ3NDEKTSV4RRFFQ69G5FAV/users"); status != http.StatusNotFound {
		t.Errorf("somebody else's organization answers %d, want 404", status)
	}
	visitor.sees("There is nothing here")
	guest.open(usersPath(organization))

	// Signed out in the middle of a form: it says so, and what was typed stays.
	visitor.open(usersPath(organization))
	visitor.click("link", "Invite users")
	visitor.fill("E-mail addresses", "someone@example.com")
	ask(visitor, network.ClearBrowserCookies, cdp.Empty{})
	visitor.click("button", "Check and continue")
	visitor.sees("You are signed out", "Sign in in another tab")
	if kept, err := value[string](visitor, `document.querySelector("dialog [name=invitees]").value`); err != nil || kept != "someone@example.com" {
		t.Errorf("the form forgot the address: %q, %v", kept, err)
	}
	visitor.look("signed-out-in-a-form")

	guest.follow("button", "Sign out")
	guest.sees("You are signed out.")
	guest.look("signed-out")
}

// The pages of the local stack that the flow has not looked at.
func TestDeveloperPages(t *testing.T) {
	t.Parallel()
	api, _ := as(t, "dev@example.com", "Ada Dev")
	word := strings.Repeat("Donaudampfschiff", 4) // which has no room on a phone, as a name and in a subject
	organization := api.post(http.StatusCreated, "/organizations", object{"name": word}).text("id")
	as(t, "word@example.com", word)
	api.post(http.StatusCreated, "/organizations/"+organization+"/invitations", object{
		"invitees": []object{{"email": "word@example.com"}}, "role": "admin", "confirm": "admin",
	})
	here.mail(t, "word@example.com", 1)
	visitor := somebody(t)
	for name, path := range map[string]string{
		"dev-long-word": "/dev", "dev-mailbox": "/dev/mail", "dev-mail": "/dev/mail/" + here.mail(t, "ada@example.com", 1).ID, "dev-items": "/dev/items",
		"dev-items-of-an-organization": "/dev/items?scope=organizations/" + organization,
	} {
		visitor.open(path)
		visitor.look(name)
	}
}

// shows lays a mail out. The mailbox does not let scripts look at one, not even axe.
func (p *person) shows(html string) {
	p.t.Helper()
	p.open(blank)
	frame := ask(p, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	ask(p, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: frame, HTML: html})
}

// Mails as they look on a phone and on a desk: the golden files of package mail, which are all there are.
func TestMails(t *testing.T) {
	t.Parallel()
	mails, err := filepath.Glob(filepath.Join(root, "internal", "mail", "testdata", "*.html"))
	if err != nil || len(mails) == 0 {
		t.Fatalf("there are no golden files of mails: %v", err)
	}
	reader := somebody(t)
	for _, path := range mails {
		html, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		reader.shows(string(html))
		reader.lookAt("mail-"+strings.TrimSuffix(filepath.Base(path), ".html"), notAPage, 375, 640)
	}
}
