package console

import (
	"errors"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/fault"
)

// failure is what went wrong, in words, and what to do next.
type failure struct {
	Heading string
	Text    string
	Next    string // what to do, in words
	Request string // named where only the log knows more
	SignOut bool   // the way on is to sign in again

	Transient bool // the same may work in a moment
}

// failureOf returns what a page says about an error. Of an internal one nothing but the request id is shown.
func failureOf(err error, request string) failure {
	var known *fault.Error
	if !errors.As(err, &known) {
		return failure{
			Heading: "Something went wrong on our side", Text: "It was not your doing. We have noted it under the number below.",
			Next: "Try again in a moment. If it stays like this, tell whoever runs Prism for you the number.", Request: request, Transient: true,
		}
	}
	f := failure{Heading: "This did not work", Text: known.Message, Next: "Go back and look at it again: somebody may have changed it."}
	switch known.Kind {
	case fault.Unauthenticated:
		f.Heading, f.Next, f.SignOut = "You are signed out", "Sign in in another tab, then come back and send the form again.", true
	case fault.Forbidden:
		f.Heading, f.Next = "You may not do this", "An Admin there can help: by giving you a role that may, or by doing it for you."
		if known.Code == "cross_origin" {
			f.Next = "Go back to where you came from."
		}
		if len(known.Missing) > 0 {
			f.Next = "It needs " + list(permissionWords(known.Missing)) + ". An Admin can give you a role that has it."
		}
	case fault.NotFound:
		f.Heading = "There is nothing here"
		f.Text = "The address may be wrong, or somebody has removed this, or your access to it."
		f.Next = "What you have access to stands on your home page."
		if known.Code == stateDeleted {
			f.Heading, f.Text = "This invitation was withdrawn", known.Message
		}
	case fault.BadRequest:
		f.Heading, f.Next = "This address does not work any more", "Start again from the home page."
		if known.Code == "invalid_cursor" {
			f.Text, f.Next = "This page of the list is not there any more.", "Open the list again from its start."
		}
	case fault.TooLarge:
		f.Heading, f.Next = "This is too much at once", "Send less at a time."
	case fault.TooMany:
		f.Heading, f.Next, f.Transient = "Too much in too short a time", "Wait a moment, then try again.", true
		if known.RetryAfter > 0 {
			f.Next = "Try again " + relative(known.RetryAfter) + "."
		}
	case fault.Unavailable:
		f.Heading, f.Next, f.Request, f.Transient = "We cannot answer right now", "Try again in a moment.", request, true
	case fault.Conflict, fault.Gone, fault.Stale, fault.Invalid, fault.UnsupportedMedia:
	}
	return f
}

var permissionNames = map[string]string{
	string(access.Read): "to see it", string(access.Publish): "the right to publish", string(access.ManageUsers): "the right to manage users",
	string(access.ManageBrands): "the right to manage brands", string(access.ManageSettings): "the right to change settings",
	string(access.ViewAudit): "the right to read the log",
}

func permissionWords(keys []string) []string {
	words := make([]string, 0, len(keys))
	for _, key := range keys {
		word, found := permissionNames[key]
		if !found {
			word = strings.ReplaceAll(key, "_", " ")
		}
		words = append(words, word)
	}
	return words
}
