package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// of is where the pages about a member of a scope begin.
func of(scope access.Scope, one testbed.Someone) string {
	return "/" + scope.String() + "/users/" + one.User.ID
}

// holds returns what somebody has in a scope.
func (s *site) holds(t *testing.T, scope access.Scope, one testbed.Someone) string {
	t.Helper()
	m, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: scope, User: one.User.ID})
	if err != nil {
		t.Fatal(err)
	}
	return grantWords(scope.Kind(), m.Grant())
}

// grants has somebody change what a member holds, past the console.
func (s *site) grants(t *testing.T, admin testbed.Someone, scope access.Scope, one testbed.Someone, wish member.Wish) {
	t.Helper()
	if _, err := s.UpdateMember().Do(t.Context(), admin.Caller, member.UpdateInput{Scope: scope, User: one.User.ID, Wish: wish}); err != nil {
		t.Fatal(err)
	}
}

func step(name string, typed ...string) url.Values {
	values := url.Values{"step": {name}}
	for i := 0; i+1 < len(typed); i += 2 {
		values.Set(typed[i], typed[i+1])
	}
	return values
}

func TestChangeRoleInABrand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bob, path := s.as(t, s.Bob), of(s.Globex, s.Cleo)+"/role"
	list := bob.open("/" + s.Globex.String() + "/users?q=&role=publisher")
	control := list.one(t, "form[action="+path+"]")
	if got := control.texts("option"); !slices.Equal(got, []string{"Admin", "Publisher", "Viewer"}) || control.one(t, "option[selected]").text() != "Publisher" {
		t.Errorf("the row offers %q", got)
	}
	review := bob.open(path + "?role=viewer&from=" + url.QueryEscape(fieldsOf(control).Get("from")))
	want := []string{"Cleo " + s.Cleo.User.Email, "Publisher on Globex", "Viewer on Globex"}
	if diff := cmp.Diff(want, review.one(t, "dl.facts").texts("dd")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := review.one(t, "div.effect").text(); !strings.HasPrefix(got, "Viewer: Sees the brand, and changes nothing.") {
		t.Errorf("it brings %q", got)
	}
	done := bob.submit(review, path, step(stepSave, "reason", "Left the team"))
	if got := done.header.Get("Location"); !strings.Contains(got, "role=publisher") || !strings.Contains(got, "fresh="+s.Cleo.User.ID) {
		t.Errorf("it comes back to %s", got)
	}
	if got := s.holds(t, s.Globex, s.Cleo); got != "Viewer" {
		t.Errorf("Cleo is %s", got)
	}
	log, err := s.ListAuditLog().Do(t.Context(), s.Ada.Caller, audit.ListInput{Scope: s.Org, User: s.Cleo.User.ID})
	if err != nil || log.Items[0].Reason != "Left the team" {
		t.Errorf("the log says %+v, %v", log.Items, err)
	}
	// Sent twice it is done once; the page says how it stands.
	again := bob.follow(bob.submit(review, path, step(stepSave, "reason", "Left the team")))
	if again.status != http.StatusOK {
		t.Errorf("sent twice: %d", again.status)
	}
	if got := bob.follow(bob.post(path, step(stepSave, "role", "publisher"))).one(t, "div.notice").text(); got != "Cleo is now Publisher on Globex." {
		t.Errorf("the notice says %q", got)
	}
	// The role that somebody has is nothing to confirm: there is another to choose.
	if same := bob.open(path + "?role=publisher"); len(same.all("input[type=radio]")) != 3 {
		t.Errorf("the same role: %s", same.text())
	}
}

