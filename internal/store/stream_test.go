package store

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/guregu/dynamo/v2"

	"prism-access/internal/invitation"
)

// image returns an item as Lambda hands it over.
func image(t *testing.T, item dynamo.Item) map[string]events.DynamoDBAttributeValue {
	t.Helper()
	text, err := json.Marshal(written(item))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]events.DynamoDBAttributeValue
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func inserted(t *testing.T, item dynamo.Item) events.DynamoDBEventRecord {
	t.Helper()
	return events.DynamoDBEventRecord{EventID: "e-1", EventName: "INSERT", Change: events.DynamoDBStreamRecord{SequenceNumber: "1", NewImage: image(t, item)}}
}

func TestEntryInserted(t *testing.T) {
	t.Parallel()
	got, err := EntryInserted(inserted(t, marshal(t, newEntryItem(entry))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(entry, got); diff != "" {
		t.Error(diff)
	}
}

// TestEntryInsertedRefuses: what cannot be read is an error and never an empty entry, which would be published as nothing.
func TestEntryInsertedRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(dynamo.Item){
		"empty":                func(i dynamo.Item) { clear(i) },
		"without id":           func(i dynamo.Item) { delete(i, "SK") },
		"without type":         func(i dynamo.Item) { delete(i, "type") },
		"without scope":        func(i dynamo.Item) { delete(i, "scope") },
		"of a malformed scope": func(i dynamo.Item) { i["scope"] = marshal(t, struct{ V string }{"org_1"})["V"] },
		"touching a malformed scope": func(i dynamo.Item) {
			i["scopes"] = marshal(t, struct{ V []string }{[]string{"organizations/org_1", "?"}})["V"]
		},
		"at no time":                   func(i dynamo.Item) { delete(i, "occurred_at") },
		"at a malformed time":          func(i dynamo.Item) { i["occurred_at"] = marshal(t, struct{ V string }{"yesterday"})["V"] },
		"with a sequence of no number": func(i dynamo.Item) { i["sequence"] = marshal(t, struct{ V string }{"one"})["V"] },
		"that is an invitation": func(i dynamo.Item) {
			clear(i)
			maps.Copy(i, marshal(t, newInvitationItem(toAcme)))
		},
	} {
		item := marshal(t, newEntryItem(entry))
		change(item)
		if got, err := EntryInserted(inserted(t, item)); err == nil {
			t.Errorf("an entry %s is read as %+v", name, got)
		}
	}
	binary := inserted(t, marshal(t, newEntryItem(entry)))
	binary.Change.NewImage["data"] = events.NewBinaryAttribute([]byte("{}"))
	if got, err := EntryInserted(binary); err == nil || !strings.Contains(err.Error(), "data") {
		t.Errorf("an entry with binary data: got %+v, %v", got, err)
	}
}

func removed(t *testing.T, item any) events.DynamoDBEventRecord {
	t.Helper()
	old := image(t, marshal(t, item))
	return events.DynamoDBEventRecord{
		EventID: "e-1", EventName: "REMOVE", UserIdentity: &events.DynamoDBUserIdentity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"},
		Change: events.DynamoDBStreamRecord{
			SequenceNumber: "1", OldImage: old, Keys: map[string]events.DynamoDBAttributeValue{"PK": old["PK"], "SK": old["SK"]},
		},
	}
}

func TestGuardExpired(t *testing.T) {
	t.Parallel()
	for _, i := range []invitation.Invitation{toAcme, toGlobex} {
		ref, ok, err := GuardExpired(removed(t, newOpenItem(i)))
		want := invitation.Reference{Root: acme, ID: i.ID, Generation: i.Generation}
		if err != nil || !ok || ref != want {
			t.Errorf("%s: got %+v, %v, %v", i.ID, ref, ok, err)
		}
	}
}

// TestOnlyTTLExpires: a guard that an operation has removed is no expiry, nor is anything else that TTL removes.
func TestOnlyTTLExpires(t *testing.T) {
	t.Parallel()
	all := everyItem()
	for name, change := range map[string]func(*events.DynamoDBEventRecord){
		"removed by an operation": func(r *events.DynamoDBEventRecord) { r.UserIdentity = nil },
		"removed by a user":       func(r *events.DynamoDBEventRecord) { r.UserIdentity.Type = "User" },
		"removed by another service": func(r *events.DynamoDBEventRecord) {
			r.UserIdentity.PrincipalID = "backup.amazonaws.com"
		},
		"changed":          func(r *events.DynamoDBEventRecord) { r.EventName = "MODIFY" },
		"inserted":         func(r *events.DynamoDBEventRecord) { r.EventName = "INSERT" },
		"a session":        func(r *events.DynamoDBEventRecord) { *r = removed(t, all["session"]) },
		"a mail claim":     func(r *events.DynamoDBEventRecord) { *r = removed(t, all["mail sent"]) },
		"a request":        func(r *events.DynamoDBEventRecord) { *r = removed(t, all["request"]) },
		"an invitation":    func(r *events.DynamoDBEventRecord) { *r = removed(t, all["invitation, pending"]) },
		"without its keys": func(r *events.DynamoDBEventRecord) { r.Change.Keys = nil },
	} {
		record := removed(t, newOpenItem(toAcme))
		change(&record)
		if ref, ok, err := GuardExpired(record); ok || err != nil || ref != (invitation.Reference{}) {
			t.Errorf("%s: got %+v, %v, %v", name, ref, ok, err)
		}
	}
}

func TestMalformedGuard(t *testing.T) {
	t.Parallel()
	without := removed(t, newOpenItem(toAcme))
	delete(without.Change.OldImage, "scope")
	mistyped := removed(t, newOpenItem(toAcme))
	mistyped.Change.OldImage["generation"] = events.NewStringAttribute("two")
	for name, record := range map[string]events.DynamoDBEventRecord{"without scope": without, "of generation two": mistyped} {
		if ref, ok, err := GuardExpired(record); err == nil || ok {
			t.Errorf("a guard %s: got %+v, %v, %v", name, ref, ok, err)
		}
	}
}
