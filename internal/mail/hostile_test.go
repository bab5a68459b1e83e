package mail

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"prism-access/internal/access"
)

// everythingHostile is each mail with all that others typed replaced.
func everythingHostile(typed string) []composer {
	place := Place{Organization: typed, Brand: typed}
	grant := access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: "brd_1", Name: typed, Role: access.Viewer}}}
	space := Place{Workspace: typed, Roles: genomics.Roles}
	held := access.Grant{Role: "rol_1", RoleName: typed}
	return []composer{
		Invitation{To: "grace@example.com", By: typed, Place: place, Offer: grant, Message: typed + "\n" + typed, ExpiresAt: expiresAt, Link: acceptLink},
		Invitation{To: "grace@example.com", By: typed, Place: place, Offer: grant, Message: typed, ExpiresAt: expiresAt, Link: acceptLink, Again: true},
		Invitation{To: "grace@example.com", By: typed, Place: place, Offer: grant, ExpiresAt: expiresAt, Link: acceptLink, Reminds: true},
		Changed{To: "grace@example.com", By: typed, Place: place, Before: grant, After: grant, Reason: typed + "\n" + typed, Link: homeLink},
		Changed{To: "grace@example.com", By: typed, Place: place, Before: grant, After: admin, Reason: typed, Link: homeLink},
		Promoted{To: "ada@example.com", Who: typed, Address: "grace@example.com", By: typed, Place: place, Link: homeLink},
		Removed{To: "grace@example.com", By: typed, ByClient: typed, Place: place, Had: grant, Reason: typed, Link: homeLink},
		LinkAsked{To: "ada@example.com", Asker: typed, Address: "grace@example.com", Place: place, Offer: grant, Link: homeLink},
		Joined{To: "grace@example.com", By: typed, ByClient: typed, Place: place, Got: grant, Reason: typed + "\n" + typed, Link: homeLink},
		Answered{To: "grace@example.com", Accepted: true, Invitee: typed, Address: "grace@example.com", Place: place, Offer: grant, Link: homeLink},
		Answered{To: "grace@example.com", Invitee: typed, Address: "grace@example.com", Place: place, Offer: grant, Link: homeLink},
		Requested{
			To: "ada@example.com", Requester: typed, Address: "grace@example.com", Place: place, Platform: typed, Wanted: []string{typed, typed},
			Message: typed + "\n" + typed, Link: homeLink,
		},
		Decided{To: "grace@example.com", Approved: true, By: typed, Place: place, Got: grant, Reason: typed, Link: homeLink},
		Decided{To: "grace@example.com", By: typed, Place: place, Reason: typed, Again: expiresAt, Link: homeLink},
		Invitation{To: "grace@example.com", HasAccount: true, By: typed, Place: space, Offer: held, Message: typed, ExpiresAt: expiresAt, Link: acceptLink},
		Changed{To: "grace@example.com", By: typed, Place: space, Deleted: true, Before: held, After: held, Reason: typed, Link: homeLink},
		Changed{To: "grace@example.com", By: typed, ByClient: typed, Place: space, Before: held, After: adminInSpace, Reason: typed, Link: homeLink},
		Promoted{To: "ada@example.com", Who: typed, Username: "a.example", By: typed, Place: space, Link: homeLink},
		Promoted{To: "ada@example.com", Deleted: typed, By: typed, Place: space, Link: homeLink},
		Promoted{To: "ada@example.com", Who: typed, Client: typed, By: typed, ByClient: typed, Place: place, Link: homeLink},
		Removed{To: "grace@example.com", By: typed, Place: space, Had: held, Reason: typed, Link: homeLink},
		LinkAsked{To: "ada@example.com", Asker: typed, Username: "a.example", Place: space, Offer: held, Link: homeLink},
		Answered{To: "grace@example.com", Accepted: true, Invitee: typed, Username: "a.example", Place: space, Offer: held, Link: homeLink},
		Answered{To: "grace@example.com", Invitee: typed, Username: "a.example", Place: space, Offer: held, Link: homeLink},
	}
}

