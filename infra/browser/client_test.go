package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"prism-access/internal/httpapi/spec"
)

// client calls the API as another system does. Every exchange is held against the contract.
type client struct {
	t     *testing.T
	token string // "" for nobody
}

// contract is openapi.yaml.
var contract = sync.OnceValues(func() (*spec.Contract, error) {
	document, err := os.ReadFile(filepath.Join(root, "internal", "httpapi", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	return spec.Load(document)
})

// as returns a client of somebody, who is signed up if they are new, and their id.
func as(t *testing.T, email, name string) (client, string) {
	t.Helper()
	token, user := here.token(t, email, name)
	return client{t, token}, user
}

// object is a JSON object.
type object = map[string]any

// answer is what the API says.
type answer struct {
	status int
	body   any
}

// at returns what stands at a path such as "results/0/invitation/id", nil for nothing.
func (a answer) at(path string) any {
	found := a.body
	for part := range strings.SplitSeq(path, "/") {
		switch holder := found.(type) {
		case map[string]any:
			found = holder[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(holder) {
				return nil
			}
			found = holder[i]
		default:
			return nil
		}
	}
	return found
}

// text is at for a text.
func (a answer) text(path string) string {
	text, _ := a.at(path).(string)
	return text
}

// items returns the objects of a list.
func (a answer) items() []answer {
	values, _ := a.at("items").([]any)
	var items []answer
	for _, value := range values {
		items = append(items, answer{body: value})
	}
	return items
}

// send calls the API and returns what it says.
func (c client) send(method, path string, body any) (answer, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return answer{}, err
		}
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, here.base+"/v1"+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	written, err := contract()
	if err != nil {
		return answer{}, err
	}
	err = written.Check(spec.Exchange{
		Method: method, Target: r.URL.RequestURI(), RequestBody: text, Status: response.StatusCode, Header: response.Header, ResponseBody: said,
	})
	if err != nil {
		return answer{}, err
	}
	a := answer{status: response.StatusCode}
	if len(said) > 0 {
		err = json.Unmarshal(said, &a.body)
	}
	return a, err
}

// does calls the API and expects a status, and for an error its code.
func (c client) does(want int, code, method, path string, body any) answer {
	c.t.Helper()
	a, err := c.send(method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if a.status != want || a.text("code") != code {
		c.t.Fatalf("%s %s answers %d %v, want %d %s", method, path, a.status, a.body, want, code)
	}
	return a
}

func (c client) get(path string) answer {
	c.t.Helper()
	return c.does(http.StatusOK, "", http.MethodGet, path, nil)
}

func (c client) post(want int, path string, body any) answer {
	c.t.Helper()
	return c.does(want, "", http.MethodPost, path, body)
}

func (c client) refused(want int, code, method, path string, body any) answer {
	c.t.Helper()
	return c.does(want, code, method, path, body)
}
