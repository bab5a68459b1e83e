package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
)

// outcome is what became of somebody; the greatest of a person's counts.
type outcome int

const (
	there outcome = iota
	joined
	invited
	failure
)

var outcomes = map[string]outcome{"joined": joined, "invited": invited}

// move lets people in. Everybody gets one call's worth for the organization, with the brands of the role that they have most often; further roles
// follow as invitations to their brands. Changing a membership would mail them, so nothing that somebody holds is ever changed.
type move struct {
	client       *client
	organization string // path of its scope
	days         int
	book         *journal
	out          io.Writer
}

// offer is what one call offers, in the shape of its body.
type offer struct {
	scope     string
	Invitees  []invitee   `json:"invitees"`
	Role      access.Role `json:"role"`
	Brands    []string    `json:"brands,omitempty"`
	BrandRole access.Role `json:"brand_role,omitempty"`
	Confirm   string      `json:"confirm,omitempty"`
	Days      int         `json:"expires_in_days"`
	Notify    bool        `json:"notify"` // never
}

type invitee struct {
	Email string `json:"email"`
}

// call is an offer to several people.
type call struct {
	offer
	people []*person
}

// all brings everybody in. An error means that it broke off.
func (m *move) all(ctx context.Context, people []*person) error {
	if err := m.leaveOut(ctx, people); err != nil {
		return err
	}
	people = slices.DeleteFunc(slices.Clone(people), func(p *person) bool { return p.outcome == failure })
	if err := m.send(ctx, "Organization", batches(people, func(p *person) []offer { return []offer{m.first(p)} })); err != nil {
		return err
	}
	return m.send(ctx, "Further roles in brands", batches(people, func(p *person) []offer {
		if p.outcome == failure {
			return nil
		}
		var offers []offer
		for _, w := range p.rest {
			offers = append(offers, offer{scope: m.organization + "/brands/" + w.ID, Role: w.role, Days: m.days})
		}
		return offers
	}))
}

// first returns what the organization offers a person, and leaves as their rest what that does not bring.
func (m *move) first(p *person) offer {
	one := offer{scope: m.organization, Role: p.role, Days: m.days}
	if p.role == access.Admin {
		one.Confirm = "admin" // the file's reader has confirmed it
		return one
	}
	count := map[access.Role]int{}
	for _, w := range p.wants {
		count[w.role]++
	}
	one.BrandRole = p.wants[0].role
	for _, w := range p.wants {
		if count[w.role] > count[one.BrandRole] {
			one.BrandRole = w.role
		}
	}
	p.rest = nil
	for _, w := range p.wants {
		if w.role == one.BrandRole {
			one.Brands = append(one.Brands, w.ID)
		} else {
			p.rest = append(p.rest, w)
		}
	}
	slices.Sort(one.Brands)
	return one
}

// batches puts people with the same offer together, as many as a call takes, in the order of the file.
func batches(people []*person, offers func(*person) []offer) []*call {
	var calls []*call
	open := map[string]*call{}
	for _, p := range people {
		for _, one := range offers(p) {
			same := strings.Join(append([]string{one.scope, string(one.Role), string(one.BrandRole)}, one.Brands...), " ")
			if open[same] == nil || len(open[same].people) == invitation.MaxInvitees {
				open[same] = &call{offer: one}
				calls = append(calls, open[same])
			}
			open[same].people = append(open[same].people, p)
			open[same].Invitees = append(open[same].Invitees, invitee{p.email})
		}
	}
	return calls
}

// send makes the calls, and says how far it is.
func (m *move) send(ctx context.Context, what string, calls []*call) error {
	total, done, said := 0, 0, 0
	for _, c := range calls {
		total += len(c.people)
	}
	const steps = 20 // more lines would say no more
	for _, c := range calls {
		if err := m.one(ctx, c); err != nil {
			return err
		}
		done += len(c.people)
		if step := done * steps / total; step > said {
			said = step
			fmt.Fprintf(m.out, "%s: %d of %d\n", what, done, total)
		}
	}
	return nil
}

// result is what a call says about one of its people.
type result struct {
	Outcome string
	Error   *refusal
}

