package store

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"prism-access/internal/fault"
)

// TestSchemaOfItems: an item is read in the forms that are known, and in no other, however it has come. That goes for all operations: see
// TestItemsOfLaterCode in internal/testbed.
func TestSchemaOfItems(t *testing.T) {
	t.Parallel()
	for schema, known := range map[string]bool{"": true, strconv.Itoa(newestSchema): true, strconv.Itoa(newestSchema + 1): false, "1.5": false} {
		item := marshal(t, newEntryItem(entry))
		record := events.DynamoDBEventRecord{Change: events.DynamoDBStreamRecord{NewImage: map[string]events.DynamoDBAttributeValue{}}}
		for name, value := range item {
			if text, is := value.(*types.AttributeValueMemberS); is {
				record.Change.NewImage[name] = events.NewStringAttribute(text.Value)
			}
		}
		if schema != "" {
			item["schema"] = &types.AttributeValueMemberN{Value: schema}
			record.Change.NewImage["schema"] = events.NewNumberAttribute(schema)
		}
		var out entryItem
		if err := decode(item, &out); (err == nil) != known || !known && !errors.Is(err, fault.Unavailable) {
			t.Errorf("schema %q: %v", schema, err)
		}
		if _, err := EntryInserted(record); errors.Is(err, fault.Unavailable) == known || !known && !strings.Contains(err.Error(), entry.ID) {
			t.Errorf("schema %q, by the stream: %v", schema, err)
		}
	}
}
