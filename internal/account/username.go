package account

import "strings"

// UsernameKey returns a username in its compared form, in which it is stored (R31). People write it with an @ in front, too.
func UsernameKey(text string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(text), "@"))
}

// IsUsername reports whether somebody could have this username, given in its compared form.
func IsUsername(key string) bool { return key != "" && usernameOf(key) == key }
