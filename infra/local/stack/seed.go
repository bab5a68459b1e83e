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
	"slices"
	"strings"
	"time"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/dev"
	"prism-access/infra/local/metrics"
	"prism-access/infra/local/oidc"
	"prism-access/internal/telemetry"
)

// DemoPerson is somebody with an account, and what they are to the demo organization in a few words.
type DemoPerson struct {
	oidc.Person
	Note string
}

// DemoPeople have an account from the start.
var DemoPeople = []DemoPerson{ada, radia, katherine, alan, barbara, hedy, annie, mary}

var (
	ada       = demoPerson("Ada Lovelace", "Admin of "+DemoOrganization)
	radia     = demoPerson("Radia Perlman", "Admin of Northwind Tea, Publisher of Coffee")
	katherine = demoPerson("Katherine Johnson", "Publisher of both brands")
	alan      = demoPerson("Alan Turing", "Viewer of Northwind Coffee")
	barbara   = demoPerson("Barbara Liskov", "Member without a brand, invited to workspaces")
	hedy      = demoPerson("Hedy Lamarr", "has declined an invitation")
	annie     = demoPerson("Annie Easley", "asks for access")
	mary      = demoPerson("Mary Jackson", "was rejected")
)

func demoPerson(name, note string) DemoPerson {
	first, _, _ := strings.Cut(strings.ToLower(name), " ")
	return DemoPerson{oidc.Person{Name: name, Username: first, Email: first + "@example.com", EmailVerified: true}, note}
}

// DemoOrganization is the organization that they are in, DemoWorkspace the workspace.
const (
	DemoOrganization = "Northwind"
	DemoWorkspace    = "Northwind Research"
)

// seed brings demo people and an organization in, through the public API alone, once in the life of the data. The clock goes
// back for it, so that one invitation has run out by now.
func (s *Stack) seed(ctx context.Context) error {
	if !s.o.Seed || s.state.Seeded {
		return nil
	}
	offset := s.Clock.Offset()
	s.Clock.Advance(-9 * 24 * time.Hour)
	limited, cancel := context.WithTimeout(ctx, seedLimit)
	defer cancel()
	d := &demo{stack: s, ctx: limited}
	d.fill()
	s.Clock.Set(offset)
	if d.err != nil {
		return d.err
	}
	if err := s.uncounted(ctx); err != nil {
		return err
	}
	s.state.Seeded = true
	return s.state.save(s.o.Folder)
}

// A table server that is cold, or a machine that is busy, makes calls fail that work a moment later.
const (
	seedLimit = 2 * time.Minute // for all the demo data
	seedPause = 500 * time.Millisecond

	publishLimit = 5 * time.Second
	publishPause = 20 * time.Millisecond
)

// demo makes calls until one has failed for good.
type demo struct {
	stack *Stack
	ctx   context.Context
	err   error
}

type object = map[string]any

// uncounted lets metrics begin behind the demo data, which are no traffic: as the clock moved while they came in, their events would count as days late. So it
// waits until each entry of the log is published, and no function has anything of the stream before it.
func (s *Stack) uncounted(ctx context.Context) error {
	entries := object{"TableName": s.o.Table, "Select": "COUNT", "FilterExpression": "attribute_exists(occurred_at)"}
	for limit := time.Now().Add(publishLimit); time.Now().Before(limit); time.Sleep(publishPause) {
		var log struct{ Count int }
		if err := (awsjson.Client{Endpoint: s.o.Endpoint}).Table(ctx, "Scan", entries, &log); err != nil {
			return err
		}
		if slices.ContainsFunc(s.Metrics.All(), func(m metrics.Series) bool { return m.Name == telemetry.RelayLag.Name && m.Values >= log.Count }) && s.reader.Waiting() == 0 {
			break
		}
	}
	s.Metrics.Forget()
	return nil
}

