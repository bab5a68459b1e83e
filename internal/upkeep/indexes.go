// Package upkeep holds what follows a change in the background: what lists are searched by, and what a change has made pointless. It subscribes
// to events, but believes the table: an event that is lost, doubled or late does no harm once another one about the same comes.
package upkeep

import (
	"context"
	"fmt"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// Indexed is what there is of somebody in the search of an organization and its brands.
type Indexed struct {
	Cards    map[access.Scope]member.Card
	Revision string // empty when there is nothing
}

// Subject is somebody in an organization as the table has them.
type Subject struct {
	Exists  bool // the organization
	Member  *member.Membership
	User    *account.User
	Brands  map[string]bool // of the member, by id: whether they exist
	Gone    map[string]bool // the granters who are not in the organization
	Indexed Indexed
}

// Grantee is somebody who holds what somebody else granted.
type Grantee struct {
	User        string
	GranterLeft bool // as the entries have it
}

// IndexStore keeps what is searched by.
type IndexStore interface {
	// Subject reads somebody in an organization, consistently.
	Subject(ctx context.Context, organization access.Scope, user string) (Subject, error)
	// Reindex writes and deletes entries until they are those of the cards to, in as many transactions as it takes. request.Overtaken when somebody
	// else does the same; what is written then is known to be there.
	Reindex(ctx context.Context, organization access.Scope, user string, from Indexed, to map[access.Scope]member.Card) error
	// CopyProfile stores the membership with another name, address or username of the user. request.Overtaken when it has changed since it was
	// read. Its version stays: it is still the same role.
	CopyProfile(ctx context.Context, m member.Membership) error
	// OrganizationsOf returns a page of the organizations that somebody is in.
	OrganizationsOf(ctx context.Context, user string, after page.Position) ([]access.Scope, page.Position, error)
	// GrantedBy returns a page of those in the organization who hold something that the granter gave them.
	GrantedBy(ctx context.Context, organization access.Scope, granter string, after page.Position) ([]Grantee, page.Position, error)
	// Point stores pointers from brands to the log entry of an event that touches them.
	Point(ctx context.Context, entry event.Metadata, brands []access.Scope) error
}

// Indexes is the operation maintain-indexes.
type Indexes struct {
	Store IndexStore
}

// Do does what an event calls for. An error says that it is to be tried again: then it goes on where it has stopped.
func (op Indexes) Do(ctx context.Context, received event.Envelope) error {
	metadata := received.Detail.Metadata
	if err := op.point(ctx, metadata); err != nil {
		return fmt.Errorf("event %s: %w", metadata.ID, err)
	}
	if !isAboutPeople(received.DetailType) {
		return nil
	}
	fact, err := event.Decode(received.DetailType, received.Detail.Data)
	if err == nil {
		err = op.follow(ctx, metadata.Scope, fact)
	}
	if err != nil {
		return fmt.Errorf("event %s: %w", metadata.ID, err)
	}
	return nil
}

func isAboutPeople(detailType string) bool {
	switch detailType {
	case event.TypeOf(event.MemberAdded{}), event.TypeOf(event.MemberRoleChanged{}), event.TypeOf(event.MemberRemoved{}), event.TypeOf(event.UserUpdated{}):
		return true
	}
	return false
}

func (op Indexes) point(ctx context.Context, entry event.Metadata) error {
	var brands []access.Scope
	for _, scope := range entry.Scopes {
		if scope.Kind() == access.KindBrand {
			brands = append(brands, scope)
		}
	}
	if len(brands) == 0 {
		return nil
	}
	return op.Store.Point(ctx, entry, brands)
}

func (op Indexes) follow(ctx context.Context, scope access.Scope, fact event.Fact) error {
	switch fact := fact.(type) {
	case event.MemberAdded:
		return op.came(ctx, scope.Root(), fact.User.ID)
	case event.MemberRemoved:
		return op.came(ctx, scope.Root(), fact.User.ID)
	case event.MemberRoleChanged:
		return op.Person(ctx, scope.Root(), fact.User.ID)
	case event.UserUpdated:
		return op.updated(ctx, fact.User.ID)
	}
	return nil
}

// came follows somebody who came or went: those to whom they granted something are marked, or are not any more.
func (op Indexes) came(ctx context.Context, organization access.Scope, user string) error {
	if err := op.Person(ctx, organization, user); err != nil {
		return err
	}
	subject, err := op.Store.Subject(ctx, organization, user)
	if err != nil {
		return err
	}
	left := subject.Member == nil
	return pages(ctx, func(after page.Position) ([]Grantee, page.Position, error) {
		return op.Store.GrantedBy(ctx, organization, user, after)
	}, func(ctx context.Context, grantee Grantee) error {
		if left && grantee.GranterLeft { // done before
			return nil
		}
		if !left && !grantee.GranterLeft {
			return nil
		}
		return op.Person(ctx, organization, grantee.User)
	})
}

// updated follows somebody's new name or address into all organizations that they are in.
func (op Indexes) updated(ctx context.Context, user string) error {
	return pages(ctx, func(after page.Position) ([]access.Scope, page.Position, error) {
		return op.Store.OrganizationsOf(ctx, user, after)
	}, func(ctx context.Context, organization access.Scope) error {
		return op.Person(ctx, organization, user)
	})
}

// attempts bounds how often a person is looked at again while something about them changes.
const attempts = 6

// Person makes what is searched by fit what somebody is in the organization and its brands, and gives the membership their present name and
// address. It looks again after it has written: whatever changed meanwhile either shows now, or is followed by an event that finds what was written.
func (op Indexes) Person(ctx context.Context, organization access.Scope, user string) error {
	for range attempts {
		subject, err := op.Store.Subject(ctx, organization, user)
		if err != nil {
			return err
		}
		changed, err := op.fit(ctx, organization, user, subject)
		if request.IsOvertaken(err) {
			continue
		}
		if err != nil || !changed {
			return err
		}
	}
	return fmt.Errorf("%s in %s changes all the time", user, organization)
}

// fit writes what does not fit, and reports whether that was anything.
func (op Indexes) fit(ctx context.Context, organization access.Scope, user string, subject Subject) (bool, error) {
	want := map[access.Scope]member.Card{}
	changed := false
	if m := subject.Member; m != nil && subject.Exists {
		if who := subject.User; who != nil && m.User != who.Person() {
			m.User = who.Person()
			if err := op.Store.CopyProfile(ctx, *m); err != nil {
				return false, err
			}
			changed = true
		}
		want = m.Cards(subject.Brands, subject.Gone)
	}
	if len(want) == len(subject.Indexed.Cards) {
		same := true
		for scope, card := range want {
			was, is := subject.Indexed.Cards[scope]
			same = same && is && was.Equal(card)
		}
		if same {
			return changed, nil
		}
	}
	return true, op.Store.Reindex(ctx, organization, user, subject.Indexed, want)
}
