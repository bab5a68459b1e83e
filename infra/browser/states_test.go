package browser

import (
	"net/http"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
)

// The states of the accept page that the flow does not lead to.
func TestAcceptPage(t *testing.T) {
	t.Parallel()
	ada, _ := as(t, "states@example.com", "Ada States")
	created := ada.post(http.StatusCreated, "/organizations", object{"name": "Acme in every state"})
	organization := "/organizations/" + created.text("id")
	scope := access.Organization(created.text("id"))
	brand := ada.post(http.StatusCreated, organization+"/brands", object{"name": "Globex"}).text("id")
	invite := func(by client, email string) (invitation string, link string) {
		t.Helper()
		made := by.post(http.StatusCreated, organization+"/invitations", object{
			"invitees": []object{{"email": email}}, "role": "member", "brands": []string{brand}, "brand_role": "publisher",
		})
		return made.text("results/0/invitation/id"), made.text("results/0/invitation/accept_url")
	}
	bed := testbed.New(t)

	t.Run("address not verified", func(t *testing.T) {
		const una = "una@example.com"
		_, link := invite(ada, una)
		guest := somebody(t)
		guest.open(link)
		guest.follow("link", "Create account")
		guest.click("checkbox", "The e-mail address is verified")
		guest.signsUp("Una Verified", una)
		guest.sees("Verify your address first", una)
		guest.look("accept-not-verified")
	})
	t.Run("used by another, seen signed out", func(t *testing.T) {
		const olga = "olga@example.com"
		_, link := invite(ada, olga)
		joins, _ := as(t, olga, "Olga")
		joins.post(http.StatusOK, "/invitations/"+tokenOf(link)+"/accept", nil)
		guest := somebody(t)
		guest.open(link)
		guest.sees("This invitation was used already", "If that was you, sign in")
		guest.look("accept-used-signed-out")
		guest.follow("link", "Sign in")
		guest.follow("button", "Olga "+olga)
		guest.at(organization + "/brands[?].*") // it was her: straight to where her role is worth something
	})
	t.Run("closed", func(t *testing.T) {
		const paul = "paul@example.com"
		invitation, link := invite(ada, paul)
		bed.SetStatus(scope, invitation, paul, "closed")
		guest := somebody(t)
		guest.open(link)
		guest.sees("This invitation is closed")
		guest.look("accept-closed")
	})
	t.Run("inviter lost the right", func(t *testing.T) {
		const rosa, quentin = "rosa@example.com", "quentin@example.com"
		ada.post(http.StatusCreated, organization+"/invitations", object{"invitees": []object{{"email": quentin}}, "role": "admin", "confirm": "admin"})
		admin, adminID := as(t, quentin, "Quentin")
		mine := admin.get("/me/invitations").text("items/0/id")
		admin.post(http.StatusOK, organization+"/invitations/"+mine+"/accept", nil)
		_, link := invite(admin, rosa)
		guest := somebody(t)
		guest.open(link)
		guest.follow("link", "Create account")
		guest.signsUp("Rosa", rosa)
		guest.sees("Join Acme in every state")
		bed.SetRole(scope.Organization, adminID, access.Member)
		guest.follow("button", "Accept")
		guest.sees("This invitation is not valid any more", "An Admin there can send you")
		guest.look("accept-invalid")
		here.published(t, scope.Organization, "InvitationInvalidated", 1)
		if members := ada.get(organization + "/members").items(); len(members) != 3 { // Ada, Olga, Quentin
			t.Errorf("members: %v", members)
		}
	})
	t.Run("organization deleted", func(t *testing.T) {
		const sven = "sven@example.com"
		_, link := invite(ada, sven)
		bed.DeleteScope(scope)
		guest := somebody(t)
		guest.open(link)
		guest.sees("What this led to is gone")
		guest.look("accept-scope-deleted")
	})
}
