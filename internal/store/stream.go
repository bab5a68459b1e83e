package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
)

// EntryInserted returns the log entry that a stream record has brought into the table.
func EntryInserted(record events.DynamoDBEventRecord) (audit.Entry, error) {
	image, err := itemOf(record.Change.NewImage)
	if err != nil {
		return audit.Entry{}, err
	}
	return entryOf(image)
}

// GuardExpired returns what TTL has removed the guard of. ok is false for removals by anybody else.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
func GuardExpired(record events.DynamoDBEventRecord) (ref invitation.Reference, ok bool, err error) {
	reminder, ok, err := removedByTTL(record, false)
	return reminder.Reference, ok, err
}

// ReminderDue returns what TTL has removed the reminder of. ok is false for removals by anybody else.
func ReminderDue(record events.DynamoDBEventRecord) (due invitation.Reminder, ok bool, err error) {
	return removedByTTL(record, true)
}

// removedByTTL reads what guards and reminders have in common, of the one kind or the other.
func removedByTTL(record events.DynamoDBEventRecord, reminder bool) (invitation.Reminder, bool, error) {
	who := record.UserIdentity
	isTTL := who != nil && who.Type == "Service" && who.PrincipalID == "dynamodb.amazonaws.com"
	if record.EventName != "REMOVE" || !isTTL || !strings.HasPrefix(record.Change.Keys["PK"].String(), guardPrefix) ||
		strings.HasPrefix(record.Change.Keys["SK"].String(), reminderPrefix) != reminder {
		return invitation.Reminder{}, false, nil
	}
	image, err := itemOf(record.Change.OldImage)
	if err != nil {
		return invitation.Reminder{}, false, err
	}
	var removed reminderItem
	if err := decode(image, &removed); err != nil {
		return invitation.Reminder{}, false, err
	}
	scope, err := access.ParseScope(removed.Scope)
	if err != nil {
		return invitation.Reminder{}, false, err
	}
	return invitation.Reminder{
		Reference: invitation.Reference{Root: scope.Root(), ID: removed.ID, Generation: removed.Generation}, Notify: removed.Notify, Due: removed.Expires,
	}, true, nil
}

// itemOf turns an image as Lambda hands it over into an item.
func itemOf(image map[string]events.DynamoDBAttributeValue) (dynamo.Item, error) {
	item := make(dynamo.Item, len(image))
	for name, value := range image {
		converted, err := attributeOf(value)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
		item[name] = converted
	}
	return item, nil
}

func attributeOf(v events.DynamoDBAttributeValue) (types.AttributeValue, error) {
	switch v.DataType() {
	case events.DataTypeString:
		return &types.AttributeValueMemberS{Value: v.String()}, nil
	case events.DataTypeNumber:
		return &types.AttributeValueMemberN{Value: v.Number()}, nil
	case events.DataTypeBoolean:
		return &types.AttributeValueMemberBOOL{Value: v.Boolean()}, nil
	case events.DataTypeNull:
		return &types.AttributeValueMemberNULL{Value: true}, nil
	case events.DataTypeStringSet:
		return &types.AttributeValueMemberSS{Value: v.StringSet()}, nil
	case events.DataTypeMap:
		m, err := itemOf(v.Map())
		return &types.AttributeValueMemberM{Value: m}, err
	case events.DataTypeList:
		list := make([]types.AttributeValue, len(v.List()))
		for i, member := range v.List() {
			converted, err := attributeOf(member)
			if err != nil {
				return nil, err
			}
			list[i] = converted
		}
		return &types.AttributeValueMemberL{Value: list}, nil
	default:
		return nil, fmt.Errorf("type %s is not stored by us", strconv.Itoa(int(v.DataType())))
	}
}
