package audit

import (
	"context"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// ListInput asks for the log of an organization, a brand or a workspace.
type ListInput struct {
	Scope access.Scope `path:"scope"`
	Actor string       `query:"actor"` // who did it: a user id, an address, "system" or "link-holder"
	User  string       `query:"user"`  // whom it is about: an id or an address
	Type  string       `query:"type"`
	From  *time.Time   `query:"from"` // included
	To    *time.Time   `query:"to"`   // excluded
	page.Query
}

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field {
	fields := in.Query.Validate()
	bad := func(pointer, code, detail string) {
		fields = append(fields, fault.Field{Pointer: pointer, Code: code, Detail: detail})
	}
	for pointer, id := range map[string]string{"?actor": in.Actor, "?user": in.User} {
		switch {
		case id == "" || request.IsToken(id):
		case in.Scope.Kind() == access.KindWorkspace: // where nobody is shown with an address
			bad(pointer, "malformed", "This is no id.")
		case !isAddress(id):
			bad(pointer, "malformed", "This is neither an id nor an e-mail address.")
		}
	}
	if in.Type != "" && !slices.Contains(event.Types(), in.Type) {
		bad("?type", "unknown_type", "There is no such type of event.")
	}
	for pointer, at := range map[string]*time.Time{"?from": in.From, "?to": in.To} {
		if at != nil && at.Unix() < 0 {
			bad(pointer, "out_of_range", "The log does not reach back that far.")
		}
	}
	if in.From != nil && in.To != nil && !in.To.After(*in.From) {
		bad("?to", "out_of_range", "This ends before it begins.")
	}
	return fields
}

// Read is what the store reads for a list.
type Read struct {
	Caller            string
	Scope             access.Scope
	Actor, User, Type string // empty: all; people by id or, in organizations and brands, by address
	From, To          *time.Time
	Limit             int
	After             page.Position
}

// Found is a page of a log.
type Found struct {
	Standing     access.Standing // the caller's in the scope
	Organization access.Standing // the caller's in the organization
	Deleted      bool            // the scope was a brand, and is deleted
	Entries      []Entry
	Next         page.Position
	Looked       page.Looked // also what was not asked for
}

// MaxSifted is how many entries one page reads at most when what is asked for has no key of its own: pages may be short then.
const MaxSifted = 500

// ListStore reads logs.
type ListStore interface {
	// Entries returns a page of the log of an organization or a workspace, or of what in it touches a brand, newest first, with the caller's standing: in one
	// round; of a brand in two unless it is by an actor's id; about a person of an organization in two, or by an address. Whoever has an account is one person by
	// id and by address: what was done to them by either is about them. What an index tells may lag behind by seconds.
	Entries(ctx context.Context, read Read) (Found, error)
}

// List is the operation list-audit-log.
type List struct {
	Store ListStore
}

// Do returns a page of the log. That of a deleted brand stays readable for those who may read the organization's.
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[Listed], error) {
	var none page.List[Listed]
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return none, err
	}
	binding := []string{"list-audit-log", caller.User, in.Scope.String(), in.Actor, in.User, in.Type, bound(in.From), bound(in.To)}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	found, err := op.Store.Entries(ctx, Read{
		Caller: caller.User, Scope: in.Scope, Actor: in.Actor, User: in.User, Type: in.Type, From: in.From, To: in.To, Limit: in.Size(), After: after,
	})
	if err != nil {
		return none, err
	}
	if err := mayRead(found); err != nil {
		return none, err
	}
	list := page.List[Listed]{Items: []Listed{}, NextCursor: page.Seal(found.Next, binding...), Looked: found.Looked}
	for _, entry := range found.Entries {
		listed, err := entry.listed(in.Scope)
		if err != nil {
			return none, err
		}
		list.Items = append(list.Items, listed)
	}
	return list, nil
}

// isAddress reports whether this may be an e-mail address. What is none is nobody's.
func isAddress(text string) bool { return len(text) <= maxAddress && strings.Contains(text, "@") }

// maxAddress is the longest address that mail can be sent to (RFC 5321 section 4.5.3.1).
const maxAddress = 254

func mayRead(found Found) error {
	if found.Deleted && found.Organization.Holds(access.ViewAudit) {
		return nil
	}
	return found.Standing.Require(access.ViewAudit)
}

func bound(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
