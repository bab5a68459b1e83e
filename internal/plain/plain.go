// Package plain takes links out of what people type, for texts that programs make links of without being asked.
package plain

import (
	"strings"
	"unicode"
)

const (
	zeroWidthNonJoiner = '\u200c' // part of correct spelling in Persian and in Indic scripts
	zeroWidthJoiner    = '\u200d' // the same, and glues emoji
)

// Line returns one line of text that somebody typed such that nothing in it is or looks like an address of the web or of
// mail, which mail programs would turn into a link: a space follows every dot, colon or at sign in the middle of a word, and
// slashes in a row are dropped. Control characters, and those that are invisible or change the direction of writing, are
// removed; white space is folded.
func Line(text string) string {
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

// Lines returns what somebody wrote line by line, each as Line has it, without empty lines.
func Lines(typed string) []string {
	var kept []string
	for line := range strings.FieldsFuncSeq(typed, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }) {
		if clean := Line(line); clean != "" {
			kept = append(kept, clean)
		}
	}
	return kept
}
