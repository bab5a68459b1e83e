// Package upkeep holds what follows a change in the background: what lists are searched by, and what a change has made pointless. It subscribes
// to events, but believes the table: an event that is doubled or late does no harm, and one that is lost comes again, as nobody has confirmed it.
package upkeep

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// Indexed is what there is of somebody in the search of an organization and its brands, or of a workspace.
type Indexed struct {
	Cards    map[access.Scope]member.Card
	Revision string // empty when there is nothing
}

// Subject is somebody in an organization or a workspace as the table has them.
type Subject struct {
	Exists  bool // the organization or workspace
	Member  *member.Membership
	User    *account.User
	Brands  map[string]string // of the member: id -> name of those that exist
	Gone    map[string]bool   // the granters who are not in the organization
	Indexed Indexed
}

// Grantee is somebody who holds what somebody else granted.
type Grantee struct {
	User        string
	GranterLeft bool // as the entries have it
}

// IndexStore keeps what is searched by.
type IndexStore interface {
	// Subject reads somebody in an organization or a workspace, consistently.
	Subject(ctx context.Context, root access.Scope, user string) (Subject, error)
	// Reindex writes and deletes entries until they are those of the cards to, in as many transactions as it takes. request.Overtaken when somebody
	// else does the same; what is written then is known to be there.
	Reindex(ctx context.Context, organization access.Scope, user string, from Indexed, to map[access.Scope]member.Card) error
	// Rename stores the membership with another name, address or username of the user, or other names of its brands. request.Overtaken when it
	// has changed since it was read. Its version stays: it is still the same role.
	Rename(ctx context.Context, m member.Membership) error
	// RootsOf returns a page of the organizations and workspaces that somebody is in.
	RootsOf(ctx context.Context, user string, after page.Position) ([]access.Scope, page.Position, error)
	// MembersIn returns a page of the ids of those who have an item in an organization, or a copy of it in a brand; consistently.
	MembersIn(ctx context.Context, scope access.Scope, after page.Position) ([]string, page.Position, error)
	// Misnamed returns of a page of those in a brand the ids of those whose membership has another name of it than the brand has; consistently. A page
	// may have none. Of a brand that does not exist it returns nobody.
	Misnamed(ctx context.Context, brand access.Scope, after page.Position) ([]string, page.Position, error)
	// GrantedBy returns a page of those in the organization who hold something that the granter gave them.
	GrantedBy(ctx context.Context, organization access.Scope, granter string, after page.Position) ([]Grantee, page.Position, error)
	// Point stores pointers to the log entry of an event: from brands that it touches, and if it touches every brand, one from all of them.
	Point(ctx context.Context, entry event.Metadata, brands []access.Scope, everyBrand bool) error
}

// Indexes is the operation maintain-indexes.
type Indexes struct {
	Store IndexStore
}

// Do does what an event calls for. An error says that it is to be tried again: then it goes on where it has stopped.
func (op Indexes) Do(ctx context.Context, received event.Envelope) error {
	metadata := received.Detail.Metadata
	if err := op.point(ctx, received.Detail); err != nil {
		return fmt.Errorf("event %s: %w", metadata.ID, err)
	}
	if !isAboutPeople(received.DetailType) {
		return nil
	}
	fact, err := received.Fact()
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
	case event.TypeOf(event.MemberAdded{}), event.TypeOf(event.MemberRoleChanged{}), event.TypeOf(event.MemberRemoved{}), event.TypeOf(event.UserUpdated{}),
		event.TypeOf(event.BrandUpdated{}):
		return true
	}
	return false
}

func (op Indexes) point(ctx context.Context, entry event.Detail) error {
	return op.Store.Point(ctx, entry.Metadata, touched(entry.Metadata), entry.TouchesEveryBrand())
}

