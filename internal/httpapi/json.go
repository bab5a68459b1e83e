package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"prism-access/internal/fault"
)

// object is a JSON object in the order in which it was written. The other values are what encoding/json makes of them: string,
// json.Number, bool, nil and []any.
type object struct {
	names  []string
	values map[string]any
}

// maxDepth is far deeper than any input of ours.
const maxDepth = 16

// parse reads one JSON value. Unlike encoding/json, it finds names that stand twice, with their pointers.
func parse(text []byte) (value any, fields []fault.Field, err error) {
	notJSON := fault.New(fault.BadRequest, "invalid_json", "The body is not valid JSON.")
	if !utf8.Valid(text) {
		return nil, nil, notJSON
	}
	p := parser{dec: json.NewDecoder(bytes.NewReader(text))}
	p.dec.UseNumber()
	value, err = p.value("", 0)
	if err == nil {
		_, err = p.dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return value, p.fields, nil
		case err == nil:
			notJSON.Message = "The body has more than one JSON value. Send one only."
		}
	}
	notJSON.Err = err
	return nil, nil, notJSON
}

type parser struct {
	dec    *json.Decoder
	fields []fault.Field
}

func (p *parser) value(at string, depth int) (any, error) {
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("too deep")
	}
	switch token {
	case json.Delim('{'):
		return p.object(at, depth)
	case json.Delim('['):
		return p.array(at, depth)
	}
	return token, nil
}

func (p *parser) object(at string, depth int) (any, error) {
	o := object{values: map[string]any{}}
	for p.dec.More() {
		token, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder allows nothing else here
		pointer := at + "/" + escape(name)
		value, err := p.value(pointer, depth+1)
		if err != nil {
			return nil, err
		}
		if _, twice := o.values[name]; twice {
			p.fields = append(p.fields, fault.Field{Pointer: pointer, Code: "duplicate_name", Detail: "This name stands twice."})
			continue
		}
		o.names = append(o.names, name)
		o.values[name] = value
	}
	_, err := p.dec.Token()
	return o, err
}

func (p *parser) array(at string, depth int) (any, error) {
	list := []any{}
	for p.dec.More() {
		value, err := p.value(at+"/"+strconv.Itoa(len(list)), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := p.dec.Token()
	return list, err
}

// escape writes a name as a part of a JSON pointer (RFC 6901).
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
