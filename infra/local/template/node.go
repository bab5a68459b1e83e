package template

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// node is one value of the file with its line. Short tags such as !Sub are kept in their long form: {"Fn::Sub": ...}.
type node struct {
	line  int
	value any // fields, []*node, or a plain value: string, int64, float64, bool, nil
}

type fields []pair

type pair struct {
	key   string
	line  int
	value *node
}

// parse reads YAML. Anchors and merge keys, which CloudFormation does not read either, are refused.
func parse(text []byte) (*node, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	if len(file.Docs) != 1 {
		return nil, fmt.Errorf("%d YAML documents, want 1", len(file.Docs))
	}
	return convert(file.Docs[0].Body)
}

func convert(n ast.Node) (*node, error) {
	out := &node{line: n.GetToken().Position.Line}
	switch n := n.(type) {
	case *ast.MappingNode:
		object := fields{}
		for _, value := range n.Values {
			p, err := convertPair(value)
			if err != nil {
				return nil, err
			}
			object = append(object, p)
		}
		if len(object) > 0 {
			out.line = object[0].line
		}
		out.value = object
	case *ast.MappingValueNode:
		p, err := convertPair(n)
		if err != nil {
			return nil, err
		}
		out.line, out.value = p.line, fields{p}
	case *ast.SequenceNode:
		items := []*node{}
		for _, value := range n.Values {
			item, err := convert(value)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		out.value = items
	case *ast.TagNode:
		return convertTag(n)
	case *ast.StringNode:
		out.value = n.Value
	case *ast.LiteralNode:
		out.value = n.Value.Value
	case *ast.IntegerNode:
		switch v := n.Value.(type) {
		case int64:
			out.value = v
		case uint64:
			out.value = int64(v)
		}
	case *ast.FloatNode:
		out.value = n.Value
	case *ast.BoolNode:
		out.value = n.Value
	case *ast.NullNode:
	default:
		return nil, &Error{Line: out.line, Reason: fmt.Sprintf("YAML of the kind %s is not read here", n.Type())}
	}
	return out, nil
}

func convertPair(n *ast.MappingValueNode) (pair, error) {
	token := n.Key.GetToken()
	value, err := convert(n.Value)
	return pair{key: token.Value, line: token.Position.Line, value: value}, err
}

func convertTag(n *ast.TagNode) (*node, error) {
	inner, err := convert(n.Value)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(n.Start.Value, "!")
	line := n.Start.Position.Line
	switch name {
	case "Ref", "Condition":
	case "GetAtt":
		// The short form joins the two parts with a dot.
		if text, ok := inner.value.(string); ok {
			resource, attribute, _ := strings.Cut(text, ".")
			inner.value = []*node{{line: line, value: resource}, {line: line, value: attribute}}
		}
		name = "Fn::GetAtt"
	default:
		name = "Fn::" + name
	}
	return &node{line: line, value: fields{{key: name, line: line, value: inner}}}, nil
}

// get follows keys and returns nil when one is not there.
func (n *node) get(keys ...string) *node {
	for _, key := range keys {
		if n == nil {
			return nil
		}
		object, _ := n.value.(fields)
		n = nil
		for _, p := range object {
			if p.key == key {
				n = p.value
			}
		}
	}
	return n
}

// pairs returns the entries of a mapping, none for anything else.
func (n *node) pairs() fields {
	if n == nil {
		return nil
	}
	object, _ := n.value.(fields)
	return object
}

func (n *node) items() []*node {
	if n == nil {
		return nil
	}
	items, _ := n.value.([]*node)
	return items
}

// text returns a plain value as CloudFormation writes it into strings, and "" for none.
func (n *node) text() string {
	if n == nil || n.value == nil {
		return ""
	}
	return fmt.Sprint(n.value)
}

// number returns a whole number, or otherwise when it is not there.
func (n *node) number(otherwise int) (int, error) {
	if n == nil {
		return otherwise, nil
	}
	var out int
	if _, err := fmt.Sscanf(n.text(), "%d", &out); err != nil {
		return 0, n.errorf("%q is not a whole number", n.text())
	}
	return out, nil
}

// only refuses keys that this package does not understand, since they might change what runs.
func (n *node) only(known ...string) error {
	for _, p := range n.pairs() {
		found := false
		for _, key := range known {
			found = found || p.key == key
		}
		if !found {
			return &Error{Line: p.line, Reason: fmt.Sprintf("%s is not known to the local stack", p.key)}
		}
	}
	return nil
}

func (n *node) errorf(format string, arguments ...any) error {
	return &Error{Line: n.line, Reason: fmt.Sprintf(format, arguments...)}
}

// plain returns the value as encoding/json understands it.
func (n *node) plain() any {
	switch value := n.value.(type) {
	case fields:
		object := map[string]any{}
		for _, p := range value {
			object[p.key] = p.value.plain()
		}
		return object
	case []*node:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = item.plain()
		}
		return items
	default:
		return value
	}
}

func (n *node) json() ([]byte, error) { return json.Marshal(n.plain()) }