// fill leaves something to see on every tab of the organization and its brands, and of the workspace.
func (d *demo) fill() {
	admin := d.token(ada)
	if d.isThere(admin) {
		for _, p := range DemoPeople {
			d.token(p)
		}
		return
	}
	organization := d.post(admin, "/v1/organizations", object{"name": DemoOrganization})
	path := "/v1/organizations/" + id(organization)
	coffee := id(d.post(admin, path+"/brands", object{"name": "Northwind Coffee"}))
	tea := id(d.post(admin, path+"/brands", object{"name": "Northwind Tea"}))
	invite := func(email, role string, brands ...string) string {
		return d.invite(admin, path, object{
			"invitees": []object{{"email": email}}, "role": "member", "brands": brands, "brand_role": role,
		})
	}
	invite("joan@example.com", "viewer", tea) // has expired by now
	accepted := invite(katherine.Email, "publisher", coffee, tea)
	d.invite(admin, path+"/brands/"+tea, object{ // closes when she accepts, which takes its time: it lasts as long as any
		"invitees": []object{{"email": katherine.Email}}, "role": "viewer", "expires_in_days": 30,
	})
	declined := invite(hedy.Email, "viewer", coffee)
	for _, p := range DemoPeople { // who is invited to a workspace has an account
		d.token(p)
	}
	research := d.research(admin)

	d.advance(24 * time.Hour)
	research.answered()
	d.post(d.token(katherine), path+"/invitations/"+accepted+"/accept", object{})
	d.post(d.token(hedy), path+"/invitations/"+declined+"/decline", object{})
	invite(radia.Email, "publisher", coffee, tea) // who has an account is in at once
	invite(alan.Email, "viewer", coffee)
	invite(barbara.Email, "viewer", tea)

	d.advance(24 * time.Hour)
	asks := func(p DemoPerson, message string, wanted ...string) string {
		return id(d.post(d.token(p), path+"/access-requests", object{
			"connection": connection(organization), "message": message, "wanted_brands": wanted,
		}))
	}
	rejected := asks(mary, "I would like to have a look around.", coffee, tea)
	d.change(admin, path, radia, object{"brands": object{tea: "admin"}, "reason": "Runs the shop of Tea"})
	d.change(admin, path, barbara, object{"brands": object{tea: nil}, "reason": "Tea is finished for her"})
	d.advance(24 * time.Hour)
	d.post(admin, path+"/access-requests/"+rejected+"/reject", object{"reason": "Ask your team lead first."})

	d.advance(3*24*time.Hour + 15*time.Hour) // past the time of a reminder for Joan, which would come or not as it happens
	research.overreach()
	invite("margaret@example.com", "publisher", coffee)
	d.invite(admin, path+"/brands/"+coffee, object{"invitees": []object{{"email": "ellen@example.com"}}, "role": "viewer"})
	d.invite(d.token(radia), path+"/brands/"+tea, object{"invitees": []object{{"email": "sally@example.com"}}, "role": "viewer"})

	d.advance(2*24*time.Hour + 6*time.Hour)
	research.open()
	asks(annie, "I write the recipes of Coffee from Monday on.", coffee)
	d.advance(3*time.Hour - 10*time.Minute)
	d.invite(admin, path, object{"invitees": []object{{"email": "dorothy@example.com"}}, "role": "admin", "confirm": "admin"})
}

// change changes what somebody has in the organization.
func (d *demo) change(token, path string, who DemoPerson, change object) {
	known, _ := d.stack.Issuer.Person(who.Email)
	d.do(token, http.MethodPatch, path+"/members/"+d.stack.userID(known.Subject), change)
}

func (d *demo) advance(by time.Duration) { d.stack.Clock.Advance(by) }

// id returns an object's id, "" for nothing.
func id(of object) string {
	id, _ := of["id"].(string)
	return id
}

// connection returns the id of the organization's join page.
func connection(organization object) string {
	connections, _ := organization["connections"].([]any)
	if len(connections) == 0 {
		return ""
	}
	joinPage, _ := connections[0].(object)
	return id(joinPage)
}

func (d *demo) token(p DemoPerson) string {
	if d.err != nil {
		return ""
	}
	var token string
	d.err = d.retry(func() (bool, error) {
		var err error
		token, _, err = dev.Token(d.ctx, d.stack.Issuer, p.Person)
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

func (d *demo) post(token, path string, body object) object {
	return d.do(token, http.MethodPost, path, body)
}

// do returns the answer's object.
func (d *demo) do(token, method, path string, body object) object {
	if d.err != nil {
		return nil
	}
	answer, err := d.call(token, method, path, body)
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
