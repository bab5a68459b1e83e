package mail

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"prism-access/internal/access"
	"prism-access/internal/plain"
)

// Place is the scope a mail is about, by its names. Brand is empty for an organization, and in a workspace there is neither.
type Place struct {
	Organization string
	Brand        string
	Workspace    string
	Roles        access.CustomRoles // of the workspace: what its roles allow
}

// Invitation tells somebody that they are invited.
type Invitation struct {
	To         string
	Username   string // of whom is invited to a workspace
	HasAccount bool   // they sign in rather than sign up
	Again      bool   // it was sent before: earlier links are dead
	Reminds    bool   // it was mailed before, and expires soon
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
	ByClient  string // what the tokens of another system name it by, empty of people
	Place     Place
	Got       access.Grant
	Reason    string // of who added them, may be empty
	Link      string
}

// Answered tells the inviter what the invitee decided.
type Answered struct {
	To       string
	Accepted bool
	Invitee  string // name, empty when not known
	Address  string // that was invited, empty in a workspace
	Username string // that was invited to a workspace
	Place    Place
	Offer    access.Grant
	Link     string
}

// Requested tells an Organization Admin that somebody asks for access.
type Requested struct {
	To        string
	Requester string
	Address   string // the requester's, proven
	Place     Place
	Platform  string   // the connection they came through
	Wanted    []string // names of brands
	Message   string   // of the requester, may be empty
	Link      string
}

// Decided tells whoever asked for access what an Admin decided.
type Decided struct {
	To        string
	Approved  bool
	By        string
	ByAddress string // their own, empty when not known
	Place     Place
	Got       access.Grant // of an approval
	Reason    string       // of the Admin, may be empty
	Again     time.Time    // when a rejected one can ask again
	Link      string
}

// Changed tells somebody that an Admin has changed what they hold.
type Changed struct {
	To            string
	By            string
	ByAddress     string // their own, empty when not known
	ByClient      string // as in Joined
	Place         Place
	Deleted       bool // the role they had: By chose After in its place
	Before, After access.Grant
	Reason        string // of the Admin, may be empty
	Link          string
}

// Promoted tells an Admin of an organization or a workspace that there is another one, or that all who had a role are.
type Promoted struct {
	To        string
	Deleted   string // the role that they had, which By has deleted; there is no Who then
	Who       string
	Address   string // of the new Admin, empty in a workspace
	Username  string // of the new Admin in a workspace
	Client    string // what the tokens of the new Admin name it by, where it is another system
	By        string
	ByAddress string // their own, empty when not known
	ByClient  string // as in Joined
	Place     Place
	Link      string
}

// Removed tells somebody that an Admin has taken them out.
type Removed struct {
	To        string
	By        string
	ByAddress string // their own, empty when not known
	ByClient  string // as in Joined
	Place     Place
	Had       access.Grant
	Reason    string // of the Admin, may be empty
	Link      string
}

// LinkAsked tells whoever can send an invitation again that its invitee asks for that.
type LinkAsked struct {
	To       string
	Asker    string
	Address  string // that was invited, empty in a workspace
	Username string // that was invited to a workspace
	Place    Place
	Offer    access.Grant
	Link     string
}

// language is the catalogue of all words. The strings it is given are neutral, except links; what it returns goes into the layouts.
type language interface {
	somebody() string // stands for a person whose name shows nothing
	unnamed() string  // stands for a scope whose name shows nothing
	roleless() string // stands for a role whose name shows nothing
	invitation(Invitation) letter
	joined(Joined) letter
	answered(Answered) letter
	changed(Changed) letter
	promoted(Promoted) letter
	removed(Removed) letter
	linkAsked(LinkAsked) letter
	requested(Requested) letter
	decided(Decided) letter
}

// Compose returns the mail.
func (m Invitation) Compose() (Message, error) {
	words := language(english{})
	m.By, m.Place, m.Offer = person(m.By, m.ByAddress, words.somebody()), m.Place.neutral(words.unnamed()), neutralGrant(m.Offer, words.unnamed(), words.roleless())
	m.Username = plain.Line(m.Username)
	letter := words.invitation(m)
	letter.Link, letter.Quote = m.Link, plain.Lines(m.Message)
	return letter.message(m.To)
}

// Compose returns the mail.
func (m Joined) Compose() (Message, error) {
	words := language(english{})
	m.ByClient = name(m.ByClient, "")
	m.By, m.Place, m.Got = person(m.By, m.ByAddress, words.somebody()), m.Place.neutral(words.unnamed()), neutralGrant(m.Got, words.unnamed(), words.roleless())
	letter := words.joined(m)
	letter.Link, letter.Quote = m.Link, plain.Lines(m.Reason)
	return letter.message(m.To)
}

// Compose returns the mail.
func (m Answered) Compose() (Message, error) {
	words := language(english{})
	m.Invitee, m.Place, m.Offer = person(m.Invitee, m.Address, cmp.Or(address(m.Address), words.somebody())), m.Place.neutral(words.unnamed()), neutralGrant(m.Offer, words.unnamed(), words.roleless())
	m.Address, m.Username = address(m.Address), plain.Line(m.Username)
	letter := words.answered(m)
	letter.Link = m.Link
	return letter.message(m.To)
}

