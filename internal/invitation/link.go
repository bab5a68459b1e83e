package invitation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"

	"prism-access/internal/access"
	"prism-access/internal/fault"
)

// Reference points to one link of one invitation.
type Reference struct {
	Root       access.Scope // the organization or workspace that owns the invitation
	ID         string
	Generation int // 0: reached by id, not by a link
}

// Reference returns what the invitation's present link points to.
func (i Invitation) Reference() Reference {
	return Reference{Root: i.Scope.Root(), ID: i.ID, Generation: i.Generation}
}

// Links makes and reads accept links. A link holds no fact and no secret of the table: it only points, and proves that we made it.
type Links struct {
	base  string
	first byte
	keys  map[byte][]byte
}

const (
	tokenVersion = 1
	signedSize   = 3 + 16 + 16 + 4 // version, key id, kind; organization or workspace; invitation; generation
	minLinkKey   = 32
)

// The kinds of what owns an invitation, as tokens have them.
const (
	kindOrganization byte = 1
	kindWorkspace    byte = 2
)

// NewLinks reads keys of the form "id:key,id:key", id a number from 1 to 255 and key a text of at least 32 characters.
// The first signs, all verify. base is where the console is reached, from configuration.
func NewLinks(base, keys string) (Links, error) {
	links := Links{base: base, keys: map[byte][]byte{}}
	for pair := range strings.SplitSeq(keys, ",") {
		id, key, found := strings.Cut(strings.TrimSpace(pair), ":")
		number, err := strconv.ParseUint(id, 10, 8)
		switch {
		case !found || err != nil || number == 0:
			return Links{}, errors.New("a link key has the form id:key, with an id from 1 to 255")
		case len(key) < minLinkKey:
			return Links{}, fmt.Errorf("link key %d is shorter than %d characters", number, minLinkKey)
		case links.keys[byte(number)] != nil:
			return Links{}, fmt.Errorf("link key %d is there twice", number)
		}
		if links.first == 0 {
			links.first = byte(number)
		}
		links.keys[byte(number)] = []byte(key)
	}
	return links, nil
}

// Path is where accept links lead on the console.
const Path = "/invitations/accept/"

// URL returns the accept link of an invitation.
func (l Links) URL(i Invitation) string { return l.base + l.Path(i.Reference()) }

// Path returns where on the console a link leads.
func (l Links) Path(ref Reference) string { return Path + l.token(ref) }

func (l Links) token(ref Reference) string {
	signed := make([]byte, 0, signedSize+sha256.Size)
	kind, root := kindOrganization, ref.Root.Organization
	if ref.Root.Kind() == access.KindWorkspace {
		kind, root = kindWorkspace, ref.Root.Workspace
	}
	signed = append(signed, tokenVersion, l.first, kind)
	signed = append(signed, idBytes(root)...)
	signed = append(signed, idBytes(ref.ID)...)
	signed = binary.BigEndian.AppendUint32(signed, uint32(ref.Generation))
	return base64.RawURLEncoding.EncodeToString(append(signed, l.sign(l.first, signed)...))
}

// Read returns what a token points to. One that we did not make is fault.NotFound, and costs no read of the table.
func (l Links) Read(token string) (Reference, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") || len(raw) != signedSize+sha256.Size || raw[0] != tokenVersion || l.keys[raw[1]] == nil {
		return Reference{}, fault.Unknown()
	}
	signed := raw[:signedSize]
	if !hmac.Equal(raw[signedSize:], l.sign(raw[1], signed)) {
		return Reference{}, fault.Unknown()
	}
	ref := Reference{ID: "inv_" + ulid.ULID(signed[19:35]).String(), Generation: int(binary.BigEndian.Uint32(signed[35:]))}
	switch root := ulid.ULID(signed[3:19]).String(); signed[2] {
	case kindOrganization:
		ref.Root = access.Organization("org_" + root)
	case kindWorkspace:
		ref.Root = access.Workspace("wsp_" + root)
	default: // of a later version of ours
		return Reference{}, fault.Unknown()
	}
	return ref, nil
}

func (l Links) sign(key byte, signed []byte) []byte {
	mac := hmac.New(sha256.New, l.keys[key])
	mac.Write(signed)
	return mac.Sum(nil)
}

// idBytes returns the ULID of an id like inv_01J...; ids are made by us, so a malformed one is a programming error.
func idBytes(id string) []byte {
	parsed := ulid.MustParseStrict(id[strings.IndexByte(id, '_')+1:])
	return parsed[:]
}
