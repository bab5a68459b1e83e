package browser

import (
	"fmt"
	"net/http"
	"testing"
)

// With more people selected than a screen has room for, what they are asked about and the buttons stay in sight, on every screen.
func TestManySelected(t *testing.T) {
	t.Parallel()
	const many = 19 // who need more room than a screen has
	api, _ := as(t, "sol@example.com", "Sol Selects")
	organization := "/organizations/" + api.post(http.StatusCreated, "/organizations", object{"name": "Many Inc"}).text("id")
	brand := api.post(http.StatusCreated, organization+"/brands", object{"name": "Globex"}).text("id")
	var invitees []object
	for n := range many {
		email := fmt.Sprintf("many%02d.of.sol@example.com", n)
		as(t, email, fmt.Sprintf("Many %02d", n))
		invitees = append(invitees, object{"email": email})
	}
	api.post(http.StatusCreated, organization+"/invitations", object{
		"invitees": invitees, "role": "member", "brands": []string{brand}, "brand_role": "viewer", "notify": false,
	})
	sol := somebody(t)
	sol.signsIn("Sol Selects", "sol@example.com")
	sol.open(organization + "/users")
	sol.click("button", "Select all on this page")
	sol.sees("19 selected of 20 on this page", "Edit brands and roles")
	sol.click("button", "Edit brands and roles")
	sol.sees("Brands and roles of 19 people")
	sol.picks("Globex", "Publisher")
	sol.click("button", "Check and continue")
	sol.sees("Change the brands of 19 people")
	for _, w := range []width{wide, narrow} {
		sol.uses(w, light)
		until(t, func() string {
			shown, err := value[bool](sol, `[...document.querySelectorAll("dialog .buttons > *")].every((button) => button.getBoundingClientRect().bottom < innerHeight)`)
			if err != nil || !shown {
				return fmt.Sprintf("at %d the buttons are out of sight, %v", w, err)
			}
			return ""
		})
	}
	sol.look("bulk-many")
	sol.follow("button", "Change 19 people")
	sol.sees("19 people are changed.")
}
