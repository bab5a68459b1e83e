package invitation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestFindUsers(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	someone := l.Someone(l.NewID()) // others have the names of the other tests
	name := someone.User.Username
	for _, c := range []struct {
		username string
		want     []invitation.Hit
	}{
		{name, []invitation.Hit{{Username: name, Name: someone.User.Name}}},
		{" @" + name[:len(name)-1] + " ", []invitation.Hit{{Username: name, Name: someone.User.Name}}},
		{name + "-nobody", []invitation.Hit{}},
	} {
		got, err := l.FindUsers().Do(t.Context(), l.Bob.Caller, invitation.FindUsersInput{Scope: l.Scope, Username: c.username})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got.Items); diff != "" {
			t.Errorf("%q: %s", c.username, diff)
		}
	}
	_, err := l.FindUsers().Do(t.Context(), l.Grace.Caller, invitation.FindUsersInput{Scope: l.Scope, Username: name})
	testbed.CheckCode(t, err, fault.NotFound, "not_found")
	for _, bad := range []string{"", "gr", "Grace Hopper", "grüße"} {
		if got := testbed.Bad(invitation.FindUsersInput{Scope: l.Scope, Username: bad}); len(got) != 1 {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

// TestFindUsersShowsFive: of six whose username begins with three characters the first five are found, and no more is told than how they are called.
func TestFindUsersShowsFive(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id := strings.ToLower(l.NewID())
	beginning := "_" + id[len(id)-2:] // three characters that nobody else's has
	var want []invitation.Hit
	defer func() {
		for _, hit := range want {
			l.SetUsername(hit.Username, "") // the next run may draw the same
		}
	}()
	for _, last := range "fcabed" {
		in := account.RegisterInput{
			Issuer: testbed.Issuer, Subject: l.NewID(), Email: l.Address("six"), EmailVerified: true, Name: "Six " + string(last), PreferredUsername: beginning + string(last),
		}
		user, err := l.Register().Do(t.Context(), request.Request{}, in)
		if err != nil || user.Username != in.PreferredUsername {
			t.Fatalf("%+v, %v", user, err)
		}
		want = append(want, invitation.Hit{Username: user.Username, Name: user.Name})
	}
	slices.SortFunc(want, func(a, b invitation.Hit) int { return strings.Compare(a.Username, b.Username) })
	got, err := l.FindUsers().Do(t.Context(), l.Bob.Caller, invitation.FindUsersInput{Scope: l.Scope, Username: beginning})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[:5], got.Items); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(got.Items[:1])
	if told := fmt.Sprintf(`[{"username":%q,"name":"Six a"}]`, beginning+"a"); err != nil || string(text) != told {
		t.Errorf("told is %s, %v", text, err)
	}
	for asked, bad := range map[string]int{beginning: 0, beginning[:2]: 1} {
		if got := testbed.Bad(invitation.FindUsersInput{Scope: l.Scope, Username: asked}); len(got) != bad {
			t.Errorf("%q: %v", asked, got)
		}
	}
}

// TestLookupsAreLimited is the limit of R27: 30 a minute go, one more does not.
func TestLookupsAreLimited(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	look := func() error {
		_, err := l.FindUsers().Do(t.Context(), l.Bob.Caller, invitation.FindUsersInput{Scope: l.Scope, Username: "nobody"})
		return err
	}
	for range 2 {
		l.BeginMinute()
		for n := range 30 {
			if err := look(); err != nil {
				t.Fatalf("lookup %d: %v", n+1, err)
			}
		}
		err := look()
		testbed.CheckCode(t, err, fault.TooMany, "too_many_lookups")
		if wait := testbed.FaultOf(err).RetryAfter; wait <= 0 || wait > time.Minute {
			t.Errorf("wait %s", wait)
		}
	}
}
