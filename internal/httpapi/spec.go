package httpapi

import _ "embed" // the contract

//go:embed openapi.yaml
var contract string

// Spec returns the contract of the API, an OpenAPI 3.1 document in YAML. The linker leaves it out of programs that do not call this.
func Spec() []byte { return []byte(contract) }
