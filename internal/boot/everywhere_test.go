package boot_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
)

// scenarios are what clients do, each on a scene of its own.
var scenarios = map[string]func(*api){
	"granted": granted, "signed out": signedOut, "bad input": badInput, "bad lists": badLists, "search": search, "foreign": foreign, "not allowed": notAllowed,
	"repeated with another body": repeatedOtherwise, "table dead": tableDead, "table silent": tableSilent, "table unreadable": tableUnreadable,
	"scopes": scopes, "actions": actions, "clients": clients, "me": me, "check": check, "stale": stale, "invite": invite, "invite to a brand": inviteToBrand, "resend": resend, "resend to a brand": resendToBrand,
	"mails of the hour": mailsOfTheHour, "last mail of the hour": lastMailOfTheHour, "update members": updateMembers, "remove members": removeMembers, "several members": severalMembers, "preview": preview, "accept": accept, "accept forbidden": acceptForbidden, "decline": decline, "decline by address": declineByAddress,
	"decline repeated": declineRepeated, "secrets": secrets,
	"ask": askForAccess, "ask too often": askTooOften, "decide": decide, "connections": connections, "tables": tables, "clean up": cleanUp, "request link": requestLink,
	"workspaces": workspaces, "members of a workspace": membersOfWorkspace, "resume mails": resumeMails, "invite to a workspace": inviteToWorkspace, "resend to a workspace": resendToWorkspace,
	"look up users": lookUpUsers,
	"hostile names": hostileNames, "hostile texts": hostileTexts, "other lists": otherLists, "same address": sameAddress, "other filters": otherFilters, "just deleted": justDeleted,
	"hostile roles": hostileRoles, "same role name": sameRoleName, "foreign roles": foreignRoles, "roles meanwhile": rolesMeanwhile, "odd usernames": oddUsernames,
	"results of members": resultsOfMembers, "results of invitees": resultsOfInvitees, "results of a clean-up": resultsOfCleanUp, "rarely": rarely,
}

// granted asks each operation for what it grants.
func granted(a *api) {
	want := map[string]int{
		"create-access-request": 201, "create-organization": 201, "create-brand": 201, "delete-organization": 204, "delete-brand": 204, "create-invitations": 201, "create-invitations-of-brand": 201, "delete-invitation": 204, "delete-invitation-of-brand": 204,
		"remove-member": 204, "remove-member-of-brand": 204, "create-workspace": 201, "create-role": 201, "delete-workspace": 204, "delete-role": 204,
		"add-client": 201, "add-client-of-workspace": 201, "remove-member-of-workspace": 204, "create-invitations-of-workspace": 201, "delete-invitation-of-workspace": 204,
	}
	for _, operation := range a.book.contract.Operations() {
		q := a.granted(operation)
		a.expect(max(want[operation.ID], http.StatusOK), "", q)
		if operation.Function == "list-invitations" || operation.Function == "list-members" || operation.Function == "list-brands" || operation.Function == "list-access-requests" || operation.Function == "list-roles" || operation.Function == "list-permissions" {
			q.query = "limit=1"
			first := a.expect(http.StatusOK, "", q)
			next, more := first.body["next_cursor"].(string)
			if _, said := first.body["next_cursor"]; !said {
				a.t.Errorf("%s does not say whether there is more: %s", operation.ID, first.text)
			}
			if more {
				q.query += "&cursor=" + next
				a.expect(http.StatusOK, "", q)
			}
		}
	}
}

func signedOut(a *api) {
	for _, operation := range a.book.contract.Operations() {
		if operation.Open || operation.ID == "decline-invitation" { // whose function serves who is signed out as well
			continue
		}
		q := a.granted(operation)
		q.who = nil
		a.expect(http.StatusUnauthorized, "not_signed_in", q)
	}
}

