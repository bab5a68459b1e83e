package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/internal/authn"
	"prism-access/internal/fault"
	"prism-access/internal/testbed"
)

func TestADeadTableIsSaidSoon(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	dead := testbed.NewAt(t, "http://127.0.0.1:1")
	s.config = configOf(dead, s.log)
	s.start(t)
	started := time.Now()
	path := "/" + s.Org.String() + "/users"
	a := ada.get(path).expect(t, http.StatusServiceUnavailable)
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if a.header.Get("Retry-After") == "" || !a.has("section#failure") {
		t.Errorf("got %v: %s", a.header, a.text())
	}
	if got := a.one(t, "a.primary"); got.text() != "Try again" || got.attr("href") != path || !strings.HasPrefix(a.one(t, "section#failure").text(), "We cannot answer right now") {
		t.Errorf("the page says %s", a.text())
	}
	if id := a.one(t, "code").text(); strings.Count(s.log.String(), "level=ERROR") != 1 || !strings.Contains(s.log.String(), "request_id="+id) {
		t.Errorf("the log should hold %s as one error:\n%s", id, s.log)
	}
}

// failingSessions are those of a table that answers with an error.
type failingSessions struct {
	authn.Sessions
	err error
}

func (f failingSessions) Session(context.Context, string) (authn.Session, bool, error) {
	return authn.Session{}, false, f.err
}

func TestOfAnInternalErrorNothingLeavesButItsNumber(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	s.config.Sessions = failingSessions{s.config.Sessions, errors.New("the secret cause")}
	s.start(t)
	a := ada.get("/").expect(t, http.StatusInternalServerError)
	if strings.Contains(a.text(), "secret") || !strings.HasPrefix(a.one(t, "code").text(), "req-") {
		t.Errorf("the page says: %s", a.text())
	}
	if log := s.log.String(); strings.Count(log, "the secret cause") != 1 || !strings.Contains(log, "request_id="+a.one(t, "code").text()) || !strings.Contains(log, "code=internal") {
		t.Errorf("the log says:\n%s", log)
	}
}

func TestWhereNobodyAnswersOneCanTryAgain(t *testing.T) {
	t.Parallel()
	unavailable := &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Message: "We cannot answer right now. Try again in a moment.", RetryAfter: time.Second}
	for name, c := range map[string]struct {
		err    error
		status int
		again  bool
	}{
		"a dead table":     {unavailable, 503, true},
		"an error of ours": {errors.New("broken"), 500, true},
		"too often":        {&fault.Error{Kind: fault.TooMany, Code: "too_many", Message: "Too often.", RetryAfter: 90 * time.Second}, 429, true},
		"not for you":      {fault.New(fault.Forbidden, "permission_missing", "No."), 403, false},
		"nothing there":    {fault.Unknown(), 404, false},
	} {
		s := newSite(t)
		ada := s.as(t, s.Ada)
		s.config.Sessions = failingSessions{s.config.Sessions, c.err}
		s.start(t)
		path := "/" + s.Org.String() + "/users?tab=invited&status=pending"
		page := ada.get(path).expect(t, c.status)
		again := page.one(t, "section#failure[role=alert]").all("a.primary")
		if c.again && (len(again) != 1 || again[0].text() != "Try again" || again[0].attr("href") != path) || !c.again && len(again) > 0 {
			t.Errorf("%s: the page says %s", name, page.text())
		}
		// A form is sent again from where it stands: the address alone would do something else.
		if sent := ada.post("/"+s.Org.String()+"/brands/new", url.Values{"name": {"Umbrella"}}).expect(t, c.status); sent.one(t, "section#failure").has("a.primary") {
			t.Errorf("%s: after a form the page says %s", name, sent.text())
		}
	}
}

// When something was too often, the page says when it can be done again.
func TestTooOftenSaysWhenItCanBeDone(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{
		0:                "Wait a moment, then try again.",
		20 * time.Second: "Try again in less than a minute.",
		90 * time.Second: "Try again in 2 minutes.",
		20 * time.Minute: "Try again in 20 minutes.",
		time.Hour:        "Try again in 1 hour.",
	} {
		err := &fault.Error{Kind: fault.TooMany, Code: "too_many_mails", Message: "The mails are used up.", RetryAfter: after}
		text, renderErr := render("failure", &failurePage{frame: bare("Ada", true), failure: failureOf(err, "req-1")})
		if renderErr != nil {
			t.Fatal(renderErr)
		}
		if page := parse(t, string(text)).one(t, "section#failure"); !slices.Contains(page.texts("p"), want) {
			t.Errorf("after %s the page says %s, want %s", after, page.text(), want)
		}
		form, can := newForm("/x").reject(err)
		if said := "The mails are used up. " + want; !can || after > 0 && form.Problem != said || after == 0 && form.Problem != "The mails are used up." {
			t.Errorf("after %s the form says %q, want %q", after, form.Problem, said)
		}
	}
}

// The mails of an hour are used up: the form says so with the time, and the page of several says it of those that failed.
func TestMailsOfTheHour(t *testing.T) {
	t.Parallel()
	s := serve(t, testbed.NewWith(t, testbed.Options{MailsPerHour: 2}).Scene())
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users/invite"
	send := func(emails string) answer {
		return ada.post(path, url.Values{
			"invitees": {emails}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"}, "step": {"send"}, "key": {s.NewID()},
		})
	}
	some := send(s.Address("a")+" "+s.Address("b")+" "+s.Address("c")).expect(t, http.StatusOK)
	when := regexp.MustCompile(`in (\d+ minutes?|1 hour|less than a minute)\.`)
	if got := some.one(t, "section#panel").text(); !strings.Contains(got, "Those that failed can be tried again in ") || !when.MatchString(got) {
		t.Errorf("the third of two: the page says %s", got)
	}
	alone := send(s.Address("d")).expect(t, http.StatusTooManyRequests)
	if got := alone.one(t, "div.problem[role=alert]").text(); !strings.Contains(got, "Try again in ") || !when.MatchString(got) {
		t.Errorf("the next one: the page says %q", got)
	}
	if kept := fieldsOf(alone.one(t, "form[action="+path+"]")); kept.Get("invitees") == "" {
		t.Errorf("what was typed is lost: %v", kept)
	}
}
