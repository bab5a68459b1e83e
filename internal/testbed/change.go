package testbed

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/invitation"
)

// update changes an item past the store. It has to be there.
func (b *Bed) update(pk, sk, expression string, values Item) {
	b.T.Helper()
	request := map[string]any{
		"TableName": TableName(), "Key": key(pk, sk), "UpdateExpression": expression, "ConditionExpression": "attribute_exists(PK)",
	}
	if len(values) > 0 {
		request["ExpressionAttributeValues"] = values
	}
	for _, word := range []string{"role", "name"} { // which are reserved
		if strings.Contains(expression, "#"+word) {
			request["ExpressionAttributeNames"] = map[string]string{"#" + word: word}
		}
	}
	if err := b.raw().Table(b.T.Context(), "UpdateItem", request, nil); err != nil {
		b.T.Errorf("change %s %s: %v", pk, sk, err)
	}
}

func key(pk, sk string) Item {
	return Item{"PK": map[string]any{"S": pk}, "SK": map[string]any{"S": sk}}
}

func text(s string) map[string]any { return map[string]any{"S": s} }
func number(n int) map[string]any  { return map[string]any{"N": strconv.Itoa(n)} }

// Item reads an item, nil when there is none.
func (b *Bed) Item(pk, sk string) Item {
	b.T.Helper()
	var found struct{ Item Item }
	request := map[string]any{"TableName": TableName(), "Key": key(pk, sk), "ConsistentRead": true}
	if err := b.raw().Table(b.T.Context(), "GetItem", request, &found); err != nil {
		b.T.Fatal(err)
	}
	return found.Item
}

// remove deletes an item past the store.
func (b *Bed) remove(pk, sk string) {
	b.T.Helper()
	request := map[string]any{"TableName": TableName(), "Key": key(pk, sk), "ConditionExpression": "attribute_exists(PK)"}
	if err := b.raw().Table(b.T.Context(), "DeleteItem", request, nil); err != nil {
		b.T.Errorf("delete %s %s: %v", pk, sk, err)
	}
}

// Restore stores an item as it was before.
func (b *Bed) Restore(item Item) {
	b.T.Helper()
	b.put(item)
}

// put stores an item past the store.
func (b *Bed) put(item Item) {
	b.T.Helper()
	if err := b.raw().Table(b.T.Context(), "PutItem", map[string]any{"TableName": TableName(), "Item": item}, nil); err != nil {
		b.T.Errorf("put %s: %v", Text(item, "PK"), err)
	}
}

// Load stores items as they are, and removes what else is in their partitions. Entries of the log keep out of the outbox, which all tests share.
func (b *Bed) Load(items []Item) {
	b.T.Helper()
	partitions := map[string]bool{}
	for _, item := range items {
		partitions[Text(item, "PK")] = true
	}
	for _, item := range b.Partitions(slices.Collect(maps.Keys(partitions))...) {
		b.remove(Text(item, "PK"), Text(item, "SK"))
	}
	for _, item := range items {
		if strings.HasPrefix(Text(item, "GSI2PK"), "UNPUBLISHED#") {
			delete(item, "GSI2PK")
			delete(item, "GSI2SK")
		}
		b.put(item)
	}
}

// CountMails has so many invitation mails of an organization or workspace counted in this hour, and in the next, should it begin.
func (b *Bed) CountMails(root access.Scope, mails int) {
	b.T.Helper()
	for _, hour := range append(b.hours(), b.RealNow().UTC().Add(time.Hour).Truncate(time.Hour).Format(time.RFC3339)) {
		item := key("RATE#"+rootOf(cmp.Or(root.Organization, root.Workspace))+"#INVITATION-MAILS#"+hour, "RATE")
		item["used"] = number(mails)
		b.put(item)
	}
}

// DeleteScope marks an organization, a brand or a workspace as deleted.
func (b *Bed) DeleteScope(scope access.Scope) {
	b.T.Helper()
	sk := "ORG"
	switch scope.Kind() {
	case access.KindBrand:
		sk = "BRAND#" + scope.Brand
	case access.KindWorkspace:
		sk = "WORKSPACE"
	}
	b.update(rootOf(scope.Organization+scope.Workspace), sk, "SET deleted_at = :at", Item{":at": text(b.Now().Format("2006-01-02T15:04:05Z"))})
}

// RenameBrand gives a brand another name.
func (b *Bed) RenameBrand(scope access.Scope, name string) {
	b.T.Helper()
	b.update("ORG#"+scope.Organization, "BRAND#"+scope.Brand, "SET #name = :name", Item{":name": text(name)})
}

// SetUsername gives a username to another user, or to nobody: then it is gone.
func (b *Bed) SetUsername(username, user string) {
	b.T.Helper()
	b.setHolder("USERNAMES#"+username[:3], username, user)
}

