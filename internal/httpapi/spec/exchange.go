package spec

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Exchange is a request to the API and its answer, as recorded.
type Exchange struct {
	Method      string
	Target      string // path and query as they were sent, escaped
	RequestBody []byte

	Status       int
	Header       http.Header // of the answer
	ResponseBody []byte
}

// Check compares an exchange with the contract: the route is known; the status, the media type, the headers and every field of
// the answer are documented for it, an error's code too; and what was asked is documented if it was granted. It returns all that differs.
func (c *Contract) Check(e Exchange) error {
	target, err := url.Parse(e.Target)
	if err != nil {
		return fmt.Errorf("%s %s: %w", e.Method, e.Target, err)
	}
	operation, known := c.find(e.Method, target.EscapedPath())
	if !known {
		return fmt.Errorf("%s %s is not in the contract", e.Method, target.Path)
	}
	found := c.checkAnswer(operation, e)
	if e.Status < http.StatusBadRequest {
		found = append(found, c.checkQuery(operation, target.Query())...)
		found = append(found, c.checkBody(operation, e.RequestBody))
	}
	if err := errors.Join(found...); err != nil {
		return fmt.Errorf("%s answered %d: %w", operation.ID, e.Status, err)
	}
	return nil
}

// gatewayMedia is what the gateway answers in when it refuses by itself.
const gatewayMedia = "application/json"

func (c *Contract) checkAnswer(operation Operation, e Exchange) []error {
	at := c.resolve(operation.at + pointer("responses", strconv.Itoa(e.Status)))
	if c.value(at) == nil {
		return []error{errors.New("the status is not documented")}
	}
	content, _ := c.value(at + "/content").(map[string]any)
	if content == nil {
		if len(e.ResponseBody) > 0 {
			return []error{fmt.Errorf("no body is documented, got %q", e.ResponseBody)}
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(e.Header.Get("Content-Type"))
	if err != nil || content[media] == nil {
		return []error{fmt.Errorf("the media type %q is not documented", e.Header.Get("Content-Type"))}
	}
	schema := at + pointer("content", media, "schema")
	found := []error{}
	if strings.HasPrefix(media, "text/") {
		found = append(found, c.check("the answer", schema, string(e.ResponseBody)))
	} else {
		found = append(found, c.checkJSON("the answer", schema, e.ResponseBody))
	}
	if e.Status < http.StatusBadRequest || media != gatewayMedia {
		found = append(found, c.checkHeaders(at+"/headers", e.Header)...)
	}
	return found
}

func (c *Contract) checkHeaders(at string, header http.Header) []error {
	var found []error
	documented, _ := c.value(at).(map[string]any)
	for name := range documented {
		values := header.Values(name)
		if c.value(c.resolve(at+pointer(name))+"/required") == false && len(values) == 0 {
			continue
		}
		if len(values) != 1 {
			found = append(found, fmt.Errorf("got %d headers %s, want 1", len(values), name))
			continue
		}
		schema := c.resolve(at+pointer(name)) + "/schema"
		found = append(found, c.checkText("header "+name, schema, values[0]))
	}
	return found
}

func (c *Contract) checkQuery(operation Operation, query url.Values) []error {
	documented := map[string]string{} // name -> pointer of the schema
	route := operation.at[:strings.LastIndexByte(operation.at, '/')]
	for _, list := range []string{route + "/parameters", operation.at + "/parameters"} {
		parameters, _ := c.value(list).([]any)
		for i := range parameters {
			at := c.resolve(list + pointer(strconv.Itoa(i)))
			if name, _ := c.value(at + "/name").(string); c.value(at+"/in") == "query" {
				documented[name] = at + "/schema"
			}
		}
	}
	var found []error
	for name, values := range query {
		switch schema := documented[name]; {
		case schema == "":
			found = append(found, fmt.Errorf("the query parameter %q is not documented", name))
		case len(values) != 1:
			found = append(found, fmt.Errorf("the query parameter %q stands there %d times", name, len(values)))
		default:
			found = append(found, c.checkText("query parameter "+name, schema, values[0]))
		}
	}
	return found
}

func (c *Contract) checkBody(operation Operation, body []byte) error {
	at := c.resolve(operation.at + "/requestBody")
	required, _ := c.value(at + "/required").(bool)
	switch {
	case len(body) > 0 && c.value(at) == nil:
		return fmt.Errorf("no request body is documented, got %q", body)
	case len(body) == 0 && required:
		return errors.New("the request has no body")
	case len(body) == 0:
		return nil
	}
	return c.checkJSON("the request", at+pointer("content", "application/json", "schema"), body)
}

// checkText checks a parameter or header: as a number or boolean where the schema wants one, else as text.
func (c *Contract) checkText(what, schema, text string) error {
	var value any = text
	if kind := c.value(c.resolve(schema) + "/type"); slices.Contains([]any{"integer", "boolean"}, kind) {
		if parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
			value = parsed
		}
	}
	return c.check(what, schema, value)
}

func (c *Contract) checkJSON(what, schema string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s is not JSON: %w: %q", what, err, text)
	}
	return c.check(what, schema, value)
}

func (c *Contract) check(what, schema string, value any) error {
	c.compiling.Lock()
	compiled, err := c.compiler.Compile(location + "#" + url.PathEscape(schema))
	c.compiling.Unlock()
	if err != nil {
		return fmt.Errorf("schema of %s: %w", what, err)
	}
	if err := compiled.Validate(value); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