// badInput sends each operation what it cannot read, each time with a request that would be granted otherwise.
func badInput(a *api) {
	for _, operation := range a.book.contract.Operations() {
		q := a.granted(operation)
		unknown := q
		unknown.query = strings.TrimPrefix(q.query+"&colour=red&dry-run=1", "&")
		got := a.expect(http.StatusUnprocessableEntity, "invalid_input", unknown)
		if !slices.Equal(got.pointers, []string{"?colour unknown_parameter", "?dry-run unknown_parameter"}) {
			a.t.Errorf("%s: got %v", operation.ID, got.pointers)
		}
		if operation.Method == http.MethodPost {
			malformed := q
			malformed.header = map[string]string{"idempotency-key": "two words"}
			a.expect(http.StatusUnprocessableEntity, "invalid_input", malformed)
		}
		if operation.Method == http.MethodGet {
			continue
		}
		if got := a.empty(operation); got.status/100 != 2 && got.status != http.StatusUnprocessableEntity || (got.status/100 == 2) != (q.body == "") {
			a.t.Errorf("%s without a body: got %d %s", operation.ID, got.status, got.text)
		}
		for _, body := range []string{`{`, `{} {}`, `{"a":1,}`, "\x01", strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
			q.body = body
			a.expect(http.StatusBadRequest, "invalid_json", q)
		}
		for _, body := range []string{`[]`, `null`, `{"colour":"red"}`, `{"colour":1,"colour":2}`} {
			q.body = body
			a.expect(http.StatusUnprocessableEntity, "invalid_input", q)
		}
		q.body = `{"name":"` + strings.Repeat("n", 64<<10) + `"}`
		a.expect(http.StatusRequestEntityTooLarge, "body_too_large", q)
		q.body, q.header = `name=x`, map[string]string{"content-type": "application/x-www-form-urlencoded"}
		a.expect(http.StatusUnsupportedMediaType, "unsupported_media_type", q)
	}
}

// empty sends an operation no body, as some clients do with a content type all the same.
func (a *api) empty(operation spec.Operation) answer {
	a.t.Helper()
	q := a.granted(operation)
	q.body, q.header = "", map[string]string{"content-type": "application/json"}
	return a.do(q)
}

// search asks for users by all that they are found by.
func search(a *api) {
	a.Index(a.ID)
	for query, want := range map[string]int{
		"q=cle": 1, "q=cle&role=member": 1, "q=cle&role=admin": 0, "q=CLEO+" + url.QueryEscape(a.Cleo.User.Email): 1, "q=%F0%9F%98%80": 0, "q=": 4,
		"brand=" + a.Globex.Brand: 3, "brand=none": 0, "granted_by=left": 0, "granted_by=" + a.Ada.User.ID + "&q=cle&brand=" + a.Globex.Brand: 1,
	} {
		got := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/" + a.Org.String() + "/members", query: query, who: &a.Ada})
		if items, _ := got.body["items"].([]any); len(items) != want {
			a.t.Errorf("%s finds %s", query, got.text)
		}
	}
	got := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/" + a.Globex.String() + "/members", query: "q=cle&role=publisher", who: &a.Bob})
	if items, _ := got.body["items"].([]any); len(items) != 1 {
		a.t.Errorf("in the brand is found %s", got.text)
	}
}

func badLists(a *api) {
	for _, operation := range a.book.contract.Operations() {
		if !strings.HasPrefix(operation.ID, "list-") {
			continue
		}
		q := a.granted(operation)
		for _, query := range []string{"limit=0", "limit=101", "limit=ten", "limit=1&limit=2", "limit="} {
			q.query = query
			a.expect(http.StatusUnprocessableEntity, "invalid_input", q)
		}
		for _, cursor := range []string{"x", "AAAAAAAAAAAAAAAAAAAAAAAA", "%00", strings.Repeat("A", 5000)} {
			q.query = "cursor=" + cursor
			if operation.Function == "list-events" { // which goes on from an event
				q.query = "after=" + cursor
			}
			a.expect(http.StatusBadRequest, "invalid_cursor", q)
		}
	}
	for _, path := range []string{
		"/organizations/" + a.ID + "/members?role=publisher", "/" + a.Globex.String() + "/members?role=member", "/" + a.Org.String() + "/invitations?status=lost",
		"/" + a.Org.String() + "/members?granted_by=grace", "/" + a.Org.String() + "/members?brand=a%23b", "/" + a.Globex.String() + "/members?brand=none",
		"/" + a.Org.String() + "/members?q=" + strings.Repeat("x", 301), "/" + a.Org.String() + "/audit-log?type=MemberLost",
	} {
		path, query, _ := strings.Cut(path, "?")
		a.expect(http.StatusUnprocessableEntity, "invalid_input", ask{method: http.MethodGet, path: path, query: query, who: &a.Ada})
	}
}

