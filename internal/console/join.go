package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
)

// joinPath is where join links lead; they name the connection in via.
const joinPath = "/join/"

// The states of the join page besides those of the accept page: what stands in the way of asking, or nothing.
const (
	stateAsked    = "request_pending"
	stateInvited  = "invitation_pending"
	stateRejected = "request_rejected"
)

// joinView is where somebody asks to be let into an organization.
type joinView struct {
	frame
	State   string
	Place   string
	From    string // the platform
	Brands  []option
	Form    form
	Request requestRow // the open one, or the one rejected lately
	Again   moment     // when one can ask again
	Accept  form       // of the invitation that waits
	Members string     // where the organization's pages begin
	SignIn  string     // addresses that come back to this page
	Create  string
	Switch  string
}

func joinPage(v *visit) error { return v.joining(form{}, nil) }

// joining shows the join page. refusal is why a request just sent was not taken.
func (v *visit) joining(f form, refusal error) error {
	scope := access.Organization(v.r.PathValue("o"))
	via := v.r.URL.Query().Get("via")
	p := &joinView{frame: v.bare("Ask for access")}
	if refusal != nil {
		seenOf(v.r).err = refusal
	}
	here := joinPath + scope.Organization + "?" + url.Values{"via": {via}}.Encode()
	back := url.Values{"next": {here}}.Encode()
	p.SignIn, p.Create, p.Switch = "/sign-in?"+back, "/sign-in?create=1&"+back, "/sign-in?switch=1&"+back
	if p.Form = f; f.Values == nil {
		p.Form = newForm("")
	}
	p.Form.Action = here
	if v.caller.User == "" {
		p.State = stateSignedOut
		return v.show(answerTo(refusal), "join", p)
	}
	var join accessrequest.Join
	var joinErr error
	err := together(v.r.Context(),
		func(ctx context.Context) (err error) {
			p.Me, err = v.Me.Do(ctx, v.caller, account.MeInput{})
			return err
		},
		func(ctx context.Context) error {
			if !scope.Valid() {
				joinErr = fault.Unknown()
				return nil
			}
			join, joinErr = v.PreviewJoin.Do(ctx, v.caller, accessrequest.JoinInput{Scope: scope, Connection: via})
			return nil
		},
	)
	switch {
	case err != nil:
		return err
	case errors.Is(joinErr, fault.NotFound):
		seenOf(v.r).err = joinErr
		p.State = stateForged
		return v.show(http.StatusNotFound, "join", p)
	case joinErr != nil:
		return joinErr
	}
	if err := p.fill(v, join); err != nil {
		return err
	}
	if v.done() == "asked" && p.State == stateAsked {
		p.Notice = &notice{Text: "Your request is sent. The Admins of " + p.Place + " get a mail about it."}
	}
	return v.show(answerTo(refusal), "join", p)
}

// answerTo is the status of a page that says why something was refused, if it was.
func answerTo(refusal error) int {
	if refusal == nil {
		return http.StatusOK
	}
	return httpapi.Status(refusal)
}

func (p *joinView) fill(v *visit, join accessrequest.Join) error {
	p.Place, p.From, p.Title = join.Organization.Name, join.Connection.Name, "Ask for access to "+join.Organization.Name
	scope := access.Organization(join.Organization.ID)
	p.Members = scopePath(scope)
	names := map[string]string{}
	for _, b := range join.Brands {
		names[b.ID] = b.Name
	}
	names = toldApart(names)
	for _, b := range join.Brands {
		p.Brands = append(p.Brands, option{Value: b.ID, Text: names[b.ID], Chosen: p.Form.Has("brands", b.ID)})
	}
	create := join.Actions["create"]
	if p.State = create.Code; create.Allowed {
		p.State = stateReady
	}
	if p.State == stateInvited && join.Invitation != nil {
		p.Accept = newForm(scopePath(join.Invitation.Scope) + "/invitations/" + join.Invitation.ID + "/accept")
		p.Accept.Values = url.Values{"version": {strconv.Itoa(join.Invitation.Version)}}
	}
	if p.State != stateAsked && p.State != stateRejected {
		return nil
	}
	found, err := v.GetAccessRequest.Do(v.r.Context(), v.caller, accessrequest.GetInput{Scope: scope, ID: join.Request})
	if err != nil {
		return err
	}
	p.Request = requestRowOf(found, p.Now)
	if found.DecidedAt != nil {
		p.Again = p.At(found.DecidedAt.Add(accessrequest.RejectedFor))
	}
	return nil
}

func askForAccess(v *visit) error {
	sent, err := v.read()
	if err != nil {
		return err
	}
	scope, via := access.Organization(v.r.PathValue("o")), v.r.URL.Query().Get("via")
	if !scope.Valid() {
		return v.joining(sent, fault.Unknown())
	}
	in := accessrequest.CreateInput{Scope: scope, Connection: via, Message: sent.Value("message"), WantedBrands: sent.Values["brands"]}
	if _, err = perform(v, v.asks(sent), in, v.CreateAccessRequest.Do); err == nil {
		return v.redirect(joinPath + scope.Organization + "?" + url.Values{"via": {via}, "done": {"asked"}}.Encode())
	}
	rejected, can := sent.reject(err, "message")
	if !can && !errors.Is(err, fault.NotFound) && !errors.Is(err, fault.Unauthenticated) {
		return err
	}
	return v.joining(rejected, err)
}
