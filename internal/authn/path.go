package authn

import (
	"net/url"
	"strings"
	"unicode"
)

// maxPath keeps the cookie that carries a return path well below the 4 KB that browsers take.
const maxPath = 2000

// OwnPath returns a path to return to after sign-in, as it is when it leads to a page of the console, else "/". What a browser could
// take for another host is no path of ours.
func OwnPath(path string) string {
	if len(path) > maxPath || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	if strings.ContainsRune(path, '\\') || strings.ContainsFunc(path, unicode.IsControl) {
		return "/"
	}
	parsed, err := url.Parse(path)
	if err != nil || parsed.Scheme != "" || parsed.Host != "" || parsed.User != nil {
		return "/"
	}
	if parsed.Path == "/sign-in" || parsed.Path == "/sign-out" || strings.HasPrefix(parsed.Path, "/sign-in/") {
		return "/"
	}
	return path
}
