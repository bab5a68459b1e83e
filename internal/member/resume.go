package member

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// ResumeInput lets mails go to a member again. "me" is the caller.
type ResumeInput struct {
	Scope access.Scope `path:"scope"`
	User  string       `path:"u"`
	// StoppedAt is when the mails had stopped as the caller has read it: what stopped them since then holds. The zero time is whatever stops them now.
	StoppedAt time.Time `json:"stopped_at"`
}

// Validate returns all bad fields.
func (in ResumeInput) Validate() []fault.Field { return nil }

// ResumeStore lets mails go on.
type ResumeStore interface {
	request.Records
	GetStore
	// ResumeMails ends a stop of the mails about an organization or workspace to an address. request.Overtaken when it is not as it was read any more.
	ResumeMails(ctx context.Context, root access.Scope, address string, stop MailStop, trail audit.Trail) error
}

// Resume is the operation resume-mails.
type Resume struct {
	Store ResumeStore
	Now   func() time.Time
	NewID func() string
}

// Do lets mails about the organization or workspace go to the member's address again, and returns the membership. Code mails_not_stopped when they do anyway,
// and mails_stopped_again when something else stops them now than the caller has read, or than it was as this began.
func (op Resume) Do(ctx context.Context, caller request.Caller, in ResumeInput) (Membership, error) {
	if err := caller.SignedIn(request.ScopeWriteMembers); err != nil {
		return Membership{}, err
	}
	in.User = itself(caller, in.User)
	return request.Once(ctx, op.Store, caller, func() (Membership, error) {
		m, stop, err := op.resume(ctx, caller, in)
		in.StoppedAt = stop.At // somebody else may be faster, and mails stop anew: nobody has asked to go on then
		return m, err
	}, func(request.Record) (Membership, error) { // the same request again: what it did stands
		found, err := op.Store.Member(ctx, caller.User, in.Scope, in.User)
		switch {
		case err != nil:
			return Membership{}, err
		case found.Member == nil || !found.Standing.Holds(access.Read): // out since
			return Membership{}, fault.Unknown()
		}
		return found.Member.Seen(caller, found.Standing), nil
	})
}

// resume also returns the stop that it ends, zero when it has found none.
func (op Resume) resume(ctx context.Context, caller request.Caller, in ResumeInput) (Membership, MailStop, error) {
	found, err := op.Store.Member(ctx, caller.User, in.Scope, in.User)
	if err != nil {
		return Membership{}, MailStop{}, err
	}
	if err := found.mayResume(); err != nil {
		return Membership{}, MailStop{}, err
	}
	stop, err := found.stop(ctx, op.Store)
	switch {
	case err != nil:
		return Membership{}, MailStop{}, err
	case stop == nil:
		return Membership{}, MailStop{}, fault.New(fault.Conflict, "mails_not_stopped", "Mails to this member have not stopped, so there is nothing to resume.")
	case !in.StoppedAt.IsZero() && !in.StoppedAt.Equal(stop.At):
		return Membership{}, MailStop{}, fault.New(fault.Conflict, "mails_stopped_again", "Mails to this member have stopped again since you read it. Read it again.")
	}
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: found.Standing.Person, Request: caller.Request}
	trail := audit.Trail{
		Caller: caller, Result: []string{in.User}, Unchanged: []access.Standing{found.Standing},
		Entries: []audit.Entry{stop.Resumed(log, in.Scope, found.Member.User)},
	}
	if err := op.Store.ResumeMails(ctx, in.Scope, found.Address, *stop, trail); err != nil {
		return Membership{}, *stop, fmt.Errorf("resume mails to member %s: %w", in.User, err)
	}
	return found.Member.Seen(caller, found.Standing), *stop, nil
}
