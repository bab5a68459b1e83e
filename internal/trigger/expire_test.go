package trigger_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
	"prism-access/internal/trigger"
)

// expired is the record of TTL's removal of a guard.
func expired(t *testing.T, number string, guard testbed.Item) events.DynamoDBEventRecord {
	t.Helper()
	old := attributes(t, guard)
	return events.DynamoDBEventRecord{
		EventID: "stream-" + number, EventName: "REMOVE", UserIdentity: &events.DynamoDBUserIdentity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"},
		Change: events.DynamoDBStreamRecord{
			SequenceNumber: number, OldImage: old, Keys: map[string]events.DynamoDBAttributeValue{"PK": old["PK"], "SK": old["SK"]},
		},
	}
}

func TestExpireInvitations(t *testing.T) {
	t.Parallel()
	bed, l := testbed.New(t), &logs{}
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	scope := access.Organization(org.ID)
	late := bed.Invite(ada, org.ID, bed.Address("late"), brands[0])
	resent := bed.Invite(ada, org.ID, bed.Address("resent"), brands[0])
	open := bed.Invite(ada, org.ID, bed.Address("open"), brands[0])
	guard := func(i invitation.Invitation) testbed.Item {
		return bed.Item("INVITED#ORG#"+org.ID, strings.ToLower(i.Invitee.Email))
	}
	lateGuard, resentGuard, openGuard := guard(late), guard(resent), guard(open)
	bed.Advance(7 * 24 * time.Hour)
	if _, err := bed.Resend().Do(t.Context(), ada, invitation.ResendInput{Scope: scope, ID: resent.ID}); err != nil {
		t.Fatal(err)
	}
	byHand := expired(t, "3", openGuard)
	byHand.UserIdentity = nil
	records := []events.DynamoDBEventRecord{
		expired(t, "1", lateGuard), expired(t, "2", resentGuard), byHand, expired(t, "4", lateGuard), // the same once more
	}
	edge := trigger.ExpireInvitations{Expire: bed.Expire(), Logger: l.logger()}
	log := bed.Appended(scope, func() {
		for range 2 { // and the whole batch
			answer, err := edge.Do(t.Context(), events.DynamoDBEvent{Records: records})
			if err != nil || len(answer.BatchItemFailures) > 0 {
				t.Errorf("got %+v, %v", answer, err)
			}
		}
	})
	if diff := cmp.Diff([]string{"InvitationExpired"}, testbed.Types(log)); diff != "" {
		t.Errorf("logged: %s", diff)
	}
	for i, want := range map[string]string{late.ID: "expired", resent.ID: "pending", open.ID: "pending"} {
		if got := testbed.Text(bed.Item("ORG#"+org.ID, "INVITATION#"+i), "status"); got != want {
			t.Errorf("%s is stored as %s, want %s", i, got, want)
		}
	}
	for said, want := range map[string]int{`"msg":"expired"`: 1, `"msg":"nothing to expire"`: 5} {
		if got := strings.Count(l.String(), said); got != want {
			t.Errorf("%s is logged %d times, want %d: %s", said, got, want, l)
		}
	}
	if strings.Contains(l.String(), "@example.com") || strings.Contains(strings.ToLower(l.String()), "token") {
		t.Errorf("logged %s", l)
	}
}

// TestExpireStopsAtTheFirstFailure: the stream brings that record and all after it again.
func TestExpireReportsTheFirstFailure(t *testing.T) {
	t.Parallel()
	bed, l := testbed.New(t), &logs{}
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	var records []events.DynamoDBEventRecord
	for _, number := range []string{"1", "2", "3", "4"} {
		invited := bed.Invite(ada, org.ID, bed.Address("late"), brands[0])
		records = append(records, expired(t, number, bed.Item("INVITED#ORG#"+org.ID, strings.ToLower(invited.Invitee.Email))))
	}
	bed.Advance(7 * 24 * time.Hour)
	proxy, err := tableproxy.Start(t.Context(), bed.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	behind := testbed.NewAt(t, proxy.URL)
	behind.Advance(7 * 24 * time.Hour)
	edge := trigger.ExpireInvitations{Expire: behind.Expire(), Logger: l.logger()}
	handle := func(want []events.DynamoDBBatchItemFailure, recorded int, records ...events.DynamoDBEventRecord) {
		t.Helper()
		log := bed.Appended(access.Organization(org.ID), func() {
			answer, err := edge.Do(t.Context(), events.DynamoDBEvent{Records: records})
			if diff := cmp.Diff(want, answer.BatchItemFailures); diff != "" || err != nil {
				t.Errorf("got %v: %s", err, diff)
			}
		})
		if len(log) != recorded {
			t.Errorf("%d are recorded, want %d", len(log), recorded)
		}
	}
	broken := func(n int) events.DynamoDBEventRecord {
		record := records[n]
		record.Change.OldImage = maps.Clone(record.Change.OldImage)
		record.Change.OldImage["scope"] = events.NewStringAttribute("nowhere")
		return record
	}
	second := []events.DynamoDBBatchItemFailure{{ItemIdentifier: "2"}}
	handle(second, 1, records[0], broken(1), broken(2))
	for nth := 1; nth < 7; nth++ { // all attempts to read
		proxy.Inject("BatchGetItem", nth, tableproxy.ServerError())
	}
	handle(second, 0, records[1])
	// What the stream brings again is recorded once each.
	handle([]events.DynamoDBBatchItemFailure{}, 3, records[1:]...)
	handle([]events.DynamoDBBatchItemFailure{}, 0, records...)
}

func TestExpireReportsAMalformedGuard(t *testing.T) {
	t.Parallel()
	bed, l := testbed.New(t), &logs{}
	record := expired(t, "1", testbed.Item{"PK": map[string]any{"S": "INVITED#ORG#org_1"}, "SK": map[string]any{"S": "late@example.com"}})
	edge := trigger.ExpireInvitations{Expire: bed.Expire(), Logger: l.logger()}
	answer, err := edge.Do(t.Context(), events.DynamoDBEvent{Records: []events.DynamoDBEventRecord{record}})
	if err != nil || len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "1" {
		t.Errorf("got %+v, %v", answer, err)
	}
	if !strings.Contains(l.String(), "stream-1") || strings.Contains(l.String(), "late@example.com") {
		t.Errorf("logged %s", l)
	}
}
