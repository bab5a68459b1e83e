package boot_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// answerMatrix is who may do what with an invitation to a workspace that is not theirs to send: it takes no right, but to be invited.
//
//	anonymous  nobody is signed in
//	stranger   Admin of another workspace
//	holder     whoever is in with a role of one permission, each of them
//	admin      the workspace's, who has invited
//	removed    was Admin, and was removed
//	invitee    whoever is invited
//	disabled   the invitee, while the workspace is disabled; the others get the same answers as before
//	deleted    the invitee, after the workspace was deleted; nobody-then and others-then are those who are not signed in, and all others
//
// An invitation to a workspace has no address that anybody could type.
const answerMatrix = `
operation                                  anonymous          stranger          holder            admin             removed           invitee           disabled           deleted           nobody-then       others-then

preview-invitation                         200                200               200               200               200               200               200                410/scope_deleted 410/scope_deleted 410/scope_deleted
accept-invitation                          401                403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 200               409/scope_disabled 410/scope_deleted 401               410/scope_deleted
decline-invitation                         422/invalid_input  403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 200               200                410/scope_deleted 422/invalid_input 410/scope_deleted
decline-invitation-by-address              422/invalid_input  422/invalid_input 422/invalid_input 422/invalid_input 422/invalid_input 422/invalid_input 422/invalid_input  410/scope_deleted 410/scope_deleted 410/scope_deleted
request-link                               401                403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 200               200                410/scope_deleted 401               410/scope_deleted
accept-invitation-by-id-of-workspace       401                404               404               404               404               200               409/scope_disabled 410/scope_deleted 401               404
decline-invitation-by-id-of-workspace      401                404               404               404               404               200               200                410/scope_deleted 401               404
`

// answersInvitation reports whether an operation is one of those who are invited to a workspace.
func answersInvitation(operation spec.Operation) bool {
	byID := operation.Function == "accept-invitation" || operation.Function == "decline-invitation"
	return strings.Contains(operation.Path, "{token}") || inWorkspace(operation) && byID
}

// answering returns a request of an operation by somebody whom a workspace has just invited.
func (a *api) answering(operation spec.Operation, in workspace.Workspace) ask {
	a.t.Helper()
	grace := a.Someone("Grace")
	i := a.invitedTo(in, grace)
	q := ask{method: operation.Method, who: &grace}
	switch operation.ID {
	case "request-link":
		a.declines(grace, i)
	case byAddress:
		q.body = object("email", grace.User.Email)
	}
	q.path = strings.NewReplacer("{w}", in.ID, "{i}", i.ID, "{token}", testbed.Token(i.AcceptURL)).Replace(strings.TrimPrefix(operation.Path, "/v1"))
	return q
}

// TestMatrixOfAnswersInWorkspaces asks each operation on an invitation to a workspace, by its link and by its id, on behalf of everybody. A refusal
// changes nothing of the workspace and of the people.
func TestMatrixOfAnswersInWorkspaces(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	_, wanted := readMatrix(t, answerMatrix)
	operations := slices.DeleteFunc(b.contract.Operations(), func(o spec.Operation) bool { return !answersInvitation(o) })
	if len(wanted) != len(operations) {
		t.Fatalf("%d rows for %d operations", len(wanted), len(operations))
	}
	a := newAPI(t, b)
	c := a.crowd()
	owner, removed := a.Lab().Ada, a.Someone("Rex")
	a.Seat(owner, c.in, access.Admin, removed)
	a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: "/workspaces/" + c.in.ID + "/members/" + removed.User.ID, who: &owner})
	others := map[string][]*testbed.Someone{"anonymous": {nil}, "stranger": {&a.Lab().Eve}, "admin": {&owner}, "removed": {&removed}}
	people := []testbed.Someone{a.Lab().Eve, owner, removed}
	for _, one := range c.people {
		others["holder"], people = append(others["holder"], &one), append(people, one)
	}
	asked := map[string][]ask{}
	for _, state := range []string{"", "invitee", "disabled", whenDeleted} { // what one answers is not open any more for the next
		for _, operation := range operations {
			asked[state] = append(asked[state], a.answering(operation, c.in))
		}
	}

	refused := func(gone bool) {
		a.Untouched(t, []string{c.in.ID}, people, func() {
			for i, operation := range operations {
				for person, all := range others {
					switch {
					case gone && person == "anonymous":
						person = "nobody-then"
					case gone:
						person = "others-then"
					}
					for _, one := range all {
						q := asked[""][i]
						q.who = one
						a.answers(wanted[operation.ID][person], operation, person, q)
					}
				}
			}
		})
	}
	invitee := func(state string) {
		for i, operation := range operations {
			a.answers(wanted[operation.ID][state], operation, state, asked[state][i])
		}
	}
	refused(false)
	invitee("invitee")
	a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/workspaces/" + c.in.ID + "/disable", who: &owner})
	refused(false)
	invitee("disabled")
	a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: "/workspaces/" + c.in.ID, body: `{"confirm":"Umbrella"}`, who: &owner})
	a.Untouched(t, []string{c.in.ID}, people, func() { invitee(whenDeleted) })
	refused(true)
}
