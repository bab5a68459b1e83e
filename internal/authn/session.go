package authn

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"
)

// Session is somebody's visit of the console.
type Session struct {
	User                 string
	CreatedAt, ExpiresAt time.Time
}

// Sessions keeps sessions under the hash of what their cookie holds, so that nobody who reads the table can take one over.
type Sessions interface {
	// SaveSession stores a new session.
	SaveSession(ctx context.Context, hash string, s Session) error
	// Session returns the session, and whether there is one. It may be over.
	Session(ctx context.Context, hash string) (Session, bool, error)
	// DeleteSession removes the session, if it is there.
	DeleteSession(ctx context.Context, hash string) error
}

const (
	sessionCookie   = "__Host-session"
	sessionLifetime = 12 * time.Hour
	secretSize      = 32
)

// Door lets people in and out: it opens, recognises and ends the sessions that cookies stand for.
type Door struct {
	Sessions Sessions
	Now      func() time.Time // the real clock
}

// Open starts a session of the user and hands its cookie out. A session the browser had before ends.
func (d Door) Open(w http.ResponseWriter, r *http.Request, user string) error {
	if hash, has := presented(r); has {
		if err := d.Sessions.DeleteSession(r.Context(), hash); err != nil {
			return fmt.Errorf("end the session before: %w", err)
		}
	}
	secret, now := NewSecret(), d.Now()
	session := Session{User: user, CreatedAt: now, ExpiresAt: now.Add(sessionLifetime)}
	if err := d.Sessions.SaveSession(r.Context(), hashOf(secret), session); err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	http.SetCookie(w, cookie(sessionCookie, secret, sessionLifetime))
	return nil
}

// User returns who is signed in, empty for nobody.
func (d Door) User(r *http.Request) (string, error) {
	hash, has := presented(r)
	if !has {
		return "", nil
	}
	session, found, err := d.Sessions.Session(r.Context(), hash)
	switch {
	case err != nil:
		return "", fmt.Errorf("read the session: %w", err)
	case !found, !session.ExpiresAt.After(d.Now()):
		return "", nil
	}
	return session.User, nil
}

// Close ends the session and takes its cookie back.
func (d Door) Close(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, cookie(sessionCookie, "", 0))
	hash, has := presented(r)
	if !has {
		return nil
	}
	if err := d.Sessions.DeleteSession(r.Context(), hash); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// presented returns the hash of the session cookie of a request, if it has one that can be ours.
func presented(r *http.Request) (hash string, has bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil || len(c.Value) != base64.RawURLEncoding.EncodedLen(secretSize) {
		return "", false
	}
	return hashOf(c.Value), true
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// NewSecret returns 32 random bytes as text.
func NewSecret() string {
	var raw [secretSize]byte
	_, _ = rand.Read(raw[:]) // crypto/rand never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// cookie returns a cookie that only this host gets back, only over HTTPS, and that no script can read. A lifetime of zero removes it.
func cookie(name, value string, lifetime time.Duration) *http.Cookie {
	age := int(lifetime.Seconds())
	if age == 0 {
		age = -1
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
