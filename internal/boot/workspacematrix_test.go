package boot_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/httpapi"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// needed is which permission each operation on a workspace takes, written down from the guide and not from the code.
var needed = map[string]access.Permission{
	"get-workspace": "read", "update-workspace": "update", "delete-workspace": "delete", "enable-workspace": "enable", "disable-workspace": "disable",
	"list-roles": "read", "get-role": "read", "create-role": "manage_role", "update-role": "manage_role", "delete-role": "manage_role",
	"list-members-of-workspace": "view_role_users", "get-member-of-workspace": "view_role_users", "update-member-of-workspace": "add_role_users",
	"bulk-update-members-of-workspace": "add_role_users", "remove-member-of-workspace": "remove_role_users", "resume-mails-of-workspace": "add_role_users",
	"bulk-remove-members-of-workspace": "remove_role_users", "list-audit-log-of-workspace": "view_audit", "list-events-of-workspace": "view_audit",
	"add-client-of-workspace": "send_invitations", "find-users": "send_invitations", "create-invitations-of-workspace": "send_invitations", "list-invitations-of-workspace": "manage_invitations",
	"get-invitation-of-workspace": "manage_invitations", "delete-invitation-of-workspace": "manage_invitations",
	"clean-up-invitations-of-workspace": "manage_invitations", "resend-invitation-of-workspace": "manage_invitations",
}

// implied is what comes with a permission besides read.
var implied = map[access.Permission]string{"add_role_users": "view_role_users", "remove_role_users": "view_role_users"}

// whileDisabled are the permissions that count in a disabled workspace (R29).
const whileDisabled = "read enable delete"

// crowd is a workspace with somebody for each permission, whose role has just that one.
type crowd struct {
	in     workspace.Workspace
	people map[access.Permission]testbed.Someone
}

func (a *api) crowd() crowd {
	a.t.Helper()
	owner := a.Lab().Ada
	c := crowd{in: a.Workspace(owner, "Umbrella"), people: map[access.Permission]testbed.Someone{}}
	for _, definition := range access.Catalogue(access.KindWorkspace) {
		c.people[definition.Key] = a.holder(c.in, definition.Key)
	}
	return c
}

// has reports whether somebody whose role has just one permission has another.
func has(held, permission access.Permission) bool {
	return held == permission || permission == access.Read || implied[held] == string(permission)
}

// TestMatrixOfWorkspaces asks each operation on a workspace on behalf of everybody: {nobody, a stranger, somebody for each permission, the Admin,
// somebody who was removed} x {an enabled, a disabled, a deleted workspace}. A refusal changes nothing.
func TestMatrixOfWorkspaces(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, &book{contract: contract, seen: map[string]bool{}})
	c := a.crowd()
	var operations []spec.Operation
	for _, operation := range contract.Operations() {
		if !inWorkspace(operation) || answersInvitation(operation) { // whose matrix is another one
			continue
		}
		if needed[operation.ID] == "" {
			t.Errorf("what does %s take? It is not in the matrix", operation.ID)
			continue
		}
		operations = append(operations, operation)
	}
	asked := make([]ask, len(operations))
	for i, operation := range operations {
		asked[i] = a.grantedIn(operation, &c.in)
	}
	owner, removed := a.Lab().Ada, a.Someone("Rex")
	a.Seat(owner, c.in, access.Admin, removed)
	a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: "/workspaces/" + c.in.ID + "/members/" + removed.User.ID, who: &owner})

	outsiders := []testbed.Someone{a.Lab().Eve, removed}
	outside := func() {
		for _, q := range asked {
			q.who = nil
			a.expect(http.StatusUnauthorized, "not_signed_in", q)
			for _, who := range outsiders {
				q.who = &who
				a.expect(http.StatusNotFound, "not_found", q)
			}
		}
	}
	a.Unchanged(t, c.in.ID, func() {
		outside()
		for i, operation := range operations {
			for held, one := range c.people {
				if q := asked[i]; !has(held, needed[operation.ID]) {
					q.who = &one
					got := a.expect(http.StatusForbidden, "permission_missing", q)
					if missing := got.body["missing_permissions"]; fmt.Sprint(missing) != fmt.Sprint([]access.Permission{needed[operation.ID]}) {
						t.Errorf("%s by somebody with %s: missing is %v, want %v", operation.ID, held, missing, needed[operation.ID])
					}
				}
			}
		}
	})
	for i, operation := range operations {
		for held, one := range c.people {
			if has(held, needed[operation.ID]) {
				a.allowed(operation, asked[i], one, false, held)
			}
		}
		a.allowed(operation, asked[i], owner, false)
	}
	a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/workspaces/" + c.in.ID + "/disable", who: &owner})
	a.Unchanged(t, c.in.ID, func() {
		outside()
		for i, operation := range operations {
			people := maps.Clone(c.people)
			people[""] = owner
			for held, one := range people {
				q := asked[i]
				q.who = &one
				may := held == "" || has(held, needed[operation.ID])
				switch {
				case may && operation.Method == http.MethodGet && needed[operation.ID] == access.Read:
					a.expect(http.StatusOK, "", q)
				case may && strings.Contains(whileDisabled, string(needed[operation.ID])): // which ends it, so in another one
					a.allowed(operation, q, one, true, held)
				default:
					a.expect(http.StatusConflict, "scope_disabled", q)
				}
			}
		}
	})
	deleter := c.people[access.Delete]
	a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: "/workspaces/" + c.in.ID, body: `{"confirm":"Umbrella"}`, who: &deleter})
	outsiders = append(slices.AppendSeq(outsiders, maps.Values(c.people)), owner) // nobody has anything in it any more (R26)
	a.Unchanged(t, c.in.ID, outside)
}

