// Package spec checks recorded HTTP exchanges against the contract of the API. It is for tests; nothing deployed imports it.
package spec

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Operation is one route of the API.
type Operation struct {
	ID       string
	Function string // the deployed function that serves it
	Method   string
	Path     string   // as the gateway knows it: /v1/organizations/{o}
	Open     bool     // needs no token
	Scopes   []string // a token needs one of them

	at string // JSON pointer of the operation in the document
}

// Contract is a parsed OpenAPI document. It can be used from several goroutines.
type Contract struct {
	operations []Operation
	document   any

	compiling sync.Mutex
	compiler  *jsonschema.Compiler
}

// location names the document for the schema compiler.
const location = "prism:///openapi.json"

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// Load reads an OpenAPI document in YAML. A document that does not say what Check needs is an error.
func Load(document []byte) (*Contract, error) {
	asJSON, err := yaml.YAMLToJSON(document)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	closeObjects(parsed)
	c := &Contract{document: parsed, compiler: jsonschema.NewCompiler()}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(location, parsed); err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	prefix, _ := c.value("/servers/0/url").(string)
	paths, _ := c.value("/paths").(map[string]any)
	for path, item := range paths {
		if err := c.addPath(prefix, path, item); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(c.operations, func(a, b Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return c, nil
}

func (c *Contract) addPath(prefix, path string, item any) error {
	for _, method := range methods {
		fields, found := field(item, method).(map[string]any)
		if !found {
			continue
		}
		id, _ := fields["operationId"].(string)
		function, _ := fields["x-function"].(string)
		if id == "" || function == "" {
			return fmt.Errorf("%s %s names no operationId or no x-function", method, path)
		}
		security, overridden := fields["security"].([]any)
		if !overridden {
			security, _ = c.value("/security").([]any)
		}
		operation := Operation{
			ID: id, Function: function, Method: strings.ToUpper(method), Path: prefix + path, Open: len(security) == 0, at: pointer("paths", path, method),
		}
		for _, alternative := range security {
			scopes, _ := field(alternative, "bearer").([]any)
			for _, scope := range scopes {
				text, _ := scope.(string)
				operation.Scopes = append(operation.Scopes, text)
			}
		}
		c.operations = append(c.operations, operation)
	}
	return nil
}

// Operations returns all routes, by path and method.
func (c *Contract) Operations() []Operation { return slices.Clone(c.operations) }

// find returns the operation of a request. Literal parts of a path win over parameters.
func (c *Contract) find(method, path string) (found Operation, known bool) {
	best := -1
	for _, operation := range c.operations {
		if literal := matches(operation.Path, path); operation.Method == method && literal > best {
			found, best = operation, literal
		}
	}
	return found, best >= 0
}

// matches returns how many parts of a path are literally as in the template, -1 when it does not fit.
func matches(template, path string) int {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return -1
	}
	literal := 0
	for i, part := range want {
		switch {
		case strings.HasPrefix(part, "{") && got[i] != "":
		case part == got[i]:
			literal++
		default:
			return -1
		}
	}
	return literal
}

// valuesIn returns the values of the parameters of a path that fits the template.
func valuesIn(template, path string) map[string]string {
	values := map[string]string{}
	got := strings.Split(path, "/")
	for i, part := range strings.Split(template, "/") {
		if name, isParameter := strings.CutPrefix(part, "{"); isParameter {
			values[strings.TrimSuffix(name, "}")] = got[i]
		}
	}
	return values
}

// resolve returns the JSON pointer that a chain of references starting at a pointer ends at.
func (c *Contract) resolve(at string) string {
	for {
		reference, found := field(c.value(at), "$ref").(string)
		if !found {
			return at
		}
		at = strings.TrimPrefix(reference, "#")
	}
}

// value returns what stands at a JSON pointer, nil for nothing.
func (c *Contract) value(at string) any {
	value := c.document
	for _, part := range strings.Split(at, "/")[1:] {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch holder := value.(type) {
		case map[string]any:
			value = holder[part]
		case []any:
			value = nil
			for i := range holder {
				if fmt.Sprint(i) == part {
					value = holder[i]
				}
			}
		default:
			return nil
		}
	}
	return value
}

func field(object any, name string) any {
	fields, _ := object.(map[string]any)
	return fields[name]
}

// pointer returns the JSON pointer of a path of names (RFC 6901).
func pointer(names ...string) string {
	var text strings.Builder
	for _, name := range names {
		text.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return text.String()
}

// closeObjects makes each schema refuse fields that it does not name. Clients are to ignore such fields in answers; a test is
// to find them, because nobody has documented them.
func closeObjects(node any) {
	switch value := node.(type) {
	case []any:
		for _, item := range value {
			closeObjects(item)
		}
	case map[string]any:
		for name, item := range value {
			switch name {
			case "if", "then", "else", "not", "example", "examples": // parts of a schema, and no schemas
			default:
				closeObjects(item)
			}
		}
		_, isObject := value["properties"].(map[string]any)
		if _, says := value["additionalProperties"]; isObject && !says {
			value["unevaluatedProperties"] = false
		}
	}
}