// Somebody is made Admin of a brand by those who manage it, from the row and from the profile.
func TestMakeBrandAdmin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	users := "/" + s.Globex.String() + "/users"
	for _, who := range []testbed.Someone{s.Bob, s.Ada} {
		for _, at := range []string{users, users + "/{u}"} {
			one := s.Someone("Uma")
			s.Join(s.Ada, s.Brands[0], access.Viewer, one)
			s.Index(s.ID)
			v, path := s.as(t, who), of(s.Globex, one)+"/role"
			from := fieldsOf(v.open(strings.Replace(at, "{u}", one.User.ID, 1)).one(t, "form[action="+path+"]"))
			from.Set("role", "admin")
			review := v.open(path + "?" + from.Encode())
			if got := review.one(t, "dl.facts").texts("dd")[1:]; !slices.Equal(got, []string{"Viewer on Globex", "Brand Admin on Globex"}) || review.has("div.problem") || review.has("input#confirm") {
				t.Errorf("%s at %s: the page says %s", who.User.Name, at, review.text())
			}
			if got := review.one(t, "div.effect").text(); !strings.HasPrefix(got, "Admin: ") {
				t.Errorf("it brings %q", got)
			}
			if got := v.follow(v.submit(review, path, step(stepSave))).one(t, "div.notice").text(); got != "Uma is now Brand Admin on Globex." {
				t.Errorf("%s at %s: the notice says %q", who.User.Name, at, got)
			}
		}
	}
}

// A Member's role in a brand is changed from the row, from the profile, also from the brand's own line there, and in the brand. Whoever may not is
// offered none of it.
func TestBrandRolesAreChangedWhereTheyStand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, users, profile := s.as(t, s.Ada), "/"+s.Org.String()+"/users", of(s.Org, s.Cleo)
	for _, way := range []struct{ at, query, role string }{
		{users + "?q=cleo", "?from=q%3dcleo", "viewer"},
		{profile, "?from=profile", "publisher"},
		{profile, "?from=profile&brand=" + s.Brands[0].ID, "viewer"},
	} {
		s.Index(s.ID)
		path := profile + "/role"
		if !ada.open(way.at).has("a[href=" + path + way.query + "]") {
			t.Errorf("%s does not lead to %s", way.at, path+way.query)
		}
		choice := ada.open(path + way.query)
		if focused := choice.has("select[autofocus]"); focused != strings.Contains(way.query, "brand=") {
			t.Errorf("%s: a brand has the focus: %v", way.query, focused)
		}
		review := ada.submit(choice, path, step(stepCheck, brandField+s.Brands[0].ID, way.role))
		done := ada.submit(review, path, step(stepSave)).expect(t, http.StatusSeeOther)
		back, _, _ := strings.Cut(done.header.Get("Location"), "?")
		from, _, _ := strings.Cut(way.at, "?")
		if got := s.holds(t, s.Globex, s.Cleo); back != from || !strings.EqualFold(got, way.role) {
			t.Errorf("from %s it comes back to %s, and Cleo is %s", way.at, back, got)
		}
	}
	bob := s.as(t, s.Bob)
	if brand := bob.open("/" + s.Globex.String() + "/users"); !brand.has("form[action="+of(s.Globex, s.Cleo)+"/role]") || strings.Contains(brand.text(), "Edit brands and roles") {
		t.Errorf("in the brand: %s", brand.text())
	}
	if own := s.as(t, s.Cleo).open(profile); strings.Contains(own.text(), "Edit brands") || strings.Contains(own.text(), "Change the role") {
		t.Errorf("on one's own profile: %s", own.text())
	}
}

