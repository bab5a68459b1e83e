package trigger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/testbed"
	"prism-access/internal/trigger"
)

// TestReminders: TTL's removal of a reminder announces that the invitation expires soon, once, and expires nothing.
func TestReminders(t *testing.T) {
	t.Parallel()
	bed, l := testbed.New(t), &logs{}
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	scope := access.Organization(org.ID)
	i := bed.Invite(ada, org.ID, bed.Address("grace"), brands[0])
	reminder := bed.Item("INVITED#ORG#"+org.ID, "REMIND#"+strings.ToLower(i.Invitee.Email))
	bed.Advance(5 * 24 * time.Hour)
	byHand := expired(t, "1", reminder)
	byHand.UserIdentity = nil
	records := []events.DynamoDBEventRecord{byHand, expired(t, "2", reminder), expired(t, "3", reminder)}
	edge := trigger.ExpireInvitations{Expire: bed.Expire(), Remind: bed.Remind(), Logger: l.logger()}
	log := bed.Appended(scope, func() {
		answer, err := edge.Do(t.Context(), events.DynamoDBEvent{Records: records})
		if err != nil || len(answer.BatchItemFailures) > 0 {
			t.Errorf("got %+v, %v", answer, err)
		}
	})
	if diff := cmp.Diff([]string{"InvitationExpiring"}, testbed.Types(log)); diff != "" {
		t.Fatal(diff)
	}
	if fact, _ := log[0].Fact.(event.InvitationExpiring); fact.Invitation.ID != i.ID || fact.Invitation.Status != "pending" || !fact.Notify {
		t.Errorf("logged %+v", log[0])
	}
	if strings.Contains(l.String(), "@example.com") {
		t.Errorf("logged %s", l)
	}

	spoilt := expired(t, "4", reminder)
	spoilt.Change.OldImage = map[string]events.DynamoDBAttributeValue{"scope": events.NewStringAttribute("nowhere")}
	answer, err := edge.Do(t.Context(), events.DynamoDBEvent{Records: []events.DynamoDBEventRecord{spoilt}})
	if err != nil || len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "4" {
		t.Errorf("one that cannot be read: %+v, %v", answer, err)
	}
}
