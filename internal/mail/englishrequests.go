package mail

import (
	"fmt"

	"prism-access/internal/access"
)

// The words of mails about access requests, in English.

func (e english) requested(m Requested) letter {
	l, place := e.letter(), m.Place.name()
	who := m.Requester
	if who != m.Address {
		who = fmt.Sprintf("%s (%s)", m.Requester, m.Address)
	}
	wanted := "Any, they named none"
	if len(m.Wanted) > 0 {
		wanted = e.several(m.Wanted)
	}
	l.Subject = subject("%s asks for access to %s", m.Requester, place)
	l.Preheader = fmt.Sprintf("Brands wanted: %s. You choose the role.", wanted)
	l.Heading = fmt.Sprintf("%s asks for access", inHeading(m.Requester))
	l.Lead = fmt.Sprintf("%s asks for access to %s on Prism.", who, e.place(m.Place))
	l.Facts = []fact{{"Came through", m.Platform}, {"Brands wanted", wanted}}
	l.QuoteBy = fmt.Sprintf("%s wrote:", m.Requester)
	l.Note = "On the page that opens you choose a role and brands and let them in, or reject the request. Until an Admin does, they see nothing. " +
		"If another Admin is faster, the page says who decided what."
	l.Button = "Review the request"
	l.Why = fmt.Sprintf("You got this mail because you are an Admin of %s. Their address is proven; whether they belong there is yours to judge.", place)
	return l
}

func (e english) decided(m Decided) letter {
	l, place := e.letter(), m.Place.name()
	l.QuoteBy = fmt.Sprintf("%s wrote:", m.By)
	l.Button = "Open Prism"
	l.Why = fmt.Sprintf("You got this mail because you asked for access to %s, signed in as %s.", place, address(m.To))
	if m.Approved {
		l.Subject = subject("You have access to %s now", place)
		l.Preheader = fmt.Sprintf("%s. It works at once.", e.role(m.Place, m.Got))
		l.Heading = fmt.Sprintf("You are in %s now", inHeading(place))
		l.Lead = fmt.Sprintf("%s approved your request for access to %s on Prism. It works at once: there is nothing to accept.", m.By, e.place(m.Place))
		l.Facts = e.roleFacts("You got", m.Place, m.Got)
		l.Note = fmt.Sprintf("If you need another role or another brand, ask %s or another Admin of %s.", m.By, place)
		if m.Got.Role == access.Admin {
			l.Note = e.ofNewAdmin(m.Place, "make you a Member")
		}
		return l
	}
	l.Subject = subject("Your request for access to %s was rejected", place)
	l.Preheader = fmt.Sprintf("You can ask again from %s on.", e.moment(m.Again))
	l.Heading = "Your request was rejected"
	l.Lead = fmt.Sprintf("%s rejected your request for access to %s on Prism. Nothing has changed for you.", m.By, e.place(m.Place))
	l.Facts = []fact{{"Ask again from", e.moment(m.Again)}}
	l.Note = fmt.Sprintf("If you think this was a mistake, talk to %s or another Admin of %s first: they can also invite you, and then no request is needed.", m.By, place)
	return l
}

// several lists names in a sentence, the first few of many.
func (e english) several(names []string) string {
	const shown = 4
	if len(names) <= shown {
		return e.and(names)
	}
	return e.and(append(append([]string{}, names[:shown-1]...), fmt.Sprintf("%d other brands", len(names)-shown+1)))
}
