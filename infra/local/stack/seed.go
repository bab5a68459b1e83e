package stack

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"prism-access/infra/local/dev"
	"prism-access/infra/local/oidc"
)

// DemoPeople have an account from the start.
var DemoPeople = []oidc.Person{
	{Name: "Ada Lovelace", Username: "ada", Email: "ada@example.com", EmailVerified: true},
	{Name: "Katherine Johnson", Username: "katherine", Email: "katherine@example.com", EmailVerified: true},
	{Name: "Alan Turing", Username: "alan", Email: "alan@example.com", EmailVerified: true},
	{Name: "Hedy Lamarr", Username: "hedy", Email: "hedy@example.com", EmailVerified: true},
}

// DemoOrganization is the organization that they are in.
const DemoOrganization = "Northwind"

// seed brings demo people and an organization in, through the public API alone, once in the life of the data. The clock goes
// back for it, so that one invitation has run out by now.
func (s *Stack) seed(ctx context.Context) error {
	if !s.o.Seed || s.state.Seeded {
		return nil
	}
	offset := s.Clock.Offset()
	s.Clock.Advance(-9 * 24 * time.Hour)
	defer s.Clock.Set(offset)
	limited, cancel := context.WithTimeout(ctx, seedLimit)
	defer cancel()
	d := &demo{stack: s, ctx: limited}
	d.fill()
	if d.err != nil {
		return d.err
	}
	s.state.Seeded = true
	return s.state.save(s.o.Folder)
}

// A table server that is cold, or a machine that is busy, makes calls fail that work a moment later.
const (
	seedLimit = time.Minute // for all the demo data
	seedPause = 500 * time.Millisecond
)

// demo makes calls until one has failed for good.
type demo struct {
	stack *Stack
	ctx   context.Context
	err   error
}

type object = map[string]any

func (d *demo) fill() {
	ada, katherine, alan, hedy := DemoPeople[0], DemoPeople[1], DemoPeople[2], DemoPeople[3]
	admin := d.token(ada)
	if d.isThere(admin) {
		for _, p := range DemoPeople {
			d.token(p)
		}
		return
	}
	organization := d.create(admin, "/v1/organizations", object{"name": DemoOrganization})
	path := "/v1/organizations/" + organization
	coffee := d.create(admin, path+"/brands", object{"name": "Northwind Coffee"})
	tea := d.create(admin, path+"/brands", object{"name": "Northwind Tea"})
	invite := func(email, role string, brands ...string) string {
		return d.invite(admin, path, object{
			"invitees": []object{{"email": email}}, "role": "member", "brands": brands, "brand_role": role,
		})
	}
	invite("joan@example.com", "viewer", tea) // has expired by now
	accepted := invite(katherine.Email, "publisher", coffee, tea)
	declined := invite(hedy.Email, "viewer", coffee)

	d.stack.Clock.Advance(24 * time.Hour)
	d.post(d.token(katherine), path+"/invitations/"+accepted+"/accept", object{})
	d.token(alan)
	d.post(d.token(hedy), path+"/invitations/"+declined+"/decline", object{})
	invite(alan.Email, "viewer", coffee) // has an account, and is in at once

	d.stack.Clock.Advance(5 * 24 * time.Hour)
	invite("margaret@example.com", "publisher", coffee)

	d.stack.Clock.Advance(3*24*time.Hour - 10*time.Minute)
	d.invite(admin, path, object{"invitees": []object{{"email": "dorothy@example.com"}}, "role": "admin", "confirm": "admin"})
}

func (d *demo) token(p oidc.Person) string {
	if d.err != nil {
		return ""
	}
	var token string
	d.err = d.retry(func() (bool, error) {
		var err error
		token, _, err = dev.Token(d.ctx, d.stack.Issuer, p)
		return errors.Is(err, oidc.ErrTrigger), err
	})
	return token
}

// retry does something until it works, fails for good, or the time for the demo data is over.
func (d *demo) retry(do func() (again bool, err error)) error {
	for {
		again, err := do()
		if err == nil || !again {
			return err
		}
		select {
		case <-d.ctx.Done():
			return fmt.Errorf("given up after %s: %w", seedLimit, err)
		case <-time.After(seedPause):
		}
	}
}

// call calls the API; the key makes its repetitions one request.
func (d *demo) call(token, method, path string, body any) (object, error) {
	key := rand.Text()
	var answer object
	err := d.retry(func() (bool, error) {
		var status int
		var err error
		answer, status, err = d.stack.call(d.ctx, d.stack.inside, token, method, path, body, key)
		return status >= http.StatusInternalServerError, err
	})
	return answer, err
}

// isThere says whether the table, which may be older than what was kept beside it, has the demo data already.
func (d *demo) isThere(token string) bool {
	if d.err != nil {
		return false
	}
	access, err := d.call(token, http.MethodGet, "/v1/me/access", nil)
	text, _ := json.Marshal(access) // came out of JSON
	d.err = err
	return bytes.Contains(text, []byte(`"`+DemoOrganization+`"`))
}

// create returns the id of what was created.
func (d *demo) create(token, path string, body object) string {
	id, _ := d.post(token, path, body)["id"].(string)
	return id
}

// invite returns the id of the invitation, "" when the person is in at once.
func (d *demo) invite(token, path string, body object) string {
	if d.err != nil {
		return ""
	}
	var id string
	d.err = d.retry(func() (bool, error) {
		answer, err := d.call(token, http.MethodPost, path+"/invitations", body)
		if err != nil {
			return false, err // it has been repeated already
		}
		text, _ := json.Marshal(answer) // came out of JSON
		var out struct {
			Results []struct {
				Invitation struct{ ID string }
				Error      struct{ Code string }
			}
		}
		if err := json.Unmarshal(text, &out); err != nil || len(out.Results) != 1 || out.Results[0].Error.Code != "" {
			again := err == nil && len(out.Results) == 1 && out.Results[0].Error.Code == "unavailable"
			return again, fmt.Errorf("POST %s/invitations answered %s", path, text)
		}
		id = out.Results[0].Invitation.ID
		return false, nil
	})
	return id
}

// post returns the answer's object.
func (d *demo) post(token, path string, body object) object {
	if d.err != nil {
		return nil
	}
	answer, err := d.call(token, http.MethodPost, path, body)
	d.err = err
	return answer
}

// Call calls the API as its clients do. An answer that is not a success is an error.
func (s *Stack) Call(ctx context.Context, token, method, path string, body any) (map[string]any, error) {
	answer, _, err := s.call(ctx, s.URL, token, method, path, body, "")
	return answer, err
}

// call calls the API at an address. The status is 0 without an answer; the key may be empty.
func (s *Stack) call(ctx context.Context, base, token, method, path string, body any, key string) (map[string]any, int, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, 0, err
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(text))
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, response.StatusCode, err
	}
	out := map[string]any{}
	if response.StatusCode >= http.StatusMultipleChoices || len(answer) > 0 && json.Unmarshal(answer, &out) != nil {
		return nil, response.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return out, response.StatusCode, nil
}
