package account_test

import (
	"strings"
	"testing"

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
	} {
		got, err := account.ParseEmail(written)
		testbed.CheckCode(t, err, fault.Invalid, "malformed_email")
		if got != (account.Email{}) || account.EmailKey(written) != "" {
			t.Errorf("%q: got %+v", written, got)
		}
	}
}
