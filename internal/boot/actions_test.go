package boot_test

import (
	"slices"
	"strings"

	"prism-access/internal/httpapi/spec"
)

// actions has other systems read all that says what may be done with it, with each of their scopes and by a role that allows everything. An action is
// refused for its scopes just where the operation that it stands for takes none of them; that it then answers so, and else does not, is held by scopes.
func actions(a *api) {
	read := map[string]bool{}
	for _, operation := range a.book.contract.Operations() {
		for _, scopes := range []string{"access.user", "members.read", "access.check members.write", "prism/members.read members.write"} {
			if operation.Open || opens[operation.Function] == "" || !takes(operation, scopes) {
				continue
			}
			got := a.do(a.granted(operation).with(scopes))
			if got.status/100 != 2 {
				a.t.Errorf("%s with the scopes %q: got %d %s", operation.ID, scopes, got.status, got.text)
			}
			saying(got.body, func(thing string, said map[string]any) {
				for verb, action := range said {
					read[thing+" "+verb] = true
					action, _ := action.(map[string]any)
					if by := a.operationOf(thing, verb); (action["code"] == "scope_missing") != !takes(by, scopes) || action["code"] == "scope_missing" && action["allowed"] != false {
						a.t.Errorf("%s with the scopes %q says of %s %s %v, and %s takes %v", operation.ID, scopes, verb, thing, action, by.ID, by.Scopes)
					}
				}
			})
		}
	}
	for _, thing := range []string{"organization", "brand", "workspace", "role", "member"} {
		if !read[thing+" update"] {
			a.t.Errorf("nothing was said of %s: %v", thing, read)
		}
	}
}

// takes reports whether an operation takes a token of these scopes.
func takes(operation spec.Operation, scopes string) bool {
	return slices.ContainsFunc(strings.Fields(scopes), func(scope string) bool {
		return slices.Contains(operation.Scopes, strings.TrimPrefix(scope, "prism/"))
	})
}

// saying visits all in an answer that has actions, with what kind of thing it is.
func saying(value any, visit func(thing string, said map[string]any)) {
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			saying(one, visit)
		}
	case map[string]any:
		if said, has := value["actions"].(map[string]any); has {
			visit(thingOf(value), said)
		}
		for _, part := range value {
			saying(part, visit)
		}
	}
}

func thingOf(value map[string]any) string {
	if value["user"] != nil {
		return "member"
	}
	if value["permissions"] != nil {
		return "role"
	}
	id, _ := value["id"].(string)
	kind, _, _ := strings.Cut(id, "_")
	return map[string]string{"org": "organization", "brd": "brand", "wsp": "workspace"}[kind]
}

// operationOf returns the operation that an action stands for: update of a brand is update-brand, and create_invitation is create-invitations.
func (a *api) operationOf(thing, verb string) spec.Operation {
	a.t.Helper()
	name := strings.ReplaceAll(verb, "_", "-")
	names := []string{name, name + "s", name + "-" + thing}
	switch verb {
	case "assign": // the role, to a member
		names = []string{"update-member"}
	case "duplicate":
		names = []string{"create-role"}
	}
	all := a.book.contract.Operations()
	at := slices.IndexFunc(all, func(o spec.Operation) bool { return slices.Contains(names, o.Function) })
	if at < 0 {
		a.t.Fatalf("%s of a %s is no operation", verb, thing)
	}
	return all[at]
}
