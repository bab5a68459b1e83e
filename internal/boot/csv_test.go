package boot_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
)

// tables reads lists as CSV: the same as in JSON, in a form that spreadsheets take for text.
func tables(a *api) {
	evil := a.SomeoneWith(`=HYPERLINK("https://evil.example")`, a.Address("evil"))
	a.Join(a.Ada, a.Brands[0], access.Viewer, evil)
	l := a.Lab()
	a.Seat(l.Ada, l.Workspace, l.Viewer.ID, evil)
	for path, of := range map[string]struct {
		who     testbed.Someone
		column  string
		columns string // all of them, empty: not held here
	}{
		"/" + a.Org.String() + "/members": {a.Ada, "name", ""}, "/" + a.Globex.String() + "/members": {a.Ada, "name", ""},
		"/" + l.Scope.String() + "/members": {l.Ada, "name", "id,name,username,scope,role,role_id,granted_by,granted_by_id,granted_at,joined_at,via,client_id"},
		"/" + a.Org.String() + "/audit-log": {a.Ada, "user", ""},
	} {
		q := ask{method: http.MethodGet, path: path, who: &of.who, header: map[string]string{"accept": "text/csv"}}
		got := a.expect(http.StatusOK, "", q)
		rows, err := csv.NewReader(strings.NewReader(got.text)).ReadAll()
		if err != nil || len(rows) < 3 || !strings.HasPrefix(got.header["content-type"], "text/csv") {
			a.t.Fatalf("%s: %v, %v %s", path, err, got.header, got.text)
		}
		at := slices.Index(rows[0], of.column)
		if got := strings.Join(rows[0], ","); of.columns != "" && got != of.columns {
			a.t.Errorf("%s has the columns %s, want %s", path, got, of.columns)
		}
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[at] == "'"+evil.User.Name }) {
			a.t.Errorf("%s: the formula is not text: %q", path, rows)
		}
		q.query = "limit=1"
		got = a.expect(http.StatusOK, "", q)
		next, found := strings.CutPrefix(got.header["link"], "</v1"+path+"?")
		if !found || strings.Count(got.text, "\r\n") != 2 {
			a.t.Fatalf("%s: a page of one is %q with %v", path, got.text, got.header)
		}
		q.query, _, _ = strings.Cut(next, ">")
		a.expect(http.StatusOK, "", q)
		stranger := testbed.Someone{}
		q.who, q.query = &stranger, ""
		a.expect(http.StatusNotFound, "not_found", q)
	}
}
