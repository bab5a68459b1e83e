// Package account holds the people: their user record, their e-mail address and their name.
package account

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
)

// User is somebody with an account.
type User struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	Email         string    `json:"email"`
	EmailVerified bool      `json:"email_verified"`
	Username      string    `json:"username"`
	CreatedAt     time.Time `json:"-"`
	Version       int       `json:"-"`
}

// Person returns the user as others see them.
func (u User) Person() access.Person {
	return access.Person{ID: u.ID, Name: u.Name, Email: u.Email, Username: u.Username}
}

const (
	userPrefix = "usr_"
	userDigits = 26
	digits     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

var crockford = base32.NewEncoding(digits).WithPadding(base32.NoPadding)

// UserID returns the id of the person whom an issuer calls subject. A token so names its user without a read. Other systems make ids so, too, so it does
// not change.
func UserID(issuer, subject string) string {
	sum := sha256.Sum256([]byte(issuer + "\n" + subject))
	return userPrefix + crockford.EncodeToString(sum[:])[:userDigits]
}

// IsUserID reports whether a text has the form of the id of a user, which need not exist.
func IsUserID(text string) bool {
	id, found := strings.CutPrefix(text, userPrefix)
	return found && len(id) == userDigits && strings.Trim(id, digits) == ""
}

// ErrNotRegistered says that the token's user has no account here yet.
func ErrNotRegistered() *fault.Error {
	return fault.New(fault.Forbidden, "not_registered", "You have no Prism account yet. Sign in to the console once to create it.")
}
