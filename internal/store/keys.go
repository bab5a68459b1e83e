package store

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"
	"golang.org/x/text/unicode/norm"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
)

// This file is the data model: every key of the table and its indexes is made here and nowhere else (design section 5).
// The tenant is in the partition key, so that a foreign id cannot be read by mistake.

// key is the primary key of an item.
type key struct{ PK, SK string }

// indexKey is the key of an item in one of the indexes; empty when the item is not in it.
type indexKey struct{ PK, SK string }

// timeLayout sorts as text, and is as precise as TTL.
const timeLayout = "2006-01-02T15:04:05Z"

func keyTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// nowhere is the partition of scopes that cannot be: whatever is asked of it, nothing is there. It reads like an organization's or a workspace's,
// as functions may ask for those alone.
const (
	nowhere            = "ORG#"
	nowhereAsWorkspace = "WORKSPACE#"
)

// partition returns the partition of what belongs to a scope. Ids come from requests too: one that is none of ours leads nowhere.
func partition(scope access.Scope) string {
	switch {
	case scope.Valid():
	case scope.Kind() == access.KindWorkspace:
		return nowhereAsWorkspace
	default:
		return nowhere
	}
	switch scope.Kind() {
	case access.KindBrand:
		return "ORG#" + scope.Organization + "#BRAND#" + scope.Brand
	case access.KindOrganization:
		return "ORG#" + scope.Organization
	case access.KindWorkspace:
		return "WORKSPACE#" + scope.Workspace
	default:
		return "USER#" + scope.User
	}
}

func userKey(id string) key        { return key{"USER#" + id, "USER"} }
func emailKey(email string) key    { return key{"EMAIL#" + email, "EMAIL"} }
func usernameKey(name string) key  { return key{"USERNAMES#" + name[:min(3, len(name))], name} }
func organizationKey(o string) key { return key{partition(access.Organization(o)), "ORG"} }
func workspaceKey(w string) key    { return key{partition(access.Workspace(w)), "WORKSPACE"} }
func brandKey(o, b string) key     { return key{partition(access.Organization(o)), brandPrefix + b} }
func sessionKey(hash string) key   { return key{"SESSION#" + hash, "SESSION"} }

// roleKey is what is said of a role of a workspace besides what the workspace's own item has.
func roleKey(workspace access.Scope, role access.Role) key {
	return key{partition(workspace), rolePrefix + string(role)}
}

const (
	brandPrefix = "BRAND#"
	rolePrefix  = "ROLE#"
)

// rootKey is the item of an organization or a workspace, which counts its Admins.
func rootKey(scope access.Scope) key {
	if scope.Kind() == access.KindWorkspace {
		return workspaceKey(scope.Workspace)
	}
	return organizationKey(scope.Organization)
}

// memberKey is the member item of an organization or, as a listing copy, of a brand.
func memberKey(scope access.Scope, user string) key {
	return key{partition(scope), memberPrefix + user}
}

const memberPrefix = "MEMBER#"

// leftKey is what is known of somebody who was in an organization once.
func leftKey(organization access.Scope, user string) key {
	return key{partition(organization), "LEFT#" + user}
}

// membershipsOf is GSI1 of member items: what somebody is in.
func membershipsOf(user string, scope access.Scope) indexKey {
	return indexKey{membershipsPartition(user), partition(scope)}
}

// membershipsPrefix begins the keys of those in one kind of scope.
func membershipsPrefix(kind access.Kind) string {
	if kind == access.KindWorkspace {
		return "WORKSPACE#"
	}
	return "ORG#"
}

func membershipsPartition(user string) string { return "USER#" + user }

// membersOf is GSI2 of member items: by role, then name.
func membersOf(scope access.Scope, role access.Role, name, user string) indexKey {
	return indexKey{membersPartition(scope), membersPrefix(role) + sortName(name) + "#" + user}
}

func membersPartition(scope access.Scope) string { return partition(scope) + "#MEMBERS" }

func membersPrefix(role access.Role) string { return string(role) + "#" }

// sortNameLength keeps sort keys far below DynamoDB's 1,024 bytes.
const sortNameLength = 60

func sortName(name string) string {
	runes := []rune(strings.ToLower(norm.NFC.String(name)))
	return strings.ReplaceAll(string(runes[:min(len(runes), sortNameLength)]), "#", " ")
}

func invitationKey(root access.Scope, id string) key {
	return key{partition(root), "INVITATION#" + id}
}

// allInvitationsOf is GSI1 of invitations: an organization's and its brands' together.
func allInvitationsOf(root access.Scope) string { return partition(root) + "#ALL-INVITATIONS" }

