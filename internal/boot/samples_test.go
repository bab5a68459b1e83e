package boot_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"prism-access/internal/httpapi/spec"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// granted returns a request of an operation that is granted, in a scene of its own making: a fresh invitation and whoever may do it.
func (a *api) granted(operation spec.Operation) ask {
	a.t.Helper()
	if inWorkspace(operation) {
		return a.grantedIn(operation, nil)
	}
	path := strings.TrimPrefix(operation.Path, "/v1")
	inBrand := strings.Contains(path, "{b}")
	q, address := ask{method: operation.Method, who: &a.Ada}, ""
	if strings.Contains(path, "{i}") || strings.Contains(path, "{token}") {
		i := a.invited(inBrand)
		address = i.Invitee.Email
		path = strings.NewReplacer("{i}", i.ID, "{token}", testbed.Token(i.AcceptURL)).Replace(path)
		if operation.Function == "accept-invitation" || operation.Function == "decline-invitation" {
			grace := a.SomeoneWith("Grace", i.Invitee.Email)
			q.who = &grace
		}
		if operation.Function == "request-link" {
			grace := a.declined(i)
			q.who = &grace
		}
	}
	if operation.Function == "clean-up-invitations" {
		a.declined(a.invited(inBrand))
	}
	switch grace := a.Someone("Grace"); {
	case strings.Contains(path, "{r}"):
		path = strings.ReplaceAll(path, "{r}", a.Asks(grace).ID)
		if operation.Function == "withdraw-access-request" {
			q.who = &grace
		}
	case operation.Function == "preview-join", operation.Function == "create-access-request":
		q.who = &grace
	case operation.Function == "list-my-access-requests":
		q.who = &grace
		a.Asks(grace)
	}
	if operation.Function == "preview-join" {
		q.query = "via=" + a.JoinPage
	}
	organization, brand := a.ID, a.Globex.Brand
	switch operation.Function {
	case "delete-organization":
		ours, _ := a.Organization(a.Ada.Caller, "Umbrella")
		organization = ours.ID
	case "delete-brand", "update-brand":
		brand = a.NewBrand("Umbrella").ID
	}
	user := a.Cleo.User.ID
	switch operation.Function {
	case "update-member", "remove-member", "bulk-update-members", "bulk-remove-members":
		user = a.joined().User.ID
	case "resume-mails":
		grace := a.joined()
		a.ComesBack(a.Org, grace.User.Email)
		user = grace.User.ID
	}
	q.path = strings.NewReplacer("{o}", organization, "{b}", brand, "{u}", user).Replace(path)
	q.body = a.bodyFor(operation, user)
	if operation.ID == byAddress {
		q.who, q.body = nil, object("email", address)
	}
	return q
}

var userID = regexp.MustCompile(`usr_[0-9A-Z]{26}`)

// about returns the request about another user.
func (q ask) about(user string) ask {
	q.path = userID.ReplaceAllString(q.path, user)
	return q
}

// declined has the invitee decline.
func (a *api) declined(i invitation.Invitation) testbed.Someone {
	a.t.Helper()
	grace := a.SomeoneWith("Grace", i.Invitee.Email)
	_, err := a.Decline().Do(a.t.Context(), grace.Caller, invitation.DeclineInput{Locator: invitation.Locator{Token: testbed.Token(i.AcceptURL)}})
	a.check(err)
	return grace
}

// bodyFor returns a body that an operation takes, empty for none. user is whom an operation on members is about.
func (a *api) bodyFor(operation spec.Operation, user string) string {
	switch operation.ID {
	case "create-organization", "create-brand", "update-organization", "create-workspace":
		return `{"name":"Umbrella"}`
	case "update-brand":
		return `{"name":"Umbrella Corporation"}`
	case "delete-organization", "delete-brand":
		return `{"confirm":"Umbrella"}`
	case "update-member":
		return object("brands", map[string]any{a.Globex.Brand: "viewer", a.Initech.Brand: nil})
	case "update-member-of-brand":
		return `{"role":"viewer"}`
	case "bulk-update-members":
		return object("members", selected(user), "brands", map[string]any{a.Globex.Brand: "viewer"}, "reason", "Umbrella")
	case "bulk-remove-members", "bulk-remove-members-of-brand":
		return object("members", selected(user), "reason", "Umbrella")
	case "add-client":
		return object("client_id", "reports-"+a.NewID(), "name", "Umbrella", "role", "member", "brands", []string{a.Globex.Brand}, "brand_role", "viewer")
	case "check-access":
		return object("scope", a.Org.String(), "permission", "read")
	case "create-access-request":
		return object("connection", a.JoinPage, "message", "Umbrella", "wanted_brands", []string{a.Globex.Brand})
	case "approve-access-request":
		return a.approval()
	case "create-invitations":
		return a.memberOffer(a.Address("new"))
	case "create-invitations-of-brand":
		return object("invitees", invitees(a.Address("new")), "role", "viewer")
	}
	return ""
}

// invited makes an invitation to the organization as Member with Globex, or to Globex itself.
func (a *api) invited(toBrand bool) invitation.Invitation {
	a.t.Helper()
	if !toBrand {
		return a.Pending(a.Address("grace"))
	}
	out, err := a.Create().Do(a.t.Context(), a.Ada.Caller, invitation.CreateInput{
		Scope: a.Globex, Invitees: []invitation.Invitee{{Email: a.Address("grace")}}, Terms: invitation.Terms{Role: "viewer"},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return *out.Results[0].Invitation
}

// approval lets somebody in as Publisher of Globex.
func (a *api) approval() string {
	return object("role", "member", "brands", []string{a.Globex.Brand}, "brand_role", "publisher", "reason", "Umbrella")
}

func (a *api) memberOffer(addresses ...string) string {
	return object("invitees", invitees(addresses...), "role", "member", "brands", []string{a.Globex.Brand}, "brand_role", "publisher")
}

func invitees(addresses ...string) any {
	list := []map[string]string{}
	for _, address := range addresses {
		list = append(list, map[string]string{"email": address})
	}
	return list
}

func selected(users ...string) any {
	list := []map[string]any{}
	for _, user := range users {
		list = append(list, map[string]any{"id": user})
	}
	return list
}

// object writes a JSON object of names and values in turn.
func object(pairs ...any) string {
	fields := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		fields[name] = pairs[i+1]
	}
	text, err := json.Marshal(fields)
	if err != nil { // plain data
		panic(err)
	}
	return string(text)
}

// records reports whether an operation keeps the Idempotency-Key of a request: it changes something, for somebody.
func records(operation spec.Operation) bool {
	return operation.Method == http.MethodPost && operation.Function != "check-access" && !operation.Open
}

// byAddress is the operation of those who decline without signing in.
const byAddress = "decline-invitation-by-address"
