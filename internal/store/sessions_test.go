package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/authn"
	"prism-access/internal/testbed"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	hash := authn.NewSecret()
	if got, found, err := bed.Table.Session(t.Context(), hash); found || err != nil {
		t.Errorf("before: got %+v, %v", got, err)
	}
	now := bed.RealNow().UTC()
	session := authn.Session{User: "usr_ada", CreatedAt: now, ExpiresAt: now.Add(12 * time.Hour)}
	if err := bed.Table.SaveSession(t.Context(), hash, session); err != nil {
		t.Fatal(err)
	}
	got, found, err := bed.Table.Session(t.Context(), hash)
	if diff := cmp.Diff(session, got); diff != "" || !found || err != nil {
		t.Errorf("found %v, %v: %s", found, err, diff)
	}
	if expires := testbed.Text(bed.Item("SESSION#"+hash, "SESSION"), "expires"); expires != strconv.FormatInt(session.ExpiresAt.Unix(), 10) {
		t.Errorf("TTL removes it at %s, want %d", expires, session.ExpiresAt.Unix())
	}
	if _, found, err := bed.Table.Session(t.Context(), authn.NewSecret()); found || err != nil {
		t.Errorf("another's hash finds it: %v", err)
	}
	for range 2 { // ending it twice is harmless
		if err := bed.Table.DeleteSession(t.Context(), hash); err != nil {
			t.Fatal(err)
		}
	}
	if got, found, err := bed.Table.Session(t.Context(), hash); found || err != nil {
		t.Errorf("after: got %+v, %v", got, err)
	}
}