// SetHolder gives an address, in its compared form, to another user, or to nobody: then it is gone.
func (b *Bed) SetHolder(emailKey, user string) {
	b.T.Helper()
	b.setHolder("EMAIL#"+emailKey, "EMAIL", user)
}

func (b *Bed) setHolder(pk, sk, user string) {
	b.T.Helper()
	if user == "" {
		b.remove(pk, sk)
		return
	}
	item := key(pk, sk)
	maps.Copy(item, b.Item(pk, sk))
	item["user"] = text(user)
	b.put(item)
}

// EraseOrganization removes the item of an organization, as the end of its deletion does.
func (b *Bed) EraseOrganization(id string) {
	b.T.Helper()
	b.remove("ORG#"+id, "ORG")
}

// SetRole gives a member of an organization or a workspace another role and takes all brands, as a change of role does.
func (b *Bed) SetRole(id, user string, role access.Role) {
	b.T.Helper()
	b.update(rootOf(id), "MEMBER#"+user, "SET #role = :role, GSI2SK = :place ADD version :one REMOVE brands",
		Item{":role": text(string(role)), ":place": text(string(role) + "#changed#" + user), ":one": number(1)})
}

// Touch changes nothing about a member but that something was changed.
func (b *Bed) Touch(id, user string) {
	b.T.Helper()
	b.update(rootOf(id), "MEMBER#"+user, "ADD version :one", Item{":one": number(1)})
}

// MemberItem returns the item of a member of an organization or a workspace.
func (b *Bed) MemberItem(id, user string) Item {
	b.T.Helper()
	return b.Item(rootOf(id), "MEMBER#"+user)
}

// EraseMember takes the item of a member out of an organization or a workspace, past the operations.
func (b *Bed) EraseMember(id, user string) {
	b.T.Helper()
	b.remove(rootOf(id), "MEMBER#"+user)
}

// AddTraces has a workspace remember so many more roles that were deleted then, and that mean another one from then on if there is a next. No
// event says so.
func (b *Bed) AddTraces(workspace string, many int, deleted time.Time, next access.Role) []access.Role {
	b.T.Helper()
	item := b.Item("WORKSPACE#"+workspace, "WORKSPACE")
	stored, _ := item["roles"].(map[string]any)
	roles, _ := stored["M"].(map[string]any)
	var ids []access.Role
	for range many {
		id, trace := "rol_"+b.NewID(), Item{"name": text("Gone"), "deleted_at": text(deleted.Format(time.RFC3339Nano))}
		if next != "" {
			trace["reassigned_to"] = text(string(next))
		}
		roles[id], ids = map[string]any{"M": trace}, append(ids, access.Role(id))
	}
	b.put(item)
	return ids
}

// RemoveGuard does what TTL does to the guard of an open invitation, and returns it as it was.
func (b *Bed) RemoveGuard(scope access.Scope, invitee string) Item {
	b.T.Helper()
	pk := guards(scope)
	guard := b.Item(pk, invitee)
	b.remove(pk, invitee)
	return guard
}

// Guarded reports whether an address has a guard in a scope, in a workspace a user, and of which invitation.
func (b *Bed) Guarded(scope access.Scope, invitee string) (invitation string) {
	b.T.Helper()
	return Text(b.Item(guards(scope), invitee), "id")
}

func guards(scope access.Scope) string {
	pk := "INVITED#" + rootOf(scope.Organization+scope.Workspace)
	if scope.Brand != "" {
		pk += "#BRAND#" + scope.Brand
	}
	return pk
}

// SetStatus puts an invitation into a status that no operation of today leads to, and takes its guard.
func (b *Bed) SetStatus(scope access.Scope, id, invitee, status string) {
	b.T.Helper()
	pk, sk := rootOf(scope.Organization+scope.Workspace), "INVITATION#"+id
	item := maps.Clone(b.Item(pk, sk))
	version, err := strconv.Atoi(Text(item, "version"))
	if err != nil {
		b.T.Fatal(err)
	}
	place := status + "#" + b.Now().Format("2006-01-02T15:04:05Z") + "#" + id
	item["status"], item["version"], item["GSI1SK"], item["GSI2SK"] = text(status), number(version+1), text(place), text(place)
	b.put(item)
	if b.Guarded(scope, invitee) == id {
		b.remove(guards(scope), invitee)
	}
}

// ComesBack says that a notice about an organization or workspace came back from an address, whose mailbox does not exist.
func (b *Bed) ComesBack(root access.Scope, address string) {
	b.T.Helper()
	report := invitation.Report{
		About: invitation.Reference{Root: root}, Status: invitation.DeliveryFailed, Detail: "mailbox does not exist", Stops: true, Recipient: account.EmailKey(address),
	}
	if err := b.Track().Do(b.T.Context(), report); err != nil {
		b.T.Error(err)
	}
}
