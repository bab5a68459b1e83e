package access

import (
	"cmp"
	"errors"
	"strings"

	"prism-access/internal/fault"
)

// Action says whether the caller may do something with a thing now, and if not, why not in words.
type Action struct {
	Allowed bool   `json:"allowed"`
	Code    string `json:"code,omitempty"`
	Reason  string `json:"reason,omitempty"`
	// Missing are the permissions that the caller lacks for it, apart by spaces, for the console.
	Missing string `json:"-"`
}

// Actions maps the verb of an operation to what the caller may do.
type Actions map[string]Action

// ActionFrom turns the first refusal of the rules of an operation, in its order, into an Action: so what is shown and what is refused cannot differ.
// What clients can read names first what the operation asks of the caller's token.
func ActionFrom(refusals ...error) Action {
	refusal := cmp.Or(refusals...)
	if refusal == nil {
		return Action{Allowed: true}
	}
	if e, ok := errors.AsType[*fault.Error](refusal); ok {
		return Action{Code: e.Code, Reason: e.Message, Missing: strings.Join(e.Missing, " ")}
	}
	return Action{Code: "internal", Reason: "This cannot be done now."}
}
