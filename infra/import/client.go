package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	callTimeout = 40 * time.Second // longer than the gateway waits
	attempts    = 6                // of a call that gets no answer, or one that says to try again
	firstPause  = 250 * time.Millisecond
	maxAnswer   = 16 << 20
)

// client talks to the API.
type client struct {
	base, token string
	http        *http.Client
	pause       func(context.Context, time.Duration) error
	out         io.Writer
}

// refusal is an answer that is an error: of a whole call, or for one person in it.
type refusal struct {
	Status     int `json:"-"`
	Code       string
	Detail     string
	Message    string // of the gateway itself
	Errors     []struct{ Pointer, Detail string }
	ExistingID string `json:"existing_id"`
	RetryAfter int    `json:"retry_after"` // seconds
}

func (r *refusal) Error() string {
	texts := []string{r.Detail + r.Message}
	for _, field := range r.Errors {
		texts = append(texts, field.Pointer+": "+field.Detail)
	}
	text := strings.Join(texts, " ")
	switch {
	case r.Status == http.StatusUnauthorized:
		return "the token is not valid, or not any more: " + text
	case text == "":
		return fmt.Sprintf("status %d", r.Status)
	}
	return text
}

// temporary reports whether the same call may be answered otherwise in a moment.
func (r *refusal) temporary() bool {
	return r.Status >= http.StatusInternalServerError || r.Code == "unavailable" || r.RetryAfter > 0
}

// pause waits, or returns why not.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// call sends a request and decodes its answer, and does so again while the service asks to wait; some times when there is no answer. A refusal
// is a *refusal. With the key a repeated call changes nothing anew.
func (c *client) call(ctx context.Context, method, path, key string, in []byte, out any) error {
	for attempt := 1; ; {
		err := c.once(ctx, method, path, key, in, out)
		if errors.Is(err, syscall.ECONNREFUSED) && c.local() { // nothing is there that a moment would bring back
			return fmt.Errorf("nobody answers at %s. Is `make run` running on that port?", c.base)
		}
		said, refused := errors.AsType[*refusal](err)
		switch {
		case err == nil, ctx.Err() != nil, refused && said.Status != http.StatusTooManyRequests && !said.temporary():
			return err
		case refused && said.Status == http.StatusTooManyRequests: // however often: it is only about the pace
			if said.RetryAfter > 1 {
				fmt.Fprintf(c.out, "The service asks to wait %d s.\n", said.RetryAfter)
			}
			said.RetryAfter = max(said.RetryAfter, 1)
		case attempt == attempts:
			return err
		default:
			attempt++
		}
		if err := c.pause(ctx, delay(attempt, said)); err != nil {
			return err
		}
	}
}

// delay is how long to wait before the next attempt: as long as was asked for, else twice as long each time.
func delay(attempt int, said *refusal) time.Duration {
	if said != nil && said.RetryAfter > 0 {
		return time.Duration(said.RetryAfter) * time.Second
	}
	return firstPause << attempt
}

func (c *client) once(ctx context.Context, method, path, key string, in []byte, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(in))
	if err != nil {
		return err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		said := &refusal{}
		_ = json.Unmarshal(text, said) // what is no JSON has its status to say
		said.Status = answer.StatusCode
		said.RetryAfter, _ = strconv.Atoi(answer.Header.Get("Retry-After")) // 0: not said
		return said
	}
	if err := json.Unmarshal(text, out); err != nil {
		return &refusal{Status: answer.StatusCode, Message: fmt.Sprintf("%s %s is answered by what is no JSON, is BASE the API?", method, path)}
	}
	return nil
}

func (c *client) get(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, "/v1/"+path, "", nil, out)
}

// local reports whether the API is on this machine.
func (c *client) local() bool {
	base, err := url.Parse(c.base)
	return err == nil && isLoopback(base.Hostname())
}

const mayNotInvite = "this account may not invite people to the organization: its Admins may"

// mayInvite returns nil if the token's user may invite people to the organization. Only those who may read its invitations.
func (c *client) mayInvite(ctx context.Context, organization string) error {
	var list struct{}
	err := c.get(ctx, organization+"/invitations?limit=1", &list)
	if said, refused := errors.AsType[*refusal](err); refused && said.Status == http.StatusForbidden {
		return errors.New(mayNotInvite)
	}
	return err
}

// localToken returns a token of the local stack for an address.
func (c *client) localToken(ctx context.Context, email string) (string, error) {
	in, _ := json.Marshal(map[string]string{"email": email}) // cannot fail
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := c.call(ctx, http.MethodPost, "/dev/token", "", in, &out); err != nil {
		return "", fmt.Errorf("no token for %s (EMAIL is for the local stack; elsewhere set TOKEN): %w", email, err)
	}
	return out.AccessToken, nil
}

// brands returns all brands of the organization.
func (c *client) brands(ctx context.Context, organization string) ([]brand, error) {
	var all []brand
	err := each(ctx, c, organization+"/brands", func(b brand) { all = append(all, b) })
	return all, err
}

// each reads a list to its end.
func each[T any](ctx context.Context, c *client, path string, do func(T)) error {
	for cursor := ""; ; {
		var list struct {
			Items      []T
			NextCursor string `json:"next_cursor"`
		}
		if err := c.get(ctx, path+"?limit=100&cursor="+url.QueryEscape(cursor), &list); err != nil {
			return err
		}
		for _, one := range list.Items {
			do(one)
		}
		if cursor = list.NextCursor; cursor == "" {
			return nil
		}
	}
}
