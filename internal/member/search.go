package member

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"prism-access/internal/access"
)

// This file says by what people are found. Whoever asks and whoever keeps the entries take the same words.

// The marks of filters.
const (
	MarkNoBrand     = "nobrand"     // a Member without any brand (R9)
	MarkGranterLeft = "granterleft" // something of it was granted by somebody who is not in the organization any more
)

// MarkGrantedBy is the mark of those who hold something that a user granted.
func MarkGrantedBy(user string) string { return "grantedby#" + user }

// The limits of what is kept of one person in one scope, so that all of it is written at once, and of what is asked. Names have far fewer words,
// and hardly anybody's roles as many granters: of more, the first are found by.
const (
	maxWords      = 24
	maxGranters   = 40
	maxWordSize   = 300 // bytes: longer than an address, shorter than a key may be
	maxQueryWords = 8
)

// Card is what search and filters know of somebody in one scope.
type Card struct {
	Words []string    // sorted; none begins another
	Role  access.Role // in the scope
	Marks []string
}

// Equal reports whether both cards say the same.
func (c Card) Equal(other Card) bool {
	return c.Role == other.Role && slices.Equal(c.Words, other.Words) && slices.Equal(c.Marks, other.Marks)
}

// Cards returns the cards of a member in the organization and in each of the member's brands, or in the workspace, by scope. gone are the ids
// of those granters who are not in the organization; a workspace's members are not filtered by that.
func (m Membership) Cards(gone map[string]bool) map[access.Scope]Card {
	words := m.words()
	if m.Scope.Kind() == access.KindWorkspace {
		return map[access.Scope]Card{m.Scope: {Words: words, Role: m.Role}}
	}
	var marks []string
	isGone := false
	for n, granter := range m.Granters() {
		if n < maxGranters {
			marks = append(marks, MarkGrantedBy(granter))
		}
		isGone = isGone || gone[granter]
	}
	if isGone {
		marks = append(marks, MarkGranterLeft)
	}
	slices.Sort(marks)
	cards := map[access.Scope]Card{}
	for _, b := range m.Brands {
		cards[access.Brand(m.Scope.Organization, b.ID)] = Card{Words: words, Role: b.Role, Marks: marks}
	}
	if m.Role != access.Admin && len(cards) == 0 {
		marks = append(slices.Clone(marks), MarkNoBrand)
	}
	cards[m.Scope] = Card{Words: words, Role: m.Role, Marks: marks}
	return cards
}

// words returns what the member is found by.
func (m Membership) words() []string {
	if m.Scope.Kind() == access.KindWorkspace {
		return SearchWords(m.User.Name, cmp.Or(m.User.ClientID, m.User.Username))
	}
	return SearchWords(m.User.Name, cmp.Or(m.User.ClientID, m.User.Email))
}

// Granters returns the ids of those who granted something of the membership, each once.
func (m Membership) Granters() []string {
	granters := []string{m.GrantedBy.ID}
	for _, b := range m.Brands {
		if !slices.Contains(granters, b.GrantedBy.ID) {
			granters = append(granters, b.GrantedBy.ID)
		}
	}
	return slices.DeleteFunc(granters, func(id string) bool { return !strings.HasPrefix(id, "usr_") })
}

// hasMark reports whether the membership has a mark, as far as it says so itself: of a granter who left it does not.
func (m Membership) hasMark(mark string) bool {
	granter, isGranter := strings.CutPrefix(mark, MarkGrantedBy(""))
	switch {
	case isGranter:
		return slices.Contains(m.Granters(), granter)
	case mark == MarkNoBrand:
		return m.Role != access.Admin && len(m.Brands) == 0
	default:
		return true
	}
}

// SearchWords returns the words that somebody is found by, each by any of its beginnings: those of the name, the address (so that the part
// before the @ is a beginning) and its domain, or the username.
func SearchWords(name, address string) []string {
	words := wordsOf(address)
	if _, domain, isAddress := strings.Cut(address, "@"); isAddress {
		words = append(words, wordsOf(domain)...)
	}
	var parts []string
	for _, word := range wordsOf(name) {
		words = append(words, word)
		parts = append(parts, strings.FieldsFunc(word, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) && r < utf8.RuneSelf })...)
	}
	words = append(words, parts...)
	var kept []string
	for _, word := range words {
		if len(kept) < maxWords && !slices.Contains(kept, word) {
			kept = append(kept, word)
		}
	}
	slices.Sort(kept)
	// What begins another word finds nobody more, and would find the same person twice. In this order that word is the next one.
	var distinct []string
	for i, word := range kept {
		if i == len(kept)-1 || !strings.HasPrefix(kept[i+1], word) {
			distinct = append(distinct, word)
		}
	}
	return distinct
}

// QueryWords returns the beginnings of words that a search names, each once, the longest first; the longest ones of very many.
func QueryWords(q string) []string {
	var words []string
	for _, word := range wordsOf(q) {
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words[:min(len(words), maxQueryWords)]
}

// wordsOf returns the words of a text in the form in which they are compared: decomposed, lower-cased, without accents and without what is not seen.
func wordsOf(text string) []string {
	folded := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError || r == utf8.MaxRune {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(text)))
	var words []string
	for word := range strings.FieldsSeq(strings.ToLower(folded)) { // what is compatible with a capital letter may have been none
		if word = shortened(strings.TrimLeft(word, "@")); word != "" { // so that a domain is found with its @ as well
			words = append(words, word)
		}
	}
	return words
}

func shortened(word string) string {
	if len(word) <= maxWordSize {
		return word
	}
	cut := maxWordSize
	for !utf8.RuneStart(word[cut]) {
		cut--
	}
	return word[:cut]
}

// Matches reports whether each of the beginnings begins one of the words.
func Matches(words, beginnings []string) bool {
	for _, beginning := range beginnings {
		if FirstMatch(words, beginning) == "" {
			return false
		}
	}
	return true
}

// FirstMatch returns the first of the sorted words that begins so: of several entries of one person, that of this word counts. Empty when
// none does.
func FirstMatch(words []string, beginning string) string {
	for _, word := range words {
		if strings.HasPrefix(word, beginning) {
			return word
		}
	}
	return ""
}
