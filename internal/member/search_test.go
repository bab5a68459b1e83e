package member_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/member"
)

func TestSearchWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, email string
		want        []string
	}{
		{"Grace Hopper", "grace@example.com", []string{"example.com", "grace@example.com", "hopper"}},
		{"Zoë ÅNGSTRÖM", "", []string{"angstrom", "zoe"}},
		{"Jean-Luc O'Brien", "", []string{"brien", "jean-luc", "luc", "o'brien"}},
		{"Ann Anna", "", []string{"anna"}},
		{"<b>Eve</b>", "", []string{"<b>eve</b>", "b", "eve"}},
		{"ﬁnn Ⅷ", "", []string{"finn", "viii"}},
		{"李 小龍", "", []string{"小龍", "李"}},
		{"\u202eevE #1 😀", "", []string{"#1", "1", "eve", "😀"}},
		{"\u200d\u0301", "", nil},
	} {
		if diff := cmp.Diff(c.want, member.SearchWords(c.name, c.email)); diff != "" {
			t.Errorf("%q: %s", c.name, diff)
		}
	}
	long := member.SearchWords(strings.Repeat("😀", 100), "")
	if len(long) != 1 || len(long[0]) > 300 || !utf8.ValidString(long[0]) || !strings.HasPrefix(strings.Repeat("😀", 100), long[0]) {
		t.Errorf("got %q", long)
	}
	if many := member.SearchWords("a b c d e f g h i j k l m n o p q r s t u v w x y z", "someone@example.com"); len(many) > 24 || !slices.Contains(many, "example.com") {
		t.Errorf("got %d words: %q", len(many), many)
	}
}

func TestQueryWords(t *testing.T) {
	t.Parallel()
	for q, want := range map[string][]string{
		"":                {},
		"  ":              {},
		"\u200d":          {},
		"li Christopher":  {"christopher", "li"},
		"ann ann Ánn":     {"ann"},
		"@Example.com":    {"example.com"},
		"grace@ex":        {"grace@ex"},
		"b\u00fccher":     {"bucher"},
		"bu\u0308cher \t": {"bucher"},
	} {
		if got := member.QueryWords(q); !slices.Equal(want, got) {
			t.Errorf("%q: got %q, want %q", q, got, want)
		}
	}
}

// TestFoundByEachBeginning: whatever somebody is called, each beginning of each word of the name and the address finds them.
func TestFoundByEachBeginning(t *testing.T) {
	t.Parallel()
	for _, name := range hostileNames {
		words := member.SearchWords(name, "Some.One+tag@xn--bcher-kva.example")
		for _, text := range []string{name, "some.one+tag@xn--bcher-kva.example", "xn--bcher-kva.example", "@xn--bcher"} {
			for word := range strings.FieldsSeq(text) {
				for end := range word {
					q := word[:end]
					if !member.Matches(words, member.QueryWords(q)) {
						t.Errorf("%q is not found by %q: %q, %q", name, q, words, member.QueryWords(q))
					}
				}
			}
		}
	}
}

// hostileNames sort oddly, could break a key or a page, or are long.
var hostileNames = []string{
	"bea", "#", "##admin#zoe", "!nobrand", "!nobrand#usr_1", "@usr_1", "admin", "admin#", "😀 Smile", "👩‍👩‍👧 family", "\U0010ffff last", "\uffff", "ängström", "~", "$", "李 小龍",
	strings.Repeat("x", 100), strings.Repeat("😀", 100), strings.Repeat("ﷺ", 100), "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "مرحبا بالعالم", "שָׁלוֹם",
	"a b c d e f g h i j k l m n o p", "İstanbul", "ΣΊΣΥΦΟΣ",
}

// TestManyGranters: whoever left counts, however many others granted something; by name as many are found as are written at once.
func TestManyGranters(t *testing.T) {
	t.Parallel()
	m := member.Membership{Scope: access.Organization("org_1"), Role: access.Member, GrantedBy: access.Person{ID: "usr_0"}}
	for n := range member.MaxBrands {
		m.Brands = append(m.Brands, member.BrandGrant{BrandRole: access.BrandRole{ID: fmt.Sprint("brd_", n)}, GrantedBy: access.Person{ID: fmt.Sprint("usr_", n+1)}})
	}
	count := map[string]int{}
	for _, mark := range m.Cards(map[string]bool{m.Brands[len(m.Brands)-1].GrantedBy.ID: true})[m.Scope].Marks {
		kind, _, _ := strings.Cut(mark, "#")
		count[kind]++
	}
	if diff := cmp.Diff(map[string]int{"grantedby": 40, member.MarkGranterLeft: 1}, count); diff != "" {
		t.Error(diff)
	}
}
