package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// TestItGoesOnAfterACrash: the server goes away in the middle, and an answer gets lost; the next run goes on, and one more changes nothing.
func TestItGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	var rows []string
	run := strings.ToLower(ulid.Make().String())
	for n := range 1000 {
		email, brands := fmt.Sprintf("p%d-%s@example.com", n, run), "Globex:publisher" // 500
		switch {
		case n%20 == 0: // 50 with an account
			a.SomeoneWith("Someone", email)
			brands = "Globex:viewer;Initech:admin"
		case n%2 == 0: // 450
			brands = "Initech:viewer;globex:publisher"
		}
		rows = append(rows, fmt.Sprintf("%s,Person %d,member,%s", email, n, brands))
	}
	file := write(t, rows...)
	before := len(a.Log(a.Org))

	a.fault = func(posts int, w http.ResponseWriter, serve func(http.ResponseWriter)) {
		switch posts {
		case 1:
			serve(w)
			return
		case 2: // done, but nobody learns of it
			serve(httptest.NewRecorder())
		}
		hangUp(w)
	}
	out, err := a.bring(file, nil)
	if err == nil || !strings.Contains(err.Error(), "goes on from here") || !strings.Contains(out, "Organization: 50 of 1000") {
		t.Fatalf("without a server: %q, %v", out, err)
	}
	if got := a.take(http.MethodPost); got < 1+attempts || got > 1+2*attempts { // net/http by itself repeats calls with a key
		t.Errorf("%d calls until it gave up, want %d", got, 1+attempts)
	}
	if got := len(a.Log(a.Org)) - before; got != 150 {
		t.Errorf("%d log entries when the server went away, want 150", got)
	}

	a.fault = nil
	out, err = a.bring(file, nil)
	a.ends(out, err, "950 invited, 50 joined, 0 already there, 0 failed.")
	if !strings.Contains(out, "answered before: 1\n") {
		t.Errorf("it printed %q", out)
	}
	if got := a.take(http.MethodPost); got != 16 { // the lost one, nine others of the organization, six of brands
		t.Errorf("%d calls, want 16", got)
	}
	if _, err := os.Stat(file + ".progress"); !os.IsNotExist(err) {
		t.Errorf("the progress of a finished import: %v", err)
	}
	log := a.Log(a.Org)
	want := map[string]int{"InvitationCreated": 950 + 450, "MemberAdded": 50, "MemberRoleChanged": 50}
	if diff := cmp.Diff(want, a.nobodyMailed(log[before:])); diff != "" {
		t.Error(diff)
	}

	out, err = a.bring(file, nil)
	a.ends(out, err, "0 invited, 0 joined, 1000 already there, 0 failed.")
	if again := a.Log(a.Org); len(again) != len(log) {
		t.Errorf("the second run logged %d entries", len(again)-len(log))
	}
}

