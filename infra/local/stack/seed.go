package stack

import (
	"bytes"
	"context"
	"encoding/json"
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
	d := &demo{stack: s, ctx: ctx}
	d.fill()
	if d.err != nil {
		return d.err
	}
	s.state.Seeded = true
	return s.state.save(s.o.Folder)
}

// demo makes calls until one has failed.
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
	token, _, err := dev.Token(d.ctx, d.stack.Issuer, p)
	d.err = err
	return token
}

// isThere says whether the table, which may be older than what was kept beside it, has the demo data already.
func (d *demo) isThere(token string) bool {
	if d.err != nil {
		return false
	}
	access, err := d.stack.Call(d.ctx, token, http.MethodGet, "/v1/me/access", nil)
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
	text, err := json.Marshal(d.post(token, path+"/invitations", body))
	var out struct {
		Results []struct{ Invitation struct{ ID string } }
	}
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if d.err == nil && (err != nil || len(out.Results) != 1) {
		d.err = fmt.Errorf("POST %s/invitations answered %s", path, text)
	}
	if d.err != nil {
		return ""
	}
	return out.Results[0].Invitation.ID
}

// post returns the answer's object.
func (d *demo) post(token, path string, body object) object {
	if d.err != nil {
		return nil
	}
	answer, err := d.stack.Call(d.ctx, token, http.MethodPost, path, body)
	d.err = err
	return answer
}

// Call calls the API as its clients do. An answer that is not a success is an error.
func (s *Stack) Call(ctx context.Context, token, method, path string, body any) (map[string]any, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	if response.StatusCode >= http.StatusMultipleChoices || len(answer) > 0 && json.Unmarshal(answer, &out) != nil {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return out, nil
}
