package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
)

// cleanUpView is the page and dialog that deletes all invitations of a list that came to nothing: first how many, then what became of
// those that could not be deleted (R28).
type cleanUpView struct {
	frame
	Form    form
	Place   string
	Found   int       // how many would go, at most CountedLeft
	Counted string    // the same, as it is shown
	Who     []waiting // those who are named
	More    int       // people who are not named
	Shown   []string  // ids of all that would go: nothing else does
	Back    string
	Sent    bool
	Deleted int
	Results []resultRow // of those that are still there
}

// waiting is somebody whose invitation came to nothing, and when they asked for a new link, if they did.
type waiting struct {
	Who   string
	Asked moment
}

// fewNamed is how many of those whose invitations go are named, in front those who asked for a new link, who are all named.
const fewNamed = 5

func cleanUpPage(v *visit) error { return v.cleaning(newForm(v.r.URL.Path), http.StatusOK) }

// cleaning shows how many invitations would go.
func (v *visit) cleaning(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var own member.Membership
	var found invitation.CleanUpOutput
	p := &cleanUpView{Form: f, Back: scopePath(scope) + "/users?tab=" + tabInvited}
	p.frame, err = v.load("Delete expired and declined invitations", scope, atUsers,
		func(ctx context.Context) (err error) {
			own, err = v.GetMember.Do(ctx, v.caller, member.GetInput{Scope: scope, User: "me", WithoutMails: true})
			return err
		},
		func(ctx context.Context) (err error) {
			found, err = v.CleanUp.Do(ctx, v.caller, invitation.CleanUpInput{Scope: scope, DryRun: true})
			return err
		},
	)
	if err != nil {
		return err
	}
	p.Place, p.Found, p.Counted = own.ScopeName, found.Remaining, capped(found.Remaining)
	var others []waiting
	for _, i := range found.Found {
		p.Shown = append(p.Shown, i.ID)
		if w := (waiting{invitee(i.Invitee), askedAt(i, p.Now)}); w.Asked.ISO != "" {
			p.Who = append(p.Who, w)
		} else {
			others = append(others, w)
		}
	}
	named := min(len(others), max(0, fewNamed-len(p.Who)))
	p.Who, p.More = append(p.Who, others[:named]...), len(others)-named
	return v.show(status, "clean-up", p)
}

func cleanUpInvitations(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	out, err := v.CleanUp.Do(v.r.Context(), v.asks(sent), invitation.CleanUpInput{Scope: scope, Shown: append([]string{}, sent.Values["shown"]...)})
	if err != nil {
		return v.again(err, sent, v.cleaning)
	}
	p := &cleanUpView{Form: newForm(v.r.URL.Path), Sent: true, Shown: sent.Values["shown"], Back: scopePath(scope) + "/users?tab=" + tabInvited}
	var failed []invitation.CleanUpResult
	for _, result := range out.Results {
		if result.Outcome == invitation.CleanedFailed {
			failed = append(failed, result)
		} else {
			p.Deleted++
		}
	}
	if len(failed) == 0 {
		done := url.Values{"done": {"cleaned"}, "n": {strconv.Itoa(p.Deleted)}, "left": {strconv.Itoa(out.Remaining)}}
		return v.redirect(p.Back + "&" + done.Encode())
	}
	p.Results = make([]resultRow, len(failed))
	var parts []func(context.Context) error
	for i, result := range failed {
		parts = append(parts, func(ctx context.Context) error {
			p.Results[i] = v.leftOver(ctx, scope, result)
			return nil
		})
	}
	if p.frame, err = v.load("Delete expired and declined invitations", scope, atUsers, parts...); err != nil {
		return err
	}
	return v.show(http.StatusMultiStatus, "clean-up", p)
}

// leftOver says why an invitation is still there, and whose it is.
func (v *visit) leftOver(ctx context.Context, scope access.Scope, result invitation.CleanUpResult) resultRow {
	row := resultRow{Who: "An invitation", Status: status{Text: "Not deleted", Icon: "alert", Tone: "bad"}}
	if result.Error != nil {
		row.Status.Detail = result.Error.Message
	}
	if found, err := v.GetInvitation.Do(ctx, v.caller, invitation.GetInput{Scope: scope, ID: result.ID}); err == nil {
		row.Who = invitee(found.Invitee)
	}
	return row
}

// cleaned says what cleaning up has deleted.
func (p *listPage) cleaned(n, left int) *notice {
	if n == 0 {
		return &notice{Text: "There was nothing to delete any more."}
	}
	said := &notice{Text: count(n, "invitation is", "invitations are") + " deleted."}
	if left > 0 {
		said.Text += " " + capped(left) + " more " + either(left, "is", "are") + " left."
		said.Link = link{URL: p.Base + "/invitations/clean-up", Text: "Delete the rest"}
	}
	return said
}

// Log is where the audit log of the organization or brand is.
func (p *listPage) Log() string { return scopePath(p.Scope) + "/audit-log" }

// Settings is where the settings of the organization are.
func (p *listPage) Settings() string { return organizationPath(p.Scope) + "/settings" }

// requestLink asks whoever can send an invitation again for a new link in place of a dead one (R34).
func requestLink(v *visit) error {
	sent, err := v.read()
	if err != nil {
		return err
	}
	token := v.r.PathValue("token")
	in := invitation.RequestLinkInput{Token: token}
	if _, err = perform(v, v.asks(sent), in, v.RequestLink.Do); err == nil {
		return v.redirect(invitation.Path + token + "?done=asked")
	}
	rejected, can := sent.reject(err)
	if fault.HasCode(err, "not_signed_in") {
		rejected.Problem, can = "Sign in with the invited address first, then ask again.", true
	}
	if !can {
		return err
	}
	return v.answeringWith(newForm(invitation.Path+token), newForm(invitation.Path+token+"/decline"), rejected, err)
}
