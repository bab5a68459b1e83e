package testbed_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// TestNothingIsOverwritten gives operations ids that are taken. What is made must be new, and an entry of the log stays for ever.
func TestNothingIsOverwritten(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	entry := ""
	for name := range s.Items(s.ID) {
		if _, id, isEntry := strings.Cut(name, "#LOG "); isEntry && !strings.Contains(name, "#BRAND#") {
			entry = id
		}
	}
	// taken returns the id first in each attempt, which takes so many ids.
	taken := func(id string, attempt int) func() string {
		n := 0
		return func() string {
			n++
			if (n-1)%attempt == 0 {
				return id[strings.IndexByte(id, '_')+1:]
			}
			return s.NewID()
		}
	}
	for name, do := range map[string]func() error{
		"a brand": func() error {
			op := s.CreateBrand()
			op.NewID = taken(s.Globex.Brand, 2)
			_, err := op.Do(t.Context(), s.Ada.Caller, brand.CreateInput{Scope: s.Org, Name: "Evil"})
			return err
		},
		"an invitation": func() error {
			op := s.Create()
			op.NewID = taken(i.ID, 2)
			_, err := op.Do(t.Context(), s.Ada.Caller, testbed.MemberOffer(s.ID, s.Address("bea"), s.Brands[0]))
			return err
		},
		"an entry of the log": func() error {
			op := s.UpdateOrganization()
			op.NewID = taken(entry, 1)
			_, err := op.Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, Name: new("Evil")})
			return err
		},
		"an organization": func() error {
			op := s.CreateOrganization()
			op.NewID = taken(s.ID, 4)
			_, err := op.Do(t.Context(), s.Eve.Caller, organization.CreateInput{Name: "Evil"})
			return err
		},
		"an organization by its Admin": func() error {
			op := s.CreateOrganization()
			op.NewID = taken(s.ID, 4)
			_, err := op.Do(t.Context(), s.Ada.Caller, organization.CreateInput{Name: "Evil"})
			return err
		},
		"a role": func() error {
			op := s.CreateRole()
			op.NewID = taken(string(s.Lab().Viewer.ID), 2)
			_, err := op.Do(t.Context(), s.Lab().Ada.Caller, role.CreateInput{Scope: s.Lab().Scope, Name: "Evil", Permissions: []access.Permission{access.Read}})
			return err
		},
		"a workspace": func() error {
			op := s.CreateWorkspace()
			op.NewID = taken(s.Lab().ID, 3)
			_, err := op.Do(t.Context(), s.Eve.Caller, workspace.CreateInput{Name: "Evil"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			unchanged(t, s, func() {
				if err := do(); !errors.Is(err, fault.Unavailable) || request.IsOvertaken(err) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
	s.EraseOrganization(s.ID) // and leave its people
	s.Unchanged(t, s.ID, func() {
		op := s.CreateOrganization()
		op.NewID = taken(s.ID, 4)
		if _, err := op.Do(t.Context(), s.Ada.Caller, organization.CreateInput{Name: "Evil"}); !errors.Is(err, fault.Unavailable) {
			t.Errorf("what is left of an organization: %v", err)
		}
	})
	if got, err := s.GetOrganization().Do(t.Context(), s.Eve.Caller, organization.GetInput{Scope: access.Organization(s.ID)}); err == nil {
		t.Errorf("Eve got into %+v", got)
	}
}

// TestNoEntryIsReplaced puts an entry in the place of each that a deed is about to log: whatever becomes of the deed, the one that was there stays.
func TestNoEntryIsReplaced(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	for _, d := range writing() {
		act := d.prepare(s)
		var planted []testbed.Item
		proxy.Inject(transactions, 1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			body, _ := io.ReadAll(r.Body) // is in memory
			planted = entries(t, body)
			for _, item := range planted {
				s.Restore(item)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
		if err := act(t.Context()); err != nil && !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", d.name, err)
		}
		for _, item := range planted {
			if diff := cmp.Diff(item, s.Item(testbed.Text(item, "PK"), testbed.Text(item, "SK"))); diff != "" {
				t.Errorf("%s has replaced an entry (-before +after):\n%s", d.name, diff)
			}
		}
		if d.log != nil && len(planted) == 0 {
			t.Errorf("%s: nothing is logged", d.name)
		}
	}
}

// entries returns the log entries that a transaction would store, as if somebody else had done it.
func entries(t *testing.T, transaction []byte) []testbed.Item {
	t.Helper()
	var request struct {
		TransactItems []struct{ Put struct{ Item testbed.Item } }
	}
	if err := json.Unmarshal(transaction, &request); err != nil {
		t.Error(err)
	}
	var found []testbed.Item
	for _, write := range request.TransactItems {
		if item := write.Put.Item; strings.HasSuffix(testbed.Text(item, "PK"), "#LOG") && testbed.Text(item, "data") != "" {
			item["actor_name"] = map[string]any{"S": "Somebody else"}
			found = append(found, item)
		}
	}
	return found
}
