package browser

import (
	"net/http"
	"testing"
)

// What was wrong in a dialog is shown in it, also when somebody has made a field of it larger, which a browser notes in a style attribute. That
// the browser reports no breach of the content policy is checked for every person.
func TestDialogsKeepToTheContentPolicy(t *testing.T) {
	t.Parallel()
	api, _ := as(t, "petra@example.com", "Petra Policy")
	organization := "/organizations/" + api.post(http.StatusCreated, "/organizations", object{"name": "Policy Inc"}).text("id")
	brand := api.post(http.StatusCreated, organization+"/brands", object{"name": "Globex"}).text("id")
	as(t, "paula@example.com", "Paula Member")
	api.post(http.StatusCreated, organization+"/invitations", object{
		"invitees": []object{{"email": "paula@example.com"}}, "role": "member", "brands": []string{brand}, "brand_role": "viewer", "notify": false,
	})
	petra := somebody(t)
	petra.signsIn("Petra Policy", "petra@example.com")
	enlarge := func(field string) {
		t.Helper()
		if found, err := value[bool](petra, `(() => {
			const field = document.querySelector("dialog `+field+`");
			field.style.height = "9rem"; // as its handle does
			return field.getAttribute("style") !== "";
		})()`); err != nil || !found {
			t.Fatalf("%s: %v", field, err)
		}
	}
	petra.open(organization + "/users")
	petra.picks("Role of Paula Member", "Admin")
	petra.click("button", "Change the role of Paula Member")
	petra.sees("Make Paula Member Admin of Policy Inc?")
	enlarge("#reason")
	petra.click("button", "Make Admin") // without the word
	petra.sees("An Admin can do everything in the organization.")
	petra.open(organization + "/users")
	petra.click("link", "Invite users")
	petra.sees("E-mail addresses")
	enlarge("textarea")
	petra.click("button", "Check and continue")
	petra.sees("Enter at least one address.")
}
