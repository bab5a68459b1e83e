package console

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"prism-access/internal/authn"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
)

// What somebody has just changed is shown as the table has it, for lists come from indexes that are behind by seconds. The page that
// follows a form is told in its address; those after it, whatever way leads to them, by a cookie that is gone soon.

// lag is longer than indexes are behind.
const lag = 10 * time.Second

const changedCookie = "__Host-changed"

// doneCookie names the page that a form has led to. What its address says of the form is said for moments only, and to nobody who was
// given the address as a link.
const doneCookie = "__Host-done"

// moments is long enough for a page to load, and to be loaded again.
const moments = time.Minute

// maxFresh is how many just changed things one page looks up by themselves.
const maxFresh = 100

// remember keeps what the address of a page says was just changed, and that we have led there.
func (v *visit) remember(path string) {
	to, err := url.Parse(path)
	if err != nil {
		return
	}
	if fresh := to.Query().Get("fresh"); fresh != "" {
		v.keep(changedCookie, strings.ReplaceAll(fresh, ",", "."), lag)
	}
	if to.Query().Has("done") && path != authn.SignedOutPath { // which is true of whoever reads it
		v.keep(doneCookie, mark(to), moments)
	}
}

func (v *visit) keep(name, value string, howLong time.Duration) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(howLong.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// mark is short for an address of ours, however its query is written.
func mark(address *url.URL) string {
	sum := sha256.Sum256([]byte(address.Path + "?" + address.Query().Encode()))
	return hex.EncodeToString(sum[:16])
}

// done returns what the form before this page has done. An address that no form has led to says nothing.
func (v *visit) done() string {
	kept, err := v.r.Cookie(doneCookie)
	if err != nil || kept.Value != mark(v.r.URL) {
		return ""
	}
	return v.r.URL.Query().Get("done")
}

// changed returns what was just changed, in the words of whoever sent the request.
func (v *visit) changed() []string {
	all := strings.Split(v.r.URL.Query().Get("fresh"), ",")
	if kept, err := v.r.Cookie(changedCookie); err == nil {
		all = append(all, strings.Split(kept.Value, ".")...)
	}
	return all
}

// fresh returns the ids of a kind that were just changed: at most 100 well-formed ones.
func (v *visit) fresh(prefix string) []string {
	var ids []string
	for _, id := range v.changed() {
		if len(ids) < maxFresh && isID(id, prefix) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// idSize is the length of the part of an id behind its prefix: of a ULID, and of a user's digest.
const idSize = 26

func isID(id, prefix string) bool {
	rest, found := strings.CutPrefix(id, prefix)
	return found && len(rest) == idSize && !strings.ContainsFunc(rest, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	})
}

// answered reports whether the reader has just declined the invitation, or accepted it: then it offers nothing more.
func (v *visit) answered(f frame, i invitation.Invitation) bool {
	changed := v.changed()
	if slices.Contains(changed, i.Scope.String()) {
		return true
	}
	m, in := f.membershipIn(i.Scope)
	if !in || !slices.Contains(changed, i.Scope.Organization+i.Scope.Workspace) {
		return false
	}
	_, more := member.Add(&m, member.Left{}, m.User, m.Scope, m.ScopeName, i.Offer(), member.Given{})
	return !more
}