// foreign asks for what is another tenant's, deleted or nowhere: the answer is the same, to the letter.
func foreign(a *api) {
	var bodies []string
	for _, operation := range a.book.contract.Operations() {
		if !strings.Contains(operation.Path, "{") {
			continue
		}
		q := a.granted(operation)
		var asked []ask
		for _, swap := range [][2]string{
			{a.ID, a.Elsewhere.Organization},
			{a.ID, "org_" + a.NewID()},
			{a.ID, a.ID + "#LOG"},
			{a.ID, strings.Repeat("o", 3000)},
			{a.Globex.Brand, a.Hooli.Brand},
			{a.Globex.Brand, "brd_" + a.NewID()},
			{a.Lab().ID, a.Lab().Other.ID},
			{a.Lab().ID, "wsp_" + a.NewID()},
			{a.Lab().ID, a.Lab().ID + "#LOG"},
			{a.Lab().ID, strings.Repeat("w", 3000)},
		} {
			if strings.Contains(q.path, swap[0]) {
				other := q
				other.path = strings.Replace(q.path, swap[0], swap[1], 1)
				asked = append(asked, other)
			}
		}
		for _, prefix := range []string{"inv_", "req_", "rol_"} {
			at := strings.Index(q.path, "/"+prefix)
			if at < 0 {
				continue
			}
			for _, id := range []string{prefix + a.NewID(), "x", strings.Repeat("i", 2000)} {
				other := q
				other.path = q.path[:at+1] + id + q.path[at+1+len(prefix)+26:]
				asked = append(asked, other)
			}
		}
		if strings.Contains(operation.Path, "{token}") {
			other := q
			other.path = strings.Replace(q.path, "/invitations/A", "/invitations/B", 1)
			asked = append(asked, other)
		} else if !slices.Contains([]string{"accept-invitation", "decline-invitation", "preview-join", "create-access-request"}, operation.Function) {
			other := q
			other.who = &a.Eve
			asked = append(asked, other)
		}
		if strings.Contains(operation.Path, "{u}") {
			asked = append(asked, q.about(a.Eve.User.ID), q.about("usr_"+a.NewID()))
		}
		for _, other := range asked {
			got := a.expect(http.StatusNotFound, "not_found", other)
			bodies = append(bodies, strings.Replace(got.text, got.requestID, "", 1))
		}
	}
	slices.Sort(bodies)
	if bodies = slices.Compact(bodies); len(bodies) != 1 {
		a.t.Errorf("there are %d answers to what one may not see: %v", len(bodies), bodies)
	}
}

// notAllowed has Cleo, a Member and Publisher of Globex, do what takes more.
func notAllowed(a *api) {
	for _, operation := range a.book.contract.Operations() {
		switch operation.Function {
		case "update-organization", "create-brand", "list-members", "list-audit-log", "list-events", "create-invitations", "list-invitations", "get-invitation", "resend-invitation", "delete-invitation", "clean-up-invitations":
		case "update-member", "remove-member", "bulk-update-members", "bulk-remove-members", "add-client", "resume-mails":
		case "list-access-requests", "get-access-request", "approve-access-request", "reject-access-request":
		case "get-member", "update-brand", "delete-organization", "delete-brand":
		case "find-users", "update-workspace", "enable-workspace", "disable-workspace", "delete-workspace", "create-role", "update-role", "delete-role":
		default:
			continue
		}
		q := a.granted(operation).about(a.Ada.User.ID)
		switch operation.Function {
		case "delete-organization":
			q.path = "/" + a.Org.String()
		case "delete-brand", "update-brand":
			q.path = "/" + a.Globex.String()
		}
		q.who = &a.Cleo
		if inWorkspace(operation) {
			q = q.inLab(a)
			q.who = &a.Lab().Vic
		}
		got := a.expect(http.StatusForbidden, "permission_missing", q)
		if missing, _ := got.body["missing_permissions"].([]any); len(missing) == 0 {
			a.t.Errorf("%s does not say what is missing: %s", operation.ID, got.text)
		}
	}
	// Nobody grants what they do not hold: Bob is Admin of Globex alone.
	a.expect(http.StatusNotFound, "not_found", ask{
		method: http.MethodPost, path: "/" + a.Initech.String() + "/invitations", who: &a.Bob, body: object("invitees", invitees(a.Address("x")), "role", "viewer"),
	})
}