// invitationsOf is GSI2 of invitations: those of the scope itself.
func invitationsOf(scope access.Scope) string { return partition(scope) + "#INVITATIONS" }

// undelivered is the place of pending invitations whose mail failed.
const undelivered = "undelivered"

// invitationPlace is where an invitation stands in both indexes: open ones by expiry, so that a filter by the clock reads
// what it returns, others by when they got there.
func invitationPlace(i invitation.Invitation) string {
	switch {
	case i.Status == invitation.Pending && i.Delivery != nil && i.Delivery.Status == invitation.DeliveryFailed:
		return undelivered + "#" + keyTime(i.ExpiresAt) + "#" + i.ID
	case i.Status == invitation.Pending, i.Status == invitation.Expired:
		return string(i.Status) + "#" + keyTime(i.ExpiresAt) + "#" + i.ID
	case i.RespondedAt != nil:
		return string(i.Status) + "#" + keyTime(*i.RespondedAt) + "#" + i.ID
	default:
		return string(i.Status) + "#" + keyTime(i.SentAt) + "#" + i.ID
	}
}

// guardPrefix begins the partitions of guards of open invitations; expire-invitations is subscribed to their removal.
const guardPrefix = "INVITED#"

// guardKey is the guard of the open invitation of an address to a scope: there is one at most.
func guardKey(scope access.Scope, invitee string) key {
	return key{guardPrefix + partition(scope), invitee}
}

// reminderKey is the reminder of the open invitation of an address to a scope. No address in its compared form begins so.
func reminderKey(scope access.Scope, invitee string) key {
	return key{guardPrefix + partition(scope), reminderPrefix + invitee}
}

const reminderPrefix = "REMIND#"

// invitedTo is GSI1 of guards: somebody's open invitations, by expiry.
func invitedTo(invitee string, expires time.Time, id string) indexKey {
	return indexKey{"INVITEE#" + invitee, keyTime(expires) + "#" + id}
}

// invitedAs is GSI2 of guards in a workspace: the open invitations that offer a role, by expiry.
func invitedAs(workspace access.Scope, role access.Role, expires time.Time, id string) indexKey {
	return indexKey{partition(workspace) + "#ROLE#" + string(role) + "#INVITATIONS", keyTime(expires) + "#" + id}
}

// accessRequestKey is somebody's wish to get into an organization.
func accessRequestKey(organization access.Scope, id string) key {
	return key{partition(organization), "REQUEST#" + id}
}

// requestedKey is the guard of somebody's open request in an organization, and for a day of one that was rejected: there is one at most.
func requestedKey(organization access.Scope, user string) key {
	return key{partition(organization), "REQUESTED#" + user}
}

// requestsBy is GSI1 of access requests: what somebody has asked for, by time.
func requestsBy(user string, at time.Time, id string) indexKey {
	return indexKey{"REQUESTER#" + user, keyTime(at) + "#" + id}
}

// requestsIn is GSI2 of access requests: those of an organization, by status and when they got there.
func requestsIn(r accessrequest.AccessRequest) indexKey {
	at := r.CreatedAt
	if r.DecidedAt != nil {
		at = *r.DecidedAt
	}
	return indexKey{requestsPartition(r.Scope()), string(r.Status) + "#" + keyTime(at) + "#" + r.ID}
}

func requestsPartition(organization access.Scope) string {
	return partition(organization) + "#REQUESTS"
}

func entryKey(root access.Scope, id string) key { return key{partition(root) + "#LOG", id} }

// entriesAbout is GSI1 of log entries: those about a person, by id or by the address that an invitation was to.
func entriesAbout(root access.Scope, who, id string) indexKey {
	if who == "" {
		return indexKey{}
	}
	return indexKey{partition(root) + "#LOG#USER#" + who, id}
}

// entriesBy is GSI2 of published log entries: those of an actor.
func entriesBy(root access.Scope, actor, id string) indexKey {
	return indexKey{partition(root) + "#LOG#ACTOR#" + actor, id}
}

// Unpublished entries stand in one of these partitions of GSI2, spread by the random end of their id.
const unpublishedShards = 16

// UnpublishedPrefix begins the GSI2 partition of log entries that are not on the bus yet; relay-log is subscribed to their insertion.
const UnpublishedPrefix = "UNPUBLISHED#"

var shardNames = [unpublishedShards]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}

func unpublished(id string) indexKey { return indexKey{UnpublishedPrefix + shardOf(id), id} }

func shardOf(id string) string {
	digit := strings.IndexByte(ulid.Encoding, id[len(id)-1])
	return shardNames[digit&(unpublishedShards-1)]
}

// awaitedKey says that a subscriber has yet to confirm an event, by the same shards.
func awaitedKey(event, subscriber string) key {
	return key{awaitedPrefix + shardOf(event), event + "#" + subscriber}
}

