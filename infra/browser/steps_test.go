package browser

import (
	"strings"
	"testing"
)

// Steps that people take in more than one test.

// signsIn takes somebody who has an account from the console's front page to their home page.
func (p *person) signsIn(name, email string) {
	p.t.Helper()
	p.open("/")
	p.at("/sign-in")
	p.follow("link", "Sign in")
	p.at("/dev/oidc/authorize.*")
	p.follow("button", name+" "+email)
	p.at("/")
	p.sees("Your organizations", name)
}

// signsUp makes an account at the sign-in service, where the person is.
func (p *person) signsUp(name, email string) {
	p.t.Helper()
	p.at("/dev/oidc/authorize.*")
	p.fill("E-mail address", email)
	p.fill("Name", name)
	p.follow("button", "Create account")
}

// comesAs signs somebody in whom nobody knows yet, and returns their id.
func (p *person) comesAs(name, email string) {
	p.t.Helper()
	here.token(p.t, email, name)
	p.signsIn(name, email)
}

// creates makes an organization with brands and returns its id.
func (p *person) creates(name string, brands ...string) (organization string) {
	p.t.Helper()
	p.open("/")
	p.click("link", "Create organization")
	p.fill("Name of the organization", name)
	p.follow("button", "Create organization")
	p.sees(name+" is created, and you are its Admin.", "Users")
	organization = organizationIn(p.t, p.at("/organizations/org_[0-9A-Z]{26}/users[?].*"))
	p.follow("link", "Create brands")
	for _, brand := range brands {
		p.click("link", "Create brand")
		p.fill("Name of the brand", brand)
		p.follow("button", "Create brand")
		p.sees(brand + " is created.")
		p.seesRow(brand, "Admin")
	}
	return organization
}

func organizationIn(t *testing.T, path string) string {
	t.Helper()
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '?' }) {
		if strings.HasPrefix(part, "org_") {
			return part
		}
	}
	t.Fatalf("%s names no organization", path)
	return ""
}

// invites invites people as Members with a role in brands, from the page Users.
func (p *person) invites(emails, role string, brands ...string) {
	p.t.Helper()
	p.click("link", "Invite users")
	p.fill("E-mail addresses", emails)
	for _, brand := range brands {
		p.click("checkbox", brand)
	}
	p.choose("Role in these brands", role)
	p.click("button", "Check and continue")
}

// chooses opens the menu of an invitation and takes one of its entries.
func (p *person) chooses(action, email string) {
	p.t.Helper()
	p.click("DisclosureTriangle", "Actions for "+email)
	p.click("link", action)
}

func usersPath(organization string) string { return "/organizations/" + organization + "/users" }

func invitedPath(organization string) string { return usersPath(organization) + "?tab=invited" }