// repeatedOtherwise uses the Idempotency-Key of a request for another one.
func repeatedOtherwise(a *api) {
	for _, operation := range a.book.contract.Operations() {
		if !records(operation) {
			continue
		}
		header := map[string]string{"idempotency-key": "key-" + a.NewID()}
		q := a.granted(operation)
		q.header = header
		first := a.do(q)
		again := a.do(q)
		if first.status >= http.StatusBadRequest || again.status != first.status {
			a.t.Errorf("%s: got %d, and %d when it was repeated: %s", operation.ID, first.status, again.status, again.text)
		}
		other := a.granted(operation)
		other.who, other.header = q.who, header
		if operation.Function == "clean-up-invitations" {
			other.query = "dry_run=false" // another request, and nothing else
		}
		other.body = strings.Replace(other.body, "Umbrella", "Another", 1)
		if operation.Function == "accept-invitation" || operation.Function == "decline-invitation" {
			other = a.another(q, operation)
			other.header = header
		}
		a.expect(http.StatusUnprocessableEntity, "idempotency_key_reused", other)
	}
}

// another returns the same answer to another invitation of the same person.
func (a *api) another(q ask, operation spec.Operation) ask {
	a.t.Helper()
	if inWorkspace(operation) {
		in := a.Workspace(a.Lab().Ada, "Another")
		fresh := a.invitedTo(in, *q.who)
		q.path = strings.NewReplacer("{w}", in.ID, "{i}", fresh.ID).Replace(strings.TrimPrefix(operation.Path, "/v1"))
		return q
	}
	if operation.Function == "accept-invitation" {
		a.EraseMember(a.ID, q.who.User.ID) // who is in already joins a brand at once
	}
	to, path := a.Org, strings.TrimPrefix(operation.Path, "/v1")
	if strings.Contains(path, "{b}") {
		to = a.Initech
	}
	fresh := a.inviteAgain(to, *q.who)
	q.path = strings.NewReplacer("{o}", a.ID, "{b}", a.Initech.Brand, "{i}", fresh.ID, "{token}", testbed.Token(fresh.AcceptURL)).Replace(path)
	return q
}

// tableDead is a DynamoDB that is not there: everybody is told to come back, soon, and the operator reads of it once.
func tableDead(a *api) { tableGone(a, "http://127.0.0.1:1") }

// tableSilent is one that takes requests and does not answer.
func tableSilent(a *api) {
	done := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see the client go
		select {
		case <-r.Context().Done():
		case <-done:
		}
	}))
	a.t.Cleanup(silent.Close)
	a.t.Cleanup(func() { close(done) })
	tableGone(a, silent.URL)
}

// asksNobody is the function that reads nothing: no table can keep it from answering.
const asksNobody = "list-permissions"

