package mail

import (
	"flag"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	acceptLink  = "https://access.example.com/invitations/accept/AQEBAZk0c2Vjb25kLWludml0YXRpb24tb2YtYWNtZS1mb3ItZ3JhY2UAAAABc2lnbmVkLXdpdGgtYS1rZXktb2YtdGhlLXRlc3RzLWFs"
	homeLink    = "https://access.example.com/"
	brandsLink  = homeLink + "organizations/org_01M817QNM04T8QZJ0N6CYB1VXK/brands"
	usersLink   = homeLink + "organizations/org_01M817QNM04T8QZJ0N6CYB1VXK/users?tab=current"
	resendLink  = homeLink + "organizations/org_01M817QNM04T8QZJ0N6CYB1VXK/users/invitations/inv_01M8180TK0H2K9WPAZ3TNE7QRB/resend"
	insideLink  = homeLink + "workspaces/wsp_01M81C2V5QK7T3E9XNR0ZBYH4D"
	membersLink = insideLink + "/users?tab=current"
	reopenLink  = homeLink + "workspaces/wsp_01M81C2V5QK7T3E9XNR0ZBYH4D/users/invitations/inv_01M81C6BW0H2K9WPAZ3TNE7QRB/resend"
	requestLink = homeLink + "organizations/org_01M817QNM04T8QZJ0N6CYB1VXK/access-requests/req_01M81AH3Z0W5Q0N4J2T6VDXK9B"
)

var (
	expiresAt = time.Date(2026, time.November, 28, 14, 5, 0, 0, time.UTC)
	acme      = Place{Organization: "Acme"}
	globex    = Place{Organization: "Acme", Brand: "Globex"}
	publisher = access.Grant{Role: access.Member, Brands: []access.BrandRole{
		{ID: "brd_1", Name: "Globex", Role: access.Publisher}, {ID: "brd_2", Name: "Initech", Role: access.Publisher},
	}}
	brandAdmin = access.Grant{Role: access.Member, Brands: []access.BrandRole{
		{ID: "brd_1", Name: "Globex", Role: access.Admin}, {ID: "brd_2", Name: "Initech", Role: access.Publisher},
	}}
	viewer = access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: "brd_1", Name: "Globex", Role: access.Viewer}}}
	admin  = access.Grant{Role: access.Admin}

	genomics = Place{Workspace: "Genomics", Roles: access.CustomRoles{
		"rol_1": {Name: "Data Analyst", Chosen: []access.Permission{"run_computation", "view_assets"}},
		"rol_2": {Name: "Auditor", Chosen: []access.Permission{access.ViewAudit, "view_computations", "view_assets", "view_billing", access.ViewRoleUsers}},
		"rol_3": {Name: "Gone", Deleted: true},
	}}
	analyst      = access.Grant{Role: "rol_1", RoleName: "Data Analyst"}
	auditor      = access.Grant{Role: "rol_2", RoleName: "Auditor"}
	adminInSpace = access.Grant{Role: access.Admin, RoleName: "Admin"}
)

type composer interface{ Compose() (Message, error) }

