package testbed_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// TestEveryEventIsPublishedAsItsSchemaSays does all deeds. What the testbed reads of a log it holds against the schemas; here every type comes by.
func TestEveryEventIsPublishedAsItsSchemaSays(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for _, d := range writing() {
		if err := d.prepare(s)(t.Context()); err != nil {
			t.Errorf("%s: %v", d.name, err)
		}
	}
	in := registered(s)
	in.Name = "Grace Hopper"
	if err := registers(s, in)(t.Context()); err != nil {
		t.Fatal(err)
	}
	user, err := s.Register().Do(t.Context(), request.Request{}, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteOrganization().Do(t.Context(), s.Eve.Caller, organization.DeleteInput{Scope: access.Organization(s.Elsewhere.Organization), Confirm: "Hooli"}); err != nil {
		t.Fatal(err)
	}
	grace := s.Someone("Grace")
	s.Asks(grace)
	s.Join(s.Ada, s.Brands[0], access.Viewer, grace)
	if err := s.Cleaner().Do(t.Context(), newest(s)); err != nil {
		t.Fatal(err)
	}
	ours := s.Workspace(s.Ada, "Ours")
	for _, act := range []do{
		as(s.DisableWorkspace().Do, s.Ada, workspace.SwitchInput{Scope: ours.Scope()}),
		as(s.EnableWorkspace().Do, s.Ada, workspace.SwitchInput{Scope: ours.Scope()}),
		as(s.DeleteWorkspace().Do, s.Ada, workspace.DeleteInput{Scope: ours.Scope(), Confirm: "Ours"}),
	} {
		if err := act(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	for _, e := range slices.Concat(s.Envelopes(s.ID), s.Envelopes(s.Elsewhere.Organization), s.EnvelopesOf(user.ID), s.Envelopes(s.Lab().ID), s.Envelopes(ours.ID)) {
		seen = append(seen, e.DetailType)
		if about := e.Detail.Metadata.Scope.Kind(); !slices.Contains(exemplified(t, e.DetailType), about) {
			t.Errorf("%s was about a scope of the kind %s, of which there is no example", e.DetailType, about)
		}
	}
	slices.Sort(seen)
	want := event.Types()
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(seen)); diff != "" {
		t.Errorf("published (-all types +those that came by):\n%s", diff)
	}
}

// exemplified returns the kinds of scope that the examples of an event are about.
func exemplified(t *testing.T, detailType string) []access.Kind {
	t.Helper()
	var kinds []access.Kind
	for file, text := range events.Examples(detailType) {
		var example event.Envelope
		if err := json.Unmarshal(text, &example); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		kinds = append(kinds, example.Detail.Metadata.Scope.Kind())
	}
	return kinds
}
