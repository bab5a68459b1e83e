package invitation_test

import (
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

const (
	oldKey = "1:the-old-key-that-is-long-enough-0123456789ab"
	newKey = "2:the-new-key-that-is-long-enough-0123456789ab"
)

func links(t *testing.T, keys string) invitation.Links {
	t.Helper()
	made, err := invitation.NewLinks("https://prism.test", keys)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestLinks(t *testing.T) {
	t.Parallel()
	i := invitation.Invitation{
		ID: "inv_01J0000000000000000000000Z", Scope: access.Brand("org_01J00000000000000000000001", "brd_01J00000000000000000000002"), Generation: 300,
	}
	token := func(l invitation.Links) string {
		return strings.TrimPrefix(l.URL(i), "https://prism.test"+invitation.Path)
	}
	before, rotated, after := links(t, oldKey), links(t, newKey+","+oldKey), links(t, newKey)
	want := invitation.Reference{Root: access.Organization("org_01J00000000000000000000001"), ID: i.ID, Generation: 300}
	for name, c := range map[string]struct{ made, read invitation.Links }{
		"with the key": {before, before}, "with the old key, after a new one came": {before, rotated}, "with the new key": {rotated, rotated}, "the first key signs": {rotated, after},
	} {
		if got, err := c.read.Read(token(c.made)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for name, c := range map[string]struct{ made, read invitation.Links }{
		"a key that is gone": {before, after}, "a key that is not there yet": {rotated, before}, "another key of the same number": {links(t, "1:"+newKey[2:]), before},
	} {
		if _, err := c.read.Read(token(c.made)); !fault.HasCode(err, "not_found") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Old links must work in later versions: how they are made cannot change.
	const golden = "AQEBAZAAAAAAAAAAAAAAAAAAAQGQAAAAAAAAAAAAAAAAAB8AAAEs"
	if got := token(before); !strings.HasPrefix(got, golden) || len(got) != 95 {
		t.Errorf("got %s", got)
	}
}

func TestNewLinks(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{"", "1", "1:short", "0" + oldKey[1:], "256" + oldKey[1:], "x" + oldKey[1:], oldKey + "," + oldKey, oldKey + ",", "-1" + oldKey[1:]} {
		if _, err := invitation.NewLinks("https://prism.test", keys); err == nil {
			t.Errorf("%q is taken", keys)
		} else if strings.Contains(err.Error(), "long-enough") {
			t.Errorf("the error tells the key: %v", err)
		}
	}
	if _, err := invitation.NewLinks("https://prism.test", " "+oldKey+" , "+newKey+" "); err != nil {
		t.Error(err)
	}
}