const awaitedPrefix = "AWAITED#"

// pointerKey leads from a brand to an entry of its organization's log that touches it.
func pointerKey(brand access.Scope, id string) key { return key{partition(brand) + "#LOG", id} }

// sharedPointerKey leads from all brands of an organization to an entry that touches every one of them. No brand has this id.
func sharedPointerKey(organization access.Scope, id string) key {
	return key{partition(organization) + "#" + brandPrefix + "*#LOG", id}
}

// brandBegins sorts before all entries that were made after a brand, as its id tells the time; behind them all when that is none of ours.
func brandBegins(brand access.Scope) string {
	if !brand.Valid() {
		return after("")
	}
	return strings.TrimPrefix(brand.Brand, "brd_")
}

// searchPartition holds what people are found by in a scope, which the subscriber maintain-indexes keeps. Its sort keys begin with "#" for a
// word of whatever role, with a role for a word of that role, with "!" for a mark, and with "@" for the card of which all of them are made.
func searchPartition(scope access.Scope) string { return partition(scope) + "#SEARCH" }

// wordPrefix begins the keys of entries of words that begin so; role is empty for all roles.
func wordPrefix(role access.Role, beginning string) string { return string(role) + "#" + beginning }

// behindWords is behind what goes on a beginning: no word has this character.
const behindWords = string(utf8.MaxRune)

func wordKey(scope access.Scope, role access.Role, word, user string) key {
	return key{searchPartition(scope), wordPrefix(role, word) + "#" + user}
}

func markPrefix(mark string) string { return "!" + mark + "#" }

func markKey(scope access.Scope, mark, user string) key {
	return key{searchPartition(scope), markPrefix(mark) + user}
}

// cardKey says which entries there are of a member of an organization, in it and in all of its brands.
func cardKey(organization access.Scope, user string) key {
	return key{searchPartition(organization), "@" + user}
}

// requestKey is the record of a request with an Idempotency-Key, itemKey that of one of its items.
func requestKey(user, idempotencyKey string) key {
	return key{"IDEMPOTENCY#" + user + "#" + idempotencyKey, "IDEMPOTENCY"}
}

func itemKey(user, idempotencyKey, item string) key {
	return key{"IDEMPOTENCY#" + user + "#" + idempotencyKey, itemPrefix + item}
}

const itemPrefix = "ITEM#"

// recordKey is the record of what the caller asks for: the request, or one of its items.
func recordKey(caller request.Caller) key {
	if item := caller.Request.Item; item != "" {
		return itemKey(caller.User, caller.Request.IdempotencyKey, item)
	}
	return requestKey(caller.User, caller.Request.IdempotencyKey)
}

// mailClaimKey is the claim of whoever sends the mail of an event to somebody.
func mailClaimKey(event, recipient string) key { return key{"MAIL#" + event + "#" + recipient, "MAIL"} }

// mailStopKey keeps mails about an organization or workspace from an address.
func mailStopKey(root access.Scope, recipient string) key {
	return key{"SUPPRESSED#" + partition(root), recipient}
}

// lookupRateKey counts the addresses that somebody has asked about in the hour that begins at hour.
func lookupRateKey(user string, hour time.Time) key {
	return key{"RATE#USER#" + user + "#LOOKUPS#" + keyTime(hour), "RATE"}
}

// unknownRateKey counts the usernames that somebody has named to invite them in the hour that begins at hour, and that nobody has.
func unknownRateKey(user string, hour time.Time) key {
	return key{"RATE#USER#" + user + "#UNKNOWN#" + keyTime(hour), "RATE"}
}

// usernameRateKey counts the usernames that somebody has looked up in a minute.
func usernameRateKey(user string, minute time.Time) key {
	return key{"RATE#USER#" + user + "#USERNAMES#" + keyTime(minute), "RATE"}
}

// accessRequestRateKey counts the access requests that somebody has made in the hour that begins at hour.
func accessRequestRateKey(user string, hour time.Time) key {
	return key{"RATE#USER#" + user + "#ACCESS-REQUESTS#" + keyTime(hour), "RATE"}
}

// linkRequestKey says that the invitee of an invitation has asked for another link.
func linkRequestKey(root access.Scope, invitation string) key {
	return key{"RATE#" + partition(root) + "#LINK-REQUESTS#" + invitation, "RATE"}
}

// mailRateKey counts the invitation mails of a scope in the hour that begins at hour.
func mailRateKey(root access.Scope, hour time.Time) key {
	return key{"RATE#" + partition(root) + "#INVITATION-MAILS#" + keyTime(hour), "RATE"}
}
