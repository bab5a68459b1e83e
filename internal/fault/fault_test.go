package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/fault"
)

func TestKindIsFoundThroughWraps(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.1:443: refused")
	err := fmt.Errorf("resend invitation inv_1: %w", &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Message: "Not now.", Err: cause})
	if !errors.Is(err, fault.Unavailable) || !errors.Is(err, cause) || errors.Is(err, fault.Conflict) {
		t.Errorf("got kinds wrong for %v", err)
	}
	if !fault.HasCode(err, "unavailable") || fault.HasCode(err, "conflict") || fault.HasCode(cause, "") || fault.HasCode(nil, "unavailable") {
		t.Errorf("got codes wrong for %v", err)
	}
	if got, want := err.Error(), "resend invitation inv_1: unavailable: Not now.: dial tcp 10.0.0.1:443: refused"; got != want {
		t.Errorf("the operator reads %q, want %q", got, want)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	name := fault.Field{Pointer: "/name", Code: "required", Detail: "Enter a name."}
	confirm := fault.Field{Pointer: "/confirm", Code: fault.ConfirmationRequired, Detail: `Type "admin".`}
	if err := fault.Fields(nil); err != nil {
		t.Errorf("no bad fields: got %v", err)
	}
	for want, fields := range map[string][]fault.Field{
		"invalid_input":         {name},
		"confirmation_required": {confirm},
	} {
		var got *fault.Error
		if err := fault.Fields(fields); !errors.As(err, &got) || got.Kind != fault.Invalid || got.Code != want || cmp.Diff(fields, got.Fields) != "" {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
	if err := fault.Fields([]fault.Field{confirm, name}); !fault.HasCode(err, "invalid_input") {
		t.Errorf("a confirmation and more: got %v, want invalid_input", err)
	}
}

// TestOnlyThePublicPartLeaves shows what callers see of an error inside an answer: never the cause.
func TestOnlyThePublicPartLeaves(t *testing.T) {
	t.Parallel()
	err := &fault.Error{
		Kind: fault.Conflict, Code: "invitation_pending", Message: "There is one.", ExistingID: "inv_1", Missing: []string{"read"},
		Fields: []fault.Field{{Pointer: "/invitees/0/email", Code: "duplicate", Detail: "Twice."}}, Err: errors.New("secret"),
	}
	text, marshalErr := json.Marshal(map[string]any{"error": err})
	if marshalErr != nil {
		t.Fatal(marshalErr)
	}
	want := `{"error":{"code":"invitation_pending","detail":"There is one.",` +
		`"errors":[{"pointer":"/invitees/0/email","code":"duplicate","detail":"Twice."}],"missing_permissions":["read"],"existing_id":"inv_1"}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(text), "secret") {
		t.Error("the cause leaves")
	}
	if short, _ := json.Marshal(fault.Unknown()); string(short) != `{"code":"not_found","detail":"There is nothing here that you may see."}` {
		t.Errorf("got %s", short)
	}
}

func TestBusySaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	if err := fault.Busy(); err.RetryAfter <= 0 || !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %+v", err)
	}
}

// TestItemsSayWhenToTryAgain: whoever waits as long as is said does not come too early.
func TestItemsSayWhenToTryAgain(t *testing.T) {
	t.Parallel()
	err := fault.New(fault.TooMany, "too_many_mails", "Enough.")
	for after, want := range map[time.Duration]string{
		0: "", time.Millisecond: `,"retry_after":1`, time.Second: `,"retry_after":1`, 61*time.Second + 1: `,"retry_after":62`,
	} {
		err.RetryAfter = after
		text, marshalErr := json.Marshal(err)
		if want = `{"code":"too_many_mails","detail":"Enough."` + want + "}"; string(text) != want || marshalErr != nil {
			t.Errorf("%s: got %s, %v, want %s", after, text, marshalErr, want)
		}
	}
}
