package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/page"
)

// shownItems bounds the page.
const shownItems = 500

// row is an item as the page shows it.
type row struct {
	PK, SK, Name, JSON string
}

// items shows all that belongs to one scope, or the organizations there are. It scans, which only a local table bears.
func (s *server) items(w http.ResponseWriter, r *http.Request) {
	scope := strings.Trim(r.URL.Query().Get("scope"), "/ ")
	id := scope[strings.LastIndex(scope, "/")+1:]
	request := map[string]any{
		"FilterExpression":          "SK = :organization",
		"ExpressionAttributeValues": map[string]any{":organization": map[string]string{"S": "ORG"}},
	}
	if id != "" {
		request = map[string]any{
			"FilterExpression":          "contains(PK, :id) OR contains(SK, :id)",
			"ExpressionAttributeValues": map[string]any{":id": map[string]string{"S": id}},
		}
	}
	rows, err := s.scan(r.Context(), request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	page.Render(w, http.StatusOK, templates, "items.html", struct {
		frame
		Scope string
		Rows  []row
		Full  bool
	}{s.frame("Items", "items"), scope, rows, len(rows) == shownItems})
}

func (s *server) scan(ctx context.Context, request map[string]any) ([]row, error) {
	request["TableName"], request["ConsistentRead"] = s.Table, true
	var rows []row
	for {
		var found struct {
			Items            []awsjson.Item
			LastEvaluatedKey awsjson.Item
		}
		if err := s.Items.Table(ctx, "Scan", request, &found); err != nil {
			return nil, err
		}
		for _, item := range found.Items {
			rows = append(rows, rowOf(item))
		}
		if len(found.LastEvaluatedKey) == 0 || len(rows) >= shownItems {
			break
		}
		request["ExclusiveStartKey"] = found.LastEvaluatedKey
	}
	rows = rows[:min(len(rows), shownItems)]
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.PK+"\x00"+a.SK, b.PK+"\x00"+b.SK) })
	return rows, nil
}

func rowOf(item awsjson.Item) row {
	r := row{PK: item.Text("PK"), SK: item.Text("SK"), Name: item.Text("Name")}
	if r.Name == "" {
		r.Name = item.Text("name")
	}
	all := map[string]any{}
	for name, value := range item {
		all[name] = plain(value)
	}
	var pretty bytes.Buffer
	encoder := json.NewEncoder(&pretty)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(all) // came out of JSON
	r.JSON = strings.TrimSpace(pretty.String())
	return r
}

// plain takes the types out of an attribute value: {"S": "a"} becomes "a".
func plain(raw json.RawMessage) any {
	var value struct {
		S    *string
		N    *json.Number
		BOOL *bool
		L    *[]json.RawMessage
		M    *map[string]json.RawMessage
	}
	if json.Unmarshal(raw, &value) != nil {
		return raw
	}
	switch {
	case value.S != nil:
		return *value.S
	case value.N != nil:
		return *value.N
	case value.BOOL != nil:
		return *value.BOOL
	case value.L != nil:
		items := make([]any, len(*value.L))
		for i, item := range *value.L {
			items[i] = plain(item)
		}
		return items
	case value.M != nil:
		object := map[string]any{}
		for name, inner := range *value.M {
			object[name] = plain(inner)
		}
		return object
	default:
		return raw // NULL, sets and bytes keep their types
	}
}
