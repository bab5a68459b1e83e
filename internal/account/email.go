package account

import (
	"crypto/sha256"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"prism-access/internal/fault"
)

// Email is an e-mail address: as it was written, and the form in which addresses are compared.
type Email struct {
	Written string
	Key     string // lower-cased, NFC-normalised, domain as A-label (R31)
}

// The longest address that mail can be sent to, and the longest part before its @ (RFC 5321 section 4.5.3.1).
const (
	maxEmail = 254
	maxLocal = 64
)

// domains turns domains into A-labels, and refuses those that DNS cannot hold.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// ParseEmail reads one bare address. A malformed one, a list, or one with a display name is fault.Invalid.
func ParseEmail(written string) (Email, error) {
	malformed := fault.New(fault.Invalid, "malformed_email", "This is not an e-mail address.")
	written = norm.NFC.String(strings.TrimSpace(written))
	if len(written) > maxEmail || strings.ContainsAny(written, "<>,;\r\n\t\" ") {
		return Email{}, malformed
	}
	parsed, err := mail.ParseAddress(written)
	if err != nil || parsed.Address != written {
		return Email{}, malformed
	}
	at := strings.LastIndexByte(written, '@')
	local, domain := written[:at], written[at+1:]
	ascii, err := domains.ToASCII(domain)
	if err != nil || len(local) > maxLocal || ascii == "" || strings.HasPrefix(domain, "[") || !strings.Contains(ascii, ".") || strings.HasSuffix(ascii, ".") {
		return Email{}, malformed
	}
	ascii = strings.ToLower(ascii)
	email := Email{Written: local + "@" + ascii, Key: norm.NFC.String(lower(local)) + "@" + ascii}
	if len(email.Written) > maxEmail || strings.ContainsFunc(local, isHidden) {
		return Email{}, malformed
	}
	return email, nil
}

// lower returns a local part in lower case. Alone of all letters, the dotted capital I would become one of ASCII, and its address another
// mailbox's.
func lower(local string) string {
	return strings.ToLower(strings.ReplaceAll(local, "\u0130", "i\u0307"))
}

// isHidden reports whether a character can make an address look like another one: it is not seen, or turns what follows around.
func isHidden(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

// EmailKey returns the compared form of an address that is already stored, empty when it is none.
func EmailKey(stored string) string {
	email, err := ParseEmail(stored)
	if err != nil {
		return ""
	}
	return email.Key
}

// Fingerprint returns a short digest of an address, for keys that need not hold the address itself.
func Fingerprint(emailKey string) string {
	sum := sha256.Sum256([]byte(emailKey))
	return crockford.EncodeToString(sum[:])[:26]
}
