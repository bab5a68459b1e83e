package browser

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
)

// states are what a page can be in. Each is shown, or left out with the reason in a word.
type states struct {
	Routes []string // the patterns of the page and of what it opens

	NothingYet, NothingFound, Forbidden, Conflict, Error, Hundred cell
}

// cell is one state of a page: how somebody gets to see it, or why nobody does.
type cell struct {
	left string
	show func(p *person)
}

func left(why string) cell { return cell{left: why} }

// at is what somebody sees at an address. Nobody is signed out.
func at(who account, path string, sees ...string) cell {
	return cell{show: func(p *person) {
		p.t.Helper()
		if who != nobody {
			p.enters(who)
		}
		p.open(path)
		p.sees(sees...)
	}}
}

var nobody account

// after is what somebody sees after some steps.
func after(show func(p *person)) cell { return cell{show: show} }

// opens is the dialog that somebody opens by a link of a page.
func opens(who account, path, link string, sees ...string) cell {
	return after(func(p *person) {
		at(who, path).show(p)
		p.click("link", link)
		p.seesIn(inDialog, sees...)
	})
}

// fails is a page that cannot be shown, through no fault of who asks for it.
func fails(who account, path string) cell {
	return cell{show: func(p *person) {
		p.t.Helper()
		p.expectsFailure(true)
		at(who, path, "Something went wrong on our side", "Number: ").show(p)
	}}
}

// Every page in every state, on wide and narrow screens, in light and dark: axe finds nothing, nothing reaches over the edge, the browser
// does not complain, and what one should see is there.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pages := w.pages()
	maps.Copy(pages, w.dialogs())
	complete(t, pages, func(route string) bool { return !strings.HasPrefix(route, "/workspaces") })
	showAll(t, pages)
}

func showAll(t *testing.T, pages map[string]states) {
	t.Helper()
	for name, of := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := somebody(t)
			each, skipped := reflect.ValueOf(of), false
			for i := range each.NumField() {
				c, is := reflect.TypeAssert[cell](each.Field(i))
				state := each.Type().Field(i).Name
				switch {
				case !is:
				case c.show == nil && c.left == "":
					t.Errorf("%s: nothing is said about the state %s", name, state)
				case c.show != nil:
					ran := false
					t.Run(state, func(t *testing.T) {
						p.t, ran = t, true
						c.show(p)
						p.look(fmt.Sprintf("page-%s-%s", name, state))
					})
					p.t, skipped = t, skipped || !ran
					p.expectsFailure(false)
					ask(p, network.ClearBrowserCookies, cdp.Empty{})
				}
			}
			opened := patternsOf(t, http.MethodGet, p.opened())
			for _, route := range of.Routes {
				if !opened["GET "+route] && !skipped {
					t.Errorf("no state opens %s", route)
				}
			}
		})
	}
}

// opened returns the paths of the pages and parts that the browser has asked for.
func (p *person) opened() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.gets)
}