// examples are all mails, each with the subject it must have.
var examples = map[string]struct {
	mail    composer
	subject string
}{
	"invitation-new": {
		Invitation{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Offer: publisher, ExpiresAt: expiresAt, Link: acceptLink},
		"Ada Lovelace invited you to Acme on Prism",
	},
	"invitation-known": {
		Invitation{To: "grace@example.com", HasAccount: true, By: "Ada Lovelace", Place: globex, Offer: viewer, ExpiresAt: expiresAt, Link: acceptLink},
		"Ada Lovelace invited you to Globex on Prism",
	},
	"invitation-message": {
		Invitation{
			To: "grace@example.com", By: "Ada Lovelace", Place: acme, Offer: publisher, ExpiresAt: expiresAt, Link: acceptLink,
			Message: "Hello Grace,\n\nwelcome to the launch team. The first review is on Monday at 10:30.",
		},
		"Ada Lovelace invited you to Acme on Prism",
	},
	"invitation-admin": {
		Invitation{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Offer: admin, ExpiresAt: expiresAt, Link: acceptLink},
		"Ada Lovelace invited you to Acme on Prism",
	},
	"invitation-resent": {
		Invitation{To: "grace@example.com", Again: true, By: "Ada Lovelace", Place: acme, Offer: publisher, ExpiresAt: expiresAt, Link: acceptLink},
		"New link: Ada Lovelace invited you to Acme",
	},
	"invitation-reminder": {
		Invitation{To: "grace@example.com", Reminds: true, By: "Ada Lovelace", Place: acme, Offer: publisher, ExpiresAt: expiresAt, Link: acceptLink},
		"Reminder: Ada Lovelace invited you to Acme",
	},
	"changed": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Before: publisher, After: viewer, Reason: "You are on the other team from now on.", Link: homeLink},
		"Your role in Acme has changed",
	},
	"changed-client": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", ByClient: "3k8example2clientid5staff", Place: acme, Before: publisher, After: viewer, Reason: "Moved.", Link: homeLink},
		"Your role in Acme has changed",
	},
	"changed-none": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Before: viewer, After: access.Grant{Role: access.Member}, Link: homeLink},
		"Your role on Globex has changed",
	},
	"changed-brand": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Before: publisher, After: brandAdmin, Link: homeLink},
		"Your role on Globex has changed",
	},
	"changed-admin": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Before: viewer, After: admin, Link: homeLink},
		"You are an Organization Admin of Acme now",
	},
	"promoted": {
		Promoted{To: "olga@example.com", Who: "Grace Hopper", Address: "grace@example.com", By: "Ada Lovelace", Place: acme, Link: usersLink},
		"Grace Hopper is an Organization Admin of Acme now",
	},
	"promoted-client": {
		Promoted{To: "olga@example.com", Who: "Ada Lovelace", Client: "7m4example9clientid0reports", By: "Provisioning", ByClient: "3k8example2clientid5staff", Place: acme, Link: usersLink},
		"The client Ada Lovelace is an Organization Admin of Acme now",
	},
	"removed": {
		Removed{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Had: publisher, Reason: "The project is over. Thank you.", Link: homeLink},
		"You no longer have access to Acme",
	},
	"removed-client": {
		Removed{To: "grace@example.com", By: "Ada Lovelace", ByClient: "3k8example2clientid5staff", Place: acme, Had: publisher, Link: homeLink},
		"You no longer have access to Acme",
	},
	"removed-brand": {
		Removed{To: "grace@example.com", By: "Ada Lovelace", Place: globex, Had: viewer, Link: homeLink},
		"You no longer have access to Globex",
	},
	"link-asked": {
		LinkAsked{To: "ada@example.com", Asker: "Grace Hopper", Address: "grace@example.com", Place: acme, Offer: publisher, Link: resendLink},
		"Grace Hopper asks for a new link to Acme",
	},
	"link-asked-brand": {
		LinkAsked{To: "ada@example.com", Asker: "Grace Hopper", Address: "grace@example.com", Place: globex, Offer: viewer, Link: resendLink},
		"Grace Hopper asks for a new link to Globex",
	},
	"joined": {
		Joined{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Got: publisher, Link: homeLink},
		"Ada Lovelace added you to Acme on Prism",
	},
	"joined-client": {
		Joined{To: "grace@example.com", By: "Ada Lovelace", ByClient: "3k8example2clientid5staff", Place: globex, Got: viewer, Link: brandsLink},
		"The client Ada Lovelace added you to Globex on Prism",
	},
	"joined-brand": {
		Joined{To: "grace@example.com", By: "Ada Lovelace", Place: globex, Got: viewer, Reason: "You look after the launch of Globex from Monday on.", Link: brandsLink},
		"Ada Lovelace added you to Globex on Prism",
	},
	"accepted": {
		Answered{To: "ada@example.com", Accepted: true, Invitee: "Grace Hopper", Address: "grace@example.com", Place: acme, Offer: publisher, Link: homeLink},
		"Grace Hopper accepted your invitation to Acme",
	},
	"declined": {
		Answered{To: "ada@example.com", Address: "grace@example.com", Place: globex, Offer: viewer, Link: homeLink},
		"grace@example.com declined your invitation to Globex",
	},
	"requested": {
		Requested{
			To: "ada@example.com", Requester: "Grace Hopper", Address: "grace@example.com", Place: acme, Platform: "Join page",
			Wanted: []string{"Globex", "Initech"}, Message: "I join the launch team on Monday.", Link: requestLink,
		},
		"Grace Hopper asks for access to Acme",
	},
	"requested-any": {
		Requested{To: "ada@example.com", Address: "grace@example.com", Requester: "grace@example.com", Place: acme, Platform: "Partner portal", Link: requestLink},
		"grace@example.com asks for access to Acme",
	},
	"approved": {
		Decided{To: "grace@example.com", Approved: true, By: "Ada Lovelace", Place: acme, Got: publisher, Reason: "Welcome to the launch team.", Link: homeLink},
		"You have access to Acme now",
	},
	"approved-admin": {
		Decided{To: "grace@example.com", Approved: true, By: "Ada Lovelace", Place: acme, Got: admin, Link: homeLink},
		"You have access to Acme now",
	},
	"rejected": {
		Decided{To: "grace@example.com", By: "Ada Lovelace", Place: acme, Reason: "Ask your team lead first.", Again: expiresAt, Link: homeLink},
		"Your request for access to Acme was rejected",
	},
	"workspace-invitation": {
		Invitation{
			To: "grace@example.com", Username: "grace", HasAccount: true, By: "Ada Lovelace", Place: genomics, Offer: analyst, ExpiresAt: expiresAt, Link: acceptLink,
			Message: "Hello Grace, the first study begins on Monday.",
		},
		"Ada Lovelace invited you to Genomics on Prism",
	},
	"workspace-invitation-admin": {
		Invitation{To: "grace@example.com", Username: "grace", HasAccount: true, By: "Ada Lovelace", Place: genomics, Offer: adminInSpace, ExpiresAt: expiresAt, Link: acceptLink},
		"Ada Lovelace invited you to Genomics on Prism",
	},
	"workspace-invitation-resent": {
		Invitation{To: "grace@example.com", Username: "grace", HasAccount: true, Again: true, By: "Ada Lovelace", Place: genomics, Offer: auditor, ExpiresAt: expiresAt, Link: acceptLink},
		"New link: Ada Lovelace invited you to Genomics",
	},
	"workspace-invitation-reminder": {
		Invitation{To: "grace@example.com", Username: "grace", HasAccount: true, Reminds: true, By: "Ada Lovelace", Place: genomics, Offer: analyst, ExpiresAt: expiresAt, Link: acceptLink},
		"Reminder: Ada Lovelace invited you to Genomics",
	},
	"workspace-accepted": {
		Answered{To: "ada@example.com", Accepted: true, Invitee: "Grace Hopper", Username: "grace", Place: genomics, Offer: analyst, Link: homeLink},
		"Grace Hopper accepted your invitation to Genomics",
	},
	"workspace-declined": {
		Answered{To: "ada@example.com", Invitee: "Grace Hopper", Username: "grace", Place: genomics, Offer: analyst, Link: homeLink},
		"Grace Hopper declined your invitation to Genomics",
	},
	"workspace-link-asked": {
		LinkAsked{To: "ada@example.com", Asker: "Grace Hopper", Username: "grace", Place: genomics, Offer: analyst, Link: reopenLink},
		"Grace Hopper asks for a new link to Genomics",
	},
	"workspace-changed": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", Place: genomics, Before: analyst, After: auditor, Reason: "You check the studies from now on.", Link: insideLink},
		"Your role in Genomics has changed",
	},
	"workspace-changed-deleted": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", Place: genomics, Deleted: true, Before: access.Grant{Role: "rol_3", RoleName: "Gone"}, After: analyst, Reason: "One role for all who analyse.", Link: insideLink},
		"Your role in Genomics has changed",
	},
	"workspace-changed-admin": {
		Changed{To: "grace@example.com", By: "Ada Lovelace", Place: genomics, Before: analyst, After: adminInSpace, Link: insideLink},
		"You are an Admin of Genomics now",
	},
	"workspace-promoted": {
		Promoted{To: "olga@example.com", Who: "Grace Hopper", Username: "grace", By: "Ada Lovelace", Place: genomics, Link: membersLink},
		"Grace Hopper is an Admin of Genomics now",
	},
	"workspace-promoted-deleted": {
		Promoted{To: "olga@example.com", Deleted: "Data Analyst", By: "Ada Lovelace", Place: genomics, Link: membersLink},
		"Every Data Analyst is an Admin of Genomics now",
	},
	"workspace-removed": {
		Removed{To: "grace@example.com", By: "Ada Lovelace", Place: genomics, Had: analyst, Reason: "The project is over. Thank you.", Link: homeLink},
		"You no longer have access to Genomics",
	},
}

