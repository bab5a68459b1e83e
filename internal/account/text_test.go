package account_test

import (
	"strings"
	"testing"

	"prism-access/internal/account"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Acme":                    "Acme",
		"  Acme \t Inc.\n":        "Acme Inc.",
		"Jose\u0301":              "Jos\u00e9",
		"A\x00c\x1bme\u007f":      "Acme",
		"evil\u202egnp.exe":       "evilgnp.exe",
		"\u2066left\u2069\u200f":  "left",
		"😀 Smile":                 "😀 Smile",
		"bad\xffbytes":            "badbytes",
		"a\u00a0b\u2003c":         "a b c",
		"\u202e\u200e \t":         "",
		"Robert'); DROP TABLE--#": "Robert'); DROP TABLE--#",
	} {
		if got := account.CleanName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"A":                                 "",
		strings.Repeat("😀", 100):            "",
		strings.Repeat("😀", 101):            "too_long",
		" " + strings.Repeat("a", 100):      "",
		strings.Repeat("e\u0301", 100):      "",
		"":                                  "required",
		" \u202e ":                          "required",
		"\u200b":                            "required",
		"\u0301\u00ad":                      "required",
		strings.Repeat("a", 64<<10):         "too_long",
		strings.Repeat("\u202e", 101) + "a": "",
	} {
		got := ""
		for _, field := range account.CheckName("/name", name) {
			got += field.Code
			if field.Pointer != "/name" || field.Detail == "" {
				t.Errorf("%.20q: field %+v", name, field)
			}
		}
		if got != want {
			t.Errorf("%.20q: got %q, want %q", name, got, want)
		}
	}
}

func TestCheckLength(t *testing.T) {
	t.Parallel()
	if fields := account.CheckLength("/message", strings.Repeat("😀", account.MaxMessage), account.MaxMessage); len(fields) != 0 {
		t.Errorf("1,000 characters: %+v", fields)
	}
	fields := account.CheckLength("/message", strings.Repeat("😀", account.MaxMessage+1), account.MaxMessage)
	if len(fields) != 1 || fields[0].Code != "too_long" || !strings.Contains(fields[0].Detail, "1000") {
		t.Errorf("1,001 characters: %+v", fields)
	}
}
