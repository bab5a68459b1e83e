package fault

import (
	"encoding/json"
	"math"
)

// Detail is the part of an error that callers see, as in RFC 9457 with the extensions of this API.
type Detail struct {
	Code               string         `json:"code"`
	Detail             string         `json:"detail"`
	Errors             []Field        `json:"errors,omitempty"`
	MissingPermissions []string       `json:"missing_permissions,omitempty"`
	ExistingID         string         `json:"existing_id,omitempty"`
	Counts             map[string]int `json:"counts,omitempty"`
}

// Public returns what callers see of the error.
func (e *Error) Public() Detail {
	return Detail{Code: e.Code, Detail: e.Message, Errors: e.Fields, MissingPermissions: e.Missing, ExistingID: e.ExistingID, Counts: e.Counts}
}

// RetrySeconds returns RetryAfter in whole seconds, as callers are told; 0: not said.
func (e *Error) RetrySeconds() int { return int(math.Ceil(e.RetryAfter.Seconds())) }

// MarshalJSON writes what callers see, for the results of bulk calls: what a whole answer says in its Retry-After stands beside the
// rest. The cause never leaves.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Detail
		RetryAfter int `json:"retry_after,omitempty"`
	}{e.Public(), e.RetrySeconds()})
}
