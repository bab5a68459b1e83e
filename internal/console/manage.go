package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

// invitationView is the page and dialog about one invitation: to send it again, to edit what it offers, to delete it, to copy its link.
type invitationView struct {
	frame
	Form        form
	Who         string // the address or, in a workspace, the name
	Contact     string // in a workspace the username
	Place       string
	Role        string // what it offers, in words
	Offer       offering
	Since       string   // what of it was deleted since
	Left        offering // what is left of it then
	Void        bool     // nothing is
	Status      status
	Ends        string // what the day in Expires is: Expires, or Expired; empty where it means nothing
	Member      bool   // the person is in by it
	Sent        moment
	Asked       moment // when the invitee asked for a new link; empty: they wait for none
	Expires     moment // when it does now
	Renewed     moment // when it does after it is sent again, with the usual time
	Version     int
	Action      access.Action // whether what the page is for can be done now
	Undelivered string        // why its mail failed, empty when it did not
	Confirm     bool          // sending it again makes an Organization Admin, so that has to be typed (R11)
	Edit        bool
	Other       link     // where it is sent with something else, on the page that sends it as it is
	Again       bool     // another role can be chosen where it is sent again, without a page to edit it
	Typed       bool     // the form holds what somebody has sent
	Open        bool     // the form is shown: it can be sent now, or could be but for the minute between two resends
	Wanted      offering // what was typed, where the form is not shown
	Terms       termsView
	URL         string // the accept link
	Needs       string // what the reader lacks to see it
	Back        string
}

// about reads what the page about an invitation needs.
func (v *visit) about(title string, parts func(invitation.Invitation, access.Scope) []func(context.Context) error) (*invitationView, invitation.Invitation, error) {
	var found invitation.Invitation
	scope, err := v.scope()
	if err != nil {
		return nil, found, err
	}
	in := invitation.GetInput{Scope: scope, ID: v.r.PathValue("i")}
	if !isID(in.ID, "inv_") {
		return nil, found, fault.Unknown()
	}
	p := &invitationView{}
	p.frame, err = v.load(title, scope, atUsers, func(ctx context.Context) (err error) {
		if found, err = v.GetInvitation.Do(ctx, v.caller, in); err != nil || parts == nil {
			return err
		}
		return together(ctx, parts(found, scope)...)
	})
	if err != nil {
		return nil, found, err
	}
	p.fill(scope, found)
	return p, found, nil
}

func (p *invitationView) fill(scope access.Scope, i invitation.Invitation) {
	if i.Scope.Kind() == access.KindWorkspace {
		p.Contact = contact(i.Invitee)
	}
	p.Who, p.Place, p.Role = invitee(i.Invitee), i.ScopeName, offerWords(i.Scope.Kind(), i.ScopeName, offeredBy(i))
	p.Ends, p.Member = map[invitation.Status]string{invitation.Pending: "Expires", invitation.Expired: "Expired"}[i.Status], i.Status == invitation.Accepted
	p.Offer, p.Since = offerOf(i.Scope.Kind(), i.ScopeName, offeredBy(i)), roleSince(i)
	p.Status, p.Sent, p.Expires, p.Version = statusOf(i), p.At(i.SentAt), p.At(i.ExpiresAt), i.Version
	p.Asked = askedAt(i, p.Now)
	if d := i.Delivery; d != nil && d.Status == invitation.DeliveryFailed {
		p.Undelivered = d.Detail
	}
	p.Renewed = p.At(p.Now.AddDate(0, 0, invitation.DefaultDays))
	p.Confirm = i.Scope.Kind() == access.KindOrganization && i.Role == access.Admin
	p.URL, p.Back = i.AcceptURL, scopePath(scope)+"/users?tab="+tabInvited
}

