package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

var roleNames = map[access.Role]string{
	access.Admin: "Admin", access.Member: "Member", access.Publisher: "Publisher", access.Viewer: "Viewer",
}

// roleName returns what a role is called: by the name that its workspace gives it, or the one that is built in.
func roleName(role access.Role, name string) string { return cmp.Or(name, roleNames[role]) }

// organizationAdmin is, in a brand, the role of somebody who has it as an Admin of its organization.
const organizationAdmin access.Role = "organization_admin"

// brandRoleName is what a role in a brand is called where it meets those of organizations. There are two kinds of Admins, and each is
// called by its own name.
func brandRoleName(role access.Role) string {
	switch role {
	case access.Admin:
		return "Brand Admin"
	case organizationAdmin:
		return "Organization Admin"
	}
	return roleNames[role]
}

// roleSentences say what each role may do.
var roleSentences = map[access.Kind]map[access.Role]string{
	access.KindOrganization: {
		access.Admin:  "Does everything in the organization: users, settings, and all brands, present and future.",
		access.Member: "Sees the organization, and has the role you choose in the brands you choose.",
	},
	access.KindBrand: {
		access.Admin:     "Publishes for the brand, and invites and manages its users.",
		access.Publisher: "Sees the brand and publishes for it.",
		access.Viewer:    "Sees the brand, and changes nothing.",
	},
}

// clientSentence says what another system does, whatever its role.
const clientSentence = "A client does what both its role and the scopes of its tokens allow: at most it reads who is in and the log, adds clients, changes and removes " +
	"members, and resumes mails to them. Inviting people, and changing anything else, is left to people."

// abilities says, a sentence each, what permissions that count allow, in the order of the catalogue: what another one includes is not said again.
func abilities(held access.Set) []string {
	var said []string
	for _, one := range held.Widest(access.KindWorkspace) {
		said = append(said, one.Description)
	}
	return said
}

// abilityWords says in one sentence what a role of a workspace allows by its permissions that count. Admin alone has those that are yet to come.
func abilityWords(id access.Role, held access.Set) string {
	if id == access.Admin {
		return "Does everything in the workspace, and whatever else can be done in it one day."
	}
	said := abilities(held)
	if len(said) == 0 {
		return "Allows nothing."
	}
	short := abbreviated(said)
	return strings.ToUpper(short[:1]) + short[1:]
}

// abbreviated joins sentences to one, of the first few of them where it leaves out more than one.
func abbreviated(said []string) string {
	most := 4
	if len(said) == most+1 {
		most++
	}
	parts := make([]string, 0, most+1)
	for _, sentence := range said[:min(len(said), most)] {
		short, _, _ := strings.Cut(strings.TrimSuffix(sentence, "."), ":")
		parts = append(parts, strings.ToLower(short[:1])+short[1:])
	}
	if more := len(said) - most; more > 0 {
		parts = append(parts, "and "+count(more, "thing", "things")+" more")
	}
	return strings.Join(parts, "; ") + "."
}

var viaWords = map[member.Via]string{
	member.ViaCreator: "created the organization", member.ViaInvitation: "by invitation", member.ViaRequest: "by request", member.ViaDirect: "added directly",
}

// viaIn says how somebody has got a role in that kind of scope: into which they got at one time, and got that role at the same or a later one.
func viaIn(kind access.Kind, via member.Via, joined, granted time.Time) string {
	switch {
	case kind == access.KindWorkspace && via == member.ViaCreator:
		return "created the workspace"
	case via == member.ViaDirect && granted.After(joined):
		return "role changed"
	}
	return viaWords[via]
}

// contact is what tells apart people of the same name: the address or, in a workspace, the username. Clients have an id of their own.
func contact(p access.Person) string {
	if p.Email == "" && p.Username != "" {
		return "@" + p.Username
	}
	return cmp.Or(p.Email, p.ClientID)
}

// actor is how somebody who did something is called in a sentence: a client by its id too.
func actor(p access.Person) string {
	if p.ClientID != "" {
		return p.Name + " (client " + p.ClientID + ")"
	}
	return p.Name
}

// invitee is how an invited person is called: by the address or, in a workspace, by name.
func invitee(p access.Person) string { return cmp.Or(p.Email, p.Name, contact(p)) }

