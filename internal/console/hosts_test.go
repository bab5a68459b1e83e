package console

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"prism-access/internal/authn"
	"prism-access/internal/testbed"
)

// Addresses are made of what is configured: a request that says it came to another host gets none that leads there.
func TestNoAddressComesFromTheRequest(t *testing.T) {
	t.Parallel()
	const evil = "evil.example"
	s := newSite(t)
	_, at := s.withIssuer(t)
	link := strings.TrimPrefix(s.Links.URL(s.Pending(s.Address("open"))), testbed.BaseURL)
	paths := append(s.pages(t), "/nowhere", link)
	for _, visitor := range []*visitor{s.anonymous(t), s.as(t, s.Ada)} {
		for _, name := range []string{"Host", "X-Forwarded-Host", "X-Original-Host"} {
			visitor.header.Set(name, evil)
		}
		visitor.header.Set("Forwarded", "host="+evil)
		for _, path := range paths {
			a := visitor.get(path)
			var page strings.Builder
			if err := html.Render(&page, a.Node); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(page.String()+fmt.Sprint(a.header), evil) {
				t.Errorf("%s names the other host: %v %s", path, a.header, a.text())
			}
		}
		visitor.header.Del("Sec-Fetch-Site")
		to := visitor.get("/sign-in?next=/").header.Get("Location")
		if !strings.HasPrefix(to, at+"/authorize?") || !strings.Contains(to, url.QueryEscape(testbed.BaseURL+authn.CallbackPath)) || strings.Contains(to, evil) {
			t.Errorf("the sign-in comes back to %s", to)
		}
	}
}
