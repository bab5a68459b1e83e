package console

import (
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/member"
)

// What the page about several members says.

// Heading is what the page is for, in the words of what will happen.
func (p *bulkView) Heading() string {
	people := count(len(p.Members), "person", "people")
	switch {
	case len(p.Members) == 0:
		return "Nobody is chosen"
	case p.Removing && p.Able > 0:
		return "Remove " + count(p.Able, "person", "people") + " from " + p.Place
	case p.Removing && len(p.Rows) > 0:
		return "Nobody can be removed"
	case p.Removing:
		return "Remove " + people + " from " + p.Place
	case p.Kind == access.KindWorkspace && (len(p.Rows) == 0 || p.Able > 0):
		if p.Able > 0 {
			people = count(p.Able, "person", "people")
		}
		return "Change the role of " + people
	case len(p.Rows) == 0:
		return chosenHeading(p.Admins, len(p.Members))
	case p.Able == 0:
		return "Nothing would change"
	case p.Admins == p.Able:
		return "Downgrade " + count(p.Able, "person", "people") + " to Member"
	case p.Admins == 0:
		return "Change the brands of " + count(p.Able, "person", "people")
	default:
		return "Change " + count(p.Able, "person", "people") + ", " + strconv.Itoa(p.Admins) + " of them to Member"
	}
}

// chosenHeading is the heading as long as nothing is chosen for them.
func chosenHeading(admins, all int) string {
	switch admins {
	case 0:
		return "Brands and roles of " + count(all, "person", "people")
	case all:
		return "Downgrade " + count(all, "person", "people") + " to Member"
	default:
		return "Downgrade " + strconv.Itoa(admins) + " of " + count(all, "person", "people") + " to Member"
	}
}

// Holds says for whom the choice holds, and what it means to the Admins among them.
func (p *bulkView) Holds() string {
	all, rest := len(p.Members), "What you choose holds for all of them. Next you see what it changes for each."
	switch {
	case all == 1 && p.Admins == 1:
		return "This is an Admin, who becomes Member and needs at least one brand. Next you see what changes."
	case all == 1:
		return "Next you see what changes."
	case p.Admins == 0:
		return rest
	case p.Admins == 1:
		return "One of them is Admin, becomes Member and needs at least one brand. " + rest
	case p.Admins == all:
		return "They are Admins, become Members and need at least one brand. " + rest
	default:
		return strconv.Itoa(p.Admins) + " of them are Admins, become Members and need at least one brand. " + rest
	}
}

// Outcome counts what became of them.
func (p *bulkView) Outcome() string {
	failed := 0
	for _, r := range p.Rows {
		failed += r.failure()
	}
	said := count(p.Able, "person", "people") + " " + strings.ToLower(p.Done()) + ", " + strconv.Itoa(failed) + " not"
	if same := len(p.Rows) - p.Able - failed; same > 0 {
		said += ", " + strconv.Itoa(same) + " as before"
	}
	return said + "."
}

// offers says which open invitations nobody can accept any more once it is done.
func (p *bulkView) offers(out member.BulkOutput, has stock) {
	from, kinds := map[string][]string{}, []string{}
	for _, r := range out.Results {
		if r.Outcome != member.Changed || r.Before == nil {
			continue
		}
		which, die := has.offersLostBy(*r.Before, r.Membership)
		if die && from[which] == nil {
			kinds = append(kinds, which)
		}
		if die {
			from[which] = append(from[which], r.Before.User.Name)
		}
	}
	for _, which := range kinds {
		whom := few(from[which])
		if len(from[which]) == p.Able && p.Able > 1 {
			whom = "them"
		}
		p.Dead = append(p.Dead, deadOffers(whom, which))
	}
}

// SendText is what the button does.
func (p *bulkView) SendText() string {
	if p.Removing {
		return "Remove " + count(p.Able, "person", "people")
	}
	return "Change " + count(p.Able, "person", "people")
}

// Sendable reports whether there is anything to go on with.
func (p *bulkView) Sendable() bool {
	if p.Sent {
		return len(p.Members) > 0
	}
	return p.Able > 0 || !p.Removing
}

// Done is what has become of somebody.
func (p *bulkView) Done() string {
	if p.Removing {
		return "Removed"
	}
	return "Changed"
}
