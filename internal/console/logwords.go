package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
)

// The kinds of scopes in whose logs changes stand.
var (
	ofOrganizations = []access.Kind{access.KindOrganization}
	ofRoots         = []access.Kind{access.KindOrganization, access.KindWorkspace}
	ofBrands        = []access.Kind{access.KindOrganization, access.KindBrand}
	ofWorkspaces    = []access.Kind{access.KindWorkspace}
	ofAll           = []access.Kind{access.KindOrganization, access.KindBrand, access.KindWorkspace}
)

// logged is how the log says what was done.
var logged = map[string]struct {
	what   string // whom it was done to follows
	choice string // in the filter
	in     []access.Kind
}{
	"OrganizationCreated":       {"Organization created", "Organization created", ofOrganizations},
	"OrganizationUpdated":       {"Settings changed", "Settings changed", ofOrganizations},
	"OrganizationDeleted":       {"Organization deleted", "Organization deleted", ofOrganizations},
	"BrandCreated":              {"Brand created", "Brand created", ofBrands},
	"BrandUpdated":              {"Brand renamed", "Brand renamed", ofBrands},
	"BrandDeleted":              {"Brand deleted", "Brand deleted", ofBrands},
	"WorkspaceCreated":          {"Workspace created", "Workspace created", ofWorkspaces},
	"WorkspaceUpdated":          {"Workspace renamed", "Workspace renamed", ofWorkspaces},
	"WorkspaceEnabled":          {"Workspace enabled", "Workspace enabled", ofWorkspaces},
	"WorkspaceDisabled":         {"Workspace disabled", "Workspace disabled", ofWorkspaces},
	"WorkspaceDeleted":          {"Workspace deleted", "Workspace deleted", ofWorkspaces},
	"RoleCreated":               {"Role created", "Role created", ofWorkspaces},
	"RoleUpdated":               {"Role edited", "Role edited", ofWorkspaces},
	"RoleDeleted":               {"Role deleted", "Role deleted", ofWorkspaces},
	"MemberAdded":               {"Added", "Member added", ofAll},
	"MemberRoleChanged":         {"Role changed of", "Role changed", ofAll},
	"MemberRemoved":             {"Removed", "Member removed or left", ofAll},
	"InvitationCreated":         {"Invited", "Invitation sent", ofAll},
	"InvitationResent":          {"Invitation sent again to", "Invitation sent again", ofAll},
	"InvitationAccepted":        {"Invitation accepted by", "Invitation accepted", ofAll},
	"InvitationDeclined":        {"Invitation declined by", "Invitation declined", ofAll},
	"InvitationExpired":         {"Invitation expired of", "Invitation expired", ofAll},
	"InvitationExpiring":        {"Reminder due to", "Invitation about to expire", ofAll},
	"InvitationInvalidated":     {"Invitation not valid any more of", "Invitation not valid any more", ofAll},
	"InvitationClosed":          {"Invitation closed of", "Invitation closed", ofAll},
	"InvitationDeleted":         {"Invitation deleted of", "Invitation deleted", ofAll},
	"InvitationDelivered":       {"Mail delivered to", "Mail delivered", ofAll},
	"InvitationDeliveryDelayed": {"Mail delayed to", "Mail delayed", ofAll},
	"InvitationDeliveryFailed":  {"Mail could not be delivered to", "Delivery failed", ofAll},
	"InvitationLinkRequested":   {"New link asked for by", "New link asked for", ofAll},
	"MailsStopped":              {"Mails stopped to", "Mails stopped", ofRoots},
	"MailsResumed":              {"Mails sent again to", "Mails sent again", ofRoots},
	"AccessRequestCreated":      {"Access asked for by", "Access asked for", ofOrganizations},
	"AccessRequestApproved":     {"Request approved of", "Access request approved", ofOrganizations},
	"AccessRequestRejected":     {"Request rejected of", "Access request rejected", ofOrganizations},
	"AccessRequestWithdrawn":    {"Request withdrawn by", "Access request withdrawn", ofOrganizations},
	"AccessRequestClosed":       {"Request closed of", "Access request closed", ofOrganizations},
}

// left is what somebody did who was removed by nobody else; their name follows.
const left = "Left:"

// actorNames are those who act without being somebody.
var actorNames = map[string]string{"system": "Prism", "link-holder": "Whoever had the link"}

// closedWords are why an invitation or a request was closed.
var closedWords = map[string]string{
	invitation.ReasonJoined: "The person got in another way", invitation.ReasonRemoved: "The person was removed", invitation.ReasonDeleted: "What it led to was deleted",
}

// ownReasons are the reasons that the log gives by itself, in words, for the types of entries that have no others.
var ownReasons = map[string]map[string]string{
	"InvitationInvalidated": {
		invitation.ReasonLostRights: "Whoever sent it may no longer give it", invitation.ReasonBrandsDeleted: "All that it offered was deleted",
		invitation.ReasonRoleDeleted: "The role that it offered was deleted",
	},
	"InvitationClosed":    closedWords,
	"AccessRequestClosed": closedWords,
}

