package account_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// visitor is somebody whom the identity provider knows.
type visitor struct {
	bed *testbed.Bed
	in  account.RegisterInput
}

func newVisitor(bed *testbed.Bed, name string) visitor {
	return visitor{bed, account.RegisterInput{
		Issuer: "https://issuer.test", Subject: bed.NewID(), Email: bed.Address(strings.ToLower(name)), EmailVerified: true, Name: name,
	}}
}

func (v visitor) id() string { return account.UserID(v.in.Issuer, v.in.Subject) }

func (v visitor) signIn(t *testing.T) account.User {
	t.Helper()
	user, err := v.bed.Register().Do(t.Context(), request.Request{ID: "req"}, v.in)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// owner returns who holds an address.
func owner(bed *testbed.Bed, email string) string {
	return testbed.Text(bed.Item("EMAIL#"+account.EmailKey(email), "EMAIL"), "user")
}

func usernameOwner(bed *testbed.Bed, username string) (user, name string) {
	item := bed.Item("USERNAMES#"+username[:3], username)
	return testbed.Text(item, "user"), testbed.Text(item, "name")
}

func TestRegisterSomebodyNew(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	v := newVisitor(bed, "Ada Lovelace")
	preferred := "Ada." + bed.NewID()
	v.in.PreferredUsername = preferred
	user := v.signIn(t)

	want := account.User{
		ID: v.id(), Name: "Ada Lovelace", Email: v.in.Email, EmailVerified: true, Username: strings.ToLower(preferred), CreatedAt: testbed.Start, Version: 1,
	}
	if diff := cmp.Diff(want, user); diff != "" {
		t.Error(diff)
	}
	stored, err := bed.Me().Do(t.Context(), testbed.Caller(user.ID), account.MeInput{})
	if diff := cmp.Diff(want, stored); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got := owner(bed, v.in.Email); got != user.ID {
		t.Errorf("the address belongs to %q", got)
	}
	if got, name := usernameOwner(bed, user.Username); got != user.ID || name != "Ada Lovelace" {
		t.Errorf("the username belongs to %q, %q", got, name)
	}
	wantLog := []testbed.Logged{{
		Type: "UserRegistered", Actor: user.ID, Scope: access.User(user.ID), User: user.ID, Sequence: "1",
		Fact: event.UserRegistered{User: user.Person(), EmailVerified: true},
	}}
	if diff := cmp.Diff(wantLog, bed.Log(access.User(user.ID))); diff != "" {
		t.Error(diff)
	}
}

func TestRegisterAgainWritesNothing(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	v := newVisitor(bed, "Ada")
	first := v.signIn(t)
	v.in.PreferredUsername = "another-" + bed.NewID() // a username stays
	ctx, meter := telemetry.WithMeter(t.Context())
	again, err := bed.Register().Do(ctx, request.Request{}, v.in)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if requests, writes := meter.Requests(); requests != 1 || writes != 0 {
		t.Errorf("%d requests, %d of them writes", requests, writes)
	}
	if log := bed.Log(access.User(first.ID)); len(log) != 1 {
		t.Errorf("log %v", testbed.Types(log))
	}
}

func TestRegisterWhatChanged(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	v := newVisitor(bed, "Ada")
	first := v.signIn(t)
	oldAddress, newAddress := v.in.Email, bed.Address("countess")

	for _, step := range []struct {
		name   string
		change func(*account.RegisterInput)
		want   func(*account.User)
		owners map[string]string
	}{
		{
			"name", func(in *account.RegisterInput) { in.Name = " Ada\tLovelace\u202e " }, func(u *account.User) { u.Name = "Ada Lovelace" },
			map[string]string{oldAddress: first.ID},
		},
		{
			"address", func(in *account.RegisterInput) { in.Email = newAddress }, func(u *account.User) { u.Email = newAddress },
			map[string]string{oldAddress: "", newAddress: first.ID},
		},
		{
			"proof lost", func(in *account.RegisterInput) { in.EmailVerified = false }, func(u *account.User) { u.EmailVerified = false },
			map[string]string{newAddress: ""},
		},
		{
			"proof found", func(in *account.RegisterInput) { in.EmailVerified = true }, func(u *account.User) { u.EmailVerified = true },
			map[string]string{newAddress: first.ID},
		},
		{
			"case of the address", func(in *account.RegisterInput) { in.Email = strings.ToUpper(newAddress[:4]) + newAddress[4:] },
			func(u *account.User) { u.Email = strings.ToUpper(newAddress[:4]) + newAddress[4:] },
			map[string]string{newAddress: first.ID},
		},
	} {
		before, err := bed.Me().Do(t.Context(), testbed.Caller(first.ID), account.MeInput{})
		if err != nil {
			t.Fatal(err)
		}
		want := before
		step.want(&want)
		want.Version++
		step.change(&v.in)
		var got account.User
		log := bed.Appended(access.User(first.ID), func() { got = v.signIn(t) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
		wantFact := event.UserUpdated{
			User:   want.Person(),
			Before: event.Profile{Name: before.Name, Email: before.Email, EmailVerified: before.EmailVerified},
			After:  event.Profile{Name: want.Name, Email: want.Email, EmailVerified: want.EmailVerified},
		}
		if len(log) != 1 || cmp.Diff(event.Fact(wantFact), log[0].Fact) != "" {
			t.Errorf("%s: log %+v", step.name, log)
		}
		for email, want := range step.owners {
			if got := owner(bed, email); got != want {
				t.Errorf("%s: %s belongs to %q, want %q", step.name, email, got, want)
			}
		}
	}
	if _, name := usernameOwner(bed, first.Username); name != "Ada Lovelace" {
		t.Errorf("look-ups show %q", name)
	}
}

func TestRegisterNames(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	for name, want := range map[string]string{
		"":                       "local",
		" \u202e ":               "local",
		strings.Repeat("😀", 200): strings.Repeat("😀", 100),
	} {
		v := newVisitor(bed, name)
		v.in.Email = "local@" + strings.ToLower(bed.NewID()) + ".example"
		if got := v.signIn(t).Name; got != want {
			t.Errorf("%.20q: got %q", name, got)
		}
	}
}

func TestRegisterUsernames(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	taken := "taken" + strings.ToLower(bed.NewID())
	long := "long" + strings.ToLower(bed.NewID()) + strings.Repeat("g", 300)
	first := newVisitor(bed, "First")
	first.in.PreferredUsername = taken
	first.signIn(t)
	for _, c := range []struct{ name, preferred, prefix string }{
		{"Grace Hopper", taken, "gracehopper"},
		{"Grace Hopper", strings.ToUpper(taken), "gracehopper"},
		{"Grace Hopper", "", "gracehopper"},
		{"李", "", "user"},
		{"李", "李李李", "user"},
		{"X", "a", "user"},
		{"Grace Hopper", "../#?", "gracehopper"},
		{"Grace Hopper", long, long[:40]},
	} {
		v := newVisitor(bed, c.name)
		v.in.PreferredUsername = c.preferred
		user := v.signIn(t)
		if !strings.HasPrefix(user.Username, c.prefix) || len(user.Username) > 46 {
			t.Errorf("%s, preferred %.20q: got %q", c.name, c.preferred, user.Username)
		}
		if got, _ := usernameOwner(bed, user.Username); got != user.ID {
			t.Errorf("%s belongs to %q", user.Username, got)
		}
	}
}

// TestRegisterMovesTheAddress shows R31: an address belongs to whoever proves it now, and the former holder keeps their roles.
func TestRegisterMovesTheAddress(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	former := newVisitor(bed, "Former")
	before := former.signIn(t)
	org, _ := bed.Organization(testbed.Caller(before.ID), "Acme")
	heir := newVisitor(bed, "Heir")
	heir.in.Email = strings.ToUpper(former.in.Email)

	unproven := heir
	unproven.in.Subject, unproven.in.EmailVerified = bed.NewID(), false
	unproven.signIn(t)
	if got := owner(bed, former.in.Email); got != before.ID {
		t.Errorf("without proof the address went to %q", got)
	}

	log := bed.Appended(access.User(before.ID), func() { heir.signIn(t) })
	if got := owner(bed, former.in.Email); got != heir.id() {
		t.Errorf("the address belongs to %q", got)
	}
	after, err := bed.Me().Do(t.Context(), testbed.Caller(before.ID), account.MeInput{})
	want := before
	want.EmailVerified, want.Version = false, 2
	if diff := cmp.Diff(want, after); err != nil || diff != "" {
		t.Error(err, diff)
	}
	wantLog := []testbed.Logged{{
		Type: "UserUpdated", Actor: heir.id(), Scope: access.User(before.ID), User: before.ID, Sequence: "2",
		Fact: event.UserUpdated{
			User:   before.Person(),
			Before: event.Profile{Name: "Former", Email: before.Email, EmailVerified: true},
			After:  event.Profile{Name: "Former", Email: before.Email},
		},
	}}
	if diff := cmp.Diff(wantLog, log); diff != "" {
		t.Error(diff)
	}
	if log := bed.Log(access.User(heir.id())); !cmp.Equal([]string{"UserRegistered"}, testbed.Types(log)) {
		t.Errorf("the heir's log: %v", testbed.Types(log))
	}
	if items := bed.Items(org.ID); items["ORG#"+org.ID+" MEMBER#"+before.ID] == nil {
		t.Error("the former holder has lost their role")
	}

	// The one who proves it next has it next, be it the former holder.
	if got := former.signIn(t); !got.EmailVerified || got.Version != 3 || owner(bed, former.in.Email) != before.ID {
		t.Errorf("moved back: %+v", got)
	}
}

func TestRegisterRefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	v := newVisitor(bed, "Ada")
	v.in.Email = "nobody"
	_, err := bed.Register().Do(t.Context(), request.Request{}, v.in)
	testbed.CheckCode(t, err, fault.Invalid, "malformed_email")
	if items := bed.Partitions("USER#"+v.id(), "USER#"+v.id()+"#LOG"); len(items) != 0 {
		t.Errorf("left %v", items)
	}
}

func TestUserIDNamesIssuerAndSubject(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, of := range [][2]string{{"https://a.test", "1"}, {"https://a.test", "2"}, {"https://b.test", "1"}, {"https://a.test\n1", ""}} {
		id := account.UserID(of[0], of[1])
		if seen[id] || len(id) != len("usr_")+26 || !access.User(id).Valid() {
			t.Errorf("%q: %s", of, id)
		}
		seen[id] = true
	}
	// Ids stand in the table: how they are made cannot change.
	if got, want := account.UserID("https://a.test", "1"), "usr_YCPF2E0H60GVG9PN2F3F1FVJVV"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRegisterAtOnce has many sign up at the same moment.
func TestRegisterAtOnce(t *testing.T) {
	t.Parallel()
	const many = 12
	bed := testbed.New(t)
	wanted := "popular" + strings.ToLower(bed.NewID())
	signUp := func(visitors []visitor) []account.User {
		users := make([]account.User, len(visitors))
		testbed.AtOnce(len(visitors), func(i int) {
			user, err := bed.Register().Do(t.Context(), request.Request{}, visitors[i].in)
			if err != nil {
				t.Errorf("visitor %d: %v", i, err)
			}
			users[i] = user
		})
		return users
	}

	t.Run("for one username", func(t *testing.T) {
		visitors := make([]visitor, many)
		for i := range visitors {
			visitors[i] = newVisitor(bed, "Grace Hopper")
			visitors[i].in.PreferredUsername = wanted
		}
		got, names := 0, map[string]bool{}
		for _, user := range signUp(visitors) {
			names[user.Username] = true
			if user.Username == wanted {
				got++
			}
			if owner, _ := usernameOwner(bed, user.Username); owner != user.ID {
				t.Errorf("%s belongs to %s", user.Username, owner)
			}
		}
		if got != 1 || len(names) != many {
			t.Errorf("%d got the username, there are %d", got, len(names))
		}
	})
	t.Run("as one person", func(t *testing.T) {
		visitors := make([]visitor, many)
		v := newVisitor(bed, "Ada")
		for i := range visitors {
			visitors[i] = v
		}
		users := signUp(visitors)
		for _, user := range users {
			if diff := cmp.Diff(users[0], user); diff != "" {
				t.Error(diff)
			}
		}
		if log := bed.Log(access.User(v.id())); len(log) != 1 {
			t.Errorf("log %v", testbed.Types(log))
		}
	})
}

// TestRegisterOneAddressAtOnce has two people prove the same address at the same moment, again and again.
func TestRegisterOneAddressAtOnce(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	pair := []visitor{newVisitor(bed, "Former"), newVisitor(bed, "Heir")}
	pair[1].in.Email = pair[0].in.Email
	for range 5 {
		testbed.AtOnce(len(pair), func(i int) {
			if _, err := bed.Register().Do(t.Context(), request.Request{}, pair[i].in); err != nil {
				t.Errorf("%s: %v", pair[i].in.Name, err)
			}
		})
		var holders []string
		for _, v := range pair {
			user, err := bed.Me().Do(t.Context(), testbed.Caller(v.id()), account.MeInput{})
			if err != nil {
				t.Fatal(err)
			}
			if user.EmailVerified {
				holders = append(holders, user.ID)
			}
		}
		if diff := cmp.Diff([]string{owner(bed, pair[0].in.Email)}, holders, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("guard and records differ: %s", diff)
		}
	}
}
