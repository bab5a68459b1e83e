package invitation_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

// FuzzRead: a token is either the one that we made for its reference, letter by letter, or it leads nowhere.
func FuzzRead(f *testing.F) {
	links, err := invitation.NewLinks("https://prism.test", oldKey+","+newKey)
	if err != nil {
		f.Fatal(err)
	}
	made := func(l invitation.Links, generation int) string {
		return strings.TrimPrefix(l.URL(invitation.Invitation{
			ID: "inv_01J0000000000000000000000Z", Scope: access.Organization("org_01J00000000000000000000001"), Generation: generation,
		}), "https://prism.test"+invitation.Path)
	}
	token := made(links, 1)
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	f.Add(token)
	f.Add(token[:len(token)-1])
	f.Add(token + "A")
	f.Add(token + "=")
	f.Add(token[:20] + "\n" + token[20:])
	f.Add(base64.StdEncoding.EncodeToString(raw))
	f.Add(base64.RawURLEncoding.EncodeToString(append([]byte{2}, raw[1:]...)))
	f.Add(base64.RawURLEncoding.EncodeToString(append([]byte{1, 0}, raw[2:]...)))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		ref, err := links.Read(token)
		if err != nil {
			if !fault.HasCode(err, "not_found") || ref != (invitation.Reference{}) {
				t.Errorf("%q: got %+v, %v", token, ref, err)
			}
			return
		}
		again := invitation.Invitation{ID: ref.ID, Scope: ref.Root, Generation: ref.Generation}
		if got := strings.TrimPrefix(links.URL(again), "https://prism.test"+invitation.Path); got != token {
			t.Errorf("%q leads where %q does", token, got)
		}
	})
}
