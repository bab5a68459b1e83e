package boot_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/httpapi"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
)

// matrix is who may do what: for each operation what it answers to each kind of person, written down from the rules and not from the code.
//
//	anonymous    nobody is signed in
//	stranger     Admin of another organization
//	brandless    Member of the organization without brands
//	viewer       Viewer of Globex, the brand that operations of brands are about
//	publisher    Publisher of Globex
//	brand-admin  Admin of Globex
//	other-admin  Admin of another brand
//	admin        Organization Admin
//	removed      was Organization Admin, and was removed
//	deleted      whoever could do it, after the organization was deleted
//
// What one may not read does not exist (404); within what one may read, 403 names the missing permission. The organization's lists are for
// Organization Admins, a brand's for its Admins as well. Only the invitee answers an invitation, only who asked withdraws a request; whoever is in
// need not ask (409). By link others are told that it is not theirs (403), and that what it led to is gone (410); signed out one declines by
// typing the invited address, and typing none is a bad field (422).
//
// A refusal has its code behind the status, but for the usual ones: 401 is not_signed_in, 403 permission_missing, 404 not_found.
const matrix = `
operation                         anonymous stranger brandless viewer publisher brand-admin other-admin admin removed deleted

get-me                                  401      200       200    200       200         200         200   200     200     200
list-my-access                          401      200       200    200       200         200         200   200     200     200
list-my-invitations                     401      200       200    200       200         200         200   200     200     200
list-my-access-requests                 401      200       200    200       200         200         200   200     200     200
check-access                            401      200       200    200       200         200         200   200     200     200
list-permissions                        401      200       200    200       200         200         200   200     200     200
create-organization                     401      201       201    201       201         201         201   201     201     201
create-workspace                        401      201       201    201       201         201         201   201     201     201

get-organization                        401      404       200    200       200         200         200   200     404     404
update-organization                     401      404       403    403       403         403         403   200     404     404
delete-organization                     401      404       403    403       403         403         403   204     404     404
list-brands                             401      404       200    200       200         200         200   200     404     404
create-brand                            401      404       403    403       403         403         403   201     404     404
list-members                            401      404       403    403       403         403         403   200     404     404
get-member                              401      404       403    403       403         403         403   200     404     404
add-client                              401      404       403    403       403         403         403   201     404     404
update-member                           401      404       403    403       403         403         403   200     404     404
resume-mails                            401      404       403    403       403         403         403   200     404     404
remove-member                           401      404       403    403       403         403         403   204     404     404
bulk-update-members                     401      404       403    403       403         403         403   200     404     404
bulk-remove-members                     401      404       403    403       403         403         403   200     404     404
list-invitations                        401      404       403    403       403         403         403   200     404     404
create-invitations                      401      404       403    403       403         403         403   201     404     404
clean-up-invitations                    401      404       403    403       403         403         403   200     404     404
get-invitation                          401      404       403    403       403         403         403   200     404     404
delete-invitation                       401      404       403    403       403         403         403   204     404     404
resend-invitation                       401      404       403    403       403         403         403   200     404     404
accept-invitation-by-id                 401      404       404    404       404         404         404   404     404     410/scope_deleted
decline-invitation-by-id                401      404       404    404       404         404         404   404     404     410/scope_deleted
preview-join                            401      200       200    200       200         200         200   200     200     404
create-access-request             401 201 409/already_member 409/already_member 409/already_member 409/already_member 409/already_member 409/already_member 201 404
list-access-requests                    401      404       403    403       403         403         403   200     404     404
get-access-request                      401      404       403    403       403         403         403   200     404     404
approve-access-request                  401      404       403    403       403         403         403   200     404     404
reject-access-request                   401      404       403    403       403         403         403   200     404     404
withdraw-access-request                 401      404       404    404       404         404         404   404     404     404
list-audit-log                          401      404       403    403       403         403         403   200     404     404
list-events                             401      404       403    403       403         403         403   200     404     404

get-brand                               401      404       404    200       200         200         404   200     404     404
update-brand                            401      404       404    403       403         403         404   200     404     404
delete-brand                            401      404       404    403       403         403         404   204     404     404
list-members-of-brand                   401      404       404    403       403         200         404   200     404     404
get-member-of-brand                     401      404       404    403       403         200         404   200     404     404
update-member-of-brand                  401      404       404    403       403         200         404   200     404     404
remove-member-of-brand                  401      404       404    403       403         204         404   204     404     404
bulk-remove-members-of-brand            401      404       404    403       403         200         404   200     404     404
list-invitations-of-brand               401      404       404    403       403         200         404   200     404     404
create-invitations-of-brand             401      404       404    403       403         201         404   201     404     404
clean-up-invitations-of-brand           401      404       404    403       403         200         404   200     404     404
get-invitation-of-brand                 401      404       404    403       403         200         404   200     404     404
delete-invitation-of-brand              401      404       404    403       403         204         404   204     404     404
resend-invitation-of-brand              401      404       404    403       403         200         404   200     404     404
accept-invitation-by-id-of-brand        401      404       404    404       404         404         404   404     404     410/scope_deleted
decline-invitation-by-id-of-brand       401      404       404    404       404         404         404   404     404     410/scope_deleted
list-audit-log-of-brand                 401      404       404    403       403         200         404   200     404     404

preview-invitation                      200      200       200    200       200         200         200   200     200     410/scope_deleted
accept-invitation                 401 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 410/scope_deleted
decline-invitation                422/invalid_input 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 410/scope_deleted
decline-invitation-by-address           200      200       200    200       200         200         200   200     200     410/scope_deleted
request-link                      401 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 403/wrong_account 410/scope_deleted
`

