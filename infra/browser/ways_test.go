package browser

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// Other ways to the same: without scripts, and while the table's indexes are late.

// organize makes an organization with the brand Globex by the API, and returns its Admin at their browser.
func organize(t *testing.T, email, name string) (admin *person, api client, organization, brand string) {
	t.Helper()
	api, _ = as(t, email, name)
	organization = api.post(http.StatusCreated, "/organizations", object{"name": "Acme of " + name}).text("id")
	brand = api.post(http.StatusCreated, "/organizations/"+organization+"/brands", object{"name": "Globex"}).text("id")
	admin = somebody(t)
	return admin, api, organization, brand
}

// aWhile is longer than just now, and too short for anything else to change.
const aWhile = 2 * time.Minute

// A browser that runs no scripts shows what is there without them, and the whole of a form that is refused.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	const judy, kim = "judy@example.com", "kim@example.com"
	ada, _, organization, _ := organize(t, "plain@example.com", "Ada Plain")
	ada.scripts(false)
	ada.signsIn("Ada Plain", "plain@example.com")
	ada.open(usersPath(organization))
	ada.follow("link", "Invite users")
	ada.at(usersPath(organization) + "/invite")
	ada.fill("E-mail addresses", judy+" "+kim)
	ada.follow("button", "Check and continue") // no brand is chosen
	ada.sees("A Member needs at least one brand.")
	ada.look("invite-page-error")
	if kept, err := value[string](ada, `document.querySelector("[name=invitees]").value`); err != nil || kept != judy+" "+kim {
		t.Errorf("the form forgot the addresses: %q, %v", kept, err)
	}
	ada.click("checkbox", "Globex")
	ada.follow("button", "Check and continue")
	ada.sees("2 people get Viewer on Globex.")
	ada.follow("button", "Invite 2 people")
	ada.seesRow(judy, "Pending")
	ada.click("DisclosureTriangle", "Actions for "+kim)
	ada.follow("link", "Resend")
	ada.sees("Resend to " + kim)
	ada.look("resend-page")
	ada.open(usersPath(organization))
	ada.fillIn("searchbox", "Search by name or e-mail", "nobody")
	ada.follow("button", "Search")
	ada.sees("Nobody here is found by “nobody”.")
}

// focused says whether the focus is where it is wanted; it may take the page a moment to move it.
func (p *person) focused(wanted string) {
	p.t.Helper()
	until(p.t, func() string {
		if there, err := value[bool](p, "!!("+wanted+")"); err != nil || !there {
			at, _ := value[string](p, "document.activeElement.outerHTML")
			return "the focus is on " + at
		}
		return ""
	})
}

// What was typed into a dialog is still there when it is opened again, and the focus is where one goes on.
func TestADialogKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	const leo = "leo@example.com"
	ada, _, organization, _ := organize(t, "keys@example.com", "Ada Keys")
	ada.signsIn("Ada Keys", "keys@example.com")
	ada.open(usersPath(organization))
	const invite = `document.activeElement.matches("a[data-dialog]") && document.activeElement.textContent.trim() === "Invite users"`
	const typing = `document.activeElement.id === "invitees"`
	ada.tabTo(invite)
	ada.press(kb.Enter)
	ada.focused(typing)
	ada.press(leo)
	ada.tabTo(`document.activeElement.textContent === "Cancel"`)
	ada.press(kb.Enter)
	ada.focused(invite)
	ada.press(kb.Enter)
	ada.focused(typing)
	if kept, err := value[string](ada, `document.activeElement.value`); err != nil || kept != leo {
		t.Errorf("the dialog forgot what was typed: %q, %v", kept, err)
	}
}

// lags invites people to an organization of its own until one is not in the list at once. A machine that is slower than the indexes are late
// gets some tries.
func lags(t *testing.T, api client) {
	t.Helper()
	path := "/organizations/" + api.post(http.StatusCreated, "/organizations", object{"name": "Acme of the late"}).text("id") + "/invitations"
	for before := range 5 {
		api.post(http.StatusCreated, path, object{
			"invitees": []object{{"email": fmt.Sprintf("late%d@example.com", before)}}, "role": "admin", "confirm": "admin",
		})
		if len(api.get(path).items()) <= before {
			return
		}
	}
	t.Fatal("the indexes do not lag")
}

// Indexes are late on AWS. What somebody has just done they see at once all the same.
func TestWhileIndexesAreLate(t *testing.T) {
	const mia, nils = "mia@example.com", "nils@example.com"
	ada, api, organization, brand := organize(t, "late@example.com", "Ada Late")
	api.post(http.StatusCreated, "/organizations/"+organization+"/invitations", object{
		"invitees": []object{{"email": nils}}, "role": "member", "brands": []string{brand}, "brand_role": "viewer",
	})
	here.advance(t, aWhile)
	ada.signsIn("Ada Late", "late@example.com")
	here.post(t, "/dev/faults", map[string]string{"indexes": "lag"}, nil)
	defer here.post(t, "/dev/faults", map[string]string{"indexes": ""}, nil)
	lags(t, api)

	began := time.Now()
	ada.open(usersPath(organization))
	ada.invites(mia, "Publisher", "Globex")
	ada.follow("button", "Invite 1 person")
	ada.seesRow(mia, "Pending", "in 7 days")
	ada.chooses("Resend", nils)
	ada.follow("button", "Resend")
	ada.sees(nils + " gets a new link")
	ada.seesRow(nils, "Pending", "just now")
	ada.chooses("Delete", nils)
	ada.follow("button", "Delete invitation")
	ada.sees("The invitation is deleted.")
	ada.seesNoRow(nils)
	t.Logf("all of it in %s", time.Since(began))

	judge := api.get("/organizations/" + organization + "/invitations").items()
	if len(judge) != 1 || judge[0].text("invitee/email") != mia {
		until(t, func() string { // the list comes from an index, so it is right two seconds later
			list := api.get("/organizations/" + organization + "/invitations").items()
			if len(list) != 1 || list[0].text("invitee/email") != mia {
				return "the list does not get right"
			}
			return ""
		})
	}
}
