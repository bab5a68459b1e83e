package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/organization"
)

// logged is how the log says what was done.
var logged = map[string]struct {
	what     string // whom it was done to follows
	choice   string // in the filter
	inBrands bool   // stands in a brand's log, too
}{
	"OrganizationCreated":      {"Organization created", "Organization created", false},
	"OrganizationUpdated":      {"Settings changed", "Settings changed", false},
	"OrganizationDeleted":      {"Organization deleted", "Organization deleted", false},
	"BrandCreated":             {"Brand created", "Brand created", true},
	"BrandUpdated":             {"Brand renamed", "Brand renamed", true},
	"BrandDeleted":             {"Brand deleted", "Brand deleted", true},
	"MemberAdded":              {"Added", "Member added", true},
	"MemberRoleChanged":        {"Role changed of", "Role changed", true},
	"MemberRemoved":            {"Removed", "Member removed or left", true},
	"InvitationCreated":        {"Invited", "Invitation sent", true},
	"InvitationResent":         {"Invitation sent again to", "Invitation sent again", true},
	"InvitationAccepted":       {"Invitation accepted by", "Invitation accepted", true},
	"InvitationDeclined":       {"Invitation declined by", "Invitation declined", true},
	"InvitationExpired":        {"Invitation expired of", "Invitation expired", true},
	"InvitationExpiring":       {"Reminder due to", "Invitation about to expire", true},
	"InvitationInvalidated":    {"Invitation not valid any more of", "Invitation not valid any more", true},
	"InvitationClosed":         {"Invitation closed of", "Invitation closed", true},
	"InvitationDeleted":        {"Invitation deleted of", "Invitation deleted", true},
	"InvitationDeliveryFailed": {"Mail could not be delivered to", "Delivery failed", true},
	"InvitationLinkRequested":  {"New link asked for by", "New link asked for", true},
	"AccessRequestCreated":     {"Access asked for by", "Access asked for", false},
	"AccessRequestApproved":    {"Request approved of", "Access request approved", false},
	"AccessRequestRejected":    {"Request rejected of", "Access request rejected", false},
	"AccessRequestWithdrawn":   {"Request withdrawn by", "Access request withdrawn", false},
	"AccessRequestClosed":      {"Request closed of", "Access request closed", false},
}

// actorNames are those who act without being somebody.
var actorNames = map[string]string{"system": "Prism", "link-holder": "Whoever had the link"}

// closedWords are the reasons that the log gives by itself.
var closedWords = map[string]string{
	"joined": "The person got in another way", "removed": "The person was removed", "deleted": "What it led to was deleted",
}

func compareText(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }

// logRowOf says what an entry of the log of a scope is, in words.
func logRowOf(l audit.Listed, scope access.Scope, now time.Time) logRow {
	row := logRow{Type: l.Type, What: logged[l.Type].what, Who: l.Actor.Name, How: howWords[l.Via], Reason: l.Reason, When: at(now, l.OccurredAt)}
	if row.What == "" {
		row.What = l.Type
	}
	if name := actorNames[l.Actor.ID]; name != "" {
		row.Who = name
	}
	if row.Who == "" {
		row.Who = "Somebody"
	}
	if said := closedWords[row.Reason]; said != "" && (l.Type == "InvitationClosed" || l.Type == "AccessRequestClosed") {
		row.Reason = said
	}
	if l.User != nil {
		row.Whom = cmp.Or(l.User.Name, l.User.Email, "somebody")
	}
	row.say(l, scope)
	return row
}

// howWords say how somebody got what they have.
var howWords = map[string]string{
	"creator": "Created the organization", "invitation": "By invitation", "request": "By request", "direct": "Directly",
}