// clickable matches what mail programs turn into links by themselves.
var clickable = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*:[/\\]|[/\\]{2}|[\p{L}\p{N}\x{200c}\x{200d}_-][.。．｡․][\p{L}\p{N}\x{200c}\x{200d}_-]|\S[@＠][^\s…]|\b(mailto|tel|javascript|data):\S`)

func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"https://evil.example/login", "HTTPS:\\\\evil.example", "http:/evil.example", "evil.example", "www.evil.example", "//evil.example/x",
		"evil。example", "evil．example", "evil｡example", "evil․example", "evil\u200b.example", "evil.\u2060example", "evil\u00ad.example", "evil.\u200dexample",
		"ads@evil.example", "ads＠evil.example", "mailto:ads@evil.example", "tel:+15550100", "javascript:alert(1)", "data:text/html,x", "192.168.0.1",
		"ht\u200btps://evil.example", "https:\u2215\u2215evil.example", "https：//evil.example",
		"<a href=\"https://evil.example\">Acme</a>", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{.Link}}", "</style><b>", "%s%d%!s",
		"Acme\r\nBcc: ads@evil.example", "Acme\nSubject: You won", "Acme\u2028x", "Acme\x00\x07\x1b[31m", "\u202egro.emca\u202c", "\u2066Acme\u2069", "\ufeffAcme", "A\u0085B",
	} {
		for _, mail := range everythingHostile(typed) {
			message := compose(t, mail)
			own := strings.NewReplacer(acceptLink, "", homeLink, "", "grace@example.com", "")
			for part, words := range map[string]string{
				"subject": message.Subject, "text": own.Replace(message.Text), "HTML": own.Replace(visible(message.HTML)),
				"title":     html.UnescapeString(regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(message.HTML)[1]),
				"preheader": html.UnescapeString(preheaderOf(t, message.HTML)),
			} {
				if found := clickable.FindString(words); found != "" {
					t.Errorf("%T with %q: %s holds %q", mail, typed, part, found)
				}
				if at := strings.IndexFunc(strings.ReplaceAll(words, "\n", ""), func(r rune) bool {
					return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
				}); at >= 0 {
					t.Errorf("%T with %q: %s holds a control character: %q", mail, typed, part, words)
				}
			}
			if strings.ContainsAny(message.Subject, "\r\n") {
				t.Errorf("%T with %q: the subject has several lines: %q", mail, typed, message.Subject)
			}
			if tags := strings.Count(message.HTML, "<a "); tags != 2 {
				t.Errorf("%T with %q: %d links in the HTML, want 2", mail, typed, tags)
			}
			if found := regexp.MustCompile(`(?i)<(script|img|b)[ >]`).FindString(message.HTML); found != "" {
				t.Errorf("%T with %q: the HTML holds %s", mail, typed, found)
			}
		}
	}
}

func TestOwnAddressAsNameStaysWhole(t *testing.T) {
	t.Parallel()
	for want, mail := range map[string]composer{
		"ada@example.com invited you":    Invitation{To: "grace@example.com", By: "Ada@example.com", ByAddress: "ada@example.com", Place: acme, Offer: publisher, Link: acceptLink},
		"ada@example.com added you":      Joined{To: "grace@example.com", By: "ada@example.com", ByAddress: "ada@example.com", Place: acme, Got: publisher, Link: homeLink},
		"grace@example.com accepted":     Answered{To: "ada@example.com", Accepted: true, Invitee: "grace@example.com", Address: "grace@example.com", Place: acme, Offer: publisher, Link: homeLink},
		"ads@ evil. example invited you": Invitation{To: "grace@example.com", By: "ads@evil.example", ByAddress: "ada@example.com", Place: acme, Offer: publisher, Link: acceptLink},
	} {
		if got := compose(t, mail); !strings.Contains(got.Text, want) || !strings.HasPrefix(got.Subject, want) {
			t.Errorf("got %q, want %q", got.Subject, want)
		}
	}
}

func TestNamesThatShowNothing(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", " ", "\u200b", "\u202e", "\u3164", "\ufeff\u2060", "//"} {
		for _, mail := range everythingHostile(typed) {
			message := compose(t, mail)
			if strings.Contains(message.Subject, "  ") || strings.HasPrefix(message.Subject, " ") || strings.HasSuffix(message.Subject, " ") {
				t.Errorf("%T with %q: a gap in the subject %q", mail, typed, message.Subject)
			}
		}
	}
}

func TestLongNamesFit(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		strings.Repeat("𝔘", 100), strings.Repeat("👩🏽‍🚀", 25), strings.Repeat("W", 100), strings.Repeat("ö ", 50), strings.Repeat("e\u0301", 50),
		strings.Repeat("<", 100), strings.Repeat("\"", 100), strings.Repeat("a.", 50),
	} {
		for _, mail := range everythingHostile(typed) {
			if invitation, ok := mail.(Invitation); ok {
				invitation.Message = strings.Repeat(typed, 10)
				for range 89 {
					invitation.Offer.Brands = append(invitation.Offer.Brands, access.BrandRole{ID: "brd_2", Name: typed, Role: access.Publisher})
				}
				mail = invitation
			}
			message := compose(t, mail)
			if n := len([]rune(message.Subject)); n > maxSubject {
				t.Errorf("%T with %q: the subject has %d characters: %q", mail, typed, n, message.Subject)
			}
			if n := len(message.HTML); n >= 20<<10 {
				t.Errorf("%T with %q: the HTML has %d bytes, want under 20 KB", mail, typed, n)
			}
			if !regexp.MustCompile(`invit|added you|asks for|have access|was rejected|has changed|Admin of`).MatchString(message.Subject) {
				t.Errorf("%T with %q: the subject lost its sense: %q", mail, typed, message.Subject)
			}
		}
	}
}

func TestSubjectShortensTheLongestName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Very Long Name ", 6)
	for _, c := range []struct{ by, place, want string }{
		{"Ada", "Acme", "Ada invited you to Acme on Prism"},
		{"Ada", long, "Ada invited you to Very Long Name Very Long Name V… on Prism"},
		{long, "Acme", "Very Long Name Very Long Name… invited you to Acme on Prism"},
		{long, long, "Very Long Name V… invited you to Very Long Name V… on Prism"},
	} {
		if got := subject("%s invited you to %s on Prism", c.by, c.place); got != c.want {
			t.Errorf("got %q (%d), want %q (%d)", got, len([]rune(got)), c.want, len([]rune(c.want)))
		}
	}
}

func TestShortenKeepsComposedCharactersWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"Grace", 5, "Grace"}, {"Grace", 4, "Gra…"}, {"e\u0301e\u0301", 3, "e\u0301…"}, {"ab👩🏽‍🚀", 4, "ab…"}, {"Ada L.", 5, "Ada…"}, {"Ada  ", 4, "Ada…"},
	} {
		if got := shorten(c.text, c.limit); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"grace.hopper+prism@example.com": "grace.hopper+prism@example.com",
		"jürgen@example.com":             "jürgen@example.com",
		"evil.example/x@example.com":     "evil. example/x@ example. com",
	} {
		if got := address(in); got != want {
			t.Errorf("address(%q) = %q, want %q", in, got, want)
		}
	}
}
