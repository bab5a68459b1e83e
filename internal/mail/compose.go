package mail

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"prism-access/internal/access"
	"prism-access/internal/plain"
)

// Place is the scope a mail is about, by its names. Brand is empty for an organization.
type Place struct {
	Organization string
	Brand        string
}

// Invitation tells somebody that they are invited.
type Invitation struct {
	To         string
	HasAccount bool // they sign in rather than sign up
	Again      bool // it was sent before: earlier links are dead
	By         string
	ByAddress  string // their own, empty when not known
	Place      Place
	Offer      access.Grant
	Message    string // of the inviter, may be empty
	ExpiresAt  time.Time
	Link       string
}

// Joined tells somebody with an account that they were added without being asked (R4, R23).
type Joined struct {
	To        string
	By        string
	ByAddress string // their own, empty when not known
	Place     Place
	Got       access.Grant
	Link      string
}

// Answered tells the inviter what the invitee decided.
type Answered struct {
	To       string
	Accepted bool
	Invitee  string // name, empty when not known
	Address  string // that was invited
	Place    Place
	Offer    access.Grant
	Link     string
}

// language is the catalogue of all words. The strings it is given are neutral, except links; what it returns goes into the layouts.
type language interface {
	somebody() string // stands for a person whose name shows nothing
	unnamed() string  // stands for a scope whose name shows nothing
	invitation(Invitation) letter
	joined(Joined) letter
	answered(Answered) letter
}

// Compose returns the mail.
func (m Invitation) Compose() (Message, error) {
	words := language(english{})
	m.By, m.Place, m.Offer = person(m.By, m.ByAddress, words.somebody()), m.Place.neutral(words), neutralGrant(m.Offer, words)
	letter := words.invitation(m)
	letter.Link, letter.Quote = m.Link, plain.Lines(m.Message)
	return letter.message(m.To)
}

// Compose returns the mail.
func (m Joined) Compose() (Message, error) {
	words := language(english{})
	m.By, m.Place, m.Got = person(m.By, m.ByAddress, words.somebody()), m.Place.neutral(words), neutralGrant(m.Got, words)
	letter := words.joined(m)
	letter.Link = m.Link
	return letter.message(m.To)
}

// Compose returns the mail.
func (m Answered) Compose() (Message, error) {
	words := language(english{})
	m.Invitee, m.Place, m.Offer = person(m.Invitee, m.Address, address(m.Address)), m.Place.neutral(words), neutralGrant(m.Offer, words)
	m.Address = address(m.Address)
	letter := words.answered(m)
	letter.Link = m.Link
	return letter.message(m.To)
}

func (p Place) neutral(words language) Place {
	p.Organization = name(p.Organization, words.unnamed())
	if p.Brand != "" {
		p.Brand = name(p.Brand, words.unnamed())
	}
	return p
}

// name returns what the mail is about: the brand, else the organization.
func (p Place) name() string {
	if p.Brand != "" {
		return p.Brand
	}
	return p.Organization
}

func neutralGrant(grant access.Grant, words language) access.Grant {
	brands := make([]access.BrandRole, len(grant.Brands))
	for i, brand := range grant.Brands {
		brand.Name = name(brand.Name, words.unnamed())
		brands[i] = brand
	}
	grant.Brands = brands
	return grant
}

// address returns a mail address for reading: as it is when it can only be taken for one, else broken up. Before its at sign
// an address may hold nearly anything, also the address of a web page.
func address(mail string) string {
	local, _, _ := strings.Cut(mail, "@")
	for _, r := range local {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._+-'", r) {
			return plain.Line(mail)
		}
	}
	return mail
}

// brandsOf returns the roles per brand in a grant, the most powerful first. What is granted in a brand may name no brand: it is the place.
func brandsOf(place Place, grant access.Grant) []access.BrandRole {
	if len(grant.Brands) == 0 && place.Brand != "" {
		return []access.BrandRole{{Name: place.Brand, Role: grant.Role}}
	}
	order := access.Roles(access.KindBrand)
	return slices.SortedStableFunc(slices.Values(grant.Brands), func(a, b access.BrandRole) int {
		return slices.Index(order, a.Role) - slices.Index(order, b.Role)
	})
}