func (r *logRow) say(l audit.Listed, scope access.Scope) {
	kind := scope.Kind()
	switch {
	case strings.HasPrefix(l.Type, "Organization"):
		r.Changes = settingsChanges(settingsIn(l.Before), settingsIn(l.After))
		if l.Type != "OrganizationUpdated" {
			r.Whom = cmp.Or(settingsIn(l.After).Name, settingsIn(l.Before).Name)
			r.Changes = nil
		}
	case strings.HasPrefix(l.Type, "Brand"):
		before, _ := l.Before["name"].(string)
		after, _ := l.After["name"].(string)
		if r.Whom = cmp.Or(after, before); before != "" && after != "" {
			r.Changes = []difference{{"Name", before, after}}
		}
	case strings.HasPrefix(l.Type, "Member"):
		before, after := grantIn(l.Before, scope), grantIn(l.After, scope)
		if l.Type == "MemberRemoved" && l.User != nil && l.User.ID == l.Actor.ID {
			r.What, r.Whom = "Left", ""
		}
		if kind == access.KindBrand {
			r.inBrand(before, after, l)
		}
		r.Changes = grantChanges(kind, before, after)
	case l.Type == "InvitationResent":
		r.Changes = grantChanges(kind, grantIn(l.Before, scope), grantIn(l.After, scope))
	case strings.HasPrefix(l.Type, "Invitation"):
		thing := l.After
		if thing == nil {
			thing = l.Before
		}
		if offer, is := thing["offer"].(map[string]any); is {
			r.Changes = offerWordsIn(kind, grantIn(offer, scope))
		}
	case l.Type == "AccessRequestApproved":
		if granted, is := l.After["granted"].(map[string]any); is {
			r.Changes = offerWordsIn(kind, grantIn(granted, scope))
		}
	case strings.HasPrefix(l.Type, "AccessRequest"):
		if wanted := namesIn(l.After["wanted_brands"]); len(wanted) > 0 {
			r.Changes = []difference{{Name: "Wanted", After: list(wanted)}}
		}
	}
}

// inBrand says of somebody's change in the organization what it was in one of its brands.
func (r *logRow) inBrand(before, after access.Grant, l audit.Listed) {
	switch {
	case before.Role == "" && after.Role != "":
		r.What = logged["MemberAdded"].what
	case before.Role != "" && after.Role == "" && r.What != "Left":
		r.What = logged["MemberRemoved"].what
	case l.Type == "MemberRoleChanged":
		r.What = logged[l.Type].what
	}
}

// grantChanges say what somebody had and has: as a whole where they were or are Admin or out, else brand by brand.
func grantChanges(kind access.Kind, before, after access.Grant) []difference {
	whole := func(g access.Grant) string {
		if g.Role == "" {
			return noAccess
		}
		return grantWords(kind, g)
	}
	if kind == access.KindOrganization && before.Role == access.Member && after.Role == access.Member {
		return differences(before.Brands, after.Brands)
	}
	if whole(before) == whole(after) {
		return nil
	}
	return []difference{{Before: whole(before), After: whole(after)}}
}

// offerWordsIn say what an invitation offers or an approval gives, as nothing was there before.
func offerWordsIn(kind access.Kind, g access.Grant) []difference {
	if g.Role == "" {
		return nil
	}
	return []difference{{After: grantWords(kind, g)}}
}

// namesIn are the names of a list of things.
func namesIn(things any) []string {
	var names []string
	all, _ := things.([]any)
	for _, thing := range all {
		object, _ := thing.(map[string]any)
		if name, is := object["name"].(string); is {
			names = append(names, name)
		}
	}
	return names
}

// logSettings are an organization's settings as the log has them.
type logSettings struct {
	Name             string
	ExistingAccounts organization.ExistingAccounts `json:"existing_accounts"`
	Connections      []organization.Connection
	Listed           *bool `json:"list_brands_to_requesters"`
}

func settingsIn(said map[string]any) logSettings {
	var s logSettings
	text, _ := json.Marshal(said) // it was JSON before
	_ = json.Unmarshal(text, &s)  // what is none says nothing
	return s
}

func settingsChanges(before, after logSettings) []difference {
	var all []difference
	add := func(name, was, is string) {
		if was != is {
			all = append(all, difference{name, was, is})
		}
	}
	add("Name", before.Name, after.Name)
	add("Existing accounts", accountWords[before.ExistingAccounts], accountWords[after.ExistingAccounts])
	add("Brands shown to those who ask", listedWords(before.Listed), listedWords(after.Listed))
	for _, c := range after.Connections {
		at := slices.IndexFunc(before.Connections, func(b organization.Connection) bool { return b.ID == c.ID })
		if at < 0 {
			add("Connection "+c.Name, "", onOff(c.Enabled))
			continue
		}
		was := before.Connections[at]
		add("Connection", was.Name, c.Name)
		add("Connection "+c.Name, onOff(was.Enabled), onOff(c.Enabled))
	}
	for _, b := range before.Connections {
		if !slices.ContainsFunc(after.Connections, func(c organization.Connection) bool { return b.ID == c.ID }) {
			add("Connection "+b.Name, onOff(b.Enabled), "removed")
		}
	}
	return all
}

func listedWords(listed *bool) string {
	if listed == nil {
		return ""
	}
	return yesNo(*listed)
}
