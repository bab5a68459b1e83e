package console

import (
	"errors"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
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
			f.Heading, f.Text, f.Next = "This invitation is not there any more", known.Message, settled[known.Code]
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
	case fault.Conflict, fault.Gone:
		if known.Code == stateDisabled {
			f.Heading, f.Text, f.Next = "This workspace is disabled", "Nobody can work in it until it is enabled.", "Ask an Admin there to enable it."
		}
		if next := settled[known.Code]; next != "" {
			f.Heading, f.Next = "This invitation cannot be answered any more", next
		}
	case fault.Stale:
		if known.Code == stateChanged {
			f.Heading, f.Next = "This invitation has changed", "It stands among your invitations as it is now: accept or decline it there."
		}
	case fault.Invalid, fault.UnsupportedMedia:
	}
	return f
}

// settled says what to do about an invitation that was answered, or cannot be any more, by the code of why.
var settled = map[string]string{
	stateUsed:         "What you have access to stands on your home page.",
	stateClosed:       "What you have access to stands on your home page.",
	stateDeclined:     "If that was a mistake, ask the person who invited you to send it again.",
	stateExpired:      "Ask the person who invited you to send it again.",
	stateDeleted:      "If you expected to get in, ask the person who invited you.",
	stateInvalid:      "Ask an Admin there to send it again.",
	stateScopeDeleted: "There is nothing left to join.",
}

// isSettled reports whether an answer came too late, so that its form is of no more use.
func isSettled(err error) bool {
	known, isFault := errors.AsType[*fault.Error](err)
	return isFault && settled[known.Code] != ""
}

// within shows who is in the organization of the address the way there.
func (p *failurePage) within(m member.Membership, err error) {
	p.Way = link{URL: organizationPath(m.Scope), Text: "Go to " + m.ScopeName}
	switch {
	case fault.HasCode(err, stateUsed):
		p.Text = "You have accepted this invitation, so it cannot be declined any more."
	case fault.HasCode(err, stateDeleted):
		p.Text = "This invitation is not there any more, and you do not need it."
	case fault.HasCode(err, stateDisabled) && m.Standing(m.Scope, true).Holds(access.Enable):
		p.Next, p.Way = "You may enable it.", link{URL: p.Way.URL + "/enable", Text: "Enable workspace"}
		return
	default:
		return
	}
	p.Heading, p.Next = "You are in "+m.ScopeName+" already", "What you have access to stands on its pages."
}

var permissionNames = map[string]string{
	string(access.Read): "to see it", string(access.Publish): "the right to publish", string(access.ManageUsers): "the right to manage users",
	string(access.ManageBrands): "the right to manage brands", string(access.ManageSettings): "the right to change settings",
	string(access.ViewAudit): "the right to read the log",
	string(access.Update):    "the right to rename it", string(access.Delete): "the right to delete it", string(access.Enable): "the right to enable it",
	string(access.Disable): "the right to disable it", string(access.ManageRole): "the right to manage roles",
	string(access.ViewRoleUsers): "the right to see who has which role", string(access.AddRoleUsers): "the right to give roles",
	string(access.RemoveRoleUsers): "the right to remove members",
}

// because returns the action with what it takes in its reason, if it is refused for want of that.
func because(a access.Action) access.Action {
	const most = 4
	words := permissionWords(strings.Fields(a.Missing))
	if len(words) > most+1 {
		words = append(words[:most], strconv.Itoa(len(words)-most)+" rights more")
	}
	if len(words) > 0 {
		a.Reason += " It needs " + list(words) + "."
	}
	return a
}

func permissionWords(keys []string) []string {
	words := make([]string, 0, len(keys))
	for _, key := range keys {
		word, found := permissionNames[key]
		if !found {
			word = "the right to " + strings.ReplaceAll(key, "_", " ")
		}
		words = append(words, word)
	}
	return words
}
