package bench

import (
	"context"
	"fmt"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

const looks = 400 // measured runs of each

// alike is a question that anybody may ask about what is known and about what is not. The answers are the same, as tests show; here is their time.
type alike struct {
	name           string
	known, unknown run
}

// answered returns a run that has to be answered with this code; empty for what is granted.
func answered[In, Out any](code string, do func(context.Context, request.Caller, In) (Out, error), who request.Caller, in In) run {
	return func(ctx context.Context) error {
		_, err := do(ctx, who, in)
		if code != "" && fault.HasCode(err, code) {
			return nil
		}
		return expect(err, code == "")
	}
}

// publicQuestions are those of the routes that are for anybody, or for whoever has signed up.
func (p place) publicQuestions(b *testing.B) []alike {
	b.Helper()
	address := func() string { return p.Address("grace") }
	known, unknown := p.Invite(p.admin, p.organization.ID, address(), p.brand), p.Invite(p.admin, p.organization.ID, address(), p.brand)
	p.PersonWith("Grace", known.Invitee.Email)
	stranger, strangers := p.Person("Eve")
	forger, err := invitation.NewLinks(testbed.BaseURL, "1:another-key-that-is-long-enough-0123456789abc")
	if err != nil {
		b.Fatal(err)
	}
	nowhere := invitation.Invitation{ID: "inv_" + p.NewID(), Scope: access.Organization("org_" + p.NewID()), Generation: 1}
	var nobody request.Caller
	look := func(code, link string) run {
		return answered(code, p.Preview().Do, nobody, invitation.PreviewInput{Token: testbed.Token(link)})
	}
	decline := func(email string) run {
		in := invitation.DeclineInput{Locator: invitation.Locator{Token: testbed.Token(unknown.AcceptURL)}, Email: email}
		return answered("invalid_input", p.Decline().Do, nobody, in)
	}
	join := func(organization, connection string) run {
		in := accessrequest.JoinInput{Scope: access.Organization(organization), Connection: connection}
		return answered("not_found", p.PreviewJoin().Do, stranger, in)
	}
	newLink := func(code, link string) run {
		return answered(code, p.RequestLink().Do, stranger, invitation.RequestLinkInput{Token: testbed.Token(link)})
	}
	return []alike{
		{"look at a link", look("", known.AcceptURL), look("", unknown.AcceptURL)},
		{"look at a forged link", look("not_found", forger.URL(known)), look("not_found", forger.URL(nowhere))},
		{"decline by address", decline(strangers.Email), decline(address())},
		{"look at a join link", join(p.organization.ID, "con_"+p.NewID()), join("org_"+p.NewID(), p.organization.Connections[0].ID)},
		{"ask for a link", newLink("invitation_pending", known.AcceptURL), newLink("invitation_pending", unknown.AcceptURL)},
		{"ask for a forged link", newLink("not_found", forger.URL(known)), newLink("not_found", forger.URL(nowhere))},
	}
}

// BenchmarkUniform compares how long what is known takes with what is not, one after the other, so that both meet the same machine.
func BenchmarkUniform(b *testing.B) {
	slowest := figure{"what is known against what is not, on public routes: time", "x", "", 0, 1.3}
	var differ []string
	for _, q := range newPlace(b, 10).publicQuestions(b) {
		var known, unknown cost
		for n := range warmUp + looks {
			if n == warmUp {
				known, unknown = cost{}, cost{}
			}
			measureOnce(b, &known, q.known)
			measureOnce(b, &unknown, q.unknown)
		}
		reportCost(b, q.name+"/known", known)
		reportCost(b, q.name+"/unknown", unknown)
		if known.rounds != unknown.rounds || known.requests != unknown.requests {
			differ = append(differ, fmt.Sprintf("%s: %d rounds, %d requests about what is known, %d, %d about what is not", q.name,
				known.rounds, known.requests, unknown.rounds, unknown.requests))
		}
		ratio := known.median() / unknown.median()
		if ratio = max(ratio, 1/ratio); ratio > slowest.measured {
			slowest.measured = ratio
			slowest.how = fmt.Sprintf("%s: %.4f and %.4f ms, medians of %d", q.name, known.median(), unknown.median(), looks)
		}
	}
	holdSame(b, "public routes about what is not known", differ)
	hold(b, slowest)
}
