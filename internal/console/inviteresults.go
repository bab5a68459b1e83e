package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/page"
	"prism-access/internal/plain"
)

// What would happen to each of those who are to be invited, and what has.

// resultRow is what happens, or happened, to one address.
type resultRow struct {
	Who    string // the address, or the name and username
	Status status
	Link   link
	Order  int // in the list: those with a problem, those left out, the others
}

// inviteResults shows what would happen to each address, or what has when not all went well.
func (v *visit) inviteResults(sent form, scope access.Scope, in invitation.CreateInput, out invitation.CreateOutput) error {
	p, err := v.inviteView(sent)
	if err != nil {
		return err
	}
	p.Sent = !in.DryRun
	status, retry := p.build(scope, in, out)
	if err := v.noteElsewhere(p, scope); err != nil {
		return err
	}
	if p.Sent { // sending again is another request, for those who are left
		again := newForm(sent.Action)
		again.Values = sent.Values
		again.Values.Set("invitees", strings.Join(retry, "\n"))
		again.Values.Del("to")
		p.Form, p.Back = again, v.invited(scope, sent, out)
		v.remember(p.Back)
	}
	return v.show(status, "invite", p)
}

// build fills in the results, and returns the status of the page and the addresses that failed.
func (p *inviteView) build(scope access.Scope, in invitation.CreateInput, out invitation.CreateOutput) (status int, retry []string) {
	var to []string
	var invited, joined int
	var base string // empty: nobody is led to an invitation that they may not see
	if p.sees(scope) {
		base = scopePath(scope) + "/users"
	}
	for _, r := range out.Results {
		p.Results = append(p.Results, rowOfResult(r, base, p.Sent))
		switch r.Outcome {
		case invitation.Invited:
			invited++
		case invitation.Joined:
			joined++
		case invitation.Failed:
			if r.Error.RetryAfter > 0 {
				p.Retry = relative(r.Error.RetryAfter)
			}
			retry = append(retry, written(r.Invitee))
			continue
		}
		to = append(to, written(r.Invitee))
	}
	p.To, p.Sendable = strings.Join(to, "\n"), len(to)
	page.Sort(p.Results, func(a, b resultRow) int { return a.Order - b.Order })
	var counts []string
	for _, of := range []struct {
		n         int
		one, many string
	}{{invited, "is invited", "are invited"}, {joined, "joins at once", "join at once"}, {len(out.Results) - len(to), "is left out", "are left out"}} {
		if of.n > 0 {
			counts = append(counts, count(of.n, of.one, of.many))
		}
	}
	p.Counts = strings.Join(counts, ", ")
	what := p.offered(scope, in)
	if invited > 0 {
		p.Effects = append(p.Effects, count(invited, "person gets ", "people get ")+what+". "+
			either(invited, "The invitation expires", "Their invitations expire")+" on "+p.until(in)+".")
		if in.Message != nil {
			p.Quote = plain.Lines(*in.Message)
		}
	}
	if joined > 0 {
		effect := count(joined, "person has", "people have") + " an account already and " + either(joined, "joins", "join") + " at once: " + what + "."
		if p.Form.Value("message") != "" {
			effect += " They do not get your message: it goes to those who are invited."
		}
		p.Effects = append(p.Effects, effect)
	}
	if p.Form.Quiet() && len(to) > 0 {
		effect := "No mail is sent. " + passOn(invited)
		if invited > 0 {
			effect += " You get none about who accepts."
		}
		p.Effects = append(p.Effects, effect)
	}
	if p.Sent && len(to) == 0 {
		return http.StatusUnprocessableEntity, retry
	}
	return http.StatusOK, retry
}

// passOn says what is left to do where no mail is sent to those who are invited, so many, and to those who join at once.
func passOn(invited int) string {
	if invited == 0 {
		return "Tell them yourself."
	}
	return "Pass " + either(invited, "the link", "the links") + " on yourself: Copy link in the list has " + either(invited, "it", "them") + "."
}

// noteElsewhere says of those who are about to be invited what else they are invited to.
func (v *visit) noteElsewhere(p *inviteView, scope access.Scope) error {
	if p.Sent || p.Sendable == 0 || p.Kind == access.KindWorkspace {
		return nil
	}
	found, err := v.InvitedElsewhere.Do(v.r.Context(), v.caller, invitation.ElsewhereInput{Scope: scope, Addresses: strings.Fields(p.To)})
	if err != nil {
		return err
	}
	for i := range p.Results {
		p.Results[i].Status.Detail = elsewhereWords(found[p.Results[i].Who])
	}
	return nil
}

// elsewhereWords names the first of the open invitations that somebody has.
func elsewhereWords(open []invitation.Invitation) string {
	if len(open) == 0 {
		return ""
	}
	first := open[0]
	said := "Has an open invitation to " + first.ScopeName + " as " + grantWords(first.Scope.Kind(), offeredBy(first)) + " already"
	if more := len(open) - 1; more > 0 {
		said += ", and " + strconv.Itoa(more) + " more"
	}
	return said + "."
}

// leftOut are the codes of those who need nothing: they are in already, or stand twice.
var leftOut = []string{"already_member", "already_organization_admin", "duplicate"}

func rowOfResult(r invitation.Result, base string, sent bool) resultRow {
	row := resultRow{Who: written(r.Invitee), Order: 2}
	if name := r.Person.Name; name != "" {
		row.Who = name + " (" + contact(r.Person) + ")"
	}
	switch {
	case r.Outcome == invitation.Invited && sent:
		row.Status = status{Text: "Invited", Icon: "check", Tone: "good"}
	case r.Outcome == invitation.Invited:
		row.Status = status{Text: "Gets an invitation", Icon: "mail", Tone: "good"}
	case r.Outcome == invitation.Joined && sent:
		row.Status = status{Text: "Is in, with the account they have", Icon: "check", Tone: "good"}
	case r.Outcome == invitation.Joined:
		row.Status = status{Text: "Has an account, joins at once", Icon: "check", Tone: "good"}
	default:
		row.Status, row.Order = status{Text: r.Error.Message, Icon: "alert", Tone: "bad"}, 0
		code := r.Error.Code
		if len(r.Error.Fields) > 0 {
			row.Status.Text, code = r.Error.Fields[0].Detail, r.Error.Fields[0].Code
			if code == "duplicate" {
				row.Status.Text = "This stands twice."
			}
		}
		if slices.Contains(leftOut, code) {
			row.Status.Icon, row.Status.Tone, row.Order = "check", "off", 1
		}
		if base != "" && r.Error.Code == "invitation_pending" && isID(r.Error.ExistingID, "inv_") {
			row.Link = link{URL: base + "/invitations/" + r.Error.ExistingID + "/resend", Text: "Resend it"}
		}
	}
	return row
}
