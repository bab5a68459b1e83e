package browser

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	pausing "github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// late is an answer of the stack that the browser does not get before it is let go.
type late struct {
	p       *person
	mu      sync.Mutex
	paused  pausing.RequestID // once it is held
	request network.RequestID
	over    map[network.RequestID]bool // the answers that have come, or were given up
}

// holds keeps back the first answer from an address that matches, in which * is any text.
func (p *person) holds(address string) *late {
	p.t.Helper()
	l := &late{p: p, over: map[network.RequestID]bool{}}
	err := chromedp.Listen(p.ctx, func(event any) {
		l.mu.Lock()
		defer l.mu.Unlock()
		switch e := event.(type) {
		case *pausing.EventRequestPaused:
			l.paused, l.request = e.RequestID, e.NetworkID
		case *network.EventLoadingFinished:
			l.over[e.RequestID] = true
		case *network.EventLoadingFailed:
			l.over[e.RequestID] = true
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	ask(p, pausing.Enable, pausing.EnableParams{Patterns: []*pausing.RequestPattern{{URLPattern: address, RequestStage: pausing.RequestStageResponse}}})
	return l
}

// held waits until the answer is there and held.
func (l *late) held() {
	l.p.t.Helper()
	until(l.p.t, func() string {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.paused == "" {
			return "nothing was asked that could be held"
		}
		return ""
	})
}

// comes lets the answer go, and waits until the page has made of it what it makes. A page that has given it up does not get it.
func (l *late) comes() {
	l.p.t.Helper()
	_, _ = call(l.p, pausing.ContinueResponse, pausing.ContinueResponseParams{RequestID: l.paused}) // fails when it was given up
	until(l.p.t, func() string {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.over[l.request] {
			return "the answer does not come"
		}
		return ""
	})
	ask(l.p, pausing.Disable, cdp.Empty{})
	const drawn = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"
	if _, err := value[bool](l.p, drawn); err != nil {
		l.p.t.Fatal(err)
	}
}

// An answer that comes late does not take the place of that to a later question.
func TestTheLastQuestionWins(t *testing.T) {
	t.Parallel()
	api, _ := as(t, "lara@example.com", "Lara Last")
	organization := api.post(http.StatusCreated, "/organizations", object{"name": "Last Inc"}).text("id")
	for n, name := range []string{"Zoe Nanu", "Zoe Other", "Zoe Third"} {
		email := fmt.Sprintf("zoe.%d.of.lara@example.com", n)
		as(t, email, name)
		api.post(http.StatusCreated, "/organizations/"+organization+"/invitations", object{
			"invitees": []object{{"email": email}}, "role": "admin", "confirm": "admin", "notify": false,
		})
	}
	api.post(http.StatusCreated, "/organizations/"+organization+"/invitations", object{
		"invitees": []object{{"email": "one.of.lara@example.com"}}, "role": "admin", "confirm": "admin", "notify": false,
	})
	within(t, eventDelay, func() string { // a search finds people a moment after they have joined
		if found := api.get("/organizations/" + organization + "/members?q=zoe").items(); len(found) != 3 {
			return fmt.Sprintf("the search finds %d people", len(found))
		}
		return ""
	})
	users := usersPath(organization)
	tests := map[string]struct {
		at, first, last string // where one asks, and what the addresses of the answers have in them
		ask, again      func(*person)
		sees            string
		announced       string // empty: nothing is counted there
	}{
		"search": {
			at: users, first: "q=zoe&", last: "q=zoe.nanu", sees: "Zoe Nanu", announced: "1 person",
			ask: func(p *person) {
				p.click("searchbox", "Search by name or e-mail")
				p.press("zoe")
			},
			again: func(p *person) { p.press(" nanu") },
		},
		"search and role": {
			at: users, first: "q=zoe&role=&", last: "role=member", sees: "Nobody here", announced: "0 people",
			ask: func(p *person) {
				p.click("searchbox", "Search by name or e-mail")
				p.press("zoe")
			},
			again: func(p *person) { p.picks("Role", "Member") },
		},
		"status": {
			at: users + "?tab=invited", first: "status=pending", last: "status=declined", sees: "No invitation is “Declined”.", announced: "0 invitations",
			ask: func(p *person) { p.picks("Status", "Pending") },
			again: func(p *person) {
				p.picks("Status", "Expired")
				p.picks("Status", "Declined")
			},
		},
		"tabs": {
			at: users, first: "tab=invited", last: "tab=requests", sees: "Nobody has asked for access.", announced: "0 requests",
			ask:   func(p *person) { p.click("link", "Invited users 1 open") },
			again: func(p *person) { p.click("link", "Access requests 0 open") },
		},
		"log": {
			at: "/organizations/" + organization + "/audit-log", first: "type=BrandCreated", last: "type=BrandDeleted", sees: "No “Brand deleted” is in the log.",
			announced: "0 entries",
			ask: func(p *person) {
				p.picks("What", "Brand created")
				p.click("button", "Show")
			},
			again: func(p *person) {
				p.picks("What", "Brand deleted")
				p.click("button", "Show")
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			lara := somebody(t)
			lara.signsIn("Lara Last", "lara@example.com")
			lara.open(tt.at)
			first := lara.holds("*" + tt.first + "*")
			tt.ask(lara)
			first.held()
			tt.again(lara)
			settled := func() {
				t.Helper()
				lara.seesIn(`document.getElementById("results")`, tt.sees)
				lara.at(".*" + tt.last + ".*")
				lara.seesIn(`document.querySelector("#announce[role=status]")`, tt.announced)
			}
			settled()
			first.comes()
			settled()
			lara.seesNot("This could not be reached")
		})
	}
}

// What somebody chooses while an answer is on its way is still chosen when it comes.
func TestAChoiceOutlivesAnAnswer(t *testing.T) {
	t.Parallel()
	api, _ := as(t, "lucy@example.com", "Lucy Late")
	organization := api.post(http.StatusCreated, "/organizations", object{"name": "Late Inc"}).text("id")
	lucy := somebody(t)
	lucy.signsIn("Lucy Late", "lucy@example.com")
	lucy.open("/organizations/" + organization + "/audit-log")
	answer := lucy.holds("*type=BrandCreated*")
	lucy.picks("What", "Brand created")
	lucy.click("button", "Show")
	answer.held()
	lucy.picks("What", "Brand deleted")
	answer.comes()
	lucy.seesIn(`document.getElementById("results")`, "No “Brand created” is in the log.")
	chosen, err := value[string](lucy, `document.querySelector("[name=type]").value`)
	if err != nil || chosen != "BrandDeleted" {
		t.Errorf("chosen is %q, %v", chosen, err)
	}
	lucy.click("button", "Show")
	lucy.seesIn(`document.getElementById("results")`, "No “Brand deleted” is in the log.")
}
