package console

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
)

// visit is one request for a page, and who makes it.
type visit struct {
	*console
	w      http.ResponseWriter
	r      *http.Request
	caller request.Caller
}

// handler answers a visit. What it returns as an error becomes a page that says what happened.
type handler func(*visit) error

// who may come to a page.
type who int

const (
	anybody who = iota
	signedIn
)

func (c *console) handler(who who, handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := seenOf(r).id
		v := &visit{console: c, w: w, r: r, caller: request.Caller{Request: request.Request{ID: id, CorrelationID: id}}}
		user, err := c.door.User(r)
		v.caller.User = user
		seenOf(r).user = user
		switch {
		case err != nil:
		case user == "" && who == signedIn:
			err = v.askToSignIn()
		default:
			err = handle(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// scope is the organization, brand or workspace that the path names. A path that names none that can be is answered as an unknown one.
func (v *visit) scope() (access.Scope, error) {
	scope := access.Scope{Organization: v.r.PathValue("o"), Brand: v.r.PathValue("b"), Workspace: v.r.PathValue("w")}
	if !scope.Valid() {
		return access.Scope{}, fault.Unknown()
	}
	return scope, nil
}

// together runs the parts side by side and returns the first error in their order.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	errs := make([]error, len(parts))
	var group sync.WaitGroup
	for i, part := range parts {
		group.Go(func() { errs[i] = part(ctx) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// byScript reports whether our script asks, and not the browser for a whole page.
func (v *visit) byScript() bool { return v.r.Header.Get("HX-Request") == "true" }

// redirect goes on to a path of the console with a GET.
func (v *visit) redirect(path string) error {
	v.remember(path)
	if v.byScript() { // it would follow a redirect by itself and put the page into the part it has asked for
		v.w.Header().Set("HX-Redirect", path)
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// leave goes on to another site. Browsers hold a form's redirects to the page's form-action as well, which names this site alone,
// so from one of our own pages a page in between leads on.
func (v *visit) leave(location string) error {
	if v.byScript() {
		return v.redirect(location)
	}
	if v.r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		http.Redirect(v.w, v.r, location, http.StatusSeeOther)
		return nil
	}
	v.w.Header().Set("Refresh", "0; url="+location)
	return v.show(http.StatusOK, "leave", &leavePage{frame: v.bare("One moment"), Location: location})
}

// askToSignIn sends somebody who is not signed in to the sign-in, and back here afterwards. What a form holds would be lost on the
// way, so that stays where it is.
func (v *visit) askToSignIn() error {
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		return fault.New(fault.Unauthenticated, "not_signed_in", "Nobody is signed in here any more, so nothing was changed.")
	}
	if v.r.URL.Path == "/" {
		return v.redirect("/sign-in")
	}
	return v.redirect("/sign-in?next=" + url.QueryEscape(v.r.URL.RequestURI()))
}

// fail answers with a page that says what happened and what to do.
func (v *visit) fail(err error) {
	seen := seenOf(v.r)
	seen.err = err
	if seen.status != 0 { // the answer is on its way, the log is all that is left
		return
	}
	if fault.HasCode(err, "not_registered") { // the session is older than the table
		if err = v.door.Close(v.w, v.r); err == nil {
			v.caller.User = ""
			err = v.askToSignIn()
		}
		if err == nil {
			return
		}
		seen.err = err
	}
	var known *fault.Error
	if errors.As(err, &known) && known.RetryAfter > 0 {
		v.w.Header().Set("Retry-After", strconv.Itoa(known.RetrySeconds()))
	}
	page := &failurePage{frame: v.bare("Error"), failure: failureOf(err, v.caller.Request.ID), SignIn: v.signInAgain()}
	page.Title = page.Heading
	if page.Transient && v.r.Method == http.MethodGet { // a form is sent again from where it stands
		page.Again = v.r.URL.RequestURI()
	}
	if v.caller.User != "" && !errors.Is(err, fault.Unavailable) {
		scope, _ := v.scope() // none, where the address names none
		if framed, frameErr := v.load(page.Title, scope, ""); frameErr == nil {
			page.frame = framed
			if own, in := framed.membershipIn(scope); in {
				page.within(own, err)
				if gone := v.goneRole(own, access.Role(v.r.PathValue("r"))); gone != "" && errors.Is(err, fault.NotFound) {
					page.Heading, page.Text, page.Next = "This role was deleted", gone, "The roles that there are stand in their list."
					page.Way = link{URL: scopePath(scope) + "/roles", Text: "See the roles"}
				}
			} else {
				page.Nav = framed.navigation(access.Scope{}, "")
			}
			page.Title = page.Heading
		}
	}
	if fault.HasCode(err, stateChanged) && v.r.PathValue("w") != "" { // the others stand on the home page
		page.Way = link{URL: invitedPath, Text: "View invitations"}
	}
	if page.SignOut && !v.byScript() {
		if page.Sent = v.kept(); page.Sent != nil {
			page.Next += " What you typed is kept for that."
		}
	}
	if v.byScript() && v.r.Method == http.MethodPost && !isSettled(err) { // the form stays as it is, below
		v.w.Header().Set("HX-Retarget", "#problems")
		v.w.Header().Set("HX-Reswap", "innerHTML")
		v.w.Header().Set("HX-Reselect", "#failure")
	}
	if showErr := v.show(httpapi.Status(err), "failure", page); showErr != nil {
		seen.err = errors.Join(err, showErr)
		http.Error(v.w, "Something went wrong on our side. Request "+v.caller.Request.ID, http.StatusInternalServerError)
	}
}

// kept is a form that was sent as a page of its own, so that it can be sent again from the page that takes its place. Nil when it cannot be read.
func (v *visit) kept() *sentForm {
	sent, err := v.read()
	if err != nil {
		return nil
	}
	kept := &sentForm{Action: sent.Action}
	for _, name := range slices.Sorted(maps.Keys(sent.Values)) {
		for _, value := range sent.Values[name] {
			kept.Fields = append(kept.Fields, option{Value: name, Text: value})
		}
	}
	return kept
}

// signInAgain is where somebody whose session is over signs in.
func (v *visit) signInAgain() string {
	back := v.r.URL.Path // of a form, which is a page or leads to one
	if v.r.Method == http.MethodGet {
		back = v.r.URL.RequestURI()
	}
	return "/sign-in?next=" + url.QueryEscape(back)
}

// seen is what becomes known of an answer, for the log.
type seen struct {
	http.ResponseWriter
	id     string // of the request
	status int
	user   string
	err    error
}

type seenKey struct{}

func seenOf(r *http.Request) *seen {
	if s, ok := r.Context().Value(seenKey{}).(*seen); ok {
		return s
	}
	return &seen{}
}

func (s *seen) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *seen) Write(text []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(text)
}

// log writes the one line of a request. Its route is the pattern: paths hold the tokens of invitations.
func (c *console) log(r *http.Request, s *seen, took time.Duration) {
	meter := telemetry.From(r.Context())
	requests, writes := meter.Requests()
	attrs := []slog.Attr{
		slog.String("operation", "console"), slog.String("route", r.Pattern), slog.String("method", r.Method), slog.Int("status", s.status),
		slog.String("caller", s.user), slog.String("request_id", s.id), slog.String("correlation_id", s.id),
		slog.Float64("ms", math.Round(float64(took.Microseconds()))/1000),
		slog.Int("rounds", meter.Rounds()), slog.Int("requests", requests), slog.Int("writes", writes),
	}
	level := slog.LevelInfo
	if s.err != nil {
		code := "internal"
		if known, isFault := errors.AsType[*fault.Error](s.err); isFault {
			code = known.Code
		}
		attrs = append(attrs, slog.String("code", code))
		if s.status < http.StatusInternalServerError {
			attrs = append(attrs, telemetry.Refusals.One())
		}
	}
	if s.status >= http.StatusInternalServerError && s.err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", s.err.Error()))
	}
	c.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}
