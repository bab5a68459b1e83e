package upkeep_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// checkEntries compares all entries of an organization with what its members and brands call for.
func checkEntries(t *testing.T, s *testbed.Scene, when string) {
	t.Helper()
	want, got := wanted(t, s), kept(s)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-members +entries):\n%s", when, diff)
	}
}

// wanted works out the entries from what the operations answer.
func wanted(t *testing.T, s *testbed.Scene) []string {
	t.Helper()
	hundred := 100
	list, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: s.Org, Query: pageOf(hundred)})
	if err != nil {
		t.Fatal(err)
	}
	inside := map[string]bool{}
	for _, m := range list.Items {
		inside[m.User.ID] = true
	}
	var all []string
	for _, m := range list.Items {
		user, err := s.Me().Do(t.Context(), testbed.Caller(m.User.ID), account.MeInput{})
		if err != nil {
			t.Fatal(err)
		}
		words := member.SearchWords(user.Name, user.Email)
		marks := map[string]bool{"grantedby#" + m.GrantedBy.ID: true}
		roles := map[string]access.Role{"ORG#" + s.ID: m.Role}
		left := !inside[m.GrantedBy.ID]
		for _, b := range m.Brands {
			roles["ORG#"+s.ID+"#BRAND#"+b.ID] = b.Role
			marks["grantedby#"+b.GrantedBy.ID] = true
			left = left || !inside[b.GrantedBy.ID]
		}
		if left {
			marks["granterleft"] = true
		}
		for partition, role := range roles {
			for _, word := range words {
				all = append(all, fmt.Sprintf("%s#SEARCH #%s#%s", partition, word, m.User.ID), fmt.Sprintf("%s#SEARCH %s#%s#%s", partition, role, word, m.User.ID))
			}
			for mark := range marks {
				all = append(all, fmt.Sprintf("%s#SEARCH !%s#%s", partition, mark, m.User.ID))
			}
		}
		if m.Role == access.Member && len(m.Brands) == 0 {
			all = append(all, fmt.Sprintf("ORG#%s#SEARCH !nobrand#%s", s.ID, m.User.ID))
		}
	}
	slices.Sort(all)
	return all
}

func kept(s *testbed.Scene) []string {
	partitions := []string{"ORG#" + s.ID + "#SEARCH"}
	for _, b := range s.Brands {
		partitions = append(partitions, "ORG#"+s.ID+"#BRAND#"+b.ID+"#SEARCH")
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.Partitions(partitions...))), func(name string) bool { return strings.Contains(name, " @") })
}

// history has people come, go, change and come back, and returns those it is about.
func history(t *testing.T, s *testbed.Scene) []testbed.Someone {
	t.Helper()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	update := func(by, who testbed.Someone, scope access.Scope, wish member.Wish) {
		t.Helper()
		_, err := s.UpdateMember().Do(t.Context(), by.Caller, member.UpdateInput{Scope: scope, User: who.User.ID, Wish: wish})
		do(err)
	}
	remove := func(by, who testbed.Someone, scope access.Scope) {
		t.Helper()
		_, err := s.RemoveMember().Do(t.Context(), by.Caller, member.RemoveInput{Scope: scope, User: who.User.ID})
		do(err)
	}
	grace, gus, otto, mary := s.Someone("Grace Hopper"), s.Someone("Gus Grissom"), s.Someone("Otto"), s.Someone("Mary")
	s.Promote(s.Ada, s.ID, gus)
	s.Join(gus, s.Brands[0], access.Viewer, grace, otto)
	s.Join(s.Bob, s.Brands[0], access.Publisher, mary)
	update(s.Bob, grace, s.Globex, member.Wish{Role: access.Publisher})
	update(gus, mary, s.Org, member.Wish{Brands: map[string]*access.Role{s.Initech.Brand: new(access.Viewer)}})
	remove(s.Ada, otto, s.Org)
	remove(s.Ada, s.Dan, s.Initech)
	remove(s.Ada, gus, s.Org)
	update(s.Ada, s.Cleo, s.Org, member.Wish{Role: access.Admin, Confirm: "admin"})
	s.Join(s.Ada, s.Brands[1], access.Admin, otto)
	return []testbed.Someone{s.Ada, s.Bob, s.Cleo, s.Dan, grace, gus, otto, mary}
}