func TestChangeBrandsOfAMember(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, path := s.as(t, s.Ada), of(s.Org, s.Cleo)+"/role"
	choice := ada.open(path + "?role=member")
	globex, initech := "select#brand-"+s.Brands[0].ID, "select#brand-"+s.Brands[1].ID
	if got := choice.one(t, globex).one(t, "option[selected]").text() + ", " + choice.one(t, initech).one(t, "option[selected]").text(); got != "Publisher, No access" {
		t.Errorf("the form begins with %s", got)
	}
	fields := []string{brandField + s.Brands[0].ID, "", brandField + s.Brands[1].ID, "admin"}
	review := ada.submit(choice, path, step(stepCheck, fields...)).expect(t, http.StatusOK)
	if diff := cmp.Diff([]string{"Globex Publisher → becomes No access", "Initech No access → becomes Brand Admin"}, review.one(t, "ul.results").texts("li")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	back := ada.submit(review, path, step(stepEdit)).expect(t, http.StatusOK)
	if got := back.one(t, initech).one(t, "option[selected]").text(); got != "Admin" {
		t.Errorf("going back forgets: %s", got)
	}
	list := ada.follow(ada.submit(review, path, step(stepSave)))
	if got := list.one(t, "div.notice").text(); got != "Cleo is now Brand Admin on Initech." {
		t.Errorf("the notice says %q", got)
	}
	// Without any brand a Member stays, and is told to be so.
	none := ada.submit(ada.open(path), path, step(stepCheck, brandField+s.Brands[1].ID, ""))
	if got := none.one(t, "div.effect").text(); !strings.HasPrefix(got, "Cleo stays in Acme, without access to any brand.") {
		t.Errorf("it brings %q", got)
	}
	nothing := ada.submit(ada.open(path), path, step(stepCheck))
	if got := nothing.one(t, "dl.facts").texts("dd")[2]; got != "The same: nothing would change." || nothing.has("textarea#reason") {
		t.Errorf("nothing chosen: %s", nothing.text())
	}
	bad := ada.submit(ada.open(path), path, step(stepCheck, brandField+s.Brands[1].ID, "owner")).expect(t, http.StatusUnprocessableEntity)
	if got := bad.one(t, "p#brands-error").text(); !strings.HasPrefix(got, "Choose the role in the brand") {
		t.Errorf("an unknown role: %q", got)
	}
}

func TestMakeAdminIsTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, path := s.as(t, s.Ada), of(s.Org, s.Cleo)+"/role"
	review := ada.open(path + "?role=admin")
	if got := review.one(t, "dl.facts").texts("dd")[2]; got != "Organization Admin of Acme, with all its brands" {
		t.Errorf("it gives %q", got)
	}
	if got := review.one(t, "div.effect").text(); !strings.Contains(got, "its 2 brands, as well as any that come later") || !strings.Contains(got, "This replaces the role in one brand") {
		t.Errorf("it brings %q", got)
	}
	s.Unchanged(t, s.ID, func() {
		unsaid := ada.submit(review, path, step(stepSave, "confirm", "yes", "reason", "Boss")).expect(t, http.StatusUnprocessableEntity)
		if !unsaid.has("p#confirm-error") || unsaid.one(t, "input#confirm").attr("value") != "yes" || unsaid.one(t, "textarea#reason").text() != "Boss" {
			t.Errorf("the page says %s", unsaid.text())
		}
	})
	ada.follow(ada.submit(review, path, step(stepSave, "confirm", "admin")))
	if got := s.holds(t, s.Org, s.Cleo); got != "Organization Admin" {
		t.Errorf("Cleo is %s", got)
	}
	// And back: a Member needs a brand.
	choice := ada.open(path + "?role=member")
	wrong := ada.submit(choice, path, step(stepCheck)).expect(t, http.StatusUnprocessableEntity)
	if got := wrong.one(t, "p#brands-error").text(); got != "A Member needs at least one brand." {
		t.Errorf("no brand: %q", got)
	}
	review = ada.submit(choice, path, step(stepCheck, brandField+s.Brands[0].ID, "viewer")).expect(t, http.StatusOK)
	if got := review.one(t, "div.effect").text(); !strings.HasPrefix(got, "Cleo no longer manages") {
		t.Errorf("it brings %q", got)
	}
	ada.follow(ada.submit(review, path, step(stepSave)))
	if got := s.holds(t, s.Org, s.Cleo); got != "Member, Viewer on Globex" {
		t.Errorf("Cleo is %s", got)
	}
}

