package account

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"prism-access/internal/fault"
)

// The limits of R27, in characters.
const (
	MaxName    = 100
	MaxMessage = 1000
	MaxReason  = 500
)

// CleanName returns a name as it is stored: NFC-normalised, control and direction-changing characters removed, white space folded.
func CleanName(name string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, norm.NFC.String(name))
	return strings.Join(strings.Fields(kept), " ")
}

// CheckName returns what is wrong with a name at the pointer, as zero or one field.
func CheckName(pointer, name string) []fault.Field {
	clean := CleanName(name)
	switch n := utf8.RuneCountInString(clean); {
	case !strings.ContainsFunc(clean, isVisible):
		return []fault.Field{{Pointer: pointer, Code: "required", Detail: "Enter a name."}}
	case n > MaxName:
		return []fault.Field{{Pointer: pointer, Code: "too_long", Detail: "A name has at most 100 characters."}}
	}
	return nil
}

func isVisible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) }

// CheckLength returns what is wrong with a text that has at most limit characters, as zero or one field.
func CheckLength(pointer, text string, limit int) []fault.Field {
	if utf8.RuneCountInString(text) <= limit {
		return nil
	}
	return []fault.Field{{Pointer: pointer, Code: "too_long", Detail: "This has at most " + strconv.Itoa(limit) + " characters."}}
}

// CheckConfirmed returns what is missing when the name of what is to be deleted was not typed (R26), as zero or one field.
func CheckConfirmed(typed, name string) []fault.Field {
	if CleanName(typed) == name {
		return nil
	}
	return []fault.Field{{
		Pointer: "/confirm", Code: fault.ConfirmationRequired, Detail: "This ends all access to it at once and cannot be undone. Type its name to confirm.",
	}}
}
