// Package events holds the contract of what Prism Access publishes: per event a schema, an example of each kind of scope, and a page.
//
// The Go types of the same facts are in internal/event; a test holds both together. Nothing deployed imports this package.
package events

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed common.schema.json */schema.json */example*.json
var files embed.FS

// base is where the schemas stand for the compiler, so that their relative references resolve.
const base = "prism:///"

// Types returns the names of the events that have a schema, sorted.
func Types() []string {
	schemas, err := fs.Glob(files, "*/schema.json")
	if err != nil { // only for a malformed pattern
		panic(err)
	}
	names := make([]string, 0, len(schemas))
	for _, schema := range schemas {
		names = append(names, path.Dir(schema))
	}
	return names
}

// Example returns the example of an event as a target of the bus receives it, or nil when there is no such event.
func Example(detailType string) []byte {
	example, err := files.ReadFile(detailType + "/example.json")
	if err != nil {
		return nil
	}
	return example
}

// Examples returns all examples of an event, by the names of their files: Example, and one for each further kind of scope that the event can be about.
func Examples(detailType string) map[string][]byte {
	names, err := fs.Glob(files, detailType+"/example*.json")
	if err != nil { // only for a malformed pattern
		panic(err)
	}
	examples := make(map[string][]byte, len(names))
	for _, name := range names {
		if examples[name], err = files.ReadFile(name); err != nil { // they are in the binary
			panic(err)
		}
	}
	return examples
}

// Validate checks an EventBridge event against the schema of its detail-type. The envelope may be as it was put (source,
// detail-type and detail) or as a target receives it. The error names what does not fit, or that there is no such event.
func Validate(detailType string, envelope []byte) error {
	schema, err := Schema(detailType)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(envelope))
	if err != nil {
		return fmt.Errorf("event %s is not JSON: %w", detailType, err)
	}
	return schema.Validate(value)
}

// compiled are the schemas that were asked for, by event.
var compiled sync.Map

// Schema returns the compiled schema of an event. An unknown event is an error.
func Schema(detailType string) (*jsonschema.Schema, error) {
	if known, ok := compiled.Load(detailType); ok {
		return known.(*jsonschema.Schema), nil //nolint:forcetypeassert // nothing else is stored
	}
	schema, err := compile(detailType)
	if err == nil {
		compiled.Store(detailType, schema)
	}
	return schema, err
}

func compile(detailType string) (*jsonschema.Schema, error) {
	if !slices.Contains(Types(), detailType) {
		return nil, fmt.Errorf("event %s has no schema", detailType)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for _, name := range []string{"common.schema.json", detailType + "/schema.json"} {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := compiler.AddResource(base+name, schema); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return compiler.Compile(base + detailType + "/schema.json")
}
