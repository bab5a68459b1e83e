package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
)

// Somebody asks for access by the join link, an Admin decides on the page that the mail leads to, and another one learns of it.
func TestAccessRequestsInTheBrowser(t *testing.T) {
	t.Parallel()
	api, _ := as(t, "rita@example.com", "Rita Requests")
	created := api.post(http.StatusCreated, "/organizations", object{"name": "Requests Inc"})
	organization, join := "/organizations/"+created.text("id"), created.text("connections/0/url")
	for _, name := range []string{"Globex", "Initech", "Soylent", "Umbrella"} {
		api.post(http.StatusCreated, organization+"/brands", object{"name": name})
	}
	rita := somebody(t)
	rita.signsIn("Rita Requests", "rita@example.com")
	rita.open(organization + "/users?tab=requests")
	rita.sees("Nobody has asked for access.")

	guest := somebody(t)
	guest.open(join)
	guest.sees("Sign in to see which one it is")
	guest.look("join-signed-out")
	guest.follow("link", "Create account")
	guest.signsUp("Gustav Guest", "gustav.guest@example.com")
	guest.sees("Ask Requests Inc for access")
	guest.click("checkbox", "Initech")
	guest.click("checkbox", "Soylent")
	guest.fill("Message (optional)", "I run the shop of Initech and Soylent, and need to publish there.\nAnn knows me.")
	guest.look("join")
	guest.follow("button", "Ask for access")
	guest.sees("You have asked Requests Inc", "Your request is sent.")
	guest.look("join-asked")
	guest.open("/")
	guest.sees("Your access requests")
	guest.look("home-request")

	asks := func(name string) (id string) {
		who, _ := as(t, strings.ToLower(name)+".of.rita@example.com", name)
		return who.post(http.StatusCreated, organization+"/access-requests", object{
			"connection": created.text("connections/0/id"), "message": "Please let me in.",
		}).text("id")
	}
	second, third := asks("Norbert"), asks("Olivia")
	rita.open(organization + "/users?tab=requests")
	rita.seesRow("Gustav Guest", "Initech", "Pending")
	rita.look("requests")
	rita.click("link", "Assign role to Gustav Guest")
	rita.sees("Gustav Guest asks for access to Requests Inc")
	rita.look("request")
	rita.choose("Role in these brands", "Publisher")
	rita.click("button", "Continue")
	rita.sees("Let Gustav Guest in?", "Publisher on Initech and Soylent")
	rita.look("request-review")
	rita.fill("Reason (optional)", "Ann knows him")
	rita.follow("button", "Approve")
	rita.sees("Gustav Guest is in: Publisher on Initech and Soylent.")
	rita.look("requests-approved")
	rita.open(organization + "/access-requests/" + second)
	rita.look("request-page")
	// Meanwhile somebody else decides.
	api.post(http.StatusOK, organization+"/access-requests/"+second+"/reject", object{"reason": "Nobody here knows Norbert"})
	rita.click("button", "Continue")
	rita.sees("Request of Norbert", "Rejected", "Nobody here knows Norbert")
	rita.open(organization + "/access-requests/" + third)
	rita.choose("Role", "Admin")
	rita.click("button", "Continue")
	rita.sees("Make Olivia Admin of Requests Inc?", "Type admin to confirm")
	rita.look("request-to-admin")
	rita.open(organization + "/access-requests/" + third + "/reject")
	rita.sees("Reject the request of Olivia?")
	rita.look("request-reject")
	rita.follow("button", "Reject")
	rita.sees("The request of Olivia is rejected")
	rita.look("requests-decided")
	olivia := somebody(t)
	olivia.signsIn("Olivia", "olivia.of.rita@example.com")
	olivia.open(join)
	olivia.sees("Your request was rejected")
	olivia.open("/join/" + created.text("id") + "?via=con_unknown")
	olivia.sees("This join link does not work")
}

