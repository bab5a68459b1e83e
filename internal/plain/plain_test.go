package plain

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrdinaryTextStaysAsItIs(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"Ada Lovelace", "Dr. Ada King", "Acme Inc.", "Müller & Söhne GmbH", "O'Neill", "A/B Testing", "Zoë", "李小龙", "نازنین\u200cزهرا", "👩🏽‍🚀 Team",
		"Monday at 10:30, please.", "Really?!", "wait... what", "(see above.)", ".NET Foundation", "Note: welcome",
	} {
		if got := Line(typed); got != typed {
			t.Errorf("Line(%q) = %q, want it unchanged", typed, got)
		}
	}
}

func TestLinksAreTakenApart(t *testing.T) {
	t.Parallel()
	got := Lines(" Hello,\r\n\nsee https://evil.example.com/x or mail ada@example.com\u202e\u2028Ada\t ")
	want := []string{"Hello,", "see https: evil. example. com/x or mail ada@ example. com", "Ada"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
