package store

import (
	"context"
	"maps"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/upkeep"
)

// cardItem says which entries there are of a member of an organization or a workspace: those of the cards, by scope. It moves in the transactions that write
// entries, so that none is ever forgotten, whoever else writes them and whatever ends on the way.
type cardItem struct {
	PK, SK   string
	User     string                `dynamo:"user"`
	Revision string                `dynamo:"revision"` // another one with each change
	Cards    map[string]cardFields `dynamo:"cards"`
}

type cardFields struct {
	Words []string `dynamo:"words,omitempty"`
	Role  string   `dynamo:"role"`
	Marks []string `dynamo:"marks,omitempty"`
}

func (i *cardItem) value() upkeep.Indexed {
	indexed := upkeep.Indexed{Cards: map[access.Scope]member.Card{}}
	if i == nil {
		return indexed
	}
	indexed.Revision = i.Revision
	for path, fields := range i.Cards {
		scope, _ := access.ParseScope(path) // we wrote it
		indexed.Cards[scope] = member.Card{Words: fields.Words, Role: access.Role(fields.Role), Marks: fields.Marks}
	}
	return indexed
}

// Subject implements upkeep.IndexStore.
func (t *Table) Subject(ctx context.Context, root access.Scope, user string) (upkeep.Subject, error) {
	var (
		g      gets
		a      authority
		who    *userItem
		card   *cardItem
		brands = map[string]brandRecord{}
		still  = map[string]memberFields{}
		more   gets
	)
	a.collect(&g, root, user)
	get(&g, userKey(user), &who)
	get(&g, cardKey(root, user), &card)
	if err := t.round(ctx, t.load(&g)); err != nil {
		return upkeep.Subject{}, err
	}
	subject := upkeep.Subject{
		Exists: a.exists(), Member: a.membership(a.member), User: who.user(), Indexed: card.value(), Brands: map[string]string{}, Gone: map[string]bool{},
	}
	if subject.Member == nil || !subject.Exists || root.Kind() == access.KindWorkspace {
		return subject, nil
	}
	for _, b := range subject.Member.Brands {
		getInto(&more, brandKey(root.Organization, b.ID), brands, b.ID)
	}
	for _, granter := range subject.Member.Granters() {
		getInto(&more, memberKey(root, granter), still, granter)
	}
	err := t.round(ctx, t.load(&more))
	subject.Brands = brandNames(brands)
	for _, granter := range subject.Member.Granters() {
		if _, isMember := still[granter]; !isMember {
			subject.Gone[granter] = true
		}
	}
	return subject, err
}

// Reindex implements upkeep.IndexStore.
func (t *Table) Reindex(ctx context.Context, organization access.Scope, user string, from upkeep.Indexed, to map[access.Scope]member.Card) error {
	now := from
	now.Cards = maps.Clone(from.Cards)
	for {
		writes := t.moveCards(user, now.Cards, to)
		if len(writes) == 0 && (len(to) > 0 || now.Revision == "") {
			return nil
		}
		k, before := cardKey(organization, user), now.Revision
		now.Revision = newToken()
		item := cardItem{PK: k.PK, SK: k.SK, User: user, Revision: now.Revision, Cards: map[string]cardFields{}}
		for scope, card := range now.Cards {
			item.Cards[scope.String()] = cardFields{Words: card.Words, Role: string(card.Role), Marks: card.Marks}
		}
		switch {
		case len(item.Cards) == 0:
			now.Revision = ""
			writes = append(writes, remove(t, k, overtaken, "'revision' = ?", before))
		case before == "":
			writes = append(writes, putNew(t, item, overtaken))
		default:
			writes = append(writes, put(t, item, overtaken, "'revision' = ?", before))
		}
		if err := t.commit(ctx, writes); err != nil {
			return err
		}
	}
}

// moveCards returns the writes of as many cards as fit into one transaction beside the card item, and moves these in now.
func (t *Table) moveCards(user string, now, to map[access.Scope]member.Card) []write {
	var writes []write
	scopes := slices.Collect(maps.Keys(now))
	for scope := range to {
		if _, both := now[scope]; !both {
			scopes = append(scopes, scope)
		}
	}
	for _, scope := range scopes {
		before, was := now[scope]
		after, is := to[scope]
		if was == is && before.Equal(after) {
			continue
		}
		moved := t.moveCard(scope, user, before, after)
		if len(moved) >= transactionSize { // not even by itself: take all of it first
			is, moved = false, t.moveCard(scope, user, before, member.Card{})
		}
		if len(writes)+len(moved) >= transactionSize {
			break
		}
		writes = append(writes, moved...)
		if delete(now, scope); is {
			now[scope] = after
		}
	}
	return writes
}