// list joins words as a sentence does.
func list(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// few joins names, the first of them where there are many.
func few(names []string) string {
	if left := len(names) - fewBrands; len(names) > manyBrands {
		names = append(slices.Clone(names[:fewBrands]), strconv.Itoa(left)+" more")
	}
	return list(names)
}

// either returns the word for one, or for several.
func either(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// count says how many there are of something.
func count(n int, one, many string) string { return strconv.Itoa(n) + " " + either(n, one, many) }

// capped is a number on a tab: exact to 99 (R30).
func capped(n int) string {
	if n >= member.CountCap {
		return strconv.Itoa(member.CountCap-1) + "+"
	}
	return strconv.Itoa(n)
}

// offerWords says in words what an invitation offers.
func offerWords(kind access.Kind, place string, g access.Grant) string {
	switch {
	case kind == access.KindBrand:
		return brandRoleName(g.Role) + " on " + place
	case kind == access.KindWorkspace:
		return roleName(g.Role, g.RoleName) + " in " + place
	case g.Role == access.Admin:
		return "Organization Admin of " + place + ", with all its brands"
	}
	return memberWords(g.Brands)
}

// offeredBy is what an invitation offers in its own scope.
func offeredBy(i invitation.Invitation) access.Grant {
	return access.Grant{Role: i.Role, RoleName: i.RoleName, Brands: i.Brands}
}

// roleSince says what became of the role of a workspace that an answered invitation offered, if that was deleted since.
func roleSince(i invitation.Invitation) string {
	switch {
	case !i.RoleDeleted:
		return ""
	case i.SuccessorName == "":
		return "Role deleted"
	default:
		return "Role deleted, " + i.SuccessorName + " took its place"
	}
}

// Of more brands than manyBrands a page names fewBrands; the others are behind a click, and sentences only count them.
const (
	manyBrands = 5
	fewBrands  = 3
)

// folded is a list of brands of which the first stand on the page.
type folded struct{ First, More []option }

func fold(brands []option) folded {
	if len(brands) <= manyBrands {
		return folded{First: brands}
	}
	return folded{First: brands[:fewBrands], More: brands[fewBrands:]}
}

// offering is what an invitation offers, with the brands that are too many to name at once.
type offering struct {
	Text string
	More []option
}

func offerOf(kind access.Kind, place string, g access.Grant) offering {
	if kind != access.KindOrganization || g.Role == access.Admin || len(g.Brands) <= manyBrands {
		return offering{Text: offerWords(kind, place, g)}
	}
	order := access.Roles(access.KindBrand)
	sorted := slices.Clone(g.Brands)
	page.Sort(sorted, func(a, b access.BrandRole) int {
		return slices.Index(order, a.Role) - slices.Index(order, b.Role)
	})
	o := offering{Text: memberWords(sorted[:fewBrands])}
	for _, brand := range sorted[fewBrands:] {
		o.More = append(o.More, option{Value: brand.ID, Text: brand.Name, Note: roleNames[brand.Role]})
	}
	return o
}

// memberWords says what a Member has: "Publisher on Globex and Initech, Viewer on Acme".
func memberWords(brands []access.BrandRole) string {
	if len(brands) == 0 {
		return "Member without a brand"
	}
	var parts []string
	for _, role := range access.Roles(access.KindBrand) {
		var names []string
		for _, brand := range brands {
			if brand.Role == role {
				names = append(names, brand.Name)
			}
		}
		if left := len(names) - fewBrands; len(brands) > manyBrands && left > 0 {
			names = append(names[:fewBrands], strconv.Itoa(left)+" more")
		}
		if len(names) > 0 {
			parts = append(parts, brandRoleName(role)+" on "+list(names))
		}
	}
	return strings.Join(parts, "; ")
}

// moment is a point of time as pages show it: relative, and absolute on hover.
type moment struct {
	ISO, Relative, Absolute string
}

// at returns how a time looks now.
func at(now, t time.Time) moment {
	t = t.UTC()
	return moment{ISO: t.Format(time.RFC3339), Relative: relative(t.Sub(now)), Absolute: t.Format("2 Jan 2006, 15:04") + " UTC"}
}

// Day is the date alone, spelled out.
func (m moment) Day() string {
	day, _, _ := strings.Cut(m.Absolute, ",")
	return day
}

// relative says how far away something is: "in 7 days", "2 minutes ago". What is to come is rounded, so that seven days are seven
// days also a minute later; of what is past only whole units have passed.
func relative(d time.Duration) string {
	form, whole, least := "in %s", time.Duration.Round, "in less than a minute"
	if d <= 0 {
		form, whole, least, d = "%s ago", time.Duration.Truncate, "just now", -d
	}
	const day = 24 * time.Hour
	units := []struct {
		size, until time.Duration
		one, many   string
	}{
		{time.Minute, time.Hour, "minute", "minutes"},
		{time.Hour, day, "hour", "hours"},
		{day, 60 * day, "day", "days"},
		{30 * day, 2 * 365 * day, "month", "months"},
	}
	if d < time.Minute {
		return least
	}
	for _, unit := range units {
		if rounded := whole(d, unit.size); rounded < unit.until {
			return fmt.Sprintf(form, count(int(rounded/unit.size), unit.one, unit.many))
		}
	}
	return fmt.Sprintf(form, count(int(d/(365*day)), "year", "years"))
}

// status is a state in words, with an icon: never by colour alone.
type status struct {
	Text, Icon, Tone string
	Detail           string // what explains it, where the word alone does not
}

// statusOf says how an invitation stands.
func statusOf(i invitation.Invitation) status {
	if i.Status == invitation.Pending && i.Delivery != nil && i.Delivery.Status == invitation.DeliveryFailed {
		return status{Text: "Delivery failed", Icon: "alert", Tone: "bad", Detail: i.Delivery.Detail}
	}
	switch i.Status {
	case invitation.Pending:
		return status{Text: "Pending", Icon: "clock", Tone: "wait", Detail: deliveryWords(i.Delivery)}
	case invitation.Accepted:
		return status{Text: "Accepted", Icon: "check", Tone: "good"}
	case invitation.Declined:
		return status{Text: "Declined", Icon: "cross", Tone: "off"}
	case invitation.Expired:
		return status{Text: "Expired", Icon: "hourglass", Tone: "off", Detail: deliveryWords(i.Delivery)}
	case invitation.InvalidGrant:
		detail := "Whoever sent it may no longer give what it offers. Send it again in your own name."
		switch i.Reason {
		case invitation.ReasonBrandsDeleted:
			detail = "All that it offers was deleted. Edit it to offer something else."
		case invitation.ReasonRoleDeleted:
			detail = "The role that it offers was deleted. Send it again with another one."
		}
		return status{Text: "Not valid", Icon: "alert", Tone: "bad", Detail: detail}
	case invitation.Closed:
		return status{Text: "Closed", Icon: "cross", Tone: "off", Detail: "The person has got in another way, or was removed."}
	default:
		return status{Text: string(i.Status), Icon: "alert", Tone: "off"}
	}
}

// deliveryWords says what is known of the mail of an invitation.
func deliveryWords(d *invitation.Delivery) string {
	switch {
	case d == nil:
		return ""
	case d.Status == invitation.DeliveryDelayed:
		return "Mail delayed: " + d.Detail
	case d.Status == invitation.DeliveryFailed:
		return "Delivery failed: " + d.Detail
	default:
		return "Mail delivered"
	}
}

// askedAt is when the invitee asked for a new link, as long as they may wait for it; zero: they do not.
func askedAt(i invitation.Invitation, now time.Time) moment {
	asked := i.LinkRequestedAt
	switch {
	case asked == nil, i.Status == invitation.Accepted, i.Status == invitation.Closed:
		return moment{}
	case i.Status == invitation.Declined && i.RespondedAt != nil && i.RespondedAt.After(*asked):
		return moment{}
	}
	return at(now, *asked)
}

// initials are the letters in a person's circle.
func initials(name string) string {
	var letters []rune
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		letters = append(letters, []rune(word)[0])
	}
	switch n := len(letters); {
	case n == 0:
		return "?"
	case n > 2:
		letters = []rune{letters[0], letters[n-1]}
	}
	return strings.ToUpper(string(letters))
}