func tableGone(a *api, endpoint string) {
	var waiting sync.WaitGroup
	for _, operation := range a.book.contract.Operations() {
		if operation.Function == asksNobody {
			continue
		}
		q, dead := a.granted(operation), a.with(map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": endpoint})
		if operation.Method == http.MethodPost { // which costs a further look when the operation has failed
			q.header = map[string]string{"idempotency-key": "key-" + a.NewID()}
		}
		dead.handler(operation.Function)
		waiting.Go(func() { dead.saysSo(operation, q) })
	}
	waiting.Wait()
}

func (a *api) saysSo(operation spec.Operation, q ask) {
	a.t.Helper()
	began := time.Now()
	got := a.expect(http.StatusServiceUnavailable, "unavailable", q)
	if took := time.Since(began); took > 10*time.Second { // when Lambda would end it, and nobody would be told anything
		a.t.Errorf("%s took %s", operation.ID, took)
	}
	if seconds, err := strconv.Atoi(got.header["retry-after"]); err != nil || seconds < 1 {
		a.t.Errorf("%s: try again in %q seconds", operation.ID, got.header["retry-after"])
	}
	var line struct {
		Level, Operation, Code, Error string
		RequestID                     string `json:"request_id"`
	}
	log := strings.TrimSpace(a.log.take())
	if err := json.Unmarshal([]byte(log), &line); err != nil || strings.Contains(log, "\n") {
		a.t.Errorf("%s logs %v: %s, want one line", operation.ID, err, log)
	}
	if line.Level != "ERROR" || line.RequestID != got.requestID || line.Operation != operation.Function || line.Code != "unavailable" || line.Error == "" {
		a.t.Errorf("%s logs %s", operation.ID, log)
	}
}

// tableUnreadable is an item that no code of ours has written. The caller learns the request id, the operator the rest.
func tableUnreadable(a *api) {
	var asked []ask
	for _, operation := range a.book.contract.Operations() {
		q := a.granted(operation)
		switch operation.Function {
		case asksNobody:
			continue
		case "list-my-access":
			q.who = &a.Cleo
		case "list-my-access-requests":
			a.Spoil("ORG#"+a.ID, "REQUEST#"+a.requestOf(*q.who), "version")
		}
		asked = append(asked, q)
	}
	for _, who := range []testbed.Someone{a.Ada, a.Cleo} {
		a.Spoil("USER#"+who.User.ID, "USER", "version")
	}
	a.Spoil("ORG#"+a.ID, "MEMBER#"+a.Cleo.User.ID, "version")
	spoilt := map[string]bool{}
	for _, q := range asked {
		if rest, inOrganization := strings.CutPrefix(q.path, "/organizations/"); inOrganization {
			id, _, _ := strings.Cut(rest, "/")
			spoilt[id] = true
		}
	}
	for id := range spoilt {
		a.Spoil("ORG#"+id, "ORG", "version")
	}
	a.spoilWorkspaces(asked)
	for _, q := range asked {
		got := a.expect(http.StatusInternalServerError, "internal", q)
		if strings.Contains(got.text, "version") || strings.Contains(got.text, "ORG#") || strings.Contains(got.text, "WORKSPACE#") {
			a.t.Errorf("the cause leaves: %s", got.text)
		}
		if log := a.log.take(); !strings.Contains(log, got.requestID) || strings.Count(log, "\n") != 1 {
			a.t.Errorf("logged %s", log)
		}
	}
}

// secrets looks at all that was logged in a flow: no token, no address, no message.
func secrets(a *api) {
	i := a.invited(false)
	token := testbed.Token(i.AcceptURL)
	grace := a.SomeoneWith("Grace", i.Invitee.Email)
	a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/invitations/" + token})
	a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/invitations/" + token + "/accept", who: &grace})
	a.expect(http.StatusCreated, "", ask{
		method: http.MethodPost, path: "/" + a.Org.String() + "/invitations", who: &a.Ada,
		body: object("invitees", invitees(a.Address("new")), "role", "member", "brands", []string{a.Globex.Brand}, "brand_role", "viewer", "message", "a-message"),
	})
	log := a.log.take()
	if strings.Count(log, "\n") != 3 {
		a.t.Errorf("logged %s, want three lines", log)
	}
	if regexp.MustCompile(`@example\.com|a-message|` + regexp.QuoteMeta(token[:30])).MatchString(log) {
		a.t.Errorf("logged %s", log)
	}
}
