package mail

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
)

// english is the catalogue of all words in English. Another language is another file with another type.
type english struct{}

func (english) somebody() string { return "Somebody" }
func (english) unnamed() string  { return "an unnamed place" }
func (english) roleless() string { return "a role without a name" }

// letter returns what all mails in this language share.
func (english) letter() letter {
	return letter{Language: "en", Product: "Prism", OrOpen: "Or open this link:"}
}

func (e english) invitation(m Invitation) letter {
	l, place := e.letter(), m.Place.name()
	role := e.role(m.Place, m.Offer)
	l.Subject = subject("%s invited you to %s on Prism", m.By, place)
	l.Preheader = fmt.Sprintf("%s. Open until %s.", role, e.day(m.ExpiresAt))
	l.Heading = fmt.Sprintf("You are invited to %s", inHeading(place))
	l.Lead = fmt.Sprintf("%s invited you to join %s on Prism.", m.By, e.place(m.Place))
	if m.Again {
		l.Subject = subject("New link: %s invited you to %s", m.By, place)
		l.Heading = fmt.Sprintf("Your new link to %s", inHeading(place))
		l.Lead = fmt.Sprintf("%s sent you a new link to join %s on Prism. Earlier links no longer work.", m.By, e.place(m.Place))
	}
	if m.Reminds {
		l.Subject = subject("Reminder: %s invited you to %s", m.By, place)
		l.Preheader = fmt.Sprintf("It expires on %s. %s.", e.day(m.ExpiresAt), role)
		l.Heading = fmt.Sprintf("Your invitation to %s expires soon", inHeading(place))
		l.Lead = fmt.Sprintf("%s invited you to join %s on Prism, and you have not answered yet. This is the only reminder.", m.By, e.place(m.Place))
	}
	l.Facts = append(e.roleFacts("Your role", m.Place, m.Offer), fact{"Expires", e.moment(m.ExpiresAt)})
	l.QuoteBy = fmt.Sprintf("%s wrote:", m.By)
	l.Note = fmt.Sprintf("You have no Prism account yet: create one with %s on the page that opens. ", address(m.To))
	if m.HasAccount {
		l.Note = fmt.Sprintf("Sign in with %s, the address of your Prism account. ", address(m.To))
	}
	if m.Username != "" { // which is what the invitation is for
		l.Note = fmt.Sprintf("Sign in with %s. ", e.who(address(m.To), "", m.Username))
	}
	l.Note += "Nothing changes until you accept there."
	l.Button = "Open the invitation"
	l.Why = fmt.Sprintf("You got this mail because %s entered %s to invite you to %s. If you do not know them, ignore this mail: without you, nothing happens.",
		m.By, address(m.To), place)
	if m.Place.Workspace != "" { // nobody has entered an address
		l.Why = fmt.Sprintf("You got this mail because %s belongs to your Prism account, and %s invited that account to %s. If you do not know them, ignore this mail: without you, nothing happens.",
			address(m.To), m.By, place)
	}
	return l
}

func (e english) joined(m Joined) letter {
	l, place := e.letter(), m.Place.name()
	l.Subject = subject("%s added you to %s on Prism", m.By, place)
	if m.ByClient != "" {
		l.Subject = subject("The client %s added you to %s on Prism", m.By, place)
	}
	m.By = e.by(m.By, m.ByClient)
	l.Preheader = fmt.Sprintf("%s. It works at once, there is nothing to accept.", e.role(m.Place, m.Got))
	l.Heading = fmt.Sprintf("You are in %s now", inHeading(place))
	l.Lead = fmt.Sprintf("%s added you to %s on Prism. It works at once: there is nothing to accept.", m.By, e.place(m.Place))
	l.Facts = e.roleFacts("Your role", m.Place, m.Got)
	l.QuoteBy = fmt.Sprintf("%s wrote:", m.By)
	l.Note = fmt.Sprintf("If you do not want this, you can leave again on the page that opens, at any time; or ask %s.", e.ask(m.By, m.ByClient, "", m.Place.root()))
	l.Button = "Open Prism"
	l.Why = fmt.Sprintf("You got this mail because %s belongs to your Prism account, and %s gave that account a role in %s.",
		address(m.To), m.By, place)
	return l
}

func (e english) answered(m Answered) letter {
	l, place := e.letter(), m.Place.name()
	who := e.who(m.Invitee, m.Address, m.Username)
	role := e.role(m.Place, m.Offer)
	if m.Accepted {
		l.Subject = subject("%s accepted your invitation to %s", m.Invitee, place)
		l.Preheader = fmt.Sprintf("%s, from now on.", role)
		l.Heading = fmt.Sprintf("%s joined %s", inHeading(m.Invitee), inHeading(place))
		l.Lead = fmt.Sprintf("%s accepted your invitation to %s on Prism and has access now.", who, e.place(m.Place))
		l.Facts = e.roleFacts("Role", m.Place, m.Offer)
		l.Note = "There is nothing left to do. Everybody with access, with their roles and who granted them, stands in the list of users."
		l.Button = "Open Prism"
	} else {
		l.Subject = subject("%s declined your invitation to %s", m.Invitee, place)
		l.Preheader = fmt.Sprintf("You offered: %s. Nobody was added.", role)
		l.Heading = fmt.Sprintf("%s declined", inHeading(m.Invitee))
		l.Lead = fmt.Sprintf("%s declined your invitation to %s on Prism. Nobody was added.", who, e.place(m.Place))
		l.Facts = []fact{{"You offered", role}}
		l.Note = "If that was a mistake, or circumstances changed, you can send the invitation again from the list of invited users, also with another role."
		l.Button = "Open Prism"
	}
	l.Why = fmt.Sprintf("You got this mail because you are the one who invited %s.", cmp.Or(m.Address, m.Invitee))
	return l
}

