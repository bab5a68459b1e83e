package boot_test

import (
	"encoding/json"
	"net/http"
	"strings"

	"prism-access/internal/httpapi/spec"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// granted returns a request of an operation that is granted, in a scene of its own making: a fresh invitation and whoever may do it.
func (a *api) granted(operation spec.Operation) ask {
	a.t.Helper()
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
	}
	q.path = strings.NewReplacer("{o}", a.ID, "{b}", a.Globex.Brand, "{u}", a.Cleo.User.ID).Replace(path)
	q.body = a.bodyFor(operation)
	if operation.ID == byAddress {
		q.who, q.body = nil, object("email", address)
	}
	return q
}

// bodyFor returns a body that an operation takes, empty for none.
func (a *api) bodyFor(operation spec.Operation) string {
	switch operation.ID {
	case "create-organization", "create-brand", "update-organization":
		return `{"name":"Umbrella"}`
	case "check-access":
		return object("scope", a.Org.String(), "permission", "read")
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