// Compose returns the mail.
func (m Requested) Compose() (Message, error) {
	words := language(english{})
	m.Requester, m.Place = person(m.Requester, m.Address, words.somebody()), m.Place.neutral(words.unnamed())
	m.Address, m.Platform = address(m.Address), name(m.Platform, words.unnamed())
	wanted := make([]string, len(m.Wanted))
	for i, brand := range m.Wanted {
		wanted[i] = name(brand, words.unnamed())
	}
	m.Wanted = wanted
	return words.requested(m).carrying(m.Link, m.Message).message(m.To)
}

// Compose returns the mail.
func (m Decided) Compose() (Message, error) {
	words := language(english{})
	m.By, m.Place, m.Got = person(m.By, m.ByAddress, words.somebody()), m.Place.neutral(words.unnamed()), neutralGrant(m.Got, words.unnamed(), words.roleless())
	return words.decided(m).carrying(m.Link, m.Reason).message(m.To)
}

// carrying returns the letter with a link and with what somebody wrote.
func (l letter) carrying(link, wrote string) letter {
	l.Link, l.Quote = link, plain.Lines(wrote)
	return l
}

// Compose returns the mail.
func (m Changed) Compose() (Message, error) {
	words := language(english{})
	m.ByClient = name(m.ByClient, "")
	m.By, m.Place = person(m.By, m.ByAddress, words.somebody()), m.Place.neutral(words.unnamed())
	m.Before, m.After = neutralGrant(m.Before, words.unnamed(), words.roleless()), neutralGrant(m.After, words.unnamed(), words.roleless())
	letter := words.changed(m)
	letter.Link, letter.Quote = m.Link, plain.Lines(m.Reason)
	return letter.message(m.To)
}

// Compose returns the mail.
func (m Promoted) Compose() (Message, error) {
	words := language(english{})
	m.Who, m.By = person(m.Who, m.Address, words.somebody()), person(m.By, m.ByAddress, words.somebody())
	m.Address, m.Username, m.Place = address(m.Address), plain.Line(m.Username), m.Place.neutral(words.unnamed())
	m.Client, m.ByClient = name(m.Client, ""), name(m.ByClient, "")
	if m.Deleted != "" {
		m.Deleted = name(m.Deleted, words.roleless())
	}
	letter := words.promoted(m)
	letter.Link = m.Link
	return letter.message(m.To)
}

// Compose returns the mail.
func (m Removed) Compose() (Message, error) {
	words := language(english{})
	m.ByClient = name(m.ByClient, "")
	m.By = person(m.By, m.ByAddress, words.somebody())
	m.Place, m.Had = m.Place.neutral(words.unnamed()), neutralGrant(m.Had, words.unnamed(), words.roleless())
	letter := words.removed(m)
	letter.Link, letter.Quote = m.Link, plain.Lines(m.Reason)
	return letter.message(m.To)
}

// Compose returns the mail.
func (m LinkAsked) Compose() (Message, error) {
	words := language(english{})
	m.Asker, m.Place, m.Offer = person(m.Asker, m.Address, words.somebody()), m.Place.neutral(words.unnamed()), neutralGrant(m.Offer, words.unnamed(), words.roleless())
	m.Address, m.Username = address(m.Address), plain.Line(m.Username)
	letter := words.linkAsked(m)
	letter.Link = m.Link
	return letter.message(m.To)
}

func (p Place) neutral(unnamed string) Place {
	if p.Workspace != "" {
		p.Workspace = name(p.Workspace, unnamed)
		return p
	}
	p.Organization = name(p.Organization, unnamed)
	if p.Brand != "" {
		p.Brand = name(p.Brand, unnamed)
	}
	return p
}

// name returns what the mail is about: the brand, else the organization or the workspace.
func (p Place) name() string { return cmp.Or(p.Brand, p.root()) }

// root returns the organization or the workspace.
func (p Place) root() string { return cmp.Or(p.Workspace, p.Organization) }

func neutralGrant(grant access.Grant, unnamed, roleless string) access.Grant {
	if grant.RoleName != "" {
		grant.RoleName = name(grant.RoleName, roleless)
	}
	brands := make([]access.BrandRole, len(grant.Brands))
	for i, brand := range grant.Brands {
		brand.Name = name(brand.Name, unnamed)
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

// onlyBrand returns the name of the brand in which alone two grants to a Member differ, or nothing.
func onlyBrand(before, after access.Grant) string {
	changed := append(gained(before, after), gained(after, before)...)
	if before.Role != after.Role || len(changed) == 0 || slices.ContainsFunc(changed, func(b access.BrandRole) bool { return b.ID != changed[0].ID }) {
		return ""
	}
	return changed[0].Name
}

// gained returns the roles in brands that are in the later of two grants alone.
func gained(before, after access.Grant) []access.BrandRole {
	same := kept(after, before)
	return slices.DeleteFunc(slices.Clone(after.Brands), func(b access.BrandRole) bool { return slices.Contains(same, b) })
}
