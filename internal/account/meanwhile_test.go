package account_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestRegisterMeanwhile changes what a sign-in has read just before it writes. In the end each address has one holder whose record says
// so, nothing is lost, and the log counts every change.
func TestRegisterMeanwhile(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(t *testing.T, bed *testbed.Bed, meanwhile func(func())) (all []visitor){
		"somebody else proves the new address": func(t *testing.T, bed *testbed.Bed, meanwhile func(func())) []visitor {
			first, second := newVisitor(bed, "First"), newVisitor(bed, "Second")
			second.in.Email = first.in.Email
			meanwhile(func() { first.signIn(t) })
			second.signIn(t)
			return []visitor{first, second}
		},
		"the former holder changes": func(t *testing.T, bed *testbed.Bed, meanwhile func(func())) []visitor {
			former, heir := newVisitor(bed, "Former"), newVisitor(bed, "Heir")
			heir.in.Email = former.in.Email
			former.signIn(t)
			meanwhile(func() {
				former.in.Name = "Renamed"
				former.signIn(t)
			})
			heir.signIn(t)
			if got := record(t, bed, former); got.Name != "Renamed" {
				t.Errorf("the former holder is %+v", got)
			}
			return []visitor{former, heir}
		},
		"a third one is faster": func(t *testing.T, bed *testbed.Bed, meanwhile func(func())) []visitor {
			former, faster, heir := newVisitor(bed, "Former"), newVisitor(bed, "Faster"), newVisitor(bed, "Heir")
			faster.in.Email, heir.in.Email = former.in.Email, former.in.Email
			former.signIn(t)
			meanwhile(func() { faster.signIn(t) })
			heir.signIn(t)
			return []visitor{former, faster, heir}
		},
		"the address one leaves is taken": func(t *testing.T, bed *testbed.Bed, meanwhile func(func())) []visitor {
			leaver, taker := newVisitor(bed, "Leaver"), newVisitor(bed, "Taker")
			taker.in.Email = leaver.in.Email
			leaver.signIn(t)
			leaver.in.Email = bed.Address("new")
			meanwhile(func() { taker.signIn(t) })
			leaver.signIn(t)
			if got := owner(bed, taker.in.Email); got != taker.id() {
				t.Errorf("the address left belongs to %q", got)
			}
			return []visitor{leaver, taker}
		},
		"the same person signs in elsewhere": func(t *testing.T, bed *testbed.Bed, meanwhile func(func())) []visitor {
			here := newVisitor(bed, "Grace")
			here.signIn(t)
			there := here
			there.in.Name, here.in.Name = "There", "Here"
			meanwhile(func() { there.signIn(t) })
			here.signIn(t)
			return []visitor{here}
		},
		"the username is taken": func(t *testing.T, bed *testbed.Bed, meanwhile func(func())) []visitor {
			first, second := newVisitor(bed, "First"), newVisitor(bed, "Second")
			first.in.PreferredUsername = "wanted" + bed.NewID()
			second.in.PreferredUsername = first.in.PreferredUsername
			meanwhile(func() { first.signIn(t) })
			second.signIn(t)
			return []visitor{first, second}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			all := play(t, bed, func(do func()) { proxy.Inject("TransactWriteItems", 1, tableproxy.Before(do)) })
			for _, v := range all {
				agrees(t, bed, v)
			}
		})
	}
}

// TestRenameNeedsOnesOwnUsername changes a name whose username is not there, or somebody else's: neither comes to be or changes.
func TestRenameNeedsOnesOwnUsername(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	for name, bring := range map[string]func(v visitor, username string){
		"gone":           func(_ visitor, username string) { bed.SetUsername(username, "") },
		"somebody elses": func(v visitor, username string) { bed.SetUsername(username, "usr_other") },
	} {
		v := newVisitor(bed, "Grace")
		user := v.signIn(t)
		bring(v, user.Username)
		before := bed.Item("USERNAMES#"+user.Username[:3], user.Username)
		v.in.Name = "Renamed"
		if _, err := bed.Register().Do(t.Context(), request.Request{}, v.in); !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, bed.Item("USERNAMES#"+user.Username[:3], user.Username)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func record(t *testing.T, bed *testbed.Bed, v visitor) account.User {
	t.Helper()
	user, err := bed.Me().Do(t.Context(), testbed.Caller(v.id()), account.MeInput{})
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// agrees checks that somebody's record, guards and log tell the same.
func agrees(t *testing.T, bed *testbed.Bed, v visitor) {
	t.Helper()
	user := record(t, bed, v)
	if holds := owner(bed, user.Email) == user.ID; holds != user.EmailVerified {
		t.Errorf("%s: verified %v, holds the address %v", user.Name, user.EmailVerified, holds)
	}
	if holder, name := usernameOwner(bed, user.Username); holder != user.ID || name != user.Name {
		t.Errorf("%s: the username is that of %s, %s", user.Name, holder, name)
	}
	var sequences []int
	for n := range bed.Log(access.User(user.ID)) {
		sequences = append(sequences, n+1)
	}
	var logged []int
	for _, entry := range bed.Log(access.User(user.ID)) {
		logged = append(logged, int(entry.Sequence[0]-'0'))
	}
	if diff := cmp.Diff(sequences, logged); diff != "" || len(logged) != user.Version {
		t.Errorf("%s has version %d, the log %v", user.Name, user.Version, logged)
	}
}
