package oidc

import (
	"crypto/rand"
	"embed"
	"errors"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"prism-access/infra/local/page"
)

//go:embed templates
var files embed.FS

var templates = template.Must(template.ParseFS(files, "templates/*.html"))

// grant is what a code stands for.
type grant struct {
	person    Person
	redirect  string
	challenge string
	nonce     string
	until     time.Time
}

const (
	codeLifetime    = time.Minute
	sessionCookie   = "local-issuer"
	sessionLifetime = time.Hour // as long as a user pool remembers somebody
)

// request is a valid authorization request.
type request struct {
	redirect, state, challenge, nonce, hint, prompt string
}

// parse reads an authorization request. A mistake in client or redirect address is shown to the person; any other is
// the client's to hear about.
func (i *Issuer) parse(query url.Values) (r request, shown string, told string) {
	r = request{
		redirect: query.Get("redirect_uri"), state: query.Get("state"), challenge: query.Get("code_challenge"),
		nonce: query.Get("nonce"), hint: strings.TrimSpace(query.Get("login_hint")), prompt: query.Get("prompt"),
	}
	switch {
	case query.Get("client_id") != i.o.ClientID:
		shown = "No application with this client id is known here."
	case !slices.Contains(i.o.RedirectURIs, r.redirect):
		shown = "The application wants to send you to an address that it has not registered."
	case query.Get("response_type") != "code":
		told = "unsupported_response_type"
	case !slices.Contains(strings.Fields(query.Get("scope")), "openid"):
		told = "invalid_scope"
	case r.challenge == "" || query.Get("code_challenge_method") != "S256":
		told = "invalid_request"
	case r.prompt == "none":
		told = "login_required"
	}
	return r, shown, told
}

// view is the sign-in page.
type view struct {
	Hinted  *Person // whom the application expects
	Hint    string
	Others  []Person
	Create  bool // show the form of a new one first, and open
	Problem string
	Form    Person // what was typed
}

func (i *Issuer) showSignIn(w http.ResponseWriter, r *http.Request) {
	request, ok := i.accept(w, r)
	if !ok {
		return
	}
	if p, known := i.remembered(r); known && request.prompt == "" {
		i.signInAs(w, r, request, p)
		return
	}
	i.render(w, http.StatusOK, request, view{Form: Person{Email: request.hint, EmailVerified: true}})
}

// remembered returns whom the browser has signed in last, whatever the hint. What it keeps is no secret: anybody can be anybody here.
func (i *Issuer) remembered(r *http.Request) (Person, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return Person{}, false
	}
	return i.bySubject(c.Value)
}

// remember has the browser keep whom it has signed in; "" takes that back.
func (i *Issuer) remember(w http.ResponseWriter, subject string) {
	c := &http.Cookie{Name: sessionCookie, Value: subject, Path: "/", MaxAge: int(sessionLifetime.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if subject == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// accept parses the request and answers itself when it is not valid.
func (i *Issuer) accept(w http.ResponseWriter, r *http.Request) (request, bool) {
	parsed, shown, told := i.parse(r.URL.Query())
	switch {
	case shown != "":
		page.Render(w, http.StatusBadRequest, templates, "message.html", map[string]string{"Title": "This sign-in does not work", "Text": shown})
	case told != "":
		i.back(w, r, parsed, url.Values{"error": {told}})
	}
	return parsed, shown == "" && told == ""
}

func (i *Issuer) render(w http.ResponseWriter, status int, r request, v view) {
	v.Hint = r.hint
	for _, p := range i.People() {
		if strings.EqualFold(p.Email, r.hint) {
			v.Hinted = &p
			continue
		}
		v.Others = append(v.Others, p)
	}
	v.Create = v.Problem != "" || r.prompt == "create" && v.Hinted == nil || r.hint != "" && v.Hinted == nil
	var targets []string
	if to, err := url.Parse(r.redirect); err == nil {
		targets = append(targets, to.Scheme+"://"+to.Host)
	}
	page.Render(w, status, templates, "sign-in.html", v, targets...)
}

// signIn takes a click on a person or the form of a new one.
func (i *Issuer) signIn(w http.ResponseWriter, r *http.Request) {
	request, ok := i.accept(w, r)
	if !ok {
		return
	}
	if subject := r.PostFormValue("person"); subject != "" {
		p, known := i.bySubject(subject)
		if !known {
			i.render(w, http.StatusUnprocessableEntity, request, view{Problem: "This person is not known any more.", Form: Person{EmailVerified: true}})
			return
		}
		i.signInAs(w, r, request, p)
		return
	}
	if subject := r.PostFormValue("verify"); subject != "" {
		i.Verify(subject)
		http.Redirect(w, r, i.o.Issuer+"/authorize?"+r.URL.RawQuery, http.StatusSeeOther)
		return
	}
	form := Person{
		Email: r.PostFormValue("email"), Name: r.PostFormValue("name"), Username: r.PostFormValue("username"),
		EmailVerified: r.PostFormValue("email_verified") != "",
	}
	err := ErrName
	var person Person
	if strings.TrimSpace(form.Name) != "" {
		person, err = i.SignUp(r.Context(), form)
	}
	if err != nil {
		i.refuse(w, request, err, form)
		return
	}
	i.finish(w, r, request, person)
}

// signInAs signs somebody in who has an account.
func (i *Issuer) signInAs(w http.ResponseWriter, r *http.Request, req request, p Person) {
	p, err := i.SignIn(r.Context(), p)
	if err != nil {
		i.refuse(w, req, err, Person{EmailVerified: true})
		return
	}
	i.finish(w, r, req, p)
}

// refuse shows the page again with what went wrong.
func (i *Issuer) refuse(w http.ResponseWriter, r request, err error, form Person) {
	status := http.StatusUnprocessableEntity
	if errors.Is(err, ErrTrigger) {
		status = http.StatusBadGateway
	}
	problem := err.Error()
	i.render(w, status, r, view{Problem: strings.ToUpper(problem[:1]) + problem[1:] + ".", Form: form})
}

// finish sends the person back to the application with a code.
func (i *Issuer) finish(w http.ResponseWriter, r *http.Request, req request, p Person) {
	code := rand.Text()
	now := time.Now()
	i.mu.Lock()
	i.expire(now)
	i.codes[code] = grant{person: p, redirect: req.redirect, challenge: req.challenge, nonce: req.nonce, until: now.Add(codeLifetime)}
	i.mu.Unlock()
	i.remember(w, p.Subject)
	i.back(w, r, req, url.Values{"code": {code}})
}

func (i *Issuer) back(w http.ResponseWriter, r *http.Request, req request, values url.Values) {
	to, err := url.Parse(req.redirect)
	if err != nil {
		http.Error(w, "the redirect address is broken", http.StatusBadRequest)
		return
	}
	query := to.Query()
	maps.Copy(query, values)
	if req.state != "" {
		query.Set("state", req.state)
	}
	query.Set("iss", i.o.Issuer)
	to.RawQuery = query.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// logout forgets who has signed in, and sends people back to the application.
func (i *Issuer) logout(w http.ResponseWriter, r *http.Request) {
	i.remember(w, "")
	query := r.URL.Query()
	for _, name := range []string{"post_logout_redirect_uri", "logout_uri"} {
		to := query.Get(name)
		if to == "" || !slices.Contains(i.o.LogoutURIs, to) {
			continue
		}
		if state := query.Get("state"); state != "" {
			to += "?state=" + url.QueryEscape(state)
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	page.Render(w, http.StatusOK, templates, "message.html", map[string]string{"Title": "You are signed out", "Text": "You can close this page."})
}
