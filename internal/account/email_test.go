package account_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/testbed"
)

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]account.Email{
		"ada@example.com":                      {Written: "ada@example.com", Key: "ada@example.com"},
		"  ada@example.com\n":                  {Written: "ada@example.com", Key: "ada@example.com"},
		"Ada.Lovelace@Example.COM":             {Written: "Ada.Lovelace@example.com", Key: "ada.lovelace@example.com"},
		"ada+prism@example.com":                {Written: "ada+prism@example.com", Key: "ada+prism@example.com"},
		"o'brien@example.com":                  {Written: "o'brien@example.com", Key: "o'brien@example.com"},
		"ada@Bücher.example":                   {Written: "ada@xn--bcher-kva.example", Key: "ada@xn--bcher-kva.example"},
		"ada@xn--bcher-kva.example":            {Written: "ada@xn--bcher-kva.example", Key: "ada@xn--bcher-kva.example"},
		"JOSÉ@example.com":                     {Written: "JOSÉ@example.com", Key: "josé@example.com"},
		"jose\u0301@example.com":               {Written: "jos\u00e9@example.com", Key: "jos\u00e9@example.com"},
		"\u0130da@example.com":                 {Written: "\u0130da@example.com", Key: "i\u0307da@example.com"}, // and not ida@
		"\u212aai@example.com":                 {Written: "Kai@example.com", Key: "kai@example.com"},            // the Kelvin sign is a K
		"ada@sub.domain.example.com":           {Written: "ada@sub.domain.example.com", Key: "ada@sub.domain.example.com"},
		strings.Repeat("a", 64) + "@x.example": {Written: strings.Repeat("a", 64) + "@x.example", Key: strings.Repeat("a", 64) + "@x.example"},
	} {
		got, err := account.ParseEmail(written)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", written, got, err, want)
		}
		if key := account.EmailKey(got.Written); key != want.Key {
			t.Errorf("%q: the key of what is stored is %q, want %q", written, key, want.Key)
		}
	}
	for _, written := range []string{
		"", " ", "ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "a b@example.com", "ada@exa mple.com",
		"Ada <ada@example.com>", "<ada@example.com>", "ada@example.com, eve@example.com", "ada@example.com;eve@example.com",
		"ada@example.com\r\nBcc: eve@example.com", "\"ada\"@example.com", "ada(comment)@example.com", "ada@[127.0.0.1]", "ada@example..com",
		"ada@-example.com", "ada@exa_mple.com", ".ada@example.com", "ada\x00@example.com", strings.Repeat("a", 250) + "@example.com",
		strings.Repeat("a", 65) + "@example.com", "ada@" + strings.Repeat("a", 64) + ".com", "ada@" + strings.Repeat("a.", 127) + "com",
		"ada@example.com\u3002", "ada\u202e@example.com", "ada\u200b@example.com", "ada\u00a0l@example.com", "ada\u0085@example.com", "ada\ufeff@example.com", "ada\u00ad@example.com",
		strings.Repeat("a", 64) + "@" + strings.Repeat("ü.", 25) + "example", // 272 characters as it is mailed to
	} {
		got, err := account.ParseEmail(written)
		testbed.CheckCode(t, err, fault.Invalid, "malformed_email")
		if got != (account.Email{}) || account.EmailKey(written) != "" {
			t.Errorf("%q: got %+v", written, got)
		}
	}
}

// FuzzParseEmail: whatever is typed is no address, or one that reads the same from then on and has nothing in it that is not seen.
func FuzzParseEmail(f *testing.F) {
	for _, written := range []string{
		"ada@example.com", " Ada.Lovelace+prism@Example.COM\n", "ada@B\u00fccher.example", "jose\u0301@xn--bcher-kva.example", "Ada <ada@example.com>", "a@x.example,b@x.example",
		"\"a b\"@x.example", "ada@[127.0.0.1]", "\u0130@x.example", "\u212a@x.example", "a\u202eb@x.example", "a@x\u3002example", "a@x.example\u3002", "ada@example.com\r\nBcc: b@x.example", "@", "",
		"a@" + strings.Repeat("\u00fc", 40) + ".example",
	} {
		f.Add(written)
	}
	f.Fuzz(func(t *testing.T, written string) {
		email, err := account.ParseEmail(written)
		if err != nil {
			if !errors.Is(err, fault.Invalid) || email != (account.Email{}) {
				t.Errorf("%q: got %+v, %v", written, email, err)
			}
			return
		}
		if again, err := account.ParseEmail(email.Written); err != nil || again != email {
			t.Errorf("%q is stored as %+v and read as %+v, %v", written, email, again, err)
		}
		local, domain, _ := strings.Cut(email.Key, "@")
		if strings.Count(email.Written, "@") != 1 || strings.ContainsAny(email.Written, "<>,;\"()\\") || len(email.Written) > 254 {
			t.Errorf("%q is stored as %q", written, email.Written)
		}
		if strings.ContainsFunc(email.Written, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) || strings.Trim(domain, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Errorf("%q is %+v", written, email)
		}
		// Two addresses are one person's only if they differ in case alone.
		if at := strings.IndexByte(email.Written, '@'); !strings.EqualFold(local, email.Written[:at]) && !strings.ContainsRune(email.Written, '\u0130') {
			t.Errorf("%q has the key %q", email.Written, email.Key)
		}
	})
}