func compose(t *testing.T, mail composer) Message {
	t.Helper()
	message, err := mail.Compose()
	if err != nil {
		t.Fatalf("compose: %v", err)
	}
	return message
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for name, example := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compose(t, example.mail)
			if diff := cmp.Diff(example.subject, got.Subject); diff != "" {
				t.Errorf("subject (-want +got):\n%s", diff)
			}
			golden(t, name+".html", got.HTML)
			golden(t, name+".txt", got.Text)
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no golden file (make it with -update): %v", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestMailsAreShort(t *testing.T) {
	t.Parallel()
	for name, example := range examples {
		message := compose(t, example.mail)
		if words := len(strings.Fields(withoutQuote(message.Text))); words < 50 || words > 125 {
			t.Errorf("%s: %d words, want 50 to 125", name, words)
		}
	}
}

// withoutQuote removes what the inviter wrote, whose length is not ours.
func withoutQuote(text string) string {
	return regexp.MustCompile(`(?m)^> .*$`).ReplaceAllString(text, "")
}

func TestPreheaderAddsSomething(t *testing.T) {
	t.Parallel()
	for name, example := range examples {
		message := compose(t, example.mail)
		preheader := html.UnescapeString(preheaderOf(t, message.HTML))
		if preheader == "" || strings.Contains(message.Subject, preheader) || strings.Contains(preheader, message.Subject) {
			t.Errorf("%s: preheader %q beside subject %q", name, preheader, message.Subject)
		}
	}
}

