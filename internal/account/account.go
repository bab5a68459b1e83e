// Package account holds the people: their user record, their e-mail address and their name.
package account

import (
	"crypto/sha256"
	"encoding/base32"
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

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// UserID returns the id of the person whom an issuer calls subject. A token so names its user without a read.
func UserID(issuer, subject string) string {
	sum := sha256.Sum256([]byte(issuer + "\n" + subject))
	return "usr_" + crockford.EncodeToString(sum[:])[:26]
}

// ErrNotRegistered says that the token's user has no account here yet.
func ErrNotRegistered() *fault.Error {
	return fault.New(fault.Forbidden, "not_registered", "You have no Prism account yet. Sign in to the console once to create it.")
}