func deliver(t *testing.T, s *testbed.Scene, events []event.Envelope) {
	t.Helper()
	for _, e := range events {
		if err := s.Indexes().Do(t.Context(), e); err != nil {
			t.Error(err)
		}
	}
}

// lastOf returns the newest event about each person, in any order.
func lastOf(events []event.Envelope, people []testbed.Someone) []event.Envelope {
	last := map[string]event.Envelope{}
	for _, e := range events {
		for _, one := range people {
			if strings.HasPrefix(e.DetailType, "Member") && strings.Contains(string(e.Detail.Data), `"user":{"id":"`+one.User.ID) {
				last[one.User.ID] = e
			}
		}
	}
	return slices.Collect(maps.Values(last))
}

// TestEntriesHeal: whatever happens to events on their way, the entries fit in the end.
func TestEntriesHeal(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]event.Envelope, []event.Envelope) []event.Envelope{
		"in order": func(all, _ []event.Envelope) []event.Envelope { return all },
		"doubled":  func(all, _ []event.Envelope) []event.Envelope { return slices.Concat(all, all) },
		"backwards": func(all, _ []event.Envelope) []event.Envelope {
			slices.Reverse(all)
			return all
		},
		"shuffled": func(all, _ []event.Envelope) []event.Envelope {
			rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] }) //nolint:gosec // any order will do
			return all
		},
		"all lost but the last of each":    func(_, last []event.Envelope) []event.Envelope { return last },
		"half of them lost, then the last": func(all, last []event.Envelope) []event.Envelope { return slices.Concat(all[:len(all)/2], last) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			s.Index(s.ID) // of the scene
			people := history(t, s)
			all := s.Envelopes(s.ID)
			deliver(t, s, change(slices.Clone(all), lastOf(all, people)))
			checkEntries(t, s, name)
		})
	}
}

// TestEntriesAtOnce delivers everything at the same moment.
func TestEntriesAtOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	history(t, s)
	all := s.Envelopes(s.ID)
	testbed.AtOnce(len(all), func(i int) {
		for range 20 { // as often as the queue brings it
			if s.Indexes().Do(t.Context(), all[i]) == nil {
				return
			}
		}
		t.Errorf("%s is never done", all[i].DetailType)
	})
	checkEntries(t, s, "at once")
}

// TestEntriesAfterCrashes breaks off at each write in turn, before or after it has been carried out; what is tried again ends well.
func TestEntriesAfterCrashes(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]tableproxy.Fault{"not done": tableproxy.Conflict(0), "done, without an answer": tableproxy.LoseReply()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			history(t, s)
			for i, e := range s.Envelopes(s.ID) {
				const until = 5 // attempts of the client
				for n := range until {
					if i%4 == 0 { // for the client waits between its attempts
						proxy.Inject("TransactWriteItems", 2+n, f)
					}
				}
				err := s.Indexes().Do(t.Context(), e)
				for range 5 {
					if err == nil {
						break
					}
					err = s.Indexes().Do(t.Context(), e)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for n := range 10 {
				proxy.Inject("TransactWriteItems", n+1, nil)
			}
			checkEntries(t, s, name)
		})
	}
}