var preheaderPattern = regexp.MustCompile(`(?s)<div style="display:none[^>]*>(.*?)</div>`)

func preheaderOf(t *testing.T, page string) string {
	t.Helper()
	found := preheaderPattern.FindStringSubmatch(page)
	if found == nil {
		t.Fatal("no preheader")
	}
	return found[1]
}

// visible returns the words that a reader of the HTML sees, in order.
func visible(page string) string {
	page = page[strings.Index(page, "<body"):]
	page = preheaderPattern.ReplaceAllString(page, "")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(html.UnescapeString(page)), " ")
}

func TestHTMLAndTextSayTheSameInTheSameOrder(t *testing.T) {
	t.Parallel()
	ornaments := regexp.MustCompile(`(?m)^> |:$|^([^:\n]{1,20}): `)
	for name, example := range examples {
		message := compose(t, example.mail)
		text := strings.Join(strings.Fields(ornaments.ReplaceAllString(message.Text, "$1 ")), " ")
		shown := visible(message.HTML)
		shown = strings.TrimPrefix(shown, "Prism ")
		shown = strings.ReplaceAll(shown, "Or open this link: ", "")
		shown = strings.ReplaceAll(shown, " wrote: ", " wrote ")
		if diff := cmp.Diff(text, shown); diff != "" {
			t.Errorf("%s (-text +HTML):\n%s", name, diff)
		}
	}
}

