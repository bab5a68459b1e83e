package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/guregu/dynamo/v2"
)

// written returns an item in DynamoDB's JSON form: attribute -> {"S": "text"}.
func written(item dynamo.Item) map[string]any {
	out := map[string]any{}
	for name, value := range item {
		out[name] = writtenValue(value)
	}
	return out
}

func writtenValue(value types.AttributeValue) map[string]any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": written(v.Value)}
	case *types.AttributeValueMemberL:
		list := []any{}
		for _, member := range v.Value {
			list = append(list, writtenValue(member))
		}
		return map[string]any{"L": list}
	default:
		panic(fmt.Sprintf("items hold no %T", value))
	}
}

// stored is an item that is read from DynamoDB's JSON form.
type stored struct{ item dynamo.Item }

func (s stored) text(name string) string {
	value, _ := s.item[name].(*types.AttributeValueMemberS)
	if value == nil {
		return ""
	}
	return value.Value
}

func (s stored) name() string { return s.text("PK") + " " + s.text("SK") }

// MarshalJSON writes attribute -> {"S": "text"}.
func (s stored) MarshalJSON() ([]byte, error) { return json.Marshal(written(s.item)) }

// UnmarshalJSON reads attribute -> {"S": "text"}.
func (s *stored) UnmarshalJSON(text []byte) error {
	var attributes map[string]attribute
	err := json.Unmarshal(text, &attributes)
	s.item = itemFrom(attributes)
	return err
}

type attribute struct {
	S    *string
	N    *string
	BOOL *bool
	M    map[string]attribute
	L    []attribute
}

func itemFrom(attributes map[string]attribute) dynamo.Item {
	item := dynamo.Item{}
	for name, a := range attributes {
		item[name] = a.value()
	}
	return item
}

func (a attribute) value() types.AttributeValue {
	switch {
	case a.S != nil:
		return &types.AttributeValueMemberS{Value: *a.S}
	case a.N != nil:
		return &types.AttributeValueMemberN{Value: *a.N}
	case a.BOOL != nil:
		return &types.AttributeValueMemberBOOL{Value: *a.BOOL}
	case a.M != nil:
		return &types.AttributeValueMemberM{Value: itemFrom(a.M)}
	case a.L != nil:
		list := []types.AttributeValue{}
		for _, member := range a.L {
			list = append(list, member.value())
		}
		return &types.AttributeValueMemberL{Value: list}
	default:
		panic(errors.New("an attribute of a type that is not stored by us"))
	}
}
