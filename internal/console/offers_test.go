package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// offersTo invites somebody to the lab with a role.
func (s *site) offersTo(t *testing.T, by, who testbed.Someone, given access.Role, message string) linked {
	t.Helper()
	out, err := s.Create().Do(t.Context(), by.Caller, invitation.CreateInput{
		Scope: s.Lab().Scope, Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: given, Message: &message},
	})
	if err != nil {
		t.Fatal(err)
	}
	i := *out.Results[0].Invitation
	return linked{i, strings.TrimPrefix(s.Links.URL(i), testbed.BaseURL)}
}

// An invitation to a disabled workspace stands in the list with the reason why it cannot be accepted, and can be declined.
func TestOfferOfADisabledWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, grace := s.Lab(), s.Someone("Grace")
	i := s.offersTo(t, l.Ada, grace, l.Analyst.ID, "Hello.\nSee you on Monday.")
	visitor := s.as(t, grace)
	page := visitor.open(invitedPath)
	page.says(t, "Analyst in Genomics", "Run computations; see assets.", "Hello. See you on Monday.")
	if !page.has("form[action=" + i.byID("accept") + "]") {
		t.Error("it cannot be accepted")
	}
	s.bring(t, "disabled")
	page = visitor.open(invitedPath)
	page.says(t, "You cannot accept it now: This workspace is disabled.")
	if page.has("form[action=" + i.byID("accept") + "]") {
		t.Error("it can be accepted")
	}
	visitor.open(i.byID("decline"))
}

// Nobody who sees one offer accepts another: neither by the link nor in the list.
func TestOfferChangesUnderTheEyes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, grace := s.Lab(), s.Someone("Grace")
	i := s.offersTo(t, l.Ada, grace, l.Analyst.ID, "")
	visitor := s.as(t, grace)
	refused := func(linkPage, listPage answer, role, more string) {
		t.Helper()
		byLink := visitor.submit(linkPage, i.path, nil).expect(t, http.StatusPreconditionFailed)
		byLink.says(t, "Join Genomics", "has changed since you saw it. Nothing was answered. Below is what it offers now.", role, more)
		byID := visitor.submit(listPage, i.byID("accept"), nil).expect(t, http.StatusPreconditionFailed)
		byID.says(t, "This invitation has changed", "Nothing was answered. It offers "+role+" in Genomics now: ", more)
		if way := byID.one(t, "#failure").one(t, "a[href="+invitedPath+"]").text(); way != "View invitations" {
			t.Errorf("the way on is %q", way)
		}
	}
	linkPage, listPage := visitor.open(i.path), visitor.open(invitedPath)
	if _, err := s.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Analyst.ID, Permissions: []access.Permission{"manage_billing"}}); err != nil {
		t.Fatal(err)
	}
	refused(linkPage, listPage, "Analyst", "hange plan and payment.")
	linkPage, listPage = visitor.open(i.path), visitor.open(invitedPath)
	if _, err := s.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Manager.ID}); err != nil {
		t.Fatal(err)
	}
	refused(linkPage, listPage, "Manager", "nvite people to the workspace")
	again := visitor.submit(linkPage, i.path, nil)
	visitor.follow(visitor.submit(again, i.path, nil)).says(t, "You are in. Welcome to Genomics.", "Your role: Manager")
}

