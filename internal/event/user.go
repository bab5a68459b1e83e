package event

import "prism-access/internal/access"

// UserRegistered says that somebody has an account now.
type UserRegistered struct {
	User          access.Person `json:"user"`
	EmailVerified bool          `json:"email_verified"`
}

// UserUpdated says that somebody's name, address or the proof of it changed (R31).
type UserUpdated struct {
	User   access.Person `json:"user"`
	Before Profile       `json:"before"`
	After  Profile       `json:"after"`
}

// Profile is what may change about a person.
type Profile struct {
	Name          string `json:"name"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
}

func (UserRegistered) fact() {}
func (UserUpdated) fact()    {}
