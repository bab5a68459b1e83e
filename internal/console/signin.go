package console

import (
	"errors"
	"net/http"
	"net/url"

	"prism-access/internal/authn"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
)

// signInView is where people sign in, or learn why they could not.
type signInView struct {
	frame
	Heading string
	Problem string
	Out     bool // they have just signed out
	SignIn  string
	Create  string
}

// signInPage shows how to get in. With a page to come back to, or with a wish, it goes on to the provider at once.
func signInPage(v *visit) error {
	query := v.r.URL.Query()
	wish := authn.Wish{
		Next: authn.OwnPath(query.Get("next")), Hint: query.Get("login_hint"), Create: query.Get("create") == "1", Switch: query.Get("switch") == "1",
	}
	if query.Has("next") || wish.Create || wish.Switch || wish.Hint != "" {
		location, err := v.SignIn.Start(v.w, v.r, wish)
		if err != nil {
			return err
		}
		return v.leave(location)
	}
	if v.caller.User != "" {
		return v.redirect("/")
	}
	return v.show(http.StatusOK, "sign-in", v.signIn("/", query.Get("done") == "out"))
}

func (v *visit) signIn(next string, out bool) *signInView {
	back := url.Values{"next": {next}}.Encode()
	return &signInView{
		frame: v.bare("Sign in"), Heading: "Sign in to Prism", Out: out, SignIn: "/sign-in?" + back, Create: "/sign-in?create=1&" + back,
	}
}

// signInCallback is where the provider sends people back to.
func signInCallback(v *visit) error {
	who, next, err := v.SignIn.Finish(v.w, v.r)
	if err == nil {
		user, registerErr := v.Register.Do(v.r.Context(), v.caller.Request, who)
		if registerErr == nil {
			registerErr = v.door.Open(v.w, v.r, user.ID)
		}
		if registerErr == nil {
			return v.redirect(next)
		}
		err = registerErr
	}
	var known *fault.Error
	if !errors.As(err, &known) || known.Kind == fault.Unavailable {
		return err
	}
	seenOf(v.r).err = err
	p := v.signIn(next, false)
	p.Heading, p.Problem = "You are not signed in", known.Message
	return v.show(httpapi.Status(err), "sign-in", p)
}

// signOut ends the session here, and at the provider when it has a place for that.
func signOut(v *visit) error {
	if err := v.door.Close(v.w, v.r); err != nil {
		return err
	}
	if end := v.SignIn.EndURL(v.r.Context()); end != "" {
		return v.leave(end)
	}
	return v.redirect(authn.SignedOutPath)
}
