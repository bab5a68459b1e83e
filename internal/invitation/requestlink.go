package invitation

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// RequestLinkInput asks for a new link in place of a dead one (R34).
type RequestLinkInput struct {
	Token string `path:"token"`
}

// Validate returns all bad fields.
func (in RequestLinkInput) Validate() []fault.Field { return nil }

// LinkRequested is what the asking person sees of it. Whom the question goes to is not said.
type LinkRequested struct {
	Scope       access.Scope `json:"scope"`
	ScopeName   string       `json:"scope_name"`
	RequestedAt time.Time    `json:"requested_at"`
}

// RequestLinkStore reads invitations and keeps that somebody has asked.
type RequestLinkStore interface {
	request.Records
	AnswerStore
	// RequestLink stores with an invitation that is still as it was read when its invitee asked for a new link, once a day: else fault.TooMany
	// with code too_many_link_requests, or request.Overtaken.
	RequestLink(ctx context.Context, asked Invitation, trail audit.Trail) error
}

// RequestLink is the operation request-link.
type RequestLink struct {
	Store RequestLinkStore
	Now   func() time.Time
	NewID func() string
	Links Links
}

// Do asks whoever can send the invitation again to do that. The invitation keeps when that was, and its version.
func (op RequestLink) Do(ctx context.Context, caller request.Caller, in RequestLinkInput) (LinkRequested, error) {
	if err := caller.SignedIn(); err != nil {
		return LinkRequested{}, err
	}
	ref, err := op.Links.Read(in.Token)
	if err != nil {
		return LinkRequested{}, err
	}
	ask := func() (LinkRequested, error) { return op.ask(ctx, caller, ref) }
	return request.Once(ctx, op.Store, caller, ask, func(made request.Record) (LinkRequested, error) {
		found, err := op.Store.Answerable(ctx, ref, caller.User)
		if err == nil {
			err = isThere(found)
		}
		if err != nil {
			return LinkRequested{}, err
		}
		at, err := time.Parse(time.RFC3339Nano, made.Result[0])
		return LinkRequested{Scope: found.Invitation.Scope, ScopeName: found.Invitation.ScopeName, RequestedAt: at}, err
	})
}

func (op RequestLink) ask(ctx context.Context, caller request.Caller, ref Reference) (LinkRequested, error) {
	found, err := op.Store.Answerable(ctx, ref, caller.User)
	if err != nil {
		return LinkRequested{}, err
	}
	if err := isThere(found); err != nil {
		return LinkRequested{}, err
	}
	i, now := *found.Invitation, op.Now()
	if err := canRequestLink(i, ref, now); err != nil {
		return LinkRequested{}, err
	}
	if err := checkInvitee(i, found.User); err != nil {
		return LinkRequested{}, err
	}
	if i.Scope.Kind() == access.KindBrand {
		backing, err := op.Store.Backing(ctx, i)
		if err != nil {
			return LinkRequested{}, err
		}
		if !backing.hasScope(i) {
			return LinkRequested{}, scopeDeleted()
		}
	}
	log := audit.Log{Now: now, NewID: op.NewID, Actor: found.User.Person(), Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{now.Format(time.RFC3339Nano)}, Entries: []audit.Entry{
		i.entry(log, event.InvitationLinkRequested{Invitation: i.fact(), User: found.User.Person().In(i.Scope)}),
	}}
	i.LinkRequestedAt = &now
	if err := op.Store.RequestLink(ctx, i, trail); err != nil {
		return LinkRequested{}, fmt.Errorf("request a link of invitation %s: %w", i.ID, err)
	}
	return LinkRequested{Scope: i.Scope, ScopeName: i.ScopeName, RequestedAt: now}, nil
}

// isThere returns why there is nothing to ask for, or nil.
func isThere(found Answerable) error {
	switch {
	case found.Root == "":
		return scopeDeleted()
	case found.Invitation == nil:
		return deleted()
	}
	return nil
}

// canRequestLink returns why nobody can ask for a new link in place of this one, or nil (R34): it works, or no link ever will.
func canRequestLink(i Invitation, link Reference, now time.Time) error {
	switch status := i.StatusAt(now); status {
	case Accepted, Closed:
		return checkOpen(status)
	case Pending:
		if link.Generation == i.Generation {
			return fault.New(fault.Conflict, "invitation_pending", "This link works: answer the invitation.")
		}
		return nil
	case Declined, Expired, InvalidGrant:
		return nil
	}
	return checkOpen(Closed)
}
