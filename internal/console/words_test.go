package console

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
)

func TestRelative(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "just now", -59 * time.Second: "just now", time.Second: "in less than a minute",
		-time.Minute: "1 minute ago", -119 * time.Second: "1 minute ago", -59 * time.Minute: "59 minutes ago", -time.Hour: "1 hour ago",
		-23*time.Hour - 59*time.Minute: "23 hours ago", -day: "1 day ago", -59 * day: "59 days ago", -60 * day: "2 months ago", -800 * day: "2 years ago",
		7*day - time.Second: "in 7 days", 7 * day: "in 7 days", day + time.Hour: "in 1 day", 23*time.Hour + 40*time.Minute: "in 1 day",
		59*time.Minute + 40*time.Second: "in 1 hour", 90 * time.Second: "in 2 minutes", 30 * day: "in 30 days",
	} {
		if got := relative(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

func TestOfferWords(t *testing.T) {
	t.Parallel()
	brands := func(pairs ...string) (all []access.BrandRole) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, access.BrandRole{Name: pairs[i], Role: access.Role(pairs[i+1])})
		}
		return all
	}
	for _, c := range []struct {
		kind   access.Kind
		role   access.Role
		brands []access.BrandRole
		want   string
	}{
		{access.KindOrganization, access.Admin, nil, "Organization Admin of Acme, with all its brands"},
		{access.KindOrganization, access.Member, brands("Globex", "viewer"), "Viewer on Globex"},
		{access.KindOrganization, access.Member, brands("A", "publisher", "B", "publisher", "C", "publisher"), "Publisher on A, B and C"},
		{access.KindOrganization, access.Member, brands("A", "viewer", "B", "admin"), "Brand Admin on B; Viewer on A"},
		{access.KindOrganization, access.Member, nil, "Member without a brand"},
		{access.KindBrand, access.Viewer, nil, "Viewer on Acme"},
	} {
		if got := offerWords(c.kind, "Acme", access.Grant{Role: c.role, Brands: c.brands}); got != c.want {
			t.Errorf("%+v: got %q, want %q", c, got, c.want)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ada Lovelace": "AL", "grace": "G", "Ada King Lovelace": "AL", "": "?", "  ": "?", "<b>": "B", "אדה לאבלייס": "אל", "𝔸𝔹": "𝔸",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// Each role that can be given has a name, and a sentence about what it may do.
func TestRolesHaveWords(t *testing.T) {
	t.Parallel()
	for _, kind := range []access.Kind{access.KindOrganization, access.KindBrand} {
		for _, role := range access.Roles(kind) {
			if roleNames[role] == "" || roleSentences[kind][role] == "" {
				t.Errorf("%s %s has no words", kind, role)
			}
		}
		for _, definition := range access.Catalogue(kind) {
			if permissionNames[string(definition.Key)] == "" {
				t.Errorf("the permission %s has no words", definition.Key)
			}
		}
	}
}

func TestCountsAreCapped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 99: "99", 100: "99+"} {
		if got := capped(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestManyBrandsAreFolded(t *testing.T) {
	t.Parallel()
	var brands []access.BrandRole
	for i := range 90 {
		role := access.Viewer
		if i == 89 {
			role = access.Publisher
		}
		brands = append(brands, access.BrandRole{ID: strconv.Itoa(i), Name: "B" + strconv.Itoa(i), Role: role})
	}
	got := offerOf(access.KindOrganization, "Acme", access.Grant{Role: access.Member, Brands: brands})
	if got.Text != "Publisher on B89; Viewer on B0 and B1" || len(got.More) != 87 || got.More[0].Text != "B2" || got.More[0].Note != "Viewer" {
		t.Errorf("got %q and %d more", got.Text, len(got.More))
	}
	if got := memberWords(brands); got != "Publisher on B89; Viewer on B0, B1, B2 and 86 more" {
		t.Errorf("in a sentence: %q", got)
	}
	if got := offerOf(access.KindOrganization, "Acme", access.Grant{Role: access.Member, Brands: brands[:5]}); got.Text != "Viewer on B0, B1, B2, B3 and B4" || got.More != nil {
		t.Errorf("of five: %+v", got)
	}
	for n, more := range map[int]int{0: 0, 5: 0, 6: 3, 90: 87} {
		if got := fold(make([]option, n)); len(got.More) != more || len(got.First)+more != n {
			t.Errorf("%d: got %d and %d more", n, len(got.First), len(got.More))
		}
	}
}

// TestAdminsAreToldApart: what somebody holds in an organization, and in a brand of it as somebody of its own or as an Organization Admin.
func TestAdminsAreToldApart(t *testing.T) {
	t.Parallel()
	acme := access.Organization("org_1")
	globex := access.Brand("org_1", "brd_1")
	inGlobex := map[string]any{"role": "member", "brands": []any{map[string]any{"id": "brd_1", "name": "Globex", "role": "admin"}}}
	for _, c := range []struct {
		scope access.Scope
		said  map[string]any
		want  string
	}{
		{acme, map[string]any{"role": "admin"}, "Organization Admin"},
		{acme, inGlobex, "Member, Brand Admin on Globex"},
		{acme, map[string]any{"role": "member"}, "Member without a brand"},
		{globex, map[string]any{"role": "admin"}, "Organization Admin"},
		{globex, inGlobex, "Brand Admin"},
	} {
		if got := grantWords(c.scope.Kind(), grantIn(c.said, c.scope)); got != c.want {
			t.Errorf("%v in %s is %q, want %q", c.said, c.scope, got, c.want)
		}
	}
}

// TestSameNamesAreToldApart: who shares a name with others says as well when it was created, and how its id ends.
func TestSameNamesAreToldApart(t *testing.T) {
	t.Parallel()
	got := toldApart(map[string]string{
		"brd_01M817SG707WDR2MKE9HAT5PGS": "Globex", "brd_01M81AH3Z0W5Q0N4J2T6VDXK9B": "GLOBEX", "brd_x": "globex", "brd_01M8180TK0H2K9WPAZ3TNE7QRB": "Initech",
	})
	want := map[string]string{
		"brd_01M817SG707WDR2MKE9HAT5PGS": "Globex (created 22 Nov 2026, id …5PGS)", "brd_01M81AH3Z0W5Q0N4J2T6VDXK9B": "GLOBEX (created 22 Nov 2026, id …XK9B)",
		"brd_x": "globex (id …x)", "brd_01M8180TK0H2K9WPAZ3TNE7QRB": "Initech",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAbbreviated: one thing left out would take more words than its name.
func TestAbbreviated(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"A. B. C. D.": "a; b; c; d.", "A. B. C. D. E.": "a; b; c; d; e.", "A. B. C. D. E. F.": "a; b; c; d; and 2 things more.",
	} {
		if got := abbreviated(strings.Fields(said)); got != want {
			t.Errorf("%s: got %q, want %q", said, got, want)
		}
	}
}

// TestWhoWaitsForALink: whoever has asked for one and has not answered since.
func TestWhoWaitsForALink(t *testing.T) {
	t.Parallel()
	before, asked, later := clock.Add(-2*time.Hour), clock.Add(-time.Hour), clock
	for name, c := range map[string]struct {
		of    invitation.Invitation
		waits bool
	}{
		"never asked":             {invitation.Invitation{Status: invitation.Expired}, false},
		"pending, by a newer one": {invitation.Invitation{Status: invitation.Pending, LinkRequestedAt: &asked}, true},
		"expired":                 {invitation.Invitation{Status: invitation.Expired, LinkRequestedAt: &asked}, true},
		"not valid":               {invitation.Invitation{Status: invitation.InvalidGrant, LinkRequestedAt: &asked, RespondedAt: &later}, true},
		"declined before":         {invitation.Invitation{Status: invitation.Declined, LinkRequestedAt: &asked, RespondedAt: &before}, true},
		"declined since":          {invitation.Invitation{Status: invitation.Declined, LinkRequestedAt: &asked, RespondedAt: &later}, false},
		"accepted":                {invitation.Invitation{Status: invitation.Accepted, LinkRequestedAt: &asked, RespondedAt: &later}, false},
		"closed":                  {invitation.Invitation{Status: invitation.Closed, LinkRequestedAt: &asked, RespondedAt: &later}, false},
	} {
		if got := askedAt(c.of, clock).ISO != ""; got != c.waits {
			t.Errorf("%s: waits %v", name, got)
		}
	}
}
