package browser

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"prism-access/internal/console"
)

// Why a page has no row in the tables.
const (
	leadsOn   = "it leads on to another page"
	isFile    = "it is no page"
	asksFirst = "it asks before a change, in one state: TestEveryChange opens it" // so it takes a form as well
	elsewhere = "it is in one state, which another test looks at"
)

// rowless are the pages without a row, with the reason.
var rowless = map[string]string{
	"/docs": elsewhere, "/openapi.yaml": isFile, "/favicon.ico": isFile, "/static/{version}/{file}": isFile,
	"/organizations/new": asksFirst, "/invitations/accept/{token}/decline": asksFirst,

	ofOrganization:                                 leadsOn,
	ofOrganization + "/access-requests":            leadsOn,
	ofOrganization + "/audit-log/export":           isFile,
	ofOrganization + "/invitations/{i}/accept":     leadsOn,
	ofOrganization + "/invitations/{i}/decline":    asksFirst,
	ofOrganization + "/users/change":               asksFirst,
	ofOrganization + "/users/remove":               asksFirst,
	ofBrand + "/users/remove":                      asksFirst,
	ofOrganization + "/users/export":               isFile,
	ofOrganization + "/users/invitations/{i}/link": elsewhere,

	ofBrand + "/audit-log/export":           isFile,
	ofBrand + "/invitations/{i}/accept":     leadsOn,
	ofBrand + "/invitations/{i}/decline":    asksFirst,
	ofBrand + "/users/export":               isFile,
	ofBrand + "/users/invitations/{i}/link": elsewhere,

	"/workspaces/badge":                         isFile,
	ofWorkspace + "/audit-log/export":           isFile,
	ofWorkspace + "/invitations/{i}/accept":     leadsOn,
	ofWorkspace + "/invitations/{i}/decline":    asksFirst,
	ofWorkspace + "/users/change":               asksFirst,
	ofWorkspace + "/users/export":               isFile,
	ofWorkspace + "/users/invitations/{i}/link": elsewhere,
	ofWorkspace + "/users/remove":               asksFirst,
}

// complete fails when a page of those that a table is to show has neither a row in it nor a reason to have none.
func complete(t *testing.T, pages map[string]states, ours func(route string) bool) {
	t.Helper()
	rows := map[string]bool{}
	for _, of := range pages {
		for _, route := range of.Routes {
			rows[route] = true
		}
	}
	patterns := console.Patterns()
	for _, pattern := range patterns {
		route, isPage := strings.CutPrefix(pattern, "GET ")
		if !isPage || !ours(route) {
			continue
		}
		switch why := rowless[route]; {
		case rows[route] == (why != ""):
			t.Errorf("%s has to have either a row or a reason to have none: %t, %q", route, rows[route], why)
		case why == asksFirst && !slices.Contains(patterns, "POST "+route):
			t.Errorf("%s asks for nothing", route)
		}
	}
	for route := range rowless {
		if !slices.Contains(patterns, "GET "+route) {
			t.Errorf("there is no page %s", route)
		}
	}
}

var consoleMux = sync.OnceValue(func() *http.ServeMux {
	mux := http.NewServeMux()
	for _, pattern := range console.Patterns() {
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	}
	return mux
})

// patternsOf returns the patterns of the console that requests were made to.
func patternsOf(t *testing.T, method string, paths []string) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	for _, path := range paths {
		_, pattern := consoleMux().Handler(httptest.NewRequestWithContext(t.Context(), method, path, nil))
		got[pattern] = true
	}
	return got
}
