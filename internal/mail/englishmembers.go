package mail

import (
	"fmt"

	"prism-access/internal/access"
)

// The words of mails about members, in English.

// by names who did something. What tells another system apart from a person of the same name is its client id.
func (english) by(name, client string) string {
	if client == "" {
		return name
	}
	return fmt.Sprintf("%s (client %s)", name, client)
}

// ask names whom to ask about what somebody did: themselves, and orElse. Another system reads no mail and invites nobody: an Admin does it.
func (english) ask(by, client, orElse, place string) string {
	if client != "" {
		return "an Admin of " + place
	}
	return by + orElse
}

func (e english) changed(m Changed) letter {
	m.By = e.by(m.By, m.ByClient)
	l, place := e.letter(), m.Place.name()
	l.QuoteBy = fmt.Sprintf("%s wrote:", m.By)
	l.Button = "Open Prism"
	l.Why = fmt.Sprintf("You got this mail because %s belongs to your Prism account, and %s changed what that account may do in %s.", address(m.To), m.By, place)
	after := e.role(m.Place, m.After)
	if m.After.Role == access.Admin && m.Before.Role != access.Admin {
		admin, less := e.admin(m.Place), "make you a Member again"
		if m.Place.Workspace != "" {
			less = "give you another role"
		}
		l.Subject = subject("You are an "+admin+" of %s now", place)
		l.Preheader = fmt.Sprintf("%s made you one. It works at once.", m.By)
		l.Heading = fmt.Sprintf("You are an %s of %s", admin, inHeading(place))
		l.Lead = fmt.Sprintf("%s made you an %s of %s on Prism. It works at once: there is nothing to accept.", m.By, admin, e.place(m.Place))
		l.Facts = append([]fact{{"Before", e.role(m.Place, m.Before)}}, e.roleFacts("Now", m.Place, m.After)...)
		l.Note = e.ofNewAdmin(m.Place, less)
		return l
	}
	l.Subject = subject("Your role in %s has changed", place)
	l.Preheader = fmt.Sprintf("Now: %s.", after)
	l.Heading = "Your role has changed"
	l.Lead = fmt.Sprintf("%s changed your role in %s on Prism. It works at once.", m.By, e.place(m.Place))
	if brand := onlyBrand(m.Before, m.After); brand != "" {
		l.Subject = subject("Your role on %s has changed", brand)
		l.Heading = fmt.Sprintf("Your role on %s has changed", inHeading(brand))
		l.Lead = fmt.Sprintf("%s changed your role on %s on Prism. It works at once.", m.By, e.place(Place{Organization: m.Place.Organization, Brand: brand}))
	}
	if m.Deleted {
		l.Lead = fmt.Sprintf("%s deleted the role that you had in %s on Prism, and chose another one in its place. It works at once.", m.By, e.place(m.Place))
	}
	l.Facts = append([]fact{{"Before", e.role(m.Place, m.Before)}}, e.roleFacts("Now", m.Place, m.After)...)
	l.Note = fmt.Sprintf("If you need more than this, or think it was a mistake, ask %s.", e.ask(m.By, m.ByClient, " or another Admin of "+place, place))
	return l
}

// ofNewAdmin says to a new Admin what follows, and how they become less again.
func (e english) ofNewAdmin(p Place, less string) string {
	return fmt.Sprintf("All other %ss are told as well. If you do not want this, another one can %s, or you leave.", e.admin(p), less)
}

