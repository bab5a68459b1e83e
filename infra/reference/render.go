package main

import (
	"bytes"
	_ "embed" // the page's template
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"prose": prose, "inline": inline}).Parse(source))

// group is what stands below one tag.
type group struct {
	ID, Name, Description string
	Operations            []described
}

type described struct {
	operation
	Method, Path string
	Scopes       []string // a token needs one of them; none: it needs no token
	Parameters   []field
	Body         []field
	Requests     []example
	Answers      []answer
	Refusals     []refusal
}

// field is a parameter, or a field of a body.
type field struct {
	Name, In, Kind, Description string
	Required                    bool
}

// coded is a schema as far as it leads to codes.
type coded struct {
	Enum  []string
	Items struct {
		Properties struct {
			Error struct {
				Properties struct{ Code struct{ Enum []string } }
			}
		}
	}
}

type example struct{ Name, Type, Text string }

// answer is what an operation answers when it does what it is asked for.
type answer struct {
	Status, Description string
	Codes               []string // of the errors of single results
	Examples            []example
}

// refusal is an answer that several operations share.
type refusal struct {
	ID, Status, Name, Description string
	Codes                         []string
	Examples                      []example
}

// Render returns the part of a page that describes the API of an OpenAPI document in YAML, as HTML. The same document gives the same page.
func Render(text []byte) ([]byte, error) {
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	groups, refusals, err := d.describe()
	if err != nil {
		return nil, err
	}
	var scheme struct{ Description string }
	if bearer, ok := d.Components["securitySchemes"]["bearer"]; ok {
		if err := json.Unmarshal(bearer, &scheme); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{"Info": d.Info, "Groups": groups, "Tokens": scheme.Description, "Refusals": refusals})
	return out.Bytes(), err
}

func (d *document) describe() ([]group, []refusal, error) {
	var groups []group
	for _, tag := range d.Tags {
		groups = append(groups, group{ID: "about-" + strings.ReplaceAll(tag.Name, " ", "-"), Name: tag.Name, Description: tag.Description})
	}
	var refusals []refusal
	for _, path := range d.Paths {
		var methods object
		if err := json.Unmarshal(path.Value, &methods); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path.Name, err)
		}
		var shared []json.RawMessage
		for _, method := range methods {
			if method.Name == "parameters" {
				if err := json.Unmarshal(method.Value, &shared); err != nil {
					return nil, nil, fmt.Errorf("%s: %w", path.Name, err)
				}
				continue
			}
			o, err := d.operation(path.Name, method, shared)
			if err != nil {
				return nil, nil, fmt.Errorf("%s %s: %w", method.Name, path.Name, err)
			}
			at := slices.IndexFunc(groups, func(g group) bool { return slices.Equal(o.Tags, []string{g.Name}) })
			if at < 0 {
				return nil, nil, fmt.Errorf("%s %s: its tags %q are not one that the document has", method.Name, path.Name, o.Tags)
			}
			groups[at].Operations = append(groups[at].Operations, o)
			refusals = append(refusals, o.Refusals...)
		}
	}
	slices.SortFunc(refusals, func(a, b refusal) int { return strings.Compare(a.Status+a.Name, b.Status+b.Name) })
	return groups, slices.CompactFunc(refusals, func(a, b refusal) bool { return a.ID == b.ID }), nil
}

func (d *document) operation(path string, method member, shared []json.RawMessage) (described, error) {
	o := described{Method: strings.ToUpper(method.Name), Path: path}
	if err := json.Unmarshal(method.Value, &o.operation); err != nil {
		return o, err
	}
	if len(d.Servers) > 0 {
		o.Path = d.Servers[0].URL + path
	}
	required := d.Security
	if o.Security != nil {
		required = *o.Security
	}
	for _, one := range required {
		for _, scopes := range one {
			o.Scopes = append(o.Scopes, scopes...)
		}
	}
	for _, at := range append(slices.Clone(shared), o.operation.Parameters...) {
		var p parameter
		if _, err := d.read(at, &p); err != nil {
			return o, err
		}
		kind, _, err := d.kind(p.Schema)
		if err != nil {
			return o, err
		}
		o.Parameters = append(o.Parameters, field{Name: p.Name, In: p.In, Kind: kind, Description: p.Description, Required: p.Required})
	}
	if err := d.body(&o); err != nil {
		return o, err
	}
	for _, response := range o.Responses {
		var m message
		name, err := d.read(response.Value, &m)
		if err != nil {
			return o, err
		}
		examples, codes, err := d.examples(m)
		if err != nil {
			return o, err
		}
		if strings.HasPrefix(response.Name, "2") {
			o.Answers = append(o.Answers, answer{Status: response.Name, Description: m.Description, Codes: codes, Examples: examples})
			continue
		}
		if name == "" {
			return o, fmt.Errorf("the answer %s is not among the components", response.Name)
		}
		o.Refusals = append(o.Refusals, refusal{
			ID: "answer-" + name, Status: response.Name, Name: name, Description: m.Description, Codes: codes, Examples: examples,
		})
	}
	return o, nil
}

// body describes the body that an operation takes, if it takes one.
func (d *document) body(o *described) error {
	if o.RequestBody == nil {
		return nil
	}
	var m message
	if _, err := d.read(o.RequestBody, &m); err != nil {
		return err
	}
	var err error
	if o.Requests, _, err = d.examples(m); err != nil {
		return err
	}
	for _, held := range m.Content {
		var c content
		if err := json.Unmarshal(held.Value, &c); err != nil {
			return err
		}
		if o.Body, err = d.fields(c.Schema); err != nil {
			return err
		}
	}
	return nil
}

// examples returns the examples of a message, and the codes that it may have: as a problem, or in its single results.
func (d *document) examples(m message) (examples []example, codes []string, err error) {
	for _, held := range m.Content {
		var c content
		if err := json.Unmarshal(held.Value, &c); err != nil {
			return nil, nil, err
		}
		if c.Example != nil {
			examples = append(examples, example{Type: held.Name, Text: readable(c.Example)})
		}
		for _, named := range c.Examples {
			var e struct{ Value json.RawMessage }
			if _, err := d.read(named.Value, &e); err != nil {
				return nil, nil, err
			}
			examples = append(examples, example{Name: words(named.Name), Type: held.Name, Text: readable(e.Value)})
		}
		var body struct{ Properties struct{ Code, Results coded } }
		if err := json.Unmarshal(c.Schema, &body); err != nil {
			return nil, nil, err
		}
		codes = append(codes, body.Properties.Code.Enum...)
		codes = append(codes, body.Properties.Results.Items.Properties.Error.Properties.Code.Enum...)
	}
	return examples, codes, nil
}

// readable returns a text as it is, and all else as JSON in lines.
func readable(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")
	}
	var out bytes.Buffer
	_ = json.Indent(&out, value, "", "  ") // it was read before
	return out.String()
}

var capital = regexp.MustCompile(`[A-Z]`)

// words takes a camelCase name apart.
func words(name string) string {
	return capital.ReplaceAllStringFunc(name, func(letter string) string { return " " + strings.ToLower(letter) })
}

var code = regexp.MustCompile("`([^`]+)`")

// prose returns a description as HTML, in paragraphs.
func prose(text string) template.HTML {
	var out template.HTML
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		out += "<p>" + inline(paragraph) + "</p>"
	}
	return out
}

// inline returns a paragraph as HTML, with what stands in backticks as code.
func inline(text string) template.HTML {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", " ")
	return template.HTML(code.ReplaceAllString(template.HTMLEscapeString(text), "<code>$1</code>")) //nolint:gosec // escaped
}
