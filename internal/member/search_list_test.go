package member_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// found asks for a list and returns all its pages as "role name", sorted.
func found(t *testing.T, b *testbed.Bed, who testbed.Someone, in member.ListInput) []string {
	t.Helper()
	limit := 3
	in.Limit = &limit
	names := []string{}
	for range 1000 {
		got, err := b.ListMembers().Do(t.Context(), who.Caller, in)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Items) > limit {
			t.Errorf("%d on a page of %d", len(got.Items), limit)
		}
		names = append(names, shown(got.Items)...)
		if in.Cursor = got.NextCursor; in.Cursor == "" {
			break
		}
	}
	slices.Sort(names)
	return names
}

func TestSearchMembers(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace := s.SomeoneWith("Grace Hopper", "navy."+strings.ToLower(s.NewID())+"@Ships.example")
	gus := s.SomeoneWith("Gus Grissom", "gus."+strings.ToLower(s.NewID())+"@mercury.example")
	s.Join(s.Ada, s.Brands[0], access.Publisher, grace)
	s.Join(s.Ada, s.Brands[1], access.Admin, grace)
	s.Promote(s.Ada, s.ID, gus)
	s.Index(s.ID)
	domain := strings.SplitAfter(s.Ada.User.Email, "@")[1]
	everybody := []string{"admin Ada", "member Bob", "member Cleo", "member Dan"}
	for name, c := range map[string]struct {
		in   member.ListInput
		want []string
	}{
		"a word":                      {member.ListInput{Scope: s.Org, Q: "grace"}, []string{"member Grace Hopper"}},
		"as one types":                {member.ListInput{Scope: s.Org, Q: "hop"}, []string{"member Grace Hopper"}},
		"in the middle of a word":     {member.ListInput{Scope: s.Org, Q: "opper"}, []string{}},
		"a beginning of several":      {member.ListInput{Scope: s.Org, Q: "gr"}, []string{"admin Gus Grissom", "member Grace Hopper"}},
		"two words of one":            {member.ListInput{Scope: s.Org, Q: "G"}, []string{"admin Gus Grissom", "member Grace Hopper"}},
		"two words":                   {member.ListInput{Scope: s.Org, Q: "hop gra"}, []string{"member Grace Hopper"}},
		"two words of two":            {member.ListInput{Scope: s.Org, Q: "grace gus"}, []string{}},
		"the address":                 {member.ListInput{Scope: s.Org, Q: strings.ToUpper(grace.User.Email)}, []string{"member Grace Hopper"}},
		"the part before the @":       {member.ListInput{Scope: s.Org, Q: strings.Split(grace.User.Email, "@")[0]}, []string{"member Grace Hopper"}},
		"the domain":                  {member.ListInput{Scope: s.Org, Q: "ships.exam"}, []string{"member Grace Hopper"}},
		"the domain with its @":       {member.ListInput{Scope: s.Org, Q: "@ships"}, []string{"member Grace Hopper"}},
		"a domain of many":            {member.ListInput{Scope: s.Org, Q: domain}, everybody},
		"a name and a domain":         {member.ListInput{Scope: s.Org, Q: domain + " cleo"}, []string{"member Cleo"}},
		"with a role":                 {member.ListInput{Scope: s.Org, Q: "g", Role: access.Admin}, []string{"admin Gus Grissom"}},
		"with another role":           {member.ListInput{Scope: s.Org, Q: "g", Role: access.Member}, []string{"member Grace Hopper"}},
		"two words with a role":       {member.ListInput{Scope: s.Org, Q: "gus gri", Role: access.Member}, []string{}},
		"the name of a role":          {member.ListInput{Scope: s.Org, Q: "admin"}, []string{}},
		"of a brand":                  {member.ListInput{Scope: s.Org, Brand: s.Globex.Brand}, []string{"admin Ada", "admin Gus Grissom", "member Bob", "member Cleo", "member Grace Hopper"}},
		"of a brand, Admins":          {member.ListInput{Scope: s.Org, Brand: s.Globex.Brand, Role: access.Admin}, []string{"admin Ada", "admin Gus Grissom"}},
		"of a brand, Members":         {member.ListInput{Scope: s.Org, Brand: s.Globex.Brand, Role: access.Member}, []string{"member Bob", "member Cleo", "member Grace Hopper"}},
		"of a brand, a word":          {member.ListInput{Scope: s.Org, Brand: s.Globex.Brand, Q: "g"}, []string{"admin Gus Grissom", "member Grace Hopper"}},
		"of a brand, a word, Admins":  {member.ListInput{Scope: s.Org, Brand: s.Globex.Brand, Q: "g", Role: access.Admin}, []string{"admin Gus Grissom"}},
		"of a brand, a word, Members": {member.ListInput{Scope: s.Org, Brand: s.Globex.Brand, Q: "g", Role: access.Member}, []string{"member Grace Hopper"}},
		"of an unknown brand":         {member.ListInput{Scope: s.Org, Brand: "brd_" + s.NewID()}, []string{}},
		"a word of an unknown brand":  {member.ListInput{Scope: s.Org, Brand: "brd_" + s.NewID(), Q: "g"}, []string{}},
		"of another tenant's brand":   {member.ListInput{Scope: s.Org, Brand: s.Hooli.Brand}, []string{}},
		"without a brand":             {member.ListInput{Scope: s.Org, Brand: "none"}, []string{}},
		"granted by":                  {member.ListInput{Scope: s.Org, GrantedBy: s.Ada.User.ID}, []string{"admin Ada", "admin Gus Grissom", "member Bob", "member Cleo", "member Dan", "member Grace Hopper"}},
		"granted by, with a role":     {member.ListInput{Scope: s.Org, GrantedBy: s.Ada.User.ID, Role: access.Admin}, []string{"admin Ada", "admin Gus Grissom"}},
		"granted by, a word":          {member.ListInput{Scope: s.Org, GrantedBy: s.Ada.User.ID, Q: "gra"}, []string{"member Grace Hopper"}},
		"granted by, of a brand":      {member.ListInput{Scope: s.Org, GrantedBy: s.Ada.User.ID, Brand: s.Initech.Brand}, []string{"admin Ada", "admin Gus Grissom", "member Dan", "member Grace Hopper"}},
		"granted by somebody else":    {member.ListInput{Scope: s.Org, GrantedBy: s.Bob.User.ID}, []string{}},
		"granted by who left":         {member.ListInput{Scope: s.Org, GrantedBy: "left"}, []string{}},
		"in a brand":                  {member.ListInput{Scope: s.Globex, Q: "g"}, []string{"admin Gus Grissom", "publisher Grace Hopper"}},
		"in a brand, its Admins":      {member.ListInput{Scope: s.Initech, Q: "g", Role: access.Admin}, []string{"admin Grace Hopper", "admin Gus Grissom"}},
		"in a brand, Publishers":      {member.ListInput{Scope: s.Globex, Q: "g", Role: access.Publisher}, []string{"publisher Grace Hopper"}},
		"in a brand, two words":       {member.ListInput{Scope: s.Globex, Q: "hop gra", Role: access.Publisher}, []string{"publisher Grace Hopper"}},
		"in a brand, somebody else":   {member.ListInput{Scope: s.Globex, Q: "dan"}, []string{}},
		"nothing that is seen":        {member.ListInput{Scope: s.Globex, Q: " \u200d", Role: access.Publisher}, []string{"publisher Cleo", "publisher Grace Hopper"}},
	} {
		if diff := cmp.Diff(c.want, found(t, s.Bed, s.Ada, c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestSearchAmongMany: whatever people are called, each of them is found by their own name, once, and at the same cost as among a few.
func TestSearchAmongMany(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	var people []testbed.Someone
	for i, name := range hostileNames {
		people = append(people, s.SomeoneWith(name, s.Address(fmt.Sprint("hostile", i))))
	}
	s.Join(s.Ada, s.Brands[0], access.Viewer, people...)
	s.Index(s.ID)
	lonely := costOf(t, s, member.ListInput{Scope: s.Org, Q: "smile"})
	crowd(s, 600)
	for i, one := range people {
		for _, in := range []member.ListInput{
			{Scope: s.Org, Q: one.User.Name},
			{Scope: s.Globex, Q: one.User.Name, Role: access.Viewer},
			{Scope: s.Org, Q: one.User.Email},
			{Scope: s.Org, Q: one.User.Name, Brand: s.Globex.Brand, Role: access.Member},
		} {
			times := 0
			for _, m := range everyPage(t, s, in) {
				if m.User.ID == one.User.ID {
					times++
				}
			}
			if times != 1 && len(member.QueryWords(in.Q)) > 0 {
				t.Errorf("%q (%d) is found %d times by %q in %s", one.User.Name, i, times, in.Q, in.Scope)
			}
		}
	}
	if crowded := costOf(t, s, member.ListInput{Scope: s.Org, Q: "smile"}); crowded != lonely || crowded.rounds != 2 {
		t.Errorf("a search costs %+v among many, %+v among a few", crowded, lonely)
	}
	for name, c := range map[string]struct {
		in   member.ListInput
		want cost
	}{
		"one of many":            {member.ListInput{Scope: s.Org, Q: "crowd-17@"}, cost{2, 3, 1}},
		"many":                   {member.ListInput{Scope: s.Org, Q: "crowd"}, cost{2, 3, 50}},
		"many with a role":       {member.ListInput{Scope: s.Org, Q: "crowd", Role: access.Member}, cost{2, 3, 50}},
		"of a brand":             {member.ListInput{Scope: s.Org, Brand: s.Globex.Brand}, cost{2, 4, 50}},
		"many in a brand":        {member.ListInput{Scope: s.Globex, Q: "tiger"}, cost{2, 4, 50}},
		"one of many in a brand": {member.ListInput{Scope: s.Globex, Q: "smile"}, cost{2, 4, 1}},
		"two words":              {member.ListInput{Scope: s.Org, Q: "crowd-17@ tiger"}, cost{2, 4, 1}},
		"not there":              {member.ListInput{Scope: s.Org, Q: "nobody"}, cost{1, 2, 0}},
		"plain":                  {member.ListInput{Scope: s.Org}, cost{1, 2, 50}},
	} {
		if got := costOf(t, s, c.in); got != c.want {
			t.Errorf("%s costs %+v, want %+v", name, got, c.want)
		}
	}
	if n := proxy.Count("Scan") + proxy.Count("DescribeTable"); n != 0 {
		t.Errorf("%d requests of kinds that there should be none of", n)
	}
}

type cost struct{ rounds, requests, found int }

func costOf(t *testing.T, s *testbed.Scene, in member.ListInput) cost {
	t.Helper()
	ctx, meter := telemetry.WithMeter(t.Context())
	got, err := s.ListMembers().Do(ctx, s.Ada.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	requests, _ := meter.Requests()
	return cost{meter.Rounds(), requests, len(got.Items)}
}

func everyPage(t *testing.T, s *testbed.Scene, in member.ListInput) []member.Membership {
	t.Helper()
	var all []member.Membership
	for range 100 {
		got, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got.Items...)
		if in.Cursor = got.NextCursor; in.Cursor == "" {
			return all
		}
	}
	t.Fatal("the list has no end")
	return nil
}

// crowd adds Viewers of Globex with their entries, as the subscriber has made them of one.
func crowd(s *testbed.Scene, many int) {
	s.T.Helper()
	name := "seed" + strings.ToLower(s.NewID())
	seed := s.SomeoneWith("Member Tiger", name+"@many.example")
	s.Join(s.Ada, s.Brands[0], access.Viewer, seed)
	s.Index(s.ID)
	root := "ORG#" + s.ID
	items := s.Partitions(root, root+"#SEARCH", root+"#BRAND#"+s.Globex.Brand, root+"#BRAND#"+s.Globex.Brand+"#SEARCH")
	for key, item := range items {
		if strings.HasSuffix(key, seed.User.ID) {
			s.Copies(item, many, []string{seed.User.ID, name}, func(i int) []string {
				return []string{fmt.Sprintf("usr_%026d", i), fmt.Sprintf("crowd-%d", i)}
			})
		}
	}
}

// TestSearchReadsWhatItReturns: besides what says who asks, and of each word that is shown its entry and its person, a search reads what
// tells that more follow.
func TestSearchReadsWhatItReturns(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Index(s.ID)
	crowd(s, 300)
	const asking = 2 // the organization, and what the caller holds there
	for name, c := range map[string]struct {
		in      member.ListInput
		entries int
		people  int
	}{
		"one":              {member.ListInput{Scope: s.Org, Q: "crowd-17@"}, 1, 1},
		"some":             {member.ListInput{Scope: s.Org, Q: "crowd-1"}, 101, 50}, // of a page of 50, each may have two such words
		"with a role":      {member.ListInput{Scope: s.Org, Q: "crowd-17@", Role: access.Member}, 1, 1},
		"with another one": {member.ListInput{Scope: s.Org, Q: "crowd-17@", Role: access.Admin}, 0, 0},
	} {
		ctx, meter := telemetry.WithMeter(t.Context())
		found, err := s.ListMembers().Do(ctx, s.Ada.Caller, c.in)
		if err != nil || len(found.Items) != c.people {
			t.Errorf("%s: %d people are found, %v", name, len(found.Items), err)
		}
		if read, returned := meter.ItemsRead(); read != asking+c.entries+c.people || returned != read {
			t.Errorf("%s: %d items are read and %d returned, want %d entries and %d people", name, read, returned, c.entries, c.people)
		}
	}
}

func TestSearchCursors(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Index(s.ID)
	one := 1
	list := func(in member.ListInput) func(string) error {
		return func(cursor string) error {
			in.Limit, in.Cursor = &one, cursor
			_, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, in)
			return err
		}
	}
	domain := strings.SplitAfter(s.Ada.User.Email, "@")[1]
	in := member.ListInput{Scope: s.Org, Q: domain, GrantedBy: s.Ada.User.ID}
	in.Limit = &one
	first, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	binding := []string{"list-members", s.Ada.User.ID, s.Org.String(), "", domain, "", s.Ada.User.ID}
	testbed.CheckCursors(t, first.NextCursor, binding, list(in), map[string]func(string) error{
		"no search":       list(member.ListInput{Scope: s.Org}),
		"another search":  list(member.ListInput{Scope: s.Org, Q: "dan", GrantedBy: s.Ada.User.ID}),
		"another brand":   list(member.ListInput{Scope: s.Org, Q: domain, GrantedBy: s.Ada.User.ID, Brand: s.Globex.Brand}),
		"another granter": list(member.ListInput{Scope: s.Org, Q: domain, GrantedBy: s.Bob.User.ID}),
		"another role":    list(member.ListInput{Scope: s.Org, Q: domain, GrantedBy: s.Ada.User.ID, Role: access.Member}),
	})
}

func TestSearchInputValidate(t *testing.T) {
	t.Parallel()
	brand := access.Brand("org_1", "brd_1")
	for name, c := range map[string]struct {
		in   interface{ Validate() []fault.Field }
		want []string
	}{
		"all":                  {member.ListInput{Scope: brand.Root(), Q: "x", Brand: "brd_1", GrantedBy: "usr_5V0C8RZQ2NXWJ4TEKHB71GMSDP", Query: page.Query{}}, nil},
		"none and left":        {member.ListInput{Scope: brand.Root(), Brand: "none", GrantedBy: "left"}, nil},
		"too long":             {member.ListInput{Scope: brand, Q: strings.Repeat("😀", 301)}, []string{"?q too_long"}},
		"ids that are none":    {member.ListInput{Scope: brand.Root(), Brand: "a#b", GrantedBy: "usr_#"}, []string{"?brand malformed", "?granted_by malformed"}},
		"nobody":               {member.ListInput{Scope: brand.Root(), GrantedBy: "grace"}, []string{"?granted_by malformed"}},
		"filters in the brand": {member.ListInput{Scope: brand, Brand: "brd_1", GrantedBy: "left"}, []string{"?brand unknown_parameter", "?granted_by unknown_parameter"}},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