// TestEverybodyLeavesAWorkspace asks on behalf of somebody for each permission, and of one whose role was deleted: nobody leaves a disabled
// workspace, and out of an enabled one it takes no permission at all (R5, R29).
func TestEverybodyLeavesAWorkspace(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, &book{contract: contract, seen: map[string]bool{}})
	c := a.crowd()
	path, owner := "/workspaces/"+c.in.ID, a.Lab().Ada
	gone, late := a.Role(owner, c.in, "Gone", access.Read), a.Someone("Grace")
	a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: path + "/roles/" + string(gone.ID), who: &owner})
	a.Seat(owner, c.in, gone.ID, late) // in the same moment
	c.people["nothing"] = late
	leave := func(who testbed.Someone, status int, code string) {
		t.Helper()
		a.expect(status, code, ask{method: http.MethodDelete, path: path + "/members/me", who: &who})
	}
	a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: path + "/disable", who: &owner})
	a.Unchanged(t, c.in.ID, func() {
		for _, one := range c.people {
			leave(one, http.StatusConflict, "scope_disabled")
		}
		leave(a.Lab().Eve, http.StatusNotFound, "not_found")
	})
	a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: path + "/enable", who: &owner})
	for held, one := range c.people {
		own := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: path + "/members/me", who: &one})
		if actions, _ := json.Marshal(own.body["actions"]); !strings.Contains(string(actions), `"remove":{"allowed":true}`) {
			t.Errorf("somebody with %s reads %s", held, own.text)
		}
		leave(one, http.StatusNoContent, "")
		leave(one, http.StatusNotFound, "not_found")
	}
	leave(owner, http.StatusConflict, "last_admin")
}

// allowed asks an operation on behalf of somebody with just these permissions, or without any of the Admin. What changes something is asked
// where all is fresh, and disabled or not.
func (a *api) allowed(operation spec.Operation, q ask, who testbed.Someone, disabled bool, held ...access.Permission) {
	a.t.Helper()
	if operation.Method != http.MethodGet {
		owner := a.Lab().Ada
		in := a.Workspace(owner, "Umbrella")
		q = a.grantedIn(operation, &in)
		if len(held) > 0 && held[0] != "" {
			a.Seat(owner, in, a.Role(owner, in, "Una's", held...).ID, who)
		}
		if disabled {
			a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/workspaces/" + in.ID + "/disable", who: &owner})
		}
	}
	q.who = &who
	if got := a.do(q); got.status/100 != 2 {
		a.t.Errorf("%s by somebody with %q: got %d %s", operation.ID, held, got.status, got.text)
	}
}