// A second Admin's change is never lost by a form that does not know it, nor is what was typed.
func TestRoleConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	grace := s.Someone("Grace")
	s.Promote(s.Ada, s.ID, grace)
	ada, path := s.as(t, s.Ada), of(s.Org, s.Cleo)+"/role"
	viewer := access.Viewer
	review := ada.submit(ada.open(path), path, step(stepCheck, brandField+s.Brands[0].ID, "viewer")).expect(t, http.StatusOK)
	s.grants(t, grace, s.Org, s.Cleo, member.Wish{Brands: map[string]*access.Role{s.Brands[1].ID: &viewer}})
	s.Advance(2 * time.Minute)
	var conflict answer
	s.Unchanged(t, s.ID, func() {
		conflict = ada.submit(review, path, step(stepSave, "reason", "Typed")).expect(t, http.StatusPreconditionFailed)
	})
	want := "Grace changed Cleo’s role 2 minutes ago, to Member, Publisher on Globex; Viewer on Initech. You were changing Member, Publisher on Globex to Member, Viewer on Globex."
	if got := conflict.one(t, "div.problem").text(); got != want {
		t.Errorf("the page says %q", got)
	}
	if got := conflict.texts("button.primary"); !slices.Equal(got, []string{"Apply mine"}) || !strings.Contains(conflict.text(), "Keep theirs") || conflict.one(t, "textarea#reason").text() != "Typed" {
		t.Errorf("the page says %s", conflict.text())
	}
	// Mine goes on top of theirs.
	ada.follow(ada.submit(conflict, path, step(stepSave)))
	if got := s.holds(t, s.Org, s.Cleo); got != "Member, Viewer on Globex and Initech" {
		t.Errorf("Cleo is %s", got)
	}
	// Who has taken something away is known from the log.
	review = ada.submit(ada.open(path), path, step(stepCheck, brandField+s.Brands[0].ID, "admin"))
	s.grants(t, grace, s.Org, s.Cleo, member.Wish{Brands: map[string]*access.Role{s.Brands[1].ID: nil}})
	conflict = ada.submit(review, path, step(stepSave)).expect(t, http.StatusPreconditionFailed)
	if got := conflict.one(t, "div.problem").text(); !strings.HasPrefix(got, "Grace changed Cleo’s role just now, to Member, Viewer on Globex.") {
		t.Errorf("the page says %q", got)
	}
	// Theirs can be what was wanted, then there is nothing left to do.
	review = ada.submit(ada.open(path), path, step(stepCheck, brandField+s.Brands[0].ID, "publisher"))
	publisher := access.Publisher
	s.grants(t, grace, s.Org, s.Cleo, member.Wish{Brands: map[string]*access.Role{s.Brands[0].ID: &publisher}})
	conflict = ada.submit(review, path, step(stepSave)).expect(t, http.StatusPreconditionFailed)
	if got := conflict.one(t, "dl.facts").texts("dd")[2]; got != "The same: nothing would change." {
		t.Errorf("the page says %q", got)
	}
	// In a brand the sentence names the roles alone.
	brandPath := of(s.Globex, s.Cleo) + "/role"
	review = ada.open(brandPath + "?role=viewer")
	s.grants(t, grace, s.Globex, s.Cleo, member.Wish{Role: access.Admin})
	conflict = ada.submit(review, brandPath, step(stepSave)).expect(t, http.StatusPreconditionFailed)
	if got := conflict.one(t, "div.problem").text(); got != "Grace changed Cleo’s role just now, to Brand Admin. You were changing Publisher to Viewer." {
		t.Errorf("the page says %q", got)
	}
}

