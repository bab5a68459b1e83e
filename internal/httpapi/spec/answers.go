package spec

import (
	"net/http"
	"slices"
	"strconv"
)

// Answer is one way in which an operation is answered: by a status and, for an error, a code; or by a result with a code among those of a
// call about several things.
type Answer struct {
	Status int
	Code   string
	Result string // code of the error of one result
}

// Answers returns all documented answers of an operation that come from its function, by status. What the gateway answers by itself is
// left out.
func (c *Contract) Answers(operation Operation) []Answer {
	var all []Answer
	responses, _ := c.value(operation.at + "/responses").(map[string]any)
	for name := range responses {
		status, _ := strconv.Atoi(name)
		at := c.resolve(operation.at + pointer("responses", name))
		if status < http.StatusBadRequest {
			all = append(all, Answer{Status: status})
			for _, code := range c.results(at + pointer("content", "application/json", "schema")) {
				all = append(all, Answer{Status: status, Result: code})
			}
		}
		for _, code := range c.enum(at + pointer("content", "application/problem+json", "schema", "properties", "code")) {
			all = append(all, Answer{Status: status, Code: code})
		}
	}
	slices.SortFunc(all, func(a, b Answer) int { return a.Status - b.Status })
	return all
}

// FieldCodes returns the codes of bad fields, in all answers.
func (c *Contract) FieldCodes() []string {
	return c.enum("/components/schemas/FieldError/properties/code")
}

// results returns the codes that the errors of single results may have in a body.
func (c *Contract) results(body string) []string {
	var codes []string
	for _, results := range c.under(body, "results") {
		for _, err := range c.under(results+"/items", "error") {
			for _, code := range c.under(err, "code") {
				codes = append(codes, c.enum(code)...)
			}
		}
	}
	return codes
}

// under returns where a field of an object is described: beside its reference, behind it, and in its alternatives.
func (c *Contract) under(at, name string) []string {
	var found []string
	if own := at + pointer("properties", name); c.value(own) != nil {
		found = append(found, own)
	}
	if behind := c.resolve(at); behind != at {
		found = append(found, c.under(behind, name)...)
	}
	alternatives, _ := c.value(at + "/oneOf").([]any)
	for i := range alternatives {
		found = append(found, c.under(at+pointer("oneOf", strconv.Itoa(i)), name)...)
	}
	return found
}

func (c *Contract) enum(at string) []string {
	var texts []string
	values, _ := c.value(at + "/enum").([]any)
	for _, value := range values {
		text, _ := value.(string)
		texts = append(texts, text)
	}
	return texts
}

// Find returns the operation that a request is for, with the values of the path's parameters.
func (c *Contract) Find(method, path string) (operation Operation, parameters map[string]string, known bool) {
	operation, known = c.find(method, path)
	return operation, valuesIn(operation.Path, path), known
}
