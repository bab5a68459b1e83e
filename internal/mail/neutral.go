package mail

import (
	"slices"
	"strings"
	"unicode"
)

// maxSubject is the longest subject, in characters: what most inboxes show before they cut.
const maxSubject = 60

// maxName is the longest name that is shown, in characters. Stored names are no longer (R27).
const maxName = 100

const (
	zeroWidthNonJoiner = '\u200c' // part of correct spelling in Persian and in Indic scripts
	zeroWidthJoiner    = '\u200d' // the same, and glues emoji
)

// neutral returns one line of text that somebody typed such that nothing in it is or looks like an address of the web or of
// mail, which mail programs would turn into a link: a space follows every dot, colon or at sign in the middle of a word, and
// slashes in a row are dropped. Control characters, and those that are invisible or change the direction of writing, are
// removed; white space is folded.
func neutral(text string) string {
	visible := []rune(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == zeroWidthJoiner, r == zeroWidthNonJoiner:
			return r
		case unicode.Is(unicode.C, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text))
	var out strings.Builder
	for i, r := range visible {
		before, after := around(visible, i)
		switch {
		case isSlash(r) && (isSlash(before) || isSlash(after)):
			out.WriteByte(' ')
		case isJoint(r) && before != ' ' && after != ' ' && !isClosing(after) && !isTime(before, r, after):
			out.WriteRune(r)
			out.WriteByte(' ')
		default:
			out.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// around returns the characters before and after the i-th; a space where there is none.
func around(text []rune, i int) (before, after rune) {
	before, after = ' ', ' '
	if i > 0 {
		before = text[i-1]
	}
	if i+1 < len(text) {
		after = text[i+1]
	}
	return before, after
}

// isJoint reports whether r can join the parts of an address. Browsers take some foreign full stops for a dot.
func isJoint(r rune) bool { return strings.ContainsRune(".:@\u2024\u3002\uff0e\uff1a\uff20\uff61", r) }

func isSlash(r rune) bool { return strings.ContainsRune(`/\`+"\u2044\u2215\uff0f\uff3c", r) }

// isClosing reports whether r ends a phrase, so that nothing goes on behind a dot before it.
func isClosing(r rune) bool {
	return unicode.In(r, unicode.Pe, unicode.Pf) || strings.ContainsRune(`.,;:!?'"…`, r)
}

// isTime reports whether a colon stands between digits, as in 10:30.
func isTime(before, r, after rune) bool {
	return r == ':' && unicode.IsDigit(before) && unicode.IsDigit(after)
}

// person returns a person's name as it may stand in a mail. Who has no other name than their own address is named by it as it is,
// like everybody else whose address a mail shows; the address of somebody else stays a name that is broken up.
func person(typed, own, otherwise string) string {
	if own != "" && strings.EqualFold(strings.TrimSpace(typed), own) {
		return address(own)
	}
	return name(typed, otherwise)
}

// name returns a person's or a scope's name as it may stand in a mail; otherwise when nothing of it is left.
func name(typed, otherwise string) string {
	if clean := shorten(neutral(typed), maxName); clean != "" {
		return clean
	}
	return otherwise
}

// inHeading returns a name for a heading. The sentence below has the whole of it.
func inHeading(name string) string { return shorten(name, 40) }

// lines returns what somebody wrote, neutral, line by line, without empty lines.
func lines(typed string) []string {
	var kept []string
	for line := range strings.FieldsFuncSeq(typed, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }) {
		if clean := neutral(line); clean != "" {
			kept = append(kept, clean)
		}
	}
	return kept
}

// subject puts names into a sentence with a %s for each, and shortens the longest of them so that the whole fits.
func subject(sentence string, names ...string) string {
	room := maxSubject - len([]rune(strings.ReplaceAll(sentence, "%s", "")))
	longest := room
	for total(names, longest) > room {
		longest--
	}
	var out strings.Builder
	for i, part := range strings.Split(sentence, "%s") {
		if i > 0 {
			out.WriteString(shorten(names[i-1], longest))
		}
		out.WriteString(part)
	}
	return out.String()
}

// total returns how many characters the names have together when none has more than longest.
func total(names []string, longest int) int {
	sum := 0
	for _, name := range names {
		sum += min(len([]rune(name)), longest)
	}
	return sum
}

// shorten returns the text with at most limit characters, the last of them an ellipsis when something is cut.
// It does not cut between a letter and its marks, nor within a composed emoji.
func shorten(text string, limit int) string {
	all := []rune(text)
	if len(all) <= limit {
		return text
	}
	cut := max(limit-1, 0)
	for cut > 0 && (isTail(all[cut]) || all[cut-1] == zeroWidthJoiner) {
		cut--
	}
	for cut > 0 && slices.Contains([]rune(" .,:;-"), all[cut-1]) {
		cut--
	}
	return string(all[:cut]) + "…"
}

// isTail reports whether r belongs to the character before it.
func isTail(r rune) bool {
	const firstSkinTone, lastSkinTone = '\U0001f3fb', '\U0001f3ff'
	return unicode.IsMark(r) || r == zeroWidthJoiner || (r >= firstSkinTone && r <= lastSkinTone)
}
