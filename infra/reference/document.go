package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// object is a JSON object in the order in which it is written.
type object []member

type member struct {
	Name  string
	Value json.RawMessage
}

// UnmarshalJSON reads an object and nothing else.
func (o *object) UnmarshalJSON(text []byte) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	_, _ = decoder.Token() // {, as it has just been read
	for decoder.More() {
		name, _ := decoder.Token()
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		*o = append(*o, member{Name: name.(string), Value: value})
	}
	return nil
}

// document is what the page needs of an OpenAPI document.
type document struct {
	Info     struct{ Title, Version, Summary, Description string }
	Servers  []struct{ URL string }
	Tags     []struct{ Name, Description string }
	Paths    object
	Security []requirement // of each operation that has none of its own

	Components map[string]map[string]json.RawMessage
}

// requirement names the scopes that a token has to have, by the scheme it belongs to. One of several is enough.
type requirement map[string][]string

type operation struct {
	OperationID string
	Tags        []string
	Summary     string
	Description string
	Security    *[]requirement // empty: needs no token
	Parameters  []json.RawMessage
	RequestBody json.RawMessage
	Responses   object
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                json.RawMessage
}

// message is a request's body or an answer.
type message struct {
	Description string
	Content     object
}

type content struct {
	Schema   json.RawMessage
	Example  json.RawMessage
	Examples object
}

type schema struct {
	Type        json.RawMessage // a name, or several
	Description string
	Enum        []json.RawMessage
	Const       json.RawMessage
	Format      string
	Default     json.RawMessage
	Minimum     json.RawMessage
	Maximum     json.RawMessage
	MinLength   json.RawMessage
	MaxLength   json.RawMessage
	MinItems    json.RawMessage
	MaxItems    json.RawMessage
	Items       json.RawMessage
	Properties  object
	Required    []string
	OneOf       []json.RawMessage
	AnyOf       []json.RawMessage
	AllOf       []json.RawMessage
}

// parse reads an OpenAPI document in YAML.
func parse(text []byte) (*document, error) {
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	var d document
	return &d, json.Unmarshal(asJSON, &d)
}

// read decodes what stands there, or what a reference there leads to. It returns the name that the reference has last, if there is one.
func (d *document) read(at json.RawMessage, into any) (name string, err error) {
	for {
		var reference struct {
			Ref string `json:"$ref"`
		}
		if err := json.Unmarshal(at, &reference); err != nil {
			return "", err
		}
		if reference.Ref == "" {
			return name, json.Unmarshal(at, into)
		}
		parts := strings.Split(reference.Ref, "/")
		if len(parts) != 4 || parts[1] != "components" || d.Components[parts[2]][parts[3]] == nil {
			return "", fmt.Errorf("%s leads nowhere", reference.Ref)
		}
		name, at = parts[3], d.Components[parts[2]][parts[3]]
	}
}
