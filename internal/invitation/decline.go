package invitation

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// DeclineInput declines an invitation. Who holds the link but is not signed in types the invited address instead (R15).
type DeclineInput struct {
	Locator
	Email string `json:"email"`
}

// Validate returns all bad fields.
func (in DeclineInput) Validate() []fault.Field {
	if in.Token == "" && in.Email != "" {
		return []fault.Field{{Pointer: "/email", Code: "not_allowed", Detail: "Only who has the link can type the address."}}
	}
	return nil
}

// DeclineStore records declined invitations.
type DeclineStore interface {
	request.Records
	AnswerStore
	// DeclineInvitation stores the declined invitation if it is still pending in its generation and not expired at now; else fault.Conflict.
	DeclineInvitation(ctx context.Context, declined Invitation, now time.Time, trail audit.Trail) error
}

// Decline is the operation decline-invitation.
type Decline struct {
	Store DeclineStore
	Now   func() time.Time
	NewID func() string
	Links Links
}

// DeclineOutput is what the decliner sees of it.
type DeclineOutput struct {
	Scope     access.Scope `json:"scope"`
	ScopeName string       `json:"scope_name"`
	Status    Status       `json:"status"`
}

// Do declines. Repeating it answers the same. Whoever is not signed in has the link and types the address.
func (op Decline) Do(ctx context.Context, caller request.Caller, in DeclineInput) (DeclineOutput, error) {
	ref, err := in.reference(op.Links)
	if err != nil {
		return DeclineOutput{}, err
	}
	if err := caller.SignedIn(); err != nil {
		switch {
		case in.Token == "", caller.Client:
			return DeclineOutput{}, err
		case in.Email == "":
			return DeclineOutput{}, badAddress("required", "Type the address that the invitation was sent to.")
		}
		caller.Request.IdempotencyKey = "" // nobody's keys would be everybody's; and the link declines once, if at all
	}
	decline := func() (DeclineOutput, error) { return op.decline(ctx, caller, ref, in) }
	return request.Once(ctx, op.Store, caller, decline, func(request.Record) (DeclineOutput, error) {
		found, err := op.Store.Answerable(ctx, ref, caller.User)
		if err == nil {
			err = in.check(ref, found)
		}
		if err != nil {
			return DeclineOutput{}, err
		}
		return found.invitation().declined(), nil // and stays open, if it was sent again since
	})
}

// declined is the answer to whoever has declined the invitation.
func (i Invitation) declined() DeclineOutput {
	return DeclineOutput{Scope: i.Scope, ScopeName: i.ScopeName, Status: Declined}
}

func (op Decline) decline(ctx context.Context, caller request.Caller, ref Reference, in DeclineInput) (DeclineOutput, error) {
	found, err := op.Store.Answerable(ctx, ref, caller.User)
	if err != nil {
		return DeclineOutput{}, err
	}
	if err := in.check(ref, found); err != nil {
		return DeclineOutput{}, err
	}
	invitation, now := found.invitation(), op.Now()
	actor, refusal := decliner(in, found)
	if refusal == nil && invitation.Status == Declined {
		return invitation.declined(), nil
	}
	// Of one that is not open any more, whoever holds its link learns that first.
	if err := invitation.checkOpen(now); err != nil {
		return DeclineOutput{}, err
	}
	if refusal != nil {
		return DeclineOutput{}, refusal
	}
	if err := in.shows(invitation); err != nil {
		return DeclineOutput{}, err
	}
	after := invitation.answered(Declined, now)
	log := audit.Log{Now: now, NewID: op.NewID, Actor: actor, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{after.ID}, Entries: []audit.Entry{
		after.entry(log, event.InvitationDeclined{Invitation: after.fact()}),
	}}
	if err := op.Store.DeclineInvitation(ctx, after, now, trail); err != nil {
		return DeclineOutput{}, fmt.Errorf("decline invitation %s: %w", after.ID, err)
	}
	return invitation.declined(), nil
}

// linkHolder acts when somebody declines from the link without signing in.
var linkHolder = access.Person{ID: "link-holder", Name: "Holder of the link"}

func badAddress(code, detail string) error {
	return fault.Fields([]fault.Field{{Pointer: "/email", Code: code, Detail: detail}})
}

func decliner(in DeclineInput, found Answerable) (access.Person, error) {
	if in.Token != "" && in.Email != "" {
		typed, err := account.ParseEmail(in.Email)
		if err != nil || typed.Key != found.Invitation.InviteeKey {
			return access.Person{}, badAddress("wrong_address", "This is not the address that the invitation was sent to.")
		}
		return linkHolder, nil
	}
	if err := checkInvitee(*found.Invitation, found.User); err != nil {
		return access.Person{}, err
	}
	return found.User.Person(), nil
}
