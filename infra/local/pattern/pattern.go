// Package pattern matches events against EventBridge event patterns, which are also the filters of Lambda's stream mappings.
//
// It knows the operators that rules commonly use and refuses every other one, so that a rule never matches less here
// than it does in the service. Its test holds it against AWS's own matcher.
package pattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pattern is a parsed event pattern. It is safe for concurrent use.
type Pattern struct {
	// ways are the conjunctions of conditions, one of which has to hold: `$or` multiplies them out, as the service does.
	ways [][]condition
}

// condition demands that some value at path passes one of the tests.
type condition struct {
	path   string
	tests  []test
	absent bool // one of the tests is {"exists": false}
}

// Error says which part of a pattern is not understood.
type Error struct {
	Path   []string // the keys that lead to it
	Reason string
}

func (e *Error) Error() string {
	if len(e.Path) == 0 {
		return e.Reason
	}
	return strings.Join(e.Path, ".") + ": " + e.Reason
}

// Parse reads a pattern from its JSON. An operator that this package does not know is an *Error.
func Parse(data []byte) (*Pattern, error) {
	value, err := decode(data)
	if err != nil {
		return nil, &Error{Reason: "not JSON: " + err.Error()}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, &Error{Reason: "a pattern is an object"}
	}
	ways, err := parseObject(nil, object)
	if err != nil {
		return nil, err
	}
	return &Pattern{ways: ways}, nil
}

// Match says whether the event, a JSON object, matches. An event that is not JSON matches nothing.
func (p *Pattern) Match(event []byte) bool {
	value, err := decode(event)
	if err != nil {
		return false
	}
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	fields := flatten(object)
	return slices.ContainsFunc(p.ways, func(way []condition) bool { return satisfied(way, fields, nil) })
}

func decode(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("more than one value")
	}
	return value, nil
}

// parseObject returns the conjunctions that an object of a pattern stands for.
func parseObject(path []string, object map[string]any) ([][]condition, error) {
	if len(object) == 0 {
		return nil, &Error{Path: path, Reason: "an empty object matches nothing"}
	}
	ways := [][]condition{nil}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		at := append(slices.Clone(path), key)
		alternatives, err := parseField(path, at, object[key])
		if err != nil {
			return nil, err
		}
		var product [][]condition
		for _, way := range ways {
			for _, alternative := range alternatives {
				product = append(product, slices.Concat(way, alternative))
			}
		}
		ways = product
	}
	return ways, nil
}

func parseField(parent, at []string, value any) ([][]condition, error) {
	switch value := value.(type) {
	case map[string]any:
		return parseObject(at, value)
	case []any:
		if at[len(at)-1] == "$or" {
			return parseOr(parent, at, value)
		}
		c, err := parseTests(at, value)
		if err != nil {
			return nil, err
		}
		return [][]condition{{c}}, nil
	default:
		return nil, &Error{Path: at, Reason: "values stand in an array"}
	}
}

func parseOr(parent, at []string, items []any) ([][]condition, error) {
	if len(items) < 2 {
		return nil, &Error{Path: at, Reason: "$or needs two alternatives"}
	}
	var ways [][]condition
	for _, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, &Error{Path: at, Reason: "the alternatives of $or are objects"}
		}
		more, err := parseObject(parent, object)
		if err != nil {
			return nil, err
		}
		ways = append(ways, more...)
	}
	return ways, nil
}

// field is one plain value of an event, with the elements of arrays it lies in.
type field struct {
	path  string
	value any
	in    map[int]int // array -> index of the element
}

// flatten lists the plain values of an event. Elements of an array share its path.
func flatten(object map[string]any) []field {
	var (
		fields []field
		arrays int
		walk   func(path string, value any, in map[int]int)
	)
	walk = func(path string, value any, in map[int]int) {
		switch value := value.(type) {
		case map[string]any:
			for key, inner := range value {
				walk(join(path, key), inner, in)
			}
		case []any:
			array := arrays
			arrays++
			for i, inner := range value {
				within := in
				if _, plain := inner.(map[string]any); plain {
					within = maps.Clone(in)
					if within == nil {
						within = map[int]int{}
					}
					within[array] = i
				}
				walk(path, inner, within)
			}
		default:
			fields = append(fields, field{path: path, value: value, in: in})
		}
	}
	walk("", object, nil)
	return fields
}

// satisfied looks for one value per condition such that values out of the same array come out of the same element.
func satisfied(way []condition, fields []field, in map[int]int) bool {
	if len(way) == 0 {
		return true
	}
	c, rest := way[0], way[1:]
	present := false
	for _, f := range fields {
		if f.path != c.path {
			continue
		}
		present = true
		if !consistent(in, f.in) || !slices.ContainsFunc(c.tests, func(t test) bool { return t(f.value) }) {
			continue
		}
		both := maps.Clone(in)
		if both == nil {
			both = map[int]int{}
		}
		maps.Copy(both, f.in)
		if satisfied(rest, fields, both) {
			return true
		}
	}
	return c.absent && !present && satisfied(rest, fields, in)
}

func consistent(a, b map[int]int) bool {
	for array, element := range a {
		if other, shared := b[array]; shared && other != element {
			return false
		}
	}
	return true
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