// reasonWords is the reason of a change: what somebody wrote, or in words what the log gives by itself.
func reasonWords(l audit.Listed) string {
	if l.RoleDeleted {
		return strings.TrimSuffix("Their role was deleted: "+l.Reason, ": ")
	}
	return cmp.Or(ownReasons[l.Type][l.Reason], l.Reason)
}

func compareText(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }

// logRowOf says what an entry of the log of a scope is, in words.
func logRowOf(l audit.Listed, scope access.Scope, now time.Time) logRow {
	row := logRow{
		Type: l.Type, What: logged[l.Type].what, Who: l.Actor.Name, WhoClient: l.Actor.ClientID, How: howWords(l.Via, scope.Kind()), When: at(now, l.OccurredAt),
	}
	if row.What == "" {
		row.What = l.Type
	}
	if name := actorNames[l.Actor.ID]; name != "" {
		row.Who = name
	}
	if row.Who == "" {
		row.Who = "Somebody"
	}
	if row.InvitedBy = invitedBy(l); row.InvitedBy != "" {
		row.How = "Invited by"
	}
	row.Reason = reasonWords(l)
	if l.User != nil {
		row.Whom, row.WhomClient = cmp.Or(l.User.Name, l.User.Email, "somebody"), l.User.ClientID
	}
	row.say(l, scope)
	return row
}

// invitedBy is who let somebody in by an invitation, which the entry of what they got names.
func invitedBy(l audit.Listed) string {
	if l.GrantedBy == nil || member.Via(l.Via) != member.ViaInvitation {
		return ""
	}
	return l.GrantedBy.Name
}

// howWords says how somebody got what they have.
func howWords(via string, kind access.Kind) string {
	switch member.Via(via) {
	case member.ViaCreator:
		return "Created the " + string(kind)
	case member.ViaInvitation:
		return "By invitation"
	case member.ViaRequest:
		return "By request"
	case member.ViaDirect:
		return "Directly"
	}
	return ""
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
	case strings.HasPrefix(l.Type, "Brand"), strings.HasPrefix(l.Type, "Workspace"):
		before, after := nameIn(l.Before), nameIn(l.After)
		if r.Whom = cmp.Or(after, before); before != "" && after != "" {
			r.Changes = []difference{{"Name", before, after}}
		}
	case strings.HasPrefix(l.Type, "Role"):
		r.Whom, r.Changes = cmp.Or(nameIn(l.After), nameIn(l.Before)), roleDifferences(l)
	case strings.HasPrefix(l.Type, "Member"):
		before, after := grantIn(l.Before, scope), grantIn(l.After, scope)
		if l.Type == "MemberRemoved" && l.User != nil && l.User.ID == l.Actor.ID {
			r.What = left
		}
		if kind == access.KindBrand {
			r.inBrand(before, after)
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

// What a brand's log calls a change of the role of somebody who was in the organization before and is after it: each kind of change has words of
// its own, which are those of the filter.
const (
	accessGiven   = "Access given to"
	accessTaken   = "Access taken from"
	changedChoice = "Role changed, access given or taken"
)

// inBrand says of a change of somebody's role what it was in one of the brands.
func (r *logRow) inBrand(before, after access.Grant) {
	switch {
	case r.Type != "MemberRoleChanged":
	case before.Role == "" && after.Role != "":
		r.What = accessGiven
	case before.Role != "" && after.Role == "":
		r.What = accessTaken
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

// nameIn is the name of a thing.
func nameIn(thing map[string]any) string {
	name, _ := thing["name"].(string)
	return name
}

// roleDifferences say what has become of a role: of what counts, not of what was chosen.
func roleDifferences(l audit.Listed) []difference {
	if next, is := l.After["reassigned_to"].(map[string]any); is {
		return []difference{{Name: "In its place", After: nameIn(next)}}
	}
	if l.Type == "RoleDeleted" {
		return nil
	}
	before, after := settingsOfRole(l.Before), settingsOfRole(l.After)
	var all []difference
	if l.Type == "RoleUpdated" {
		all = roleChanges(before.Name, before.Description, after.Name, after.Description)
	}
	had, has := access.Effective(access.KindWorkspace, before.Permissions...), access.Effective(access.KindWorkspace, after.Permissions...)
	if added := inCatalogue(had.Missing(has)); len(added) > 0 {
		all = append(all, difference{Name: "Permissions added", After: list(permissionNamesOf(added))})
	}
	if removed := inCatalogue(has.Missing(had)); len(removed) > 0 {
		all = append(all, difference{Name: "Permissions removed", After: list(permissionNamesOf(removed))})
	}
	return all
}

func settingsOfRole(said map[string]any) event.RoleSettings {
	var s event.RoleSettings
	text, _ := json.Marshal(said) // it was JSON before
	_ = json.Unmarshal(text, &s)  // what is none says nothing
	return s
}

// namesIn are the names of a list of things.
func namesIn(things any) []string {
	var names []string
	all, _ := things.([]any)
	for _, thing := range all {
		if object, is := thing.(map[string]any); is {
			names = append(names, nameIn(object))
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