// one makes a call, unless it was answered before.
func (m *move) one(ctx context.Context, c *call) error {
	body, err := json.Marshal(c.offer)
	if err != nil {
		return err
	}
	path := "/v1/" + c.scope + "/invitations"
	key := m.book.key(path, body)
	kept := m.book.done[key]
	if len(kept) == len(c.people) {
		for i, p := range c.people {
			p.outcome = max(p.outcome, kept[i])
		}
		return nil
	}
	results, err := m.invite(ctx, path, key, body, len(c.people))
	if err != nil {
		return err
	}
	clean := true
	for i, p := range c.people {
		if results[i].Error == nil {
			kept = append(kept, outcomes[results[i].Outcome])
			p.outcome = max(p.outcome, outcomes[results[i].Outcome])
			continue
		}
		clean = false // and to be looked at again by a run that goes on
		if err := m.settle(ctx, p, c.offer, results[i].Error); err != nil {
			return err
		}
	}
	if !clean {
		return nil
	}
	return m.book.record(key, kept)
}

// aboutThem are statuses that refuse these people alone: the only one of a call, or all for a brand that was deleted meanwhile.
var aboutThem = []int{http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity}

// invite makes a call, again while somebody in it could only not be let in for now, and returns a result for each of its n people. An error is one
// that holds for everybody else as well.
func (m *move) invite(ctx context.Context, path, key string, body []byte, n int) ([]result, error) {
	for attempt := 1; ; attempt++ {
		var answer struct{ Results []result }
		err := m.client.call(ctx, http.MethodPost, path, key, body, &answer)
		said, refused := errors.AsType[*refusal](err)
		switch {
		case refused && slices.Contains(aboutThem, said.Status):
			return slices.Repeat([]result{{Error: said}}, n), nil
		case err != nil:
			return nil, err
		case len(answer.Results) != n:
			return nil, fmt.Errorf("%s: %d results for %d people", path, len(answer.Results), n)
		}
		later := slices.IndexFunc(answer.Results, func(r result) bool { return r.Error != nil && r.Error.temporary() })
		if later < 0 || attempt == attempts {
			return answer.Results, nil
		}
		if err := m.client.pause(ctx, delay(attempt, answer.Results[later].Error)); err != nil {
			return nil, err
		}
	}
}

// settle finds out whether somebody who could not be let in has what they should get already.
func (m *move) settle(ctx context.Context, p *person, one offer, said *refusal) error {
	var why string
	var err error
	switch said.Code {
	case "invitation_pending":
		why, err = m.pending(ctx, one, said.ExistingID)
	case "already_member":
		why, err = m.member(ctx, p, one, said.ExistingID)
	default:
		why = said.Error()
	}
	if gone, refused := errors.AsType[*refusal](err); refused && gone.Status == http.StatusNotFound {
		why, err = "This person was changed by somebody else meanwhile: import the file again.", nil
	}
	if why != "" {
		p.outcome = failure
		p.notes = append(p.notes, why)
	}
	return err
}

// grant is what an invitation offers or a member holds.
type grant struct {
	Role   access.Role
	Brands []struct {
		ID, Name string
		Role     access.Role
	}
}

// held returns the roles by brand.
func (g grant) held() map[string]access.Role {
	held := map[string]access.Role{}
	for _, b := range g.Brands {
		held[b.ID] = b.Role
	}
	return held
}

// pending returns why an open invitation is not the one that the file asks for, or nothing.
func (m *move) pending(ctx context.Context, one offer, id string) (string, error) {
	var open grant
	if err := m.client.get(ctx, one.scope+"/invitations/"+id, &open); err != nil {
		return "", err
	}
	held := open.held()
	same := open.Role == one.Role && len(held) == len(one.Brands)
	for _, brand := range one.Brands {
		same = same && held[brand] == one.BrandRole
	}
	if same {
		return "", nil
	}
	return fmt.Sprintf("There is an open invitation that offers something else (%s): edit or delete it.", id), nil
}

// member returns why a member does not hold what the file says and is not to get it by an import, or nothing. Brands that are missing become
// the person's rest.
func (m *move) member(ctx context.Context, p *person, one offer, id string) (string, error) {
	var is grant
	if err := m.client.get(ctx, m.organization+"/members/"+id, &is); err != nil {
		return "", err
	}
	if is.Role != p.role {
		return fmt.Sprintf("This person is in the organization as %s, the file says %s: an import changes nobody's role.", is.Role, p.role), nil
	}
	held := is.held()
	var rest []want
	for _, w := range p.wants {
		switch role := held[w.ID]; {
		case role == "":
			rest = append(rest, w)
		case role != w.role:
			return fmt.Sprintf("This person is %s in %s, the file says %s: an import changes nobody's role.", role, w.Name, w.role), nil
		}
	}
	if one.scope == m.organization {
		p.rest = rest
	}
	return "", nil
}