// who names a person with what tells apart people of the same name: the address or, in a workspace, the username.
func (english) who(name, address, username string) string {
	switch {
	case username != "":
		return fmt.Sprintf("%s (username %s)", name, username)
	case address != "" && name != address:
		return fmt.Sprintf("%s (%s)", name, address)
	default:
		return name
	}
}

// admin is what an Admin of the place is called.
func (english) admin(p Place) string {
	if p.Workspace != "" {
		return "Admin"
	}
	return "Organization Admin"
}

// place names the scope in a sentence.
func (english) place(p Place) string {
	if p.Brand != "" {
		return fmt.Sprintf("%s, a brand of %s,", p.Brand, p.Organization)
	}
	if p.Workspace != "" {
		return "the workspace " + p.Workspace
	}
	return p.Organization
}

// day spells a date out.
func (english) day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// moment spells a date out, with the time of day: a date alone would be wrong in half of the world.
func (e english) moment(t time.Time) string { return e.day(t) + t.UTC().Format(", 15:04 UTC") }

var roleNames = map[access.Role]string{
	access.Admin: "Admin", access.Member: "Member", access.Publisher: "Publisher", access.Viewer: "Viewer",
}

// roleFacts says which role it is, and what it may do where that is one sentence.
func (e english) roleFacts(label string, place Place, grant access.Grant) []fact {
	facts := []fact{{label, e.role(place, grant)}}
	if allows := e.allows(place, grant); allows != "" {
		facts = append(facts, fact{"What it allows", allows})
	}
	return facts
}

// inBrand is what a role in brands is called. There are two kinds of Admins, and each is called by its own name.
func (english) inBrand(role access.Role) string {
	if role == access.Admin {
		return "Brand Admin"
	}
	return roleNames[role]
}

// role says in words what is held or offered: "Publisher on Globex and Initech", "Organization Admin of Acme, with all its brands".
func (e english) role(place Place, grant access.Grant) string {
	if place.Workspace != "" {
		return cmp.Or(grant.RoleName, place.Roles.Name(grant.Role))
	}
	brands := brandsOf(place, grant)
	switch {
	case len(brands) == 0 && grant.Role == access.Admin:
		return fmt.Sprintf("Organization Admin of %s, with all its brands", place.Organization)
	case len(brands) == 0:
		return fmt.Sprintf("%s of %s, without a brand", roleNames[grant.Role], place.Organization)
	}
	const shown = 4
	others := 0
	if len(brands) > shown {
		others = len(brands) - shown + 1
		brands = brands[:shown-1]
	}
	var parts []string
	for _, role := range access.Roles(access.KindBrand) {
		var names []string
		for _, brand := range brands {
			if brand.Role == role {
				names = append(names, brand.Name)
			}
		}
		if len(names) > 0 {
			parts = append(parts, e.inBrand(role)+" on "+e.and(names))
		}
	}
	switch {
	case others > 0 && len(parts) == 1: // "Viewer on A, B, C and 7 other brands"
		names := make([]string, 0, shown)
		for _, brand := range brands {
			names = append(names, brand.Name)
		}
		return e.inBrand(brands[0].Role) + " on " + e.and(append(names, fmt.Sprintf("%d other brands", others)))
	case others > 0:
		return strings.Join(parts, "; ") + fmt.Sprintf("; and a role on %d other brands", others)
	}
	return strings.Join(parts, "; ")
}

// allows says in one sentence what a role may do; nothing when there are several roles.
func (e english) allows(place Place, grant access.Grant) string {
	if place.Workspace != "" {
		return e.allowsInWorkspace(place.Roles, grant.Role)
	}
	brands := brandsOf(place, grant)
	if len(brands) == 0 {
		return map[access.Role]string{
			access.Admin:  "Manage users, brands and settings, and do everything in every brand.",
			access.Member: "See the organization.",
		}[grant.Role]
	}
	if slices.ContainsFunc(brands, func(b access.BrandRole) bool { return b.Role != brands[0].Role }) {
		return ""
	}
	what, their, them := "this brand", "its", "it"
	if len(brands) > 1 {
		what, their, them = "these brands", "their", "them"
	}
	return map[access.Role]string{
		access.Admin:     fmt.Sprintf("Publish for %s and manage %s users.", what, their),
		access.Publisher: fmt.Sprintf("See %s and publish for %s.", what, them),
		access.Viewer:    fmt.Sprintf("See %s, without changing anything.", what),
	}[brands[0].Role]
}

// allowsInWorkspace names a few of the things that a role of a workspace allows; nothing of one that is not there any more.
func (english) allowsInWorkspace(roles access.CustomRoles, role access.Role) string {
	held := roles.Permissions(role)
	if len(held) == len(access.All(access.KindWorkspace)) {
		return "Everything in the workspace."
	}
	widest := held.Widest(access.KindWorkspace)
	const shown = 3
	var parts []string
	for _, one := range widest[:min(len(widest), shown)] {
		short, _, _ := strings.Cut(strings.TrimSuffix(one.Description, "."), ":")
		parts = append(parts, strings.ToLower(short[:1])+short[1:])
	}
	if more := len(widest) - shown; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	said := strings.Join(parts, "; ")
	if said == "" {
		return ""
	}
	return strings.ToUpper(said[:1]) + said[1:] + "."
}

// and lists things in a sentence.
func (english) and(things []string) string {
	last := len(things) - 1
	if last == 0 {
		return things[0]
	}
	return strings.Join(things[:last], ", ") + " and " + things[last]
}
