package authn_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"prism-access/internal/authn"
)

// sessions keeps sessions in memory, as the table does.
type sessions struct {
	mu   sync.Mutex
	kept map[string]authn.Session
}

func (s *sessions) SaveSession(_ context.Context, hash string, session authn.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[hash] = session
	return nil
}

func (s *sessions) Session(_ context.Context, hash string) (authn.Session, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, found := s.kept[hash]
	return session, found, nil
}

func (s *sessions) DeleteSession(_ context.Context, hash string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, hash)
	return nil
}

func request(t *testing.T, cookies ...*http.Cookie) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func open(t *testing.T, door authn.Door, user string, before ...*http.Cookie) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	if err := door.Open(w, request(t, before...), user); err != nil {
		t.Fatal(err)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got %d cookies, want 1", len(cookies))
	}
	return cookies[0]
}

func userOf(t *testing.T, door authn.Door, cookies ...*http.Cookie) string {
	t.Helper()
	user, err := door.User(request(t, cookies...))
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func TestSession(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	kept := &sessions{kept: map[string]authn.Session{}}
	door := authn.Door{Sessions: kept, Now: func() time.Time { return now }}
	cookie := open(t, door, "usr_ada")
	if cookie.Name != "__Host-session" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode ||
		cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 12*60*60 || len(cookie.Value) < 43 {
		t.Errorf("got cookie %v", cookie)
	}
	for hash := range kept.kept {
		if strings.Contains(cookie.Value, hash) || strings.Contains(hash, cookie.Value) {
			t.Error("the table holds what the cookie holds")
		}
	}
	for _, c := range []struct {
		name   string
		cookie *http.Cookie
		after  time.Duration
		want   string
	}{
		{"at once", cookie, 0, "usr_ada"},
		{"before its end", cookie, 12*time.Hour - time.Second, "usr_ada"},
		{"at its end", cookie, 12 * time.Hour, ""},
		{"another secret", &http.Cookie{Name: cookie.Name, Value: authn.NewSecret()}, 0, ""},
		{"the hash itself", &http.Cookie{Name: cookie.Name, Value: anyKey(kept.kept)}, 0, ""},
		{"empty", &http.Cookie{Name: cookie.Name}, 0, ""},
		{"without the prefix", &http.Cookie{Name: "session", Value: cookie.Value}, 0, ""},
	} {
		later := authn.Door{Sessions: kept, Now: func() time.Time { return now.Add(c.after) }}
		if got := userOf(t, later, c.cookie); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOpeningEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	door := authn.Door{Sessions: &sessions{kept: map[string]authn.Session{}}, Now: time.Now}
	first := open(t, door, "usr_ada")
	second := open(t, door, "usr_grace", first)
	if got := userOf(t, door, first); got != "" {
		t.Errorf("the session before: got %q, want nobody", got)
	}
	if got := userOf(t, door, second); got != "usr_grace" {
		t.Errorf("got %q, want usr_grace", got)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	door := authn.Door{Sessions: &sessions{kept: map[string]authn.Session{}}, Now: time.Now}
	cookie := open(t, door, "usr_ada")
	w := httptest.NewRecorder()
	if err := door.Close(w, request(t, cookie)); err != nil {
		t.Fatal(err)
	}
	if got := w.Result().Cookies()[0]; got.MaxAge >= 0 || got.Value != "" || !got.Secure || got.Path != "/" {
		t.Errorf("got cookie %v, want it taken back", got)
	}
	if got := userOf(t, door, cookie); got != "" {
		t.Errorf("got %q, want nobody", got)
	}
	if err := door.Close(httptest.NewRecorder(), request(t)); err != nil {
		t.Errorf("nobody signed in: %v", err)
	}
}

func anyKey(kept map[string]authn.Session) string {
	for hash := range kept {
		return hash
	}
	return ""
}
