package spec

import (
	"net/http"
	"slices"
	"strconv"
)

// Answer is one way in which an operation is answered: by a status and, for an error, a code.
type Answer struct {
	Status int
	Code   string
}

// Answers returns all documented answers of an operation that come from its function, by status. What the gateway answers by itself is
// left out.
func (c *Contract) Answers(operation Operation) []Answer {
	var all []Answer
	responses, _ := c.value(operation.at + "/responses").(map[string]any)
	for name := range responses {
		status, _ := strconv.Atoi(name)
		at := c.resolve(operation.at + pointer("responses", name))
		codes, _ := c.value(at + pointer("content", "application/problem+json", "schema", "properties", "code", "enum")).([]any)
		if status < http.StatusBadRequest {
			all = append(all, Answer{Status: status})
		}
		for _, code := range codes {
			text, _ := code.(string)
			all = append(all, Answer{Status: status, Code: text})
		}
	}
	slices.SortFunc(all, func(a, b Answer) int { return a.Status - b.Status })
	return all
}

// Find returns the operation that a request is for, with the values of the path's parameters.
func (c *Contract) Find(method, path string) (operation Operation, parameters map[string]string, known bool) {
	operation, known = c.find(method, path)
	return operation, valuesIn(operation.Path, path), known
}
