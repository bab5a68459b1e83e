package stack

import (
	"errors"
	"testing"
)

// TestNotValid: an accept that the demo data expect to be refused is an error when it goes through, and when it is refused for another reason.
func TestNotValid(t *testing.T) {
	t.Parallel()
	invalid, forbidden := errors.New(`409 Conflict: {"code":"invalid_grant"}`), errors.New(`403 Forbidden: {"code":"permission_missing"}`)
	if err := notValid(invalid); err != nil {
		t.Error(err)
	}
	if err := notValid(forbidden); !errors.Is(err, forbidden) {
		t.Errorf("refused for another reason: %v", err)
	}
	if notValid(nil) == nil {
		t.Error("nobody hears that it was accepted")
	}
}
