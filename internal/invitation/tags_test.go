package invitation_test

import (
	"maps"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
)

// TestTagsAreReadBack: what a mail is tagged with leads back to what it was about, in the characters that a tag of SES may have.
func TestTagsAreReadBack(t *testing.T) {
	t.Parallel()
	allowed := regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	for name, c := range map[string]struct {
		about       invitation.Reference
		correlation string
	}{
		"an invitation to an organization": {invitation.Reference{Root: access.Organization("org_1"), ID: "inv_1", Generation: 2}, "fa7f0eab-4c4f"},
		"to a workspace":                   {invitation.Reference{Root: access.Workspace("wsp_1"), ID: "inv_1", Generation: 1}, "JKJaXmPLvHcESHA="},
		"no invitation":                    {invitation.Reference{Root: access.Organization("org_1")}, ""},
		"no click":                         {invitation.Reference{Root: access.Workspace("wsp_1"), ID: "inv_1", Generation: 1}, ""},
	} {
		tags := invitation.Tags(c.about, c.correlation)
		for key, value := range tags {
			if !allowed.MatchString(key) || !allowed.MatchString(value) {
				t.Errorf("%s: SES does not take the tag %s=%q", name, key, value)
			}
		}
		about, correlation, ok := invitation.ReadTags(tags)
		if diff := cmp.Diff(c.about, about); !ok || diff != "" || correlation != c.correlation {
			t.Errorf("%s: got %q, %v: %s", name, correlation, ok, diff)
		}
	}
}

func TestTagsOfOthers(t *testing.T) {
	t.Parallel()
	ours := invitation.Tags(invitation.Reference{Root: access.Organization("org_1"), ID: "inv_1", Generation: 1}, "c")
	for name, change := range map[string]map[string]string{
		"no organization":               {"organization": ""},
		"one that is no id":             {"organization": "a#b"},
		"no generation":                 {"generation": ""},
		"a generation that is none":     {"generation": "0"},
		"one that is no number":         {"generation": "x"},
		"a correlation id of nobody's":  {"correlation": "***"},
		"a workspace that is no id too": {"workspace": "a#b"},
	} {
		tags := maps.Clone(ours)
		maps.Copy(tags, change)
		if about, _, ok := invitation.ReadTags(tags); ok {
			t.Errorf("%s: %+v", name, about)
		}
	}
}