// TestWhoIsThereAlready meets people who hold something: what the file says, less, or something else.
func TestWhoIsThereAlready(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	fresh, open, other, boss := a.Address("fresh"), a.Address("open"), a.Address("other"), a.Someone("Boss")
	a.Invite(a.Ada.Caller, a.ID, open, a.Brands[0]) // Publisher
	a.Invite(a.Ada.Caller, a.ID, other, a.Brands[0])
	file := write(
		t,
		a.Bob.User.Email+",,member,Globex:admin",
		a.Cleo.User.Email+",,member,Globex:publisher;Initech:viewer",
		a.Dan.User.Email+",,member,Initech:publisher",
		a.Ada.User.Email+",,member,Globex:admin",
		open+",,member,Globex:publisher",
		other+",,member,Globex:viewer",
		boss.User.Email+",,admin,",
		fresh+",,member,Globex:viewer",
	)
	if _, err := a.bring(file, nil); err == nil || !strings.Contains(err.Error(), file+":8:"+fmt.Sprint(len(boss.User.Email)+3)+": this makes somebody Organization Admin") {
		t.Errorf("unconfirmed: %v", err)
	}
	if got := a.take(http.MethodPost); got != 0 {
		t.Errorf("%d calls for a file that is refused", got)
	}
	log := a.Appended(a.Org, func() {
		out, err := a.bring(file, nil, "ADMINS=yes")
		if err == nil || !strings.Contains(out, "\n1 invited, 2 joined, 2 already there, 3 failed. Nobody was mailed.\n") {
			t.Errorf("got %q, %v", out, err)
		}
		for n, want := range []string{
			":4:1: " + a.Dan.User.Email + ": This person is viewer in Initech, the file says publisher",
			":5:1: " + a.Ada.User.Email + ": This person is in the organization as admin, the file says member",
			":7:1: " + other + ": There is an open invitation that offers something else (inv_",
		} {
			if got := strings.Split(fmt.Sprint(err), "\n"); len(got) != 3 || !strings.HasPrefix(got[n], file+want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
	if diff := cmp.Diff(map[string]int{"InvitationCreated": 1, "MemberAdded": 1, "MemberRoleChanged": 1}, a.nobodyMailed(log)); diff != "" {
		t.Error(diff)
	}
	again := a.Appended(a.Org, func() {
		if out, err := a.bring(file, nil, "ADMINS=yes"); err == nil || !strings.Contains(out, "\n0 invited, 0 joined, 5 already there, 3 failed.") {
			t.Errorf("again: got %q, %v", out, err)
		}
	})
	if len(again) > 0 {
		t.Errorf("the second run logged %v", testbed.Types(again))
	}
}

// TestWhoGotOutStaysOut: a second run lets nobody in again who got out since the first, in whichever way; what has expired is made anew.
func TestWhoGotOutStaysOut(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	declines, deleted, half, expires, cleaned := a.Address("declines"), a.Address("deleted"), a.Address("half"), a.Address("expires"), a.Address("cleaned")
	removed, leaves, narrowed, changed, back := a.Someone("Rem"), a.Someone("Lea"), a.Someone("Nar"), a.Someone("Cha"), a.Someone("Bac")
	const globex, both, mixed = ",,member,Globex:viewer", ",,member,Globex:viewer;Initech:viewer", ",,member,Globex:viewer;Initech:admin"
	file := write(
		t, strings.ToLower(declines)+both, deleted+globex, half+mixed, removed.User.Email+globex, leaves.User.Email+globex, narrowed.User.Email+mixed,
		changed.User.Email+both, back.User.Email+",,member,Globex:publisher", expires+globex, cleaned+globex, a.Cleo.User.Email+",,member,Globex:publisher",
	)
	out, err := a.bring(file, nil)
	a.ends(out, err, "5 invited, 5 joined, 1 already there, 0 failed.")
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a.Advance(time.Hour)
	id := func() string { return ulid.MustNew(ulid.Timestamp(a.Now()), ulid.DefaultEntropy()).String() } // in the log in their order, as of the API
	removal, deletion, decline, update, create := a.RemoveMember(), a.Delete(), a.Decline(), a.UpdateMember(), a.Create()
	removal.NewID, deletion.NewID, decline.NewID, update.NewID, create.NewID = id, id, id, id, id
	remove := func(by testbed.Someone, scope access.Scope, who testbed.Someone) {
		t.Helper()
		_, err := removal.Do(t.Context(), by.Caller, member.RemoveInput{Scope: scope, User: who.User.ID})
		do(err)
	}
	drop := func(scope access.Scope, email string) {
		t.Helper()
		_, err := deletion.Do(t.Context(), a.Ada.Caller, invitation.DeleteInput{Scope: scope, ID: a.Guarded(scope, strings.ToLower(email))})
		do(err)
	}
	lapsed := a.Guarded(a.Org, strings.ToLower(cleaned))
	answer := invitation.Locator{Scope: a.Org, ID: a.Guarded(a.Org, strings.ToLower(declines))}
	_, err = decline.Do(t.Context(), a.SomeoneWith("Dec", declines).Caller, invitation.DeclineInput{Locator: answer})
	do(err)
	drop(a.Org, deleted)
	drop(a.Initech, half)
	remove(a.Ada, a.Org, removed)
	remove(leaves, a.Org, leaves)
	remove(a.Ada, a.Initech, narrowed)
	less := member.Wish{Brands: map[string]*access.Role{a.Brands[1].ID: nil}}
	_, err = update.Do(t.Context(), a.Ada.Caller, member.UpdateInput{Scope: a.Org, User: changed.User.ID, Wish: less})
	do(err)
	remove(a.Ada, a.Org, back)
	a.Advance(time.Second) // ids of one moment are in no order while other tests make some too
	_, err = create.Do(t.Context(), a.Ada.Caller, testbed.MemberOffer(a.ID, back.User.Email, a.Brands[0]))
	do(err)
	day := a.Now().Format(time.DateOnly)
	a.Advance(31 * 24 * time.Hour)
	_, err = deletion.Do(t.Context(), a.Ada.Caller, invitation.DeleteInput{Scope: a.Org, ID: lapsed})
	do(err)
	a.Advance(time.Minute)

	var want []string
	for n, c := range [][2]string{
		{strings.ToLower(declines), "The invitation to the organization was declined on "},
		{deleted, "The invitation to the organization was deleted on "},
		{half, "The invitation to Initech was deleted on "},
		{removed.User.Email, "This person was removed from the organization on "},
		{leaves.User.Email, "This person left the organization on "},
		{narrowed.User.Email, "This person was removed from Initech on "},
		{changed.User.Email, "This person was removed from Initech on "},
	} {
		want = append(want, fmt.Sprintf("%s:%d:1: %s: %s%s. Invite them by hand if they should get in again.", file, n+2, c[0], c[1], day))
	}
	for _, c := range []struct {
		ends string
		log  []string
	}{
		{"2 invited, 0 joined, 2 already there, 7 failed.", []string{"InvitationCreated", "InvitationCreated", "InvitationExpired"}},
		{"0 invited, 0 joined, 4 already there, 7 failed.", []string{}},
	} {
		log := a.Appended(a.Org, func() {
			out, err = a.bring(file, nil)
		})
		if diff := cmp.Diff(want, strings.Split(fmt.Sprint(err), "\n")); diff != "" || !strings.Contains(out, "\n"+c.ends) {
			t.Errorf("it ends with %s%s", out, diff)
		}
		got := testbed.Types(log)
		if slices.Sort(got); !slices.Equal(got, c.log) {
			t.Errorf("it logged %q, want %q", got, c.log)
		}
	}
}

// TestItWaitsAsLongAsItIsTold, and tries again what could only not be done for now.
func TestItWaitsAsLongAsItIsTold(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.fault = func(posts int, w http.ResponseWriter, serve func(http.ResponseWriter)) {
		switch posts {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2: // the gateway's own
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"message":"Too Many Requests"}`)
		case 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 4: // two of two were not saved
			_, _ = io.WriteString(w, `{"results":[{"outcome":"failed","error":{"code":"unavailable","retry_after":3}},{"outcome":"failed","error":{"code":"unavailable"}}]}`)
		default:
			serve(w)
		}
	}
	var waited []time.Duration
	out, err := a.bring(write(t, a.Address("a")+",,member,Globex:viewer", a.Address("b")+",,member,Globex:viewer"), &waited)
	a.ends(out, err, "2 invited, 0 joined, 0 already there, 0 failed.")
	if diff := cmp.Diff([]time.Duration{7 * time.Second, time.Second, time.Second, 3 * time.Second}, waited); diff != "" {
		t.Error(diff)
	}
	a.fault = func(_ int, w http.ResponseWriter, _ func(http.ResponseWriter)) {
		w.WriteHeader(http.StatusUnauthorized)
	}
	if _, err := a.bring(write(t, a.Address("c")+",,member,Globex:viewer"), nil); err == nil || !strings.Contains(err.Error(), "token is not valid") {
		t.Errorf("a token that ran out: %v", err)
	}
}

// TestSomebodyWhoMayNotInvite learns that, and not what is wrong with the file.
func TestSomebodyWhoMayNotInvite(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.as = &a.Cleo
	if _, err := a.bring(write(t, "x,,member,Umbrella:viewer"), nil); err == nil || err.Error() != mayNotInvite {
		t.Errorf("got %v", err)
	}
	if got := a.take(""); got != 2 { // the brands, and whether they may
		t.Errorf("%d calls", got)
	}
}

// TestNobodyThere: that the local stack does not run is said at once; the address may be that of the reference, with /v1.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	wait := func(context.Context, time.Duration) error {
		t.Error("it waits")
		return nil
	}
	for name, c := range map[string][2]string{"PORT": {port, ""}, "BASE": {"1", "http://localhost:" + port + "/v1/"}} {
		env := map[string]string{
			"FILE": write(t, "a@example.com,,member,Globex:viewer"), "ORG": "org_01M817QNM04T8QZJ0N6CYB1VXK", "EMAIL": "ada@example.com", "PORT": c[0], "BASE": c[1],
		}
		want := "nobody answers at http://localhost:" + port + ". Is `make run` running on that port?"
		if err := run(t.Context(), func(name string) string { return env[name] }, io.Discard, wait); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	const id = "org_01M817QNM04T8QZJ0N6CYB1VXK"
	for name, c := range map[string]struct {
		env  map[string]string
		want []string // parts of the error
	}{
		"nothing":      {nil, []string{"FILE is not set", `ORG is ""`, "neither TOKEN", "usage: make import"}},
		"no id":        {map[string]string{"FILE": "x", "ORG": "org_1/..", "TOKEN": "t"}, []string{`ORG is "org_1/.."`}},
		"a connection": {map[string]string{"FILE": "x", "ORG": "con_" + id[4:], "TOKEN": "t"}, []string{`ORG is "con_`}},
		"in clear":     {map[string]string{"FILE": "x", "ORG": id, "TOKEN": "t", "BASE": "http://prism.example"}, []string{`BASE is "http://prism.example"`}},
		"for ever":     {map[string]string{"FILE": "x", "ORG": id, "TOKEN": "t", "DAYS": "31"}, []string{`DAYS is "31"`}},
		"no file":      {map[string]string{"FILE": "does-not-exist.csv", "ORG": id, "TOKEN": "t", "BASE": "https://prism.example/"}, []string{"does-not-exist.csv"}},
		"local one":    {map[string]string{"FILE": "does-not-exist.csv", "ORG": id, "EMAIL": "ada@example.com", "DAYS": "1"}, []string{"does-not-exist.csv"}},
	} {
		err := run(t.Context(), func(name string) string { return c.env[name] }, io.Discard, pause)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
	}
}

// TestJournal starts again after a crash that cut a line off, and not for another import.
func TestJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "progress")
	open := func(text string) *journal {
		t.Helper()
		j, err := openJournal(path, []byte(text), "here")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(j.close)
		return j
	}
	j := open("people")
	key := j.key("/path", []byte("body"))
	for _, one := range []string{key, "other"} {
		if err := j.record(one, []outcome{invited, joined}); err != nil {
			t.Fatal(err)
		}
	}
	j.close()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, text[:len(text)-3], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	j = open("people")
	if diff := cmp.Diff(map[string][]outcome{key: {invited, joined}}, j.done); diff != "" || j.key("/path", []byte("body")) != key {
		t.Errorf("after a crash: %s", diff)
	}
	if err := j.record("third", []outcome{there}); err != nil {
		t.Fatal(err)
	}
	if j = open("people"); len(j.done) != 2 {
		t.Errorf("after another: %v", j.done)
	}
	if j = open("others"); len(j.done) != 0 || j.key("/path", []byte("body")) == key {
		t.Errorf("another import: %v", j.done)
	}
}