func (e english) promoted(m Promoted) letter {
	m.By = e.by(m.By, m.ByClient)
	l, place, admin := e.letter(), m.Place.name(), e.admin(m.Place)
	them := "them"
	if m.Client != "" {
		them = "it"
	}
	less := "make " + them + " a Member again"
	if m.Place.Workspace != "" {
		less = "give " + them + " another role"
	}
	l.Subject = subject("%s is an "+admin+" of %s now", m.Who, place)
	l.Preheader = fmt.Sprintf("Granted by %s. All %ss are told.", m.By, admin)
	l.Heading = fmt.Sprintf("%s is an %s now", inHeading(m.Who), admin)
	l.Lead = fmt.Sprintf("%s is an %s of %s on Prism from now on.", e.who(m.Who, m.Address, m.Username), admin, e.place(m.Place))
	l.Facts = []fact{{"Granted by", m.By}, {"What it allows", e.allows(m.Place, access.Grant{Role: access.Admin})}}
	l.Note = fmt.Sprintf("There is nothing to do if you expected this. If you did not, %s in the list of users, and ask who granted it.", less)
	l.Button = "See the users"
	l.Why = fmt.Sprintf("You got this mail because you are an %s of %s too: they are always told of a new one.", admin, place)
	if m.Client != "" {
		l.Subject = subject("The client %s is an "+admin+" of %s now", m.Who, place)
		l.Heading = fmt.Sprintf("The client %s is an %s now", inHeading(m.Who), admin)
		l.Lead += " It is no person but a client: another system."
		l.Facts = []fact{
			{"Client id", m.Client},
			{"Granted by", m.By},
			{"What it allows", "Read the users and the log, add clients, change and remove users, and resume mails to them, as far as the scopes of its tokens go."},
		}
	}
	if m.Deleted != "" {
		l.Subject = subject("Every %s is an "+admin+" of %s now", m.Deleted, place)
		l.Heading = fmt.Sprintf("Everyone with the role %s is an %s now", inHeading(m.Deleted), admin)
		l.Lead = fmt.Sprintf("%s deleted the role %s in %s on Prism, and made everyone who had it an %s.", m.By, m.Deleted, e.place(m.Place), admin)
	}
	return l
}

func (e english) removed(m Removed) letter {
	m.By = e.by(m.By, m.ByClient)
	l, place := e.letter(), m.Place.name()
	l.Subject = subject("You no longer have access to %s", place)
	l.Preheader = fmt.Sprintf("%s took you out.", m.By)
	l.Heading = "Your access has ended"
	l.Lead = fmt.Sprintf("%s took you out of %s on Prism. From now on you cannot see or do anything there.", m.By, e.place(m.Place))
	l.Facts = []fact{{"You had", e.role(m.Place, m.Had)}}
	l.QuoteBy = fmt.Sprintf("%s wrote:", m.By)
	l.Note = fmt.Sprintf("Your Prism account stays, and so does what you have elsewhere. If you think this was a mistake, talk to %s: they can invite you again.",
		e.ask(m.By, m.ByClient, " or an Admin of "+m.Place.root(), m.Place.root()))
	l.Button = "Open Prism"
	l.Why = fmt.Sprintf("You got this mail because %s belongs to your Prism account, which had access to %s.", address(m.To), place)
	return l
}

func (e english) linkAsked(m LinkAsked) letter {
	l, place := e.letter(), m.Place.name()
	who := e.who(m.Asker, m.Address, m.Username)
	l.Subject = subject("%s asks for a new link to %s", m.Asker, place)
	offered := e.role(m.Place, m.Offer)
	if m.Offer.Role == access.Member && len(m.Offer.Brands) == 0 {
		offered = fmt.Sprintf("Member of %s, on brands that were deleted since", m.Place.Organization)
	}
	others, as := "another role or other brands", "with the address that was invited"
	switch {
	case m.Place.Workspace != "":
		others, as = "another role", "as the user who was invited"
	case m.Place.Brand != "":
		others = "another role"
	}
	l.Preheader = fmt.Sprintf("The one they have does not work. Offered: %s.", offered)
	l.Heading = fmt.Sprintf("%s asks for a new link", inHeading(m.Asker))
	l.Lead = fmt.Sprintf("%s was invited to %s on Prism, has a link that does not work any more, and asks for another one.", who, e.place(m.Place))
	l.Facts = []fact{{"Offered", offered}}
	l.Note = fmt.Sprintf("The page that opens sends the invitation again, with %s if you like. They see nothing until they accept it. ", others) +
		"To refuse, do nothing: they can ask once a day."
	l.Button = "Send a new link"
	l.Why = fmt.Sprintf("You got this mail because you can invite people to %s. They are signed in %s.", place, as)
	return l
}