const whenDeleted = "deleted"

// usual are the codes that the matrix leaves out.
var usual = map[int]string{
	http.StatusUnauthorized: "not_signed_in", http.StatusForbidden: "permission_missing", http.StatusNotFound: "not_found",
}

// TestMatrix asks each operation on behalf of everybody. A refusal changes nothing of the organizations and of the people, publishes nothing and
// mails nothing.
func TestMatrix(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	people, wanted := readMatrix(t, matrix)
	operations := slices.DeleteFunc(contract.Operations(), inWorkspace) // whose matrix is another one
	for _, operation := range operations {
		if wanted[operation.ID] == nil {
			t.Fatalf("who may do %s? It has no row in the matrix", operation.ID)
		}
	}
	if rows := len(wanted); rows != len(operations) {
		t.Fatalf("%d rows for %d operations", rows, len(operations))
	}
	b := &book{contract: contract, seen: map[string]bool{}}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		a := newAPI(t, b)
		cast, asked := a.cast(), a.aimed(operations)
		a.unchanged(present(cast), func() {
			for i, operation := range operations {
				for _, person := range people {
					if want := wanted[operation.ID][person]; want.Status >= http.StatusBadRequest && person != whenDeleted {
						q := asked[i]
						q.who = cast[person]
						a.answers(want, operation, person, q)
					}
				}
			}
		})
	})
	t.Run("allowed", func(t *testing.T) {
		t.Parallel()
		a := newAPI(t, b)
		cast := a.cast()
		published, mailed := a.caused(present(cast), func() {
			for _, operation := range operations {
				for _, person := range people {
					if want := wanted[operation.ID][person]; want.Status < http.StatusBadRequest && person != whenDeleted {
						q := a.granted(operation) // which has something fresh each time
						q.who = cast[person]
						a.answers(want, operation, person, q)
					}
				}
			}
		})
		if published < 100 || mailed < 10 { // or the refused would not be seen to publish and mail either
			t.Errorf("%d events were published and %d mails sent", published, mailed)
		}
	})
	t.Run(whenDeleted, func(t *testing.T) {
		t.Parallel()
		a := newAPI(t, b)
		asked := a.aimed(operations)
		a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: "/" + a.Org.String(), body: object("confirm", "Acme"), who: &a.Ada})
		var whoever []testbed.Someone
		for _, q := range asked {
			if q.who != nil {
				whoever = append(whoever, *q.who)
			}
		}
		ask := func(refused bool) {
			for i, operation := range operations {
				if want := wanted[operation.ID][whenDeleted]; (want.Status >= http.StatusBadRequest) == refused {
					a.answers(want, operation, whenDeleted, asked[i])
				}
			}
		}
		a.unchanged(whoever, func() { ask(true) })
		ask(false) // what one does in no organization
	})
}

// readMatrix returns the people in the order of a matrix's columns, and the answer to each operation and person.
func readMatrix(t *testing.T, matrix string) (people []string, wanted map[string]map[string]spec.Answer) {
	t.Helper()
	wanted = map[string]map[string]spec.Answer{}
	for line := range strings.Lines(matrix) {
		cells := strings.Fields(line)
		switch {
		case len(cells) == 0:
			continue
		case people == nil:
			people = cells[1:]
			continue
		case len(cells) != len(people)+1 || wanted[cells[0]] != nil:
			t.Fatalf("%q has not one answer for each of %d", line, len(people))
		}
		row := map[string]spec.Answer{}
		for i, person := range people {
			text, code, _ := strings.Cut(cells[i+1], "/")
			status, err := strconv.Atoi(text)
			if err != nil || status >= http.StatusBadRequest && code == "" && usual[status] == "" {
				t.Fatalf("%s: %q is no answer: %v", cells[0], cells[i+1], err)
			}
			row[person] = spec.Answer{Status: status, Code: cmp.Or(code, usual[status])}
		}
		wanted[cells[0]] = row
	}
	return people, wanted
}

