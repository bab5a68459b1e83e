package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// picks takes one of the choices of a list to choose from.
func (p *person) picks(list, choice string) {
	p.t.Helper()
	until(p.t, func() string {
		found, err := value[bool](p, `(() => {
			const called = (one) => one.ariaLabel ?? (one.labels[0]?.querySelector("span") ?? one.labels[0])?.textContent.trim();
			const select = [...document.querySelectorAll("select")].find((one) => called(one) === `+quote(list)+`);
			const choice = [...select?.options ?? []].find((one) => one.text === `+quote(choice)+`);
			if (!choice) return false;
			select.value = choice.value;
			return select.dispatchEvent(new Event("change", {bubbles: true}));
		})()`)
		if err != nil || !found {
			return "there is no " + choice + " to choose in " + list + p.situation()
		}
		return ""
	})
}

// Whoever manages users finds them, changes what they have, one by one and together, and takes them out.
func TestMembersInTheBrowser(t *testing.T) {
	t.Parallel()
	api, _ := as(t, "mia@example.com", "Mia Members")
	organization := "/organizations/" + api.post(http.StatusCreated, "/organizations", object{"name": "Members Inc"}).text("id")
	brands := map[string]string{}
	for _, name := range []string{"Globex", "Initech", "Soylent", "Umbrella"} {
		brands[name] = api.post(http.StatusCreated, organization+"/brands", object{"name": name}).text("id")
	}
	users := map[string]string{}
	joins := func(name, role, brandRole string, in ...string) {
		email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + ".of.mia@example.com"
		_, users[name] = as(t, email, name)
		offer := object{"invitees": []object{{"email": email}}, "role": role, "notify": false}
		if role == "admin" {
			offer["confirm"] = "admin"
		} else {
			var ids []string
			for _, brand := range in {
				ids = append(ids, brands[brand])
			}
			offer["brands"], offer["brand_role"] = ids, brandRole
		}
		api.post(http.StatusCreated, organization+"/invitations", offer)
	}
	joins("Grace Second", "admin", "")
	joins("Otto Third", "admin", "")
	joins("Pia Publisher", "member", "publisher", "Globex", "Initech")
	joins("Vic Viewer", "member", "viewer", "Globex", "Initech", "Soylent", "Umbrella")
	for n := range 4 {
		joins(fmt.Sprintf("Zoe Number %d", n), "member", "admin", "Soylent")
	}
	mia := somebody(t)
	mia.signsIn("Mia Members", "mia@example.com")
	mia.look("members-home")
	mia.open(organization + "/users")
	mia.seesRow("Pia Publisher", "Publisher", "Globex")
	mia.look("members")

	// One by one: the role in the row, what it brings, and why.
	mia.picks("Role of Pia Publisher", "Admin")
	mia.click("button", "Change the role of Pia Publisher")
	mia.sees("Make Pia Publisher Admin of Members Inc?", "Type admin to confirm")
	mia.look("member-to-admin")
	mia.press(kb.Escape)
	mia.picks("Role of Pia Publisher", "Member")
	mia.click("button", "Change the role of Pia Publisher")
	mia.sees("Brands and roles of Pia Publisher")
	mia.picks("Soylent", "Viewer")
	mia.picks("Globex", "No access")
	mia.look("member-brands")
	mia.click("button", "Continue")
	mia.sees("Change what Pia Publisher has?", "Publisher on Initech; Viewer on Soylent")
	mia.fill("Reason (optional)", "Moves to Soylent")
	mia.look("member-review")
	// Meanwhile a second Admin does something else.
	grace, _ := as(t, "grace.second.of.mia@example.com", "Grace Second")
	grace.does(http.StatusOK, "", http.MethodPatch, organization+"/members/"+users["Pia Publisher"], object{"brands": object{brands["Umbrella"]: "viewer"}})
	mia.click("button", "Change role")
	mia.sees("Grace Second changed Pia Publisher’s role just now", "You were changing", "Apply mine", "Keep theirs")
	mia.follow("button", "Apply mine")
	mia.sees("Pia Publisher is now Publisher on Initech; Viewer on Soylent and Umbrella.")
	mia.look("member-changed")
	mia.follow("link", "Pia Publisher")
	mia.sees("History", "Moves to Soylent")
	mia.look("member-profile")

	// Several together.
	mia.open(organization + "/users")
	mia.click("checkbox", "Select Grace Second")
	mia.click("checkbox", "Select Otto Third")
	mia.click("checkbox", "Select Vic Viewer")
	mia.sees("3 selected of 9 on this page")
	mia.look("members-selected")
	mia.click("button", "Edit brands and roles")
	mia.sees("Downgrade 2 of 3 people to Member")
	mia.picks("Globex", "Viewer")
	mia.look("bulk-choice")
	mia.click("button", "Check and continue")
	mia.sees("2 of 3 people change, and get a mail", "No change")
	mia.look("bulk-check")
	mia.follow("button", "Change 2 people")
	mia.sees("2 people are changed.")
	mia.click("DisclosureTriangle", "Actions for Vic Viewer")
	mia.look("member-menu")
	mia.click("link", "Remove")
	mia.sees("Remove Vic Viewer from Members Inc?")
	mia.look("member-remove")
	mia.follow("button", "Remove")
	mia.sees("Vic Viewer is removed.")
	mia.seesNoRow("Vic Viewer")

	// A brand's Admin sees who may not be changed, and why.
	zoe := somebody(t)
	zoe.signsIn("Zoe Number 1", "zoe.number.1.of.mia@example.com")
	zoe.open(organization + "/brands/" + brands["Soylent"] + "/users")
	zoe.sees("Organization Admin", "Nobody changes their own role.")
	zoe.look("brand-members")
	zoe.picks("Role of Zoe Number 2", "Viewer")
	zoe.click("button", "Change the role of Zoe Number 2")
	zoe.sees("Viewer on Soylent")
	zoe.look("brand-member-review")
	zoe.follow("button", "Change role")
	zoe.sees("Zoe Number 2 is now Viewer on Soylent.")
	zoe.open("/")
	zoe.click("link", "Leave Members Inc")
	zoe.sees("Leave Members Inc?")
	zoe.look("leave")
	zoe.follow("button", "Leave")
	zoe.sees("You have left.", "You are in no organization yet.")

	// Found as one types.
	mia.open(organization + "/users")
	mia.click("searchbox", "Search by name or e-mail")
	mia.press("zoe")
	mia.sees("3 people")
	mia.at(".*[?].*q=zoe.*")
	mia.press(" numb")
	mia.look("members-found")
	mia.press("xyz")
	mia.sees("Nobody here is found by “zoe numbxyz”.")
}