// TestNamesChange: a new name or address reaches all organizations that somebody is in, and what they are searched by, as does the new name
// of a brand. A lost event heals with the next one about the person there.
func TestNamesChange(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	in := account.RegisterInput{Issuer: testbed.Issuer, Subject: s.NewID(), Email: s.Address("grace"), EmailVerified: true, Name: "Grace"}
	user, err := s.Register().Do(t.Context(), request.Request{}, in)
	if err != nil {
		t.Fatal(err)
	}
	grace := testbed.Someone{Caller: testbed.Caller(user.ID), User: user}
	scenes := []*testbed.Scene{s, testbed.New(t).Scene(), testbed.New(t).Scene()}
	for _, one := range scenes {
		one.Join(one.Ada, one.Brands[0], access.Viewer, grace)
		one.Index(one.ID)
	}
	in.Name, in.Email = "Amazing Grace", s.Address("amazing")
	if _, err := s.Register().Do(t.Context(), request.Request{}, in); err != nil {
		t.Fatal(err)
	}
	renamed := s.EnvelopesOf(user.ID)
	deliver(t, s, renamed[len(renamed)-1:])
	for _, one := range scenes {
		for _, scope := range []access.Scope{one.Org, one.Globex} {
			list, err := one.ListMembers().Do(t.Context(), one.Ada.Caller, member.ListInput{Scope: scope})
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(list.Items, func(m member.Membership) bool { return m.User.ID == user.ID })
			if at < 0 || list.Items[at].User.Name != in.Name || list.Items[at].User.Email != in.Email || list.Items[at].Version != 1 {
				t.Errorf("in %s: %+v", scope, list.Items)
			}
		}
		checkEntries(t, one, "another name")
	}
	in.Name = "Grace Again"
	if _, err := s.Register().Do(t.Context(), request.Request{}, in); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Globex, User: user.ID, Wish: member.Wish{Role: access.Admin}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateBrand().Do(t.Context(), s.Ada.Caller, brand.UpdateInput{Scope: s.Globex, Name: "Globex Two"}); err != nil {
		t.Fatal(err)
	}
	all := s.Envelopes(s.ID)
	deliver(t, s, all[len(all)-2:])
	for _, id := range []string{user.ID, s.Cleo.User.ID} {
		m, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: s.Org, User: id})
		if err != nil || m.Brands[0].Name != "Globex Two" || id == user.ID && m.User.Name != in.Name {
			t.Errorf("%+v, %v", m, err)
		}
	}
	checkEntries(t, s, "the next event")
}

// TestGranterLeft marks more people than a page has, and takes the mark when who granted it comes back.
func TestGranterLeft(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	gus, grace := s.Someone("Gus"), s.Someone("Grace")
	s.Promote(s.Ada, s.ID, gus)
	s.Join(gus, s.Brands[0], access.Viewer, grace)
	const many = 105
	root := "ORG#" + s.ID
	for _, partition := range []string{root, root + "#BRAND#" + s.Globex.Brand} {
		s.Copies(s.Item(partition, "MEMBER#"+grace.User.ID), many, []string{grace.User.ID}, func(i int) []string { return []string{fmt.Sprintf("usr_%026d", i)} })
	}
	s.Index(s.ID)
	testbed.AtOnce(8, func(worker int) {
		for i := worker; i < many; i += 8 {
			if err := s.Indexes().Person(t.Context(), s.Org, fmt.Sprintf("usr_%026d", i)); err != nil {
				t.Error(err)
			}
		}
	})
	marked := func() int {
		return len(slices.DeleteFunc(slices.Collect(maps.Keys(s.Partitions(root+"#SEARCH"))), func(name string) bool { return !strings.Contains(name, "!granterleft#") }))
	}
	last := func() []event.Envelope {
		all := s.Envelopes(s.ID)
		return all[len(all)-1:]
	}
	if n := marked(); n != 0 {
		t.Errorf("%d are marked before", n)
	}
	if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: gus.User.ID}); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, last())
	if n := marked(); n != many+1 {
		t.Errorf("%d are marked, want %d", n, many+1)
	}
	list, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: s.Org, GrantedBy: "left", Q: "grace"})
	if err != nil || len(list.Items) != 50 {
		t.Errorf("%d are found, %v", len(list.Items), err)
	}
	s.Promote(s.Ada, s.ID, gus)
	deliver(t, s, last())
	if n := marked(); n != 0 {
		t.Errorf("%d are marked after", n)
	}
}

// TestPointers: each entry that touches a brand is pointed to from there, once; and what touches every brand from all of them, by one pointer.
func TestPointers(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	history(t, s)
	s.Index(s.ID)
	s.Index(s.ID)
	for _, scope := range []access.Scope{s.Globex, s.Initech, everyBrand(s)} {
		want := touching(s, scope)
		if diff := cmp.Diff(want, pointers(s, scope)); diff != "" || len(want) == 0 {
			t.Errorf("%s (-log +pointers):\n%s", scope, diff)
		}
	}
}