func TestOneButtonAndTheBareLink(t *testing.T) {
	t.Parallel()
	for name, example := range examples {
		message := compose(t, example.mail)
		link := homeLink
		switch mail := example.mail.(type) {
		case Invitation:
			link = mail.Link
		case Requested:
			link = mail.Link
		case Promoted:
			link = mail.Link
		case Joined:
			link = mail.Link
		case Changed:
			link = mail.Link
		case LinkAsked:
			link = mail.Link
		}
		if got := strings.Count(message.HTML, `href="`+link+`"`); got != 2 {
			t.Errorf("%s: %d links to %s in HTML, want the button and the bare link", name, got, link)
		}
		if got := strings.Count(message.HTML, "<a "); got != 2 {
			t.Errorf("%s: %d links in HTML, want 2", name, got)
		}
		if got := strings.Count(message.Text, link+"\n"); got != 1 {
			t.Errorf("%s: the text holds the link %d times, want 1", name, got)
		}
		if strings.Contains(message.HTML, "<img") || strings.Contains(message.HTML, "<link") || strings.Contains(message.HTML, "url(") {
			t.Errorf("%s: loads something", name)
		}
	}
}

func TestRolesInWords(t *testing.T) {
	t.Parallel()
	brand := func(name string, role access.Role) access.BrandRole {
		return access.BrandRole{ID: name, Name: name, Role: role}
	}
	in := func(brands ...access.BrandRole) access.Grant {
		return access.Grant{Role: access.Member, Brands: brands}
	}
	for want, in := range map[string]struct {
		place Place
		grant access.Grant
	}{
		"Organization Admin of Acme, with all its brands":                   {acme, admin},
		"Member of Acme, without a brand":                                   {acme, in()},
		"Publisher on Globex":                                               {acme, in(brand("Globex", access.Publisher))},
		"Publisher on Globex and Initech":                                   {acme, publisher},
		"Brand Admin on C; Publisher on B; Viewer on A":                     {acme, in(brand("A", access.Viewer), brand("B", access.Publisher), brand("C", access.Admin))},
		"Viewer on A, B, C and D":                                           {acme, in(brand("A", access.Viewer), brand("B", access.Viewer), brand("C", access.Viewer), brand("D", access.Viewer))},
		"Viewer on A, B, C and 2 other brands":                              {acme, in(brand("A", access.Viewer), brand("B", access.Viewer), brand("C", access.Viewer), brand("D", access.Viewer), brand("E", access.Viewer))},
		"Brand Admin on E; Viewer on A and B; and a role on 2 other brands": {acme, in(brand("A", access.Viewer), brand("B", access.Viewer), brand("C", access.Viewer), brand("D", access.Viewer), brand("E", access.Admin))},
		"Viewer on Globex":                                                  {globex, viewer},
		"Brand Admin on Globex":                                             {globex, admin},
		"Data Analyst":                                                      {genomics, analyst},
		"Admin":                                                             {genomics, adminInSpace},
		"Role deleted":                                                      {genomics, access.Grant{Role: "rol_3"}},
	} {
		if got := (english{}).role(in.place, in.grant); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestWhatRolesOfWorkspacesAllow is one sentence, whatever a role has.
func TestWhatRolesOfWorkspacesAllow(t *testing.T) {
	t.Parallel()
	for role, want := range map[access.Role]string{
		access.Admin: "Everything in the workspace.",
		"rol_1":      "Run computations; see assets.",
		"rol_2":      "Read the workspace's audit log; see computations and their results; see assets; and 2 more.",
		"rol_3":      "",
	} {
		if got := (english{}).allows(genomics, access.Grant{Role: role}); got != want {
			t.Errorf("%s: got %q, want %q", role, got, want)
		}
	}
}
