package request

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const maxToken = 128

// IsToken reports whether a text that a client chose can be used as a key: short, and of plain characters.
func IsToken(text string) bool {
	return text != "" && len(text) <= maxToken && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("-_.:", r)
	})
}

// Fingerprint returns a digest of what was asked.
func Fingerprint(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil))
}