// The settings, the brands and the log of an organization, until it is deleted.
func TestSettingsInTheBrowser(t *testing.T) {
	t.Parallel()
	api, _ := as(t, "sam@example.com", "Sam Settings")
	organization := "/organizations/" + api.post(http.StatusCreated, "/organizations", object{"name": "Settings Inc"}).text("id")
	var brand string
	for _, name := range []string{"Globex", "Initech"} {
		brand = api.post(http.StatusCreated, organization+"/brands", object{"name": name}).text("id")
	}
	sam := somebody(t)
	sam.signsIn("Sam Settings", "sam@example.com")
	sam.open(organization + "/settings")
	sam.sees("Join page and other connections")
	sam.look("settings-all")
	sam.click("link", "Add connection")
	sam.sees("Add a connection to Settings Inc")
	sam.fill("Name", "Partner portal")
	sam.look("connection-add")
	sam.follow("button", "Add connection")
	sam.sees("The connection is saved.", "Partner portal")
	sam.click("link", "Change Join page")
	sam.sees("Change the connection Join page")
	sam.choose("State", "Off")
	sam.look("connection-change")
	sam.follow("button", "Save")
	sam.look("settings-connections")
	sam.click("link", "Remove Partner portal")
	sam.sees("Remove the connection Partner portal?")
	sam.look("connection-remove")
	sam.follow("button", "Remove connection")
	sam.sees("The connection is removed.")
	sam.choose("What those who ask for access see", "The organization's name alone")
	api.does(http.StatusOK, "", http.MethodPatch, organization, object{"name": "Settings Limited"})
	sam.follow("button", "Save")
	sam.sees("You changed these settings just now", "Settings Limited")

	sam.open(organization + "/brands")
	sam.click("DisclosureTriangle", "Actions for Initech")
	sam.look("brand-menu")
	sam.click("link", "Rename")
	sam.fill("New name", "Initech GmbH")
	sam.look("brand-rename")
	sam.follow("button", "Rename")
	sam.sees("The brand is renamed.", "Initech GmbH")
	sam.open(organization + "/brands/" + brand + "/delete")
	sam.sees("Delete the brand Initech GmbH?")
	sam.look("brand-delete")
	sam.fill("Type Initech GmbH to confirm", "Initech")
	sam.click("button", "Delete brand")
	sam.sees("Type its name to confirm.")
	sam.look("brand-delete-wrong")

	invited := api.post(http.StatusCreated, organization+"/invitations", object{
		"invitees": []object{{"email": "one.of.sam@example.com"}, {"email": "two.of.sam@example.com"}}, "role": "member", "brands": []string{brand}, "brand_role": "viewer",
	}).text("results/0/invitation/id")
	_, two := as(t, "three.of.sam@example.com", "Theo Third")
	api.post(http.StatusCreated, organization+"/invitations", object{
		"invitees": []object{{"email": "three.of.sam@example.com"}}, "role": "member", "brands": []string{brand}, "brand_role": "viewer",
	})
	api.does(http.StatusOK, "", http.MethodPatch, organization+"/members/"+two, object{"brands": object{brand: "publisher"}, "reason": "Writes for Initech now"})
	api.does(http.StatusNoContent, "", http.MethodDelete, organization+"/members/"+two, nil)
	within(t, 20*time.Second, func() string {
		sam.open(organization + "/brands/" + brand + "/audit-log?type=MemberRemoved")
		if text, err := sam.text("main"); err != nil || !strings.Contains(text, "Removed Theo Third") {
			return "the brand's log does not tell of it: " + text
		}
		return ""
	})
	sam.look("audit-log-of-a-brand")
	sam.open(organization + "/audit-log")
	sam.sees("Writes for Initech now")
	sam.look("audit-log")
	sam.open(organization + "/audit-log?user=" + two)
	sam.click("button", "Show")
	sam.sees("3 entries")
	sam.look("audit-log-of-a-person")
	sam.open(organization + "/audit-log?type=BrandDeleted&from=2020-01-01&to=2020-12-31")
	sam.sees("No “Brand deleted” from 2020-01-01 to 2020-12-31 is in the log.")

	sam.open(organization + "/users/invitations/clean-up")
	sam.sees("There is nothing to delete")
	testbed.New(t).SetStatus(access.Organization(strings.TrimPrefix(organization, "/organizations/")), invited, "one.of.sam@example.com", "declined")
	sam.open(organization + "/users?tab=invited")
	sam.click("link", "Delete expired and declined")
	sam.sees("Delete 1 invitation?")
	sam.look("clean-up")
	sam.follow("button", "Delete it")
	sam.sees("1 invitation is deleted.")
	sam.look("clean-up-done")
	sam.open(organization + "/delete")
	sam.look("organization-delete")
	sam.fill("Type Settings Limited to confirm", "Settings Limited")
	sam.follow("button", "Delete organization")
	sam.sees("The organization is deleted.")
}