// lessen says which brands of what the invitation offers are not among those that there are, and what is left of it.
func (p *invitationView) lessen(i invitation.Invitation, has stock) {
	existing := map[string]string{}
	for _, b := range has.Brands {
		existing[b.ID] = b.Name
	}
	var gone []string
	for _, b := range i.Brands {
		if existing[b.ID] == "" {
			gone = append(gone, b.Name)
		}
	}
	if len(gone) == 0 {
		return
	}
	left := i.Among(existing)
	p.Since, p.Void = list(gone)+either(len(gone), " was", " were")+" deleted since", left.OffersNothing()
	if !p.Void {
		p.Left = offerOf(i.Scope.Kind(), i.ScopeName, offeredBy(left))
	}
}

func resendPage(v *visit) error { return v.resending(form{}, http.StatusOK) }

// resending shows the form that sends an invitation again: as it is, or on the page to edit it with what it offers.
func (v *visit) resending(f form, status int) error {
	edit := strings.HasSuffix(v.r.URL.Path, "/edit")
	title := "Resend invitation"
	if edit {
		title = "Edit invitation"
	}
	var has stock
	follows := false // what it offers may have been deleted, and only an open one that nobody is sending loses that by itself
	p, found, err := v.about(title, func(i invitation.Invitation, scope access.Scope) []func(context.Context) error {
		follows = len(i.Brands) > 0 && (edit || i.Status != invitation.Pending || f.Values != nil)
		if read := v.stock(i.Scope, &has); read != nil && (edit || follows || i.Scope.Kind() == access.KindWorkspace) {
			return []func(context.Context) error{read}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if follows {
		p.lessen(found, has)
	}
	if p.Typed = f.Values != nil; !p.Typed {
		f = newForm(v.r.URL.Path)
		f.offer(found)
	}
	action := found.Actions["resend"]
	waits := action.Code == "too_many_resends"
	p.Open = action.Allowed || p.Typed && waits
	if p.Void && !edit && p.Open {
		p.Open, f.Problem, action.Reason = false, "", "all that it offers was deleted. Edit it to offer something else."
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedBy(found) + " It now offers: " + p.Role + ", and is " + strings.ToLower(p.Status.Text) + "."
		if p.Open {
			f.Problem += " Below is what you were about to send. Sending it replaces theirs."
		}
	}
	if p.Typed && waits {
		if status == http.StatusTooManyRequests {
			f.Problem = "" // it is said below, with the time
		}
		f.Problem = strings.TrimSpace(f.Problem + " It cannot be sent right now: " + action.Reason + " It can from " +
			found.SentAt.Add(invitation.ResendInterval).UTC().Format("15:04:05") + " UTC on, with what you typed.")
	}
	if p.Typed && (edit || found.Scope.Kind() == access.KindWorkspace) && !p.Open {
		p.Wanted = f.wanted(found, has)
	}
	p.Form, p.Edit, p.Again, p.Action, p.Terms = f, edit, found.Scope.Kind() == access.KindWorkspace, because(action), termsOf(f, found.Scope.Kind(), has)
	if own, in := p.membershipIn(found.Scope); in && p.Again {
		offered := cmp.Or(found.Successor, found.Role)
		if own.Standing(found.Scope, true).May(access.ToInvite) != nil {
			p.Terms.keep(has, offered)
		} else {
			p.Terms.unlessChosen(f.Value("role"), has, offered)
		}
	}
	if !p.Edit && !p.Again {
		p.Other = link{URL: strings.TrimSuffix(v.r.URL.Path, "/resend") + "/edit", Text: "with another role or other brands"}
		if found.Scope.Kind() == access.KindBrand {
			p.Other.Text = "with another role"
		}
	}
	return v.show(status, "resend", p)
}

// changedBy says who has done something with an invitation since a form was made from it, and when, as far as it says so itself.
func (v *visit) changedBy(i invitation.Invitation) string {
	who, what, when := "Somebody", "changed this invitation", time.Time{}
	switch {
	case i.RespondedAt != nil && (i.Status == invitation.Accepted || i.Status == invitation.Declined):
		who, what, when = cmp.Or(i.Invitee.Name, i.Invitee.Email), string(i.Status)+" this invitation", *i.RespondedAt
	case i.RespondedAt == nil && i.SentAt.After(i.CreatedAt):
		who, what, when = i.InvitedBy.Name, "sent this invitation again", i.SentAt
		if i.InvitedBy.ID == v.caller.User {
			who = "You"
		}
	}
	said := "meanwhile"
	if !when.IsZero() {
		said = relative(when.Sub(v.Now()))
	}
	return who + " " + what + " " + said + "."
}

// wanted says what the form was to offer.
func (f form) wanted(i invitation.Invitation, has stock) offering {
	var named []access.BrandRole
	for _, b := range has.Brands {
		if f.Has("brands", b.ID) {
			named = append(named, access.BrandRole{ID: b.ID, Name: b.Name, Role: access.Role(f.Value("brand_role"))})
		}
	}
	return offerOf(i.Scope.Kind(), i.ScopeName, has.grant(access.Role(f.Value("role")), named...))
}

// offer puts what an invitation offers into the form.
func (f form) offer(i invitation.Invitation) {
	f.Values.Set("role", string(cmp.Or(i.Successor, i.Role)))
	f.Values.Set("message", i.Message)
	for _, b := range i.Brands {
		f.Values.Add("brands", b.ID)
		f.Values.Set("brand_role", string(b.Role))
	}
}

func resend(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := invitation.ResendInput{Scope: scope, ID: v.r.PathValue("i"), IfMatch: sent.version()}
	fields := inviteFields
	if scope.Kind() == access.KindWorkspace {
		if err := chosenRole("/role", access.Role(sent.Value("role"))); err != nil {
			return v.again(err, sent, v.resending, inviteFields...)
		}
		in.Terms = sent.terms(scope.Kind())
	} else if strings.HasSuffix(v.r.URL.Path, "/edit") {
		kind := access.KindOrganization
		if sent.Value("kind") == string(access.KindBrand) { // the invitation's, which in an organization's list can be a brand's
			kind = access.KindBrand
		}
		in.Terms = sent.terms(kind)
	} else {
		in.Confirm, in.Notify, fields = sent.Value("confirm"), sent.notify(), []string{"confirm"}
	}
	if _, err := perform(v, v.asks(sent), in, v.ResendInvitation.Do); err != nil {
		return v.again(err, sent, v.resending, fields...)
	}
	done := "resent"
	if sent.Quiet() {
		done = "renewed"
	}
	return v.redirect(afterwards(scope, in.ID, done))
}

// afterwards is where the list shows what was just done to an invitation, also while its index lags.
func afterwards(scope access.Scope, id, done string) string {
	return scopePath(scope) + "/users?" + url.Values{"tab": {tabInvited}, "done": {done}, "fresh": {id}}.Encode()
}

func deletePage(v *visit) error { return v.deleting(newForm(v.r.URL.Path), http.StatusOK) }

func (v *visit) deleting(f form, status int) error {
	p, found, err := v.about("Delete invitation", nil)
	if err != nil {
		return err
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedBy(found) + " It now offers: " + p.Role + ", and is " + strings.ToLower(p.Status.Text) + "."
	}
	p.Form, p.Action = f, found.Actions["delete"]
	return v.show(status, "delete", p)
}

func deleteInvitation(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := invitation.DeleteInput{Scope: scope, ID: v.r.PathValue("i"), IfMatch: sent.version()}
	if _, err := perform(v, v.caller, in, v.DeleteInvitation.Do); err != nil { // the version keeps it from being done twice
		return v.again(err, sent, v.deleting)
	}
	return v.redirect(afterwards(scope, in.ID, "deleted"))
}

func linkPage(v *visit) error {
	p, found, err := v.about("Copy link", nil)
	if err != nil {
		return err
	}
	if found.Status == invitation.Pending && found.AcceptURL == "" {
		p.Needs = list(permissionWords([]string{string(access.ToInvite.In(found.Scope.Kind()))}))
	}
	return v.show(http.StatusOK, "link", p)
}

// Days is the usual lifetime, as the form has it.
func (p *invitationView) Days() string { return strconv.Itoa(invitation.DefaultDays) }