// moveCard returns the writes that leave exactly the entries of the card after.
func (t *Table) moveCard(scope access.Scope, user string, before, after member.Card) []write {
	var writes []write
	kept := map[string]bool{}
	for _, entry := range searchEntries(scope, user, after) {
		kept[entry.SK] = true
		writes = append(writes, put(t, entry, overtaken, ""))
	}
	for _, entry := range searchEntries(scope, user, before) {
		if !kept[entry.SK] {
			writes = append(writes, remove(t, key{entry.PK, entry.SK}, overtaken, ""))
		}
	}
	return writes
}

// Rename implements upkeep.IndexStore.
func (t *Table) Rename(ctx context.Context, m member.Membership) error {
	writes := []write{put(t, newMemberItem(m), overtaken, "'version' = ?", m.Version)}
	for _, b := range m.Brands {
		writes = append(writes, put(t, newBrandMemberItem(m, b), overtaken, ""))
	}
	return t.commit(ctx, writes)
}

// pageOfUpkeep is how many items subscribers read at a time.
const pageOfUpkeep = 100

// RootsOf implements upkeep.IndexStore.
func (t *Table) RootsOf(ctx context.Context, user string, after page.Position) ([]access.Scope, page.Position, error) {
	items, next, err := pageOf[memberFields](ctx, t, membershipSegment(user, nil), after)
	var scopes []access.Scope
	for i := range items {
		scopes = append(scopes, items[i].membership().Scope)
	}
	return scopes, next, err
}

// MembersIn implements upkeep.IndexStore.
func (t *Table) MembersIn(ctx context.Context, scope access.Scope, after page.Position) ([]string, page.Position, error) {
	items, next, err := pageOf[memberFields](ctx, t, prefixed("", partition(scope), memberPrefix), after)
	var users []string
	for i := range items {
		users = append(users, items[i].User)
	}
	return users, next, err
}

// Misnamed implements upkeep.IndexStore. A page costs three requests, however many people it has.
func (t *Table) Misnamed(ctx context.Context, brand access.Scope, after page.Position) ([]string, page.Position, error) {
	users, next, err := t.MembersIn(ctx, brand, after)
	if err != nil {
		return nil, "", err
	}
	var (
		g       gets
		record  *brandRecord
		members = map[string]memberFields{}
	)
	get(&g, brandKey(brand.Organization, brand.Brand), &record)
	for _, user := range users {
		getInto(&g, memberKey(brand.Root(), user), members, user)
	}
	if err := t.round(ctx, t.load(&g)); err != nil || !record.exists() {
		return nil, "", err
	}
	return slices.DeleteFunc(users, func(user string) bool {
		held, holds := members[user].Brands[brand.Brand]
		return !holds || held.Name == record.Name
	}), next, nil
}

// GrantedBy implements upkeep.IndexStore.
func (t *Table) GrantedBy(ctx context.Context, organization access.Scope, granter string, after page.Position) ([]upkeep.Grantee, page.Position, error) {
	s := prefixed("", searchPartition(organization), markPrefix(member.MarkGrantedBy(granter)))
	items, next, err := pageOf[searchEntry](ctx, t, s, after)
	var grantees []upkeep.Grantee
	for _, item := range items {
		grantees = append(grantees, upkeep.Grantee{User: item.User, GranterLeft: slices.Contains(item.Marks, member.MarkGranterLeft)})
	}
	return grantees, next, err
}

// pageOf reads a page of one segment.
func pageOf[T any](ctx context.Context, t *Table, s segment, after page.Position) ([]T, page.Position, error) {
	return pageOfAll[T](ctx, t, []segment{s}, after)
}

// pageOfAll reads a page of segments, one after the other.
func pageOfAll[T any](ctx context.Context, t *Table, segments []segment, after page.Position) ([]T, page.Position, error) {
	listing, err := newListing[T](t, segments, pageOfUpkeep, after)
	if err != nil {
		return nil, "", err
	}
	if err := t.round(ctx, listing.read); err != nil {
		return nil, "", err
	}
	items, next := listing.page()
	return items, next, nil
}
