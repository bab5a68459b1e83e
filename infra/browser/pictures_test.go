package browser

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

var keep = flag.Bool("pictures", false, "keep the pictures that the README shows")

// kept is where the pictures of the README lie.
const kept = "pictures"

// The README shows what somebody sees in their first minutes. make pictures takes the pictures anew.
func TestPicturesOfTheReadme(t *testing.T) {
	t.Parallel()
	const lena = "lena@example.com"
	ada := somebody(t)
	ada.signsIn("Ada Lovelace", "ada@example.com")
	ada.follow("link", "Organization settings Northwind")
	ada.seesRow("Radia Perlman", "Northwind Tea Admin", "Northwind Coffee Publisher")
	organization := organizationIn(t, ada.at("/organizations/org_[0-9A-Z]{26}/users.*"))
	ada.picture("users", pictured)

	ada.click("link", "Invite users")
	ada.fill("E-mail addresses", lena+", Omar Haddad <omar@example.com>")
	ada.click("checkbox", "Northwind Coffee")
	ada.choose("Role in these brands", "Publisher")
	ada.sees("2 addresses.", "1 chosen.")
	ada.picture("invite", pictured)
	ada.click("button", "Check and continue")
	ada.sees("2 people get Publisher on Northwind Coffee.")
	ada.follow("button", "Invite 2 people")
	ada.at(usersPath(organization) + "[?].*tab=invited.*")

	m := here.mail(t, lena, 1)
	invited := somebody(t)
	invited.shows(m.HTML)
	invited.picture("mail", 640)
	invited.open(m.acceptLink(t))
	invited.follow("link", "Create account")
	invited.signsUp("Lena Hart", lena)
	invited.sees("Join Northwind", "Publisher on Northwind Coffee")
	invited.picture("accept", narrow)
}

const (
	pictured  width = 1440      // a page on a desk, where no column is narrow
	mostBytes       = 200 << 10 // of a picture, which everybody who reads the README loads
)

// moments are what differs from one day to another, or when another test has moved the clock.
var moments = regexp.MustCompile(`\d+ open|just now|(in )?\d+ (second|minute|hour|day|week)s?( ago)?|\d+ [A-Z][a-z]+( \d{4})?|\d\d:\d\d|http:\S+`)

var emptyLines = regexp.MustCompile(`\s*\n\s*`)

// picture takes the picture of what the person sees, which the README has to show as it is today: beside each picture its words are kept.
func (p *person) picture(name string, w width) {
	p.t.Helper()
	p.uses(w, light)
	p.sized(w, 600) // what is shorter ends there
	size, err := value[int64](p, "document.body.scrollHeight")
	if err != nil {
		p.t.Fatal(err)
	}
	p.sized(w, size)
	taken, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	p.uses(wide, light)
	writeShot(p.t, "picture-"+name+".png", taken)
	if len(taken) > mostBytes {
		p.t.Errorf("the picture %s has %d bytes, want at most %d", name, len(taken), mostBytes)
	}
	said, err := value[string](p, "document.body.innerText")
	if err != nil {
		p.t.Fatal(err)
	}
	said = emptyLines.ReplaceAllString(moments.ReplaceAllString(said, "..."), "\n") + "\n"
	path := filepath.Join(kept, name)
	if *keep {
		if err := errors.Join(os.WriteFile(path+".png", taken, 0o600), os.WriteFile(path+".txt", []byte(said), 0o600)); err != nil {
			p.t.Error(err)
		}
	}
	words, err := os.ReadFile(path + ".txt")
	if diff := cmp.Diff(string(words), said); err != nil || diff != "" {
		p.t.Errorf("the picture %s is not what is seen today, make pictures takes it: %v %s", name, err, diff)
	}
	if _, err := os.Stat(path + ".png"); err != nil {
		p.t.Errorf("%v: make pictures takes it", err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil || !strings.Contains(string(readme), "infra/browser/"+kept+"/"+name+".png") {
		p.t.Errorf("the README does not show the picture %s: %v", name, err)
	}
}