// Nor does anybody accept by the link less than they see, whether or not the background has been at the invitation that offers a deleted brand.
func TestBrandOfAnOfferIsDeletedUnderTheEyes(t *testing.T) {
	t.Parallel()
	for name, settled := range map[string]bool{"at once": false, "after a while": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			i := linked{Invitation: s.Invite(s.Ada.Caller, s.ID, s.Address("grace"), s.Brands...)}
			i.path = strings.TrimPrefix(s.Links.URL(i.Invitation), testbed.BaseURL)
			who := s.late(i.Invitee.Email)
			grace := s.as(t, who)
			page := grace.open(i.path)
			if _, err := s.DeleteBrand().Do(t.Context(), s.Ada.Caller, brand.DeleteInput{Scope: s.Globex, Confirm: "Globex"}); err != nil {
				t.Fatal(err)
			}
			if settled {
				settle(t, s.Bed, s.ID)
			}
			s.Unchanged(t, s.ID, func() { page = grace.submit(page, i.path, nil).expect(t, http.StatusPreconditionFailed) })
			page.says(t, "Join Acme", "What this invitation offers has changed since you saw it. Nothing was answered. Below is what it offers now.", "Initech")
			if strings.Contains(page.one(t, "main").text(), "Globex") {
				t.Errorf("it still offers what is gone: %s", page.one(t, "main").text())
			}
			grace.submit(page, i.path, nil).expect(t, http.StatusSeeOther)
			if got := s.holds(t, s.Org, who); !strings.Contains(got, "Initech") {
				t.Errorf("they hold %s", got)
			}
		})
	}
}

// What the inviter may no longer give leads to the page of the link, wherever it was accepted: there one asks for a new one.
func TestOfferNobodyStandsBehind(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, grace := s.Lab(), s.Someone("Grace")
	i := s.offersTo(t, l.Mia, grace, l.Viewer.ID, "")
	visitor := s.as(t, grace)
	page := visitor.open(invitedPath)
	if _, err := s.UpdateMember().Do(t.Context(), l.Ada.Caller, member.UpdateInput{Scope: l.Scope, User: l.Mia.User.ID, Wish: member.Wish{Role: l.Viewer.ID}}); err != nil {
		t.Fatal(err)
	}
	landed := visitor.follow(visitor.submit(page, i.byID("accept"), nil))
	if landed.path != i.path || landed.one(t, "section.accept").attr("data-state") != stateInvalid {
		t.Errorf("%s says %s", landed.path, landed.one(t, "main").text())
	}
	landed.one(t, "form[action="+i.path+"/request-link]")
	s.as(t, l.Eve).post(i.byID("accept"), nil).expect(t, http.StatusNotFound) // and nobody else gets there
}

// The page of the link lists all that the role allows, to whom it is for; to others it offers and does not give.
func TestAcceptPageListsWhatARoleAllows(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, grace := s.Lab(), s.Someone("Grace")
	wide := []access.Permission{"update", "view_audit", "create_computation", "upload_assets", "view_billing", "create_cvms"}
	i := s.offersTo(t, l.Ada, grace, s.Role(l.Ada, l.Workspace, "Wide", wide...).ID, "")
	page := s.as(t, grace).open(i.path)
	var listed []string
	for _, item := range page.one(t, "ul.abilities").all("li") {
		listed = append(listed, item.text())
	}
	if want := abilities(access.Effective(access.KindWorkspace, wide...)); !slices.Equal(listed, want) || len(want) != len(wide) {
		t.Errorf("it lists %q, want %q", listed, want)
	}
	page.says(t, "You get", "You are signed in as @"+grace.User.Username)
	wrong := s.as(t, l.Eve).open(i.path)
	wrong.says(t, "Offers", "You are signed in as "+l.Eve.User.Username)
	if strings.Contains(wrong.one(t, "main").text(), "You get") {
		t.Error("whoever does not get it is told that they do")
	}
}

// Whoever is asked for their username can see it, and an empty list does not hide that somebody invites.
func TestOwnUsername(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, grace := s.Lab(), s.Someone("Grace")
	visitor, name := s.as(t, grace), grace.User.Username
	if got := visitor.open("/").one(t, "nav").text(); !strings.Contains(got, "@"+name) {
		t.Errorf("the sidebar says %s", got)
	}
	by := "People invite you to a workspace by your username: " + name
	visitor.open(workspacesPath).says(t, "You are in no workspace yet.", "ask somebody to invite you", by)
	visitor.open(invitedPath).says(t, by)
	s.offersTo(t, l.Ada, grace, l.Viewer.ID, "")
	page := visitor.open(workspacesPath)
	page.says(t, "You are in no workspace yet.", "1 invitation waits for your answer.", by)
	if strings.Contains(page.one(t, "main").text(), "ask somebody") {
		t.Error("the page sends somebody on who is invited")
	}
}
