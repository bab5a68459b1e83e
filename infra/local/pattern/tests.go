package pattern

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// test judges one plain value of an event: a string, a json.Number, a bool or nil.
type test func(value any) bool

// parseTests reads the array of alternatives that stands at a leaf of a pattern.
func parseTests(at []string, items []any) (condition, error) {
	c := condition{path: strings.Join(at, ".")}
	if len(items) == 0 {
		return c, &Error{Path: at, Reason: "an empty array matches nothing"}
	}
	for _, item := range items {
		object, isOperator := item.(map[string]any)
		if !isOperator {
			t, err := equals(item)
			if err != nil {
				return c, &Error{Path: at, Reason: err.Error()}
			}
			c.tests = append(c.tests, t)
			continue
		}
		name, argument, err := single(object)
		if err != nil {
			return c, &Error{Path: at, Reason: err.Error()}
		}
		if name == "exists" && argument == false {
			c.absent = true
			continue
		}
		t, err := operator(name, argument)
		if err != nil {
			return c, &Error{Path: append(slices.Clone(at), name), Reason: err.Error()}
		}
		c.tests = append(c.tests, t)
	}
	return c, nil
}

func single(object map[string]any) (name string, argument any, err error) {
	if len(object) != 1 {
		return "", nil, fmt.Errorf("an operator is an object with one key")
	}
	for name, argument = range object {
	}
	return name, argument, nil
}

func operator(name string, argument any) (test, error) {
	switch name {
	case "prefix":
		return text(argument, strings.HasPrefix)
	case "suffix":
		return text(argument, strings.HasSuffix)
	case "equals-ignore-case":
		return text(argument, strings.EqualFold)
	case "anything-but":
		return anythingBut(argument)
	case "exists":
		if argument != true {
			return nil, fmt.Errorf("exists takes true or false")
		}
		return func(any) bool { return true }, nil
	case "numeric":
		return numeric(argument)
	default:
		return nil, fmt.Errorf("the operator %q is not known to the local bus", name)
	}
}

// text tests strings. Prefix and suffix also take {"equals-ignore-case": s}.
func text(argument any, accepts func(value, want string) bool) (test, error) {
	fold := false
	if object, ok := argument.(map[string]any); ok {
		name, inner, err := single(object)
		if err != nil || name != "equals-ignore-case" {
			return nil, fmt.Errorf("takes a string or equals-ignore-case")
		}
		argument, fold = inner, true
	}
	want, ok := argument.(string)
	if !ok {
		return nil, fmt.Errorf("takes a string")
	}
	if fold {
		want = strings.ToLower(want)
	}
	return func(value any) bool {
		got, ok := value.(string)
		if fold {
			got = strings.ToLower(got)
		}
		return ok && accepts(got, want)
	}, nil
}

func anythingBut(argument any) (test, error) {
	if object, ok := argument.(map[string]any); ok {
		name, inner, err := single(object)
		if err != nil {
			return nil, err
		}
		if name != "prefix" && name != "suffix" && name != "equals-ignore-case" {
			return nil, fmt.Errorf("the operator %q is not known to the local bus inside anything-but", name)
		}
		return noneOf(inner, func(item any) (test, error) { return operator(name, item) })
	}
	return noneOf(argument, func(item any) (test, error) {
		if item == nil {
			return nil, fmt.Errorf("anything-but takes strings or numbers")
		}
		return equals(item)
	})
}

// noneOf builds one test per item and passes what none of them passes.
func noneOf(argument any, build func(item any) (test, error)) (test, error) {
	items, ok := argument.([]any)
	if !ok {
		items = []any{argument}
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("anything-but needs a value")
	}
	tests := make([]test, len(items))
	for i, item := range items {
		t, err := build(item)
		if err != nil {
			return nil, err
		}
		tests[i] = t
	}
	return func(value any) bool {
		return !slices.ContainsFunc(tests, func(t test) bool { return t(value) })
	}, nil
}

// equals tests for one exact value. Numbers are equal by value: 300, 300.0 and 3e2 are one.
func equals(want any) (test, error) {
	switch want := want.(type) {
	case json.Number:
		number, ok := new(big.Rat).SetString(want.String())
		if !ok {
			return nil, fmt.Errorf("%s is no number", want)
		}
		return func(value any) bool {
			got, ok := rational(value)
			return ok && got.Cmp(number) == 0
		}, nil
	case string, bool, nil:
		return func(value any) bool { return value == want }, nil
	default:
		return nil, fmt.Errorf("arrays do not nest")
	}
}

// numeric reads comparisons in pairs, for example [">", 0, "<=", 5]; all of them have to hold.
func numeric(argument any) (test, error) {
	items, ok := argument.([]any)
	if !ok || len(items) == 0 || len(items)%2 != 0 {
		return nil, fmt.Errorf("numeric takes pairs of a comparison and a number")
	}
	var tests []test
	for i := 0; i < len(items); i += 2 {
		name, _ := items[i].(string)
		accepts, known := map[string]func(int) bool{
			"=":  func(c int) bool { return c == 0 },
			"<":  func(c int) bool { return c < 0 },
			"<=": func(c int) bool { return c <= 0 },
			">":  func(c int) bool { return c > 0 },
			">=": func(c int) bool { return c >= 0 },
		}[name]
		bound, ok := rational(items[i+1])
		if !known || !ok {
			return nil, fmt.Errorf("numeric takes pairs of a comparison and a number")
		}
		tests = append(tests, func(value any) bool {
			got, ok := rational(value)
			return ok && accepts(got.Cmp(bound))
		})
	}
	return func(value any) bool {
		return !slices.ContainsFunc(tests, func(t test) bool { return !t(value) })
	}, nil
}

func rational(value any) (*big.Rat, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(number.String())
}