// cast returns somebody for each column, nil for nobody.
func (a *api) cast() map[string]*testbed.Someone {
	a.t.Helper()
	brandless, viewer, publisher, otherAdmin, removed := a.Someone("Hal"), a.Someone("Vera"), a.Someone("Pia"), a.Someone("Otto"), a.Someone("Rex")
	a.Join(a.Ada, a.Brands[0], access.Viewer, brandless, viewer)
	a.Join(a.Ada, a.Brands[0], access.Publisher, publisher)
	a.Join(a.Ada, a.Brands[1], access.Admin, otherAdmin)
	a.Promote(a.Ada, a.ID, removed)
	for _, path := range []string{a.member(a.Globex, brandless.User.ID), a.member(a.Org, removed.User.ID)} {
		a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: path, who: &a.Ada})
	}
	return map[string]*testbed.Someone{
		"anonymous": nil, "stranger": &a.Eve, "brandless": &brandless, "viewer": &viewer, "publisher": &publisher,
		"brand-admin": &a.Bob, "other-admin": &otherAdmin, "admin": &a.Ada, "removed": &removed,
	}
}

// aimed returns a request of each operation that is granted in the organization and the brand in which the cast has its roles: not in others, made
// to be deleted.
func (a *api) aimed(operations []spec.Operation) []ask {
	a.t.Helper()
	var all []ask
	for _, operation := range operations {
		q := a.granted(operation)
		switch operation.ID {
		case "delete-organization":
			q.path, q.body = "/"+a.Org.String(), object("confirm", "Acme")
		case "update-brand":
			q.path = "/" + a.Globex.String()
		case "delete-brand":
			q.path, q.body = "/"+a.Globex.String(), object("confirm", "Globex")
		}
		all = append(all, q)
	}
	return all
}

// answers sends a request and says which answer it has to have.
func (a *api) answers(want spec.Answer, operation spec.Operation, person string, q ask) {
	a.t.Helper()
	if operation.Method == http.MethodPost && want.Status >= http.StatusBadRequest {
		q.header = map[string]string{"idempotency-key": testbed.RefusedKey}
	}
	got := a.do(q)
	if got.status != want.Status || got.code != want.Code {
		a.t.Errorf("%s, %s: got %d %s, want %d %s", operation.ID, person, got.status, got.code, want.Status, want.Code)
		return
	}
	if missing := fmt.Sprint(got.body["missing_permissions"]); want.Code == "permission_missing" && (missing == "[]" || missing == "<nil>") {
		a.t.Errorf("%s, %s: nothing is said to be missing: %s", operation.ID, person, got.text)
	}
}

// present returns those of the cast who are somebody.
func present(cast map[string]*testbed.Someone) []testbed.Someone {
	var all []testbed.Someone
	for _, one := range cast {
		if one != nil {
			all = append(all, *one)
		}
	}
	return all
}

// unchanged runs do, which is to change nothing of the organization, of the stranger's and of the people, to publish nothing and to mail nothing.
func (a *api) unchanged(people []testbed.Someone, do func()) {
	a.t.Helper()
	a.Untouched(a.t, []string{a.ID, a.Elsewhere.Organization}, people, func() {
		if published, mailed := a.caused(people, do); published+mailed != 0 {
			a.t.Errorf("refused, %d events were published and %d mails sent", published, mailed)
		}
	})
}

// caused runs do, and has what came to the logs meanwhile published and mailed. It returns how many events and mails came of it.
func (a *api) caused(people []testbed.Someone, do func()) (published, mailed int) {
	a.t.Helper()
	logs := []string{"ORG#" + a.ID + "#LOG", "ORG#" + a.Elsewhere.Organization + "#LOG"}
	for _, one := range people {
		logs = append(logs, "USER#"+one.User.ID+"#LOG")
	}
	before := a.Partitions(logs...)
	do()
	b := behind(a.t, a.Scene)
	var inserted []any
	for name, entry := range a.Partitions(logs...) {
		if before[name] == nil {
			inserted = append(inserted, insertion(a.Item(testbed.Text(entry, "PK"), testbed.Text(entry, "SK"))))
		}
	}
	for some := range slices.Chunk(inserted, 100) {
		if got := failures(a.t, b.invoke("relay-log", map[string]any{"Records": some})); got != nil {
			a.t.Errorf("relay-log reports %v", got)
		}
	}
	var messages []any
	for n, record := range b.bus.Records() {
		messages = append(messages, map[string]any{"messageId": strconv.Itoa(n), "body": string(record.Event)})
	}
	for some := range slices.Chunk(messages, 10) {
		if got := failures(a.t, b.invoke("send-mail", map[string]any{"Records": some})); got != nil {
			a.t.Errorf("send-mail reports %v", got)
		}
	}
	return len(b.bus.Records()), len(b.mailbox.Mails())
}