// What one may not do is said, and refused all the same.
func TestWhatMayNotBeChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, c := range map[string]struct {
		who   testbed.Someone
		path  string
		why   string
		whose testbed.Someone
	}{
		"one's own":                        {s.Ada, of(s.Org, s.Ada), "Nobody changes their own role.", s.Ada},
		"an Organization Admin in a brand": {s.Bob, of(s.Globex, s.Ada), "An Organization Admin has every brand.", s.Ada},
	} {
		v := s.as(t, c.who)
		if page := v.open(c.path + "/role?role=viewer"); !strings.Contains(page.one(t, "p.effect").text(), c.why) || len(page.all("form")) != 1 {
			t.Errorf("%s: the page says %s", name, page.text())
		}
		s.Unchanged(t, s.ID, func() {
			page := v.post(c.path+"/role", step(stepSave, "role", "viewer", "brand-"+s.Brands[0].ID, "viewer"))
			if page.status < 400 || !strings.Contains(page.text(), c.why) && page.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d, %s", name, page.status, page.text())
			}
		})
	}
	for name, c := range map[string]struct {
		who    testbed.Someone
		path   string
		status int
	}{
		"a stranger":                 {s.Eve, of(s.Org, s.Cleo), http.StatusNotFound},
		"a Member":                   {s.Cleo, of(s.Org, s.Bob), http.StatusForbidden},
		"a Viewer of another brand":  {s.Dan, of(s.Globex, s.Cleo), http.StatusNotFound},
		"of somebody else":           {s.Ada, of(s.Org, s.Eve), http.StatusNotFound},
		"of nobody who can be":       {s.Ada, "/" + s.Org.String() + "/users/usr_x", http.StatusNotFound},
		"in a brand they are not in": {s.Ada, of(s.Globex, s.Dan), http.StatusNotFound},
	} {
		for _, page := range []string{"", "/role", "/role?role=admin", "/remove"} {
			if got := s.as(t, c.who).get(c.path + page); got.status != c.status {
				t.Errorf("%s: %s answers %d, want %d", name, page, got.status, c.status)
			}
		}
		s.Unchanged(t, s.ID, func() {
			s.as(t, c.who).post(c.path+"/role", step(stepSave, "role", "admin", "confirm", "admin")).expect(t, c.status)
			s.as(t, c.who).post(c.path+"/remove", url.Values{}).expect(t, c.status)
		})
	}
}

// TestBrandsOfOneName: where brands share a name, whoever chooses among them sees which is which, in every step.
func TestBrandsOfOneName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	other, err := s.CreateBrand().Do(t.Context(), s.Ada.Caller, brand.CreateInput{Scope: s.Org, Name: "Globex"})
	if err != nil {
		t.Fatal(err)
	}
	first, second := "Globex ("+origin(s.Brands[0].ID)+")", "Globex ("+origin(other.ID)+")"
	path := of(s.Org, s.Cleo) + "/role"
	choice := ada.open(path)
	if got := choice.one(t, "div.brand-choices").texts("label"); !slices.Contains(got, first) || !slices.Contains(got, second) || !slices.Contains(got, "Initech") {
		t.Errorf("one chooses among %q", got)
	}
	review := ada.submit(choice, path, step(stepCheck, brandField+other.ID, "viewer"))
	if got := review.one(t, "ul.results").texts("li"); !slices.Equal(got, []string{second + " No access → becomes Viewer"}) {
		t.Errorf("the change is %q", got)
	}
	if got := review.one(t, "dl.facts").texts("dd")[1:]; !slices.Equal(got, []string{"Publisher on " + first, "Publisher on " + first + "; Viewer on " + second}) {
		t.Errorf("has and gets %q", got)
	}
	if got := ada.open("/"+s.Org.String()+"/users/invite").one(t, "div.brands").texts("label"); !slices.Contains(got, second) {
		t.Errorf("one invites to %q", got)
	}
	if got := ada.open("/"+s.Org.String()+"/users").one(t, "select#filter-brand").texts("option"); !slices.Contains(got, second) {
		t.Errorf("one filters by %q", got)
	}
	if got := s.as(t, s.Someone("Nina")).open("/join/"+s.ID+"?via="+s.JoinPage).one(t, "div.brands").texts("label"); !slices.Contains(got, second) {
		t.Errorf("one asks for %q", got)
	}
}
