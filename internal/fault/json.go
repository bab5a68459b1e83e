package fault

import "encoding/json"

// Detail is the part of an error that callers see, as in RFC 9457 with the extensions of this API.
type Detail struct {
	Code               string   `json:"code"`
	Detail             string   `json:"detail"`
	Errors             []Field  `json:"errors,omitempty"`
	MissingPermissions []string `json:"missing_permissions,omitempty"`
	ExistingID         string   `json:"existing_id,omitempty"`
}

// Public returns what callers see of the error.
func (e *Error) Public() Detail {
	return Detail{Code: e.Code, Detail: e.Message, Errors: e.Fields, MissingPermissions: e.Missing, ExistingID: e.ExistingID}
}

// MarshalJSON writes what callers see, for the results of bulk calls. The cause never leaves.
func (e *Error) MarshalJSON() ([]byte, error) { return json.Marshal(e.Public()) }
