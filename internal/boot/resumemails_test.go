package boot_test

import (
	"net/http"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/workspace"
)

// resumeMails are the ways in which mails go to a member again, or do not.
func resumeMails(a *api) {
	resume := func(scope access.Scope, user, body string, status int, code string) answer {
		a.t.Helper()
		owner := a.inviter(scope)
		return a.expect(status, code, ask{method: http.MethodPost, path: a.member(scope, user) + "/resume-mails", body: body, who: &owner})
	}
	for _, scope := range []access.Scope{a.Org, a.Lab().Scope} {
		owner, grace := a.inviter(scope), a.joinedTo(scope)
		user := grace.User.ID
		resume(scope, user, "", http.StatusConflict, "mails_not_stopped")
		a.ComesBack(scope, grace.User.Email)
		read := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: a.member(scope, user), who: &owner})
		stop, _ := read.body["mails_stopped"].(map[string]any)
		at, _ := stop["at"].(string)
		if stop["why"] != "mailbox does not exist" || !strings.HasSuffix(at, "Z") {
			a.t.Errorf("in %s mails have stopped: %s", scope, read.text)
		}
		own := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: a.member(scope, "me"), who: &grace})
		if own.body["mails_stopped"] != nil {
			a.t.Errorf("one who may not resume them is told: %s", own.text)
		}
		for _, body := range []string{`{"stopped_at":"yesterday"}`, `{"stopped_at":1}`, `{"at":"` + at + `"}`} {
			if refused := resume(scope, user, body, http.StatusUnprocessableEntity, "invalid_input"); strings.Contains(refused.text, "2006-01-02") {
				a.t.Errorf("%s is refused by %s", body, refused.text)
			}
		}
		resume(scope, user, `{"stopped_at":"2046-01-01T00:00:00Z"}`, http.StatusConflict, "mails_stopped_again")
		resumed := resume(scope, user, object("stopped_at", at), http.StatusOK, "")
		again := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: a.member(scope, user), who: &owner})
		if resumed.text != again.text || again.body["mails_stopped"] != nil || resumed.header["etag"] != again.header["etag"] {
			a.t.Errorf("resumed: %s, and then %s", resumed.text, again.text)
		}
		resume(scope, user, object("stopped_at", at), http.StatusConflict, "mails_not_stopped")
	}
	l := a.Lab()
	disabled := a.Workspace(l.Ada, "Disabled")
	_, err := a.DisableWorkspace().Do(a.t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: disabled.Scope()})
	a.check(err)
	resume(disabled.Scope(), "me", "", http.StatusConflict, "scope_disabled")
}