// touched returns the brands that an entry names as touched.
func touched(entry event.Metadata) []access.Scope {
	return slices.DeleteFunc(slices.Clone(entry.Scopes), func(scope access.Scope) bool { return scope.Kind() != access.KindBrand })
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
	case event.BrandUpdated:
		return op.renamed(ctx, access.Brand(scope.Organization, fact.Brand))
	}
	return nil
}

// came follows somebody who came or went: those to whom they granted something are marked, or are not any more. In workspaces nobody looks for
// that.
func (op Indexes) came(ctx context.Context, organization access.Scope, user string) error {
	isMember, err := op.person(ctx, organization, user)
	if err != nil || organization.Kind() == access.KindWorkspace {
		return err
	}
	left := !isMember
	return pages(ctx, func(after page.Position) ([]Grantee, page.Position, error) {
		return op.Store.GrantedBy(ctx, organization, user, after)
	}, func(ctx context.Context, grantee Grantee) error {
		if grantee.GranterLeft == left { // marked by an earlier attempt; or others who granted them something have left
			return nil
		}
		return op.Person(ctx, organization, grantee.User)
	})
}

// updated follows somebody's new name, username or address into all organizations and workspaces that they are in. Where an earlier attempt has
// been it costs a look.
func (op Indexes) updated(ctx context.Context, user string) error {
	return pages(ctx, func(after page.Position) ([]access.Scope, page.Position, error) {
		return op.Store.RootsOf(ctx, user, after)
	}, func(ctx context.Context, organization access.Scope) error {
		return op.Person(ctx, organization, user)
	})
}

// renamed follows a brand's new name into what its people hold. Those that an earlier attempt got to are passed over by the page, so that a brand of
// any size comes to an end.
func (op Indexes) renamed(ctx context.Context, brand access.Scope) error {
	return pages(ctx, func(after page.Position) ([]string, page.Position, error) {
		return op.Store.Misnamed(ctx, brand, after)
	}, func(ctx context.Context, user string) error {
		return op.Person(ctx, brand.Root(), user)
	})
}

// attempts bounds how often a person is looked at again while something about them changes.
const attempts = 6

// Person makes what is searched by fit what somebody is in the organization and its brands, and gives the membership their present name and
// address. It looks again after it has written: whatever changed meanwhile either shows now, or is followed by an event that finds what was written.
func (op Indexes) Person(ctx context.Context, organization access.Scope, user string) error {
	_, err := op.person(ctx, organization, user)
	return err
}

// person does the same and reports whether the person is in the organization.
func (op Indexes) person(ctx context.Context, organization access.Scope, user string) (isMember bool, err error) {
	for range attempts {
		subject, err := op.Store.Subject(ctx, organization, user)
		if err != nil {
			return false, err
		}
		changed, err := op.fit(ctx, organization, user, subject)
		if request.IsOvertaken(err) {
			continue
		}
		if err != nil || !changed {
			return subject.Member != nil, err
		}
	}
	return false, fmt.Errorf("%s in %s changes all the time", user, organization)
}

// fit writes what does not fit, and reports whether that was anything.
func (op Indexes) fit(ctx context.Context, organization access.Scope, user string, subject Subject) (bool, error) {
	want := map[access.Scope]member.Card{}
	changed := false
	if subject.Member != nil && subject.Exists {
		m, before := *subject.Member, subject.Member.Brands
		m.Brands = slices.Clone(before)
		if who := subject.User; who != nil {
			m.User = who.Person().In(organization)
		}
		for i, b := range m.Brands {
			if name, exists := subject.Brands[b.ID]; exists {
				m.Brands[i].Name = name
			}
		}
		if changed = !slices.Equal(m.Brands, before) || m.User != subject.Member.User; changed {
			if err := op.Store.Rename(ctx, m); err != nil {
				return false, err
			}
		}
		want = m.Among(subject.Brands).Cards(subject.Gone)
	}
	if maps.EqualFunc(want, subject.Indexed.Cards, member.Card.Equal) {
		return changed, nil
	}
	return true, op.Store.Reindex(ctx, organization, user, subject.Indexed, want)
}
