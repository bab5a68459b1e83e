package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is what a function returns in payload format 2.0.
type answer struct {
	StatusCode      json.RawMessage   `json:"statusCode"`
	Headers         map[string]scalar `json:"headers"`
	Cookies         []string          `json:"cookies"`
	Body            *string           `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// scalar is a header's value, which may be a number or a bool as well.
type scalar string

func (s *scalar) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && (data[0] == '{' || data[0] == '[') {
		return fmt.Errorf("the value of a header is no plain one: %s", data)
	}
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = string(data)
	}
	*s = scalar(text)
	return nil
}

// respond writes a function's answer. An answer without a status code is the body of a 200 in JSON. An answer that is
// not of the format is an error, and nothing is written.
func respond(w http.ResponseWriter, r *http.Request, raw []byte) error {
	var a answer
	isObject := strings.HasPrefix(strings.TrimSpace(string(raw)), "{")
	if isObject {
		if err := json.Unmarshal(raw, &a); err != nil {
			return fmt.Errorf("the function's answer is not of payload format 2.0: %w", err)
		}
	}
	if !isObject || a.StatusCode == nil {
		return respondInferred(w, raw)
	}
	status, err := strconv.Atoi(strings.Trim(string(a.StatusCode), `"`))
	if err != nil || status < 100 || status > 599 {
		return fmt.Errorf("the function's answer has the status code %s", a.StatusCode)
	}
	var body []byte
	if a.Body != nil {
		body = []byte(*a.Body)
	}
	if a.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(string(body)); err != nil {
			return fmt.Errorf("the function's answer is not base64: %w", err)
		}
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	for name, value := range a.Headers {
		header.Set(name, string(value))
	}
	for _, cookie := range a.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	// Content-Length is the gateway's to say, but what a HEAD would have brought is known to the function alone.
	if r.Method != http.MethodHead {
		header.Del("Content-Length")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client gone does not matter
	return nil
}

func respondInferred(w http.ResponseWriter, raw []byte) error {
	if !json.Valid(raw) {
		return fmt.Errorf("the function's answer is not JSON")
	}
	body := raw
	var text string
	if json.Unmarshal(raw, &text) == nil && strings.HasPrefix(string(raw), `"`) {
		body = []byte(text)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a client gone does not matter
	return nil
}
