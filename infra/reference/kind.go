package main

import (
	"encoding/json"
	"slices"
	"strings"
)

// fields returns what an object may hold: its own fields, and those of the objects that it is made of or may be instead.
func (d *document) fields(at json.RawMessage) ([]field, error) {
	var s schema
	if _, err := d.read(at, &s); err != nil {
		return nil, err
	}
	var out []field
	for _, property := range s.Properties {
		kind, description, err := d.kind(property.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, field{Name: property.Name, Kind: kind, Description: description, Required: slices.Contains(s.Required, property.Name)})
	}
	for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf) {
		more, err := d.fields(part)
		if err != nil {
			return nil, err
		}
		for _, f := range more {
			if !slices.ContainsFunc(out, func(has field) bool { return has.Name == f.Name }) {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// kind says in words which values a schema allows, and returns its description.
func (d *document) kind(at json.RawMessage) (words, description string, err error) {
	var s schema
	if at == nil {
		return "", "", nil
	}
	if _, err := d.read(at, &s); err != nil {
		return "", "", err
	}
	var own struct{ Description string } // what stands beside a reference is said of this use
	if json.Unmarshal(at, &own) == nil && own.Description != "" {
		s.Description = own.Description
	}
	var parts []string
	switch {
	case s.Const != nil:
		parts = append(parts, plain(s.Const))
	case s.Enum != nil:
		var values []string
		for _, value := range s.Enum {
			values = append(values, plain(value))
		}
		parts = append(parts, strings.Join(values, " | "))
	case s.OneOf != nil || s.AnyOf != nil:
		var either []string
		for _, part := range slices.Concat(s.OneOf, s.AnyOf) {
			kind, _, err := d.kind(part)
			if err != nil {
				return "", "", err
			}
			either = append(either, kind)
		}
		parts = append(parts, strings.Join(slices.Compact(either), " or "))
	case s.Items != nil:
		kind, _, err := d.kind(s.Items)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, "list of "+kind)
	case s.Type != nil:
		parts = append(parts, plain(s.Type))
	case s.Properties != nil:
		parts = append(parts, "object")
	}
	for _, limit := range []struct {
		words string
		value json.RawMessage
	}{
		{"at least ", s.Minimum},
		{"at most ", s.Maximum},
		{"length at least ", s.MinLength},
		{"length at most ", s.MaxLength},
		{"items at least ", s.MinItems},
		{"items at most ", s.MaxItems},
		{"if left out ", s.Default},
	} {
		if limit.value != nil {
			parts = append(parts, limit.words+plain(limit.value))
		}
	}
	if s.Format != "" {
		parts = append(parts, s.Format)
	}
	return strings.Join(parts, ", "), s.Description, nil
}

// plain returns a JSON value without quotes.
func plain(value json.RawMessage) string {
	return strings.NewReplacer(`"`, "", "[", "", "]", "", ",", " or ").Replace(string(value))
}
