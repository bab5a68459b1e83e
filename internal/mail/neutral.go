package mail

import (
	"slices"
	"strings"
	"unicode"

	"prism-access/internal/plain"
)

// maxSubject is the longest subject, in characters: what most inboxes show before they cut.
const maxSubject = 60

// maxName is the longest name that is shown, in characters. Stored names are no longer (R27).
const maxName = 100

const zeroWidthJoiner = '\u200d' // glues emoji

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
	if clean := shorten(plain.Line(typed), maxName); clean != "" {
		return clean
	}
	return otherwise
}

// inHeading returns a name for a heading. The sentence below has the whole of it.
func inHeading(name string) string { return shorten(name, 40) }

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
