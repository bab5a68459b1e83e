package boot_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// seen is all that somebody learns from an answer, and what it cost, which they may measure.
type seen struct {
	Status           int
	Text             string
	Header           map[string]string
	Rounds, Requests int
}

func (a *api) look(q ask) seen {
	a.t.Helper()
	a.log.take()
	got := a.do(q)
	out := seen{Status: got.status, Text: strings.ReplaceAll(got.text, got.requestID, "the request"), Header: got.header}
	if err := json.Unmarshal([]byte(a.log.take()), &out); err != nil {
		a.t.Fatal(err)
	}
	return out
}

// TestPublicAnswersAreAlike asks the routes that are for anybody about what there is and about what there is not. The answers are the same to the
// letter, and cost the same reads; how long they take is measured by make bench.
func TestPublicAnswersAreAlike(t *testing.T) {
	t.Parallel()
	a := newAPI(t, newBook(t))
	grace, eve := a.Someone("grace"), &a.Eve
	known := a.inviteAgain(a.Org, grace)
	unknown := a.Pending(a.Address("grace"))
	byLink := func(method, token, what string, who *testbed.Someone, body string) ask {
		return ask{method: method, path: "/invitations/" + token + what, who: who, body: body}
	}
	token := func(i invitation.Invitation) string { return testbed.Token(i.AcceptURL) }
	forger, err := invitation.NewLinks(testbed.BaseURL, "1:another-key-that-is-long-enough-0123456789abc")
	a.check(err)
	nowhere := invitation.Invitation{ID: "inv_" + a.NewID(), Scope: access.Organization("org_" + a.NewID()), Generation: 1}
	forged, forgedOfNothing := testbed.Token(forger.URL(known)), testbed.Token(forger.URL(nowhere))
	join := func(scope access.Scope, via string) ask {
		return ask{method: http.MethodGet, path: "/" + scope.String() + "/join", query: "via=" + via, who: eve}
	}
	request := func(scope access.Scope, via string) ask {
		return ask{method: http.MethodPost, path: "/" + scope.String() + "/access-requests", body: object("connection", via), who: eve}
	}
	address := object("email", a.Address("x"))
	for _, c := range []struct {
		about      string
		status     int
		one, other ask
	}{
		{"an invitation", http.StatusOK, byLink(http.MethodGet, token(known), "", nil, ""), byLink(http.MethodGet, token(unknown), "", nil, "")},
		{"a forged link", http.StatusNotFound, byLink(http.MethodGet, forged, "", nil, ""), byLink(http.MethodGet, forgedOfNothing, "", nil, "")},
		{
			"declining by address", http.StatusUnprocessableEntity, byLink(http.MethodPost, token(unknown), "/decline-by-address", nil, object("email", a.Eve.User.Email)),
			byLink(http.MethodPost, token(unknown), "/decline-by-address", nil, address),
		},
		{
			"declining by a forged link", http.StatusNotFound, byLink(http.MethodPost, forged, "/decline-by-address", nil, address),
			byLink(http.MethodPost, forgedOfNothing, "/decline-by-address", nil, address),
		},
		{"a join link", http.StatusNotFound, join(a.Org, "con_"+a.NewID()), join(access.Organization("org_"+a.NewID()), a.JoinPage)},
		{"asking for access", http.StatusNotFound, request(a.Org, "con_"+a.NewID()), request(access.Organization("org_"+a.NewID()), a.JoinPage)},
		{"a link for another", http.StatusForbidden, byLink(http.MethodPost, token(known), "/request-link", eve, ""), byLink(http.MethodPost, token(unknown), "/request-link", eve, "")},
		{"a link for a forged one", http.StatusNotFound, byLink(http.MethodPost, forged, "/request-link", eve, ""), byLink(http.MethodPost, forgedOfNothing, "/request-link", eve, "")},
	} {
		if c.about == "a link for another" {
			a.Advance(8 * 24 * time.Hour) // of an invitation that is open nobody asks for one
		}
		one := a.look(c.one)
		if one.Status != c.status {
			a.t.Errorf("%s: got %d %s", c.about, one.Status, one.Text)
		}
		if diff := cmp.Diff(one, a.look(c.other)); diff != "" {
			a.t.Errorf("%s tells what is known (-known +unknown):\n%s", c.about, diff)
		}
	}
}

// TestNoAddressComesFromTheRequest sends each operation to another host, as its headers say: no address that is answered leads there.
func TestNoAddressComesFromTheRequest(t *testing.T) {
	t.Parallel()
	a := newAPI(t, newBook(t))
	const evil = "evil.example"
	for _, operation := range a.book.contract.Operations() {
		q := a.granted(operation)
		q.header = map[string]string{
			"host": evil, "x-forwarded-host": evil, "x-original-host": evil, "x-forwarded-proto": "http", "forwarded": "host=" + evil, "origin": "https://" + evil, "referer": "https://" + evil,
		}
		got := a.do(q)
		if text := fmt.Sprint(got.text, got.header); got.status >= http.StatusBadRequest || strings.Contains(text, evil) {
			a.t.Errorf("%s: got %d %s", operation.ID, got.status, text)
		}
	}
}
