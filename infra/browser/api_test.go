package browser

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// apiFlow is the flow of the browser once more, by the API.
type apiFlow struct {
	t            *testing.T
	ada          client
	adaID        string
	organization string // path: /organizations/org_1
	id           string
	globex       string // id
}

const (
	apiGrace = "grace.api@example.com"
	apiBoss  = "boss.api@example.com"
	apiDora  = "dora.api@example.com"
	apiFrank = "frank.api@example.com"
)

func TestFlowByTheAPI(t *testing.T) {
	ada, id := as(t, "byron@example.com", "Ada Byron")
	f := &apiFlow{t: t, ada: ada, adaID: id}
	f.create()
	grace := f.invite(apiGrace)
	boss := f.inviteAdmin()
	f.accept(grace)
	f.refuse(boss)
	f.decline(f.invite(apiDora))
	f.delete(f.invite(apiFrank))
	f.expire(boss)
}

func (f *apiFlow) create() {
	made := f.ada.post(http.StatusCreated, "/organizations", object{"name": "Acme by API"})
	f.id = made.text("id")
	f.organization = "/organizations/" + f.id
	f.globex = f.ada.post(http.StatusCreated, f.organization+"/brands", object{"name": "Globex"}).text("id")
	f.ada.post(http.StatusCreated, f.organization+"/brands", object{"name": "Initech"})
	if mine := f.ada.get("/me/access"); mine.text("items/0/scope") != "organizations/"+f.id || mine.text("items/0/role") != "admin" {
		f.t.Errorf("who creates an organization is its Admin, got %v", mine.body)
	}
}

// offer is an invitation as Member with Publisher on Globex.
func (f *apiFlow) offer(email string) object {
	return object{"invitees": []object{{"email": email}}, "role": "member", "brands": []string{f.globex}, "brand_role": "publisher"}
}

// invitation is one that was made: its id, and the token of its link.
type invitation struct{ id, token string }

func tokenOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

func (f *apiFlow) invite(email string) invitation {
	f.t.Helper()
	made := f.ada.post(http.StatusCreated, f.organization+"/invitations", f.offer(email))
	i := invitation{made.text("results/0/invitation/id"), tokenOf(made.text("results/0/invitation/accept_url"))}
	if status := made.text("results/0/invitation/status"); status != "pending" {
		f.t.Errorf("the new invitation is %s", status)
	}
	if link := here.mail(f.t, email, 1).acceptLink(f.t); tokenOf(link) != i.token {
		f.t.Errorf("the mail leads to %s, the answer to %s", link, i.token)
	}
	return i
}

func (f *apiFlow) inviteAdmin() invitation {
	body := object{"invitees": []object{{"email": apiBoss}}, "role": "admin"}
	f.ada.refused(http.StatusUnprocessableEntity, "confirmation_required", http.MethodPost, f.organization+"/invitations", body)
	body["confirm"] = " Admin"
	made := f.ada.post(http.StatusCreated, f.organization+"/invitations", body)
	here.mail(f.t, apiBoss, 1)
	return invitation{made.text("results/0/invitation/id"), tokenOf(made.text("results/0/invitation/accept_url"))}
}

// accept: many accepts at the same moment make one member.
func (f *apiFlow) accept(i invitation) {
	anybody := client{t: f.t}
	preview := anybody.get("/invitations/" + i.token)
	if preview.text("invitee_hint") != "g***@example.com" || preview.text("status") != "pending" {
		f.t.Errorf("preview: %v", preview.body)
	}
	anybody.refused(http.StatusUnauthorized, "", http.MethodPost, "/invitations/"+i.token+"/accept", nil)
	grace, graceID := as(f.t, apiGrace, "Grace Hopper")
	if mine := grace.get("/me/invitations"); mine.text("items/0/id") != i.id {
		f.t.Errorf("Grace's invitations: %v", mine.body)
	}
	var clicks sync.WaitGroup
	for range 5 {
		clicks.Go(func() {
			if a, err := grace.send(http.MethodPost, "/invitations/"+i.token+"/accept", nil); err != nil || a.status != http.StatusOK {
				f.t.Errorf("accept: %d %v, %v", a.status, a.body, err)
			}
		})
	}
	clicks.Wait()

	members := f.ada.get(f.organization + "/members").items()
	at := slices.IndexFunc(members, func(m answer) bool { return m.text("user/id") == graceID })
	if len(members) != 2 || at < 0 {
		f.t.Fatalf("members: %v", members)
	}
	got := object{}
	for _, name := range []string{"role", "granted_by/id", "via", "brands/0/name", "brands/0/role", "brands/0/granted_by/id", "brands/0/via"} {
		got[name] = members[at].at(name)
	}
	want := object{
		"role": "member", "granted_by/id": f.adaID, "via": "invitation", "brands/0/name": "Globex", "brands/0/role": "publisher",
		"brands/0/granted_by/id": f.adaID, "brands/0/via": "invitation",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Error(diff)
	}
	may := grace.post(http.StatusOK, "/access/check", object{"scope": "organizations/" + f.id + "/brands/" + f.globex, "permission": "publish"})
	if may.at("allowed") != true {
		f.t.Errorf("Grace may not publish: %v", may.body)
	}
	for kind, n := range map[string]int{"InvitationAccepted": 1, "MemberAdded": 2} { // Ada was added when she created it
		for _, event := range here.published(f.t, f.id, kind, n) {
			if kind == "MemberAdded" && strings.Contains(string(event.Detail.Data), graceID) && len(event.rules) == 0 {
				f.t.Errorf("%s has matched no rule", kind)
			}
		}
	}
}

// refuse: each refusal says why, and changes nothing.
func (f *apiFlow) refuse(open invitation) {
	again := object{"invitees": []object{{"email": apiBoss}}, "role": "admin", "confirm": "admin"}
	if e := f.ada.refused(http.StatusConflict, "invitation_pending", http.MethodPost, f.organization+"/invitations", again); e.text("existing_id") != open.id {
		f.t.Errorf("existing_id is %v, want %s", e.at("existing_id"), open.id)
	}
	f.ada.refused(http.StatusConflict, "already_member", http.MethodPost, f.organization+"/invitations", f.offer(apiGrace))
	accept := "/invitations/" + open.token + "/accept"
	f.ada.refused(http.StatusForbidden, "wrong_account", http.MethodPost, accept, nil)
	forged := "/invitations/" + open.token[:len(open.token)-4] + "AAAA"
	f.ada.refused(http.StatusNotFound, "not_found", http.MethodGet, forged, nil)
	f.ada.refused(http.StatusNotFound, "not_found", http.MethodPost, forged+"/accept", nil)
	if i := f.ada.get(f.organization + "/invitations/" + open.id); i.text("status") != "pending" {
		f.t.Errorf("after refusals the invitation is %v", i.body)
	}
}

// decline: by somebody else who knows the address, which is whoever reads the mail.
func (f *apiFlow) decline(i invitation) {
	path := "/invitations/" + i.token + "/decline"
	f.ada.refused(http.StatusUnprocessableEntity, "invalid_input", http.MethodPost, path, object{"email": "dorothea@example.com"})
	f.ada.post(http.StatusOK, path, object{"email": "DORA.API@example.com"})
	dora, _ := as(f.t, apiDora, "Dora")
	dora.refused(http.StatusConflict, "invitation_declined", http.MethodPost, "/invitations/"+i.token+"/accept", nil)
	here.published(f.t, f.id, "InvitationDeclined", 1)
}

func (f *apiFlow) delete(i invitation) {
	path := f.organization + "/invitations/" + i.id
	f.ada.does(http.StatusNoContent, "", http.MethodDelete, path, nil)
	f.ada.refused(http.StatusNotFound, "not_found", http.MethodGet, path, nil)
	client{t: f.t}.refused(http.StatusGone, "invitation_deleted", http.MethodGet, "/invitations/"+i.token, nil)
	here.published(f.t, f.id, "InvitationDeleted", 1)
}

// expire: at once by the clock, then by the removal of the guard; and resent.
func (f *apiFlow) expire(i invitation) {
	if guard := here.guard(f.t, f.id, apiBoss); guard != i.id {
		f.t.Errorf("the guard names %q, want %s", guard, i.id)
	}
	here.advance(f.t, 7*24*time.Hour)
	path := f.organization + "/invitations/" + i.id
	if status := f.ada.get(path).text("status"); status != "expired" {
		f.t.Errorf("after seven days the invitation is %s", status)
	}
	expired := f.ada.get(f.organization + "/invitations?status=expired").items()
	if len(expired) != 1 || expired[0].text("id") != i.id {
		f.t.Errorf("expired invitations: %v", expired)
	}
	if pending := f.ada.get(f.organization + "/invitations?status=pending").items(); len(pending) > 0 {
		f.t.Errorf("pending invitations: %v", pending)
	}
	boss, _ := as(f.t, apiBoss, "Barbara Liskov")
	boss.refused(http.StatusGone, "invitation_expired", http.MethodPost, "/invitations/"+i.token+"/accept", nil)
	within(f.t, eventDelay, func() string {
		if guard := here.guard(f.t, f.id, apiBoss); guard != "" {
			return fmt.Sprintf("the guard of %s is still there", guard)
		}
		return ""
	})
	here.published(f.t, f.id, "InvitationExpired", 1)

	sent := f.ada.post(http.StatusOK, path+"/resend", object{"confirm": "admin"})
	token := tokenOf(sent.text("accept_url"))
	if sent.text("status") != "pending" || token == i.token {
		f.t.Errorf("resent: %v", sent.body)
	}
	expires, err := time.Parse(time.RFC3339, sent.text("expires_at"))
	sentAt, sentErr := time.Parse(time.RFC3339, sent.text("sent_at"))
	if err != nil || sentErr != nil || expires.Sub(sentAt.Truncate(time.Second)) != 7*24*time.Hour {
		f.t.Errorf("resent at %v until %v, want seven days", sent.at("sent_at"), sent.at("expires_at"))
	}
	if link := here.mail(f.t, apiBoss, 2).acceptLink(f.t); tokenOf(link) != token {
		f.t.Errorf("the second mail leads to %s", link)
	}
	f.ada.refused(http.StatusTooManyRequests, "too_many_resends", http.MethodPost, path+"/resend", object{"confirm": "admin"})
	boss.refused(http.StatusGone, "invitation_superseded", http.MethodPost, "/invitations/"+i.token+"/accept", nil)
	if joined := boss.post(http.StatusOK, "/invitations/"+token+"/accept", nil); joined.text("role") != "admin" {
		f.t.Errorf("joined: %v", joined.body)
	}
	here.publishedInAll(f.t, f.id, map[string]int{
		"OrganizationCreated": 1, "BrandCreated": 2, "MemberAdded": 3, "InvitationCreated": 4, "InvitationAccepted": 2, "InvitationDeclined": 1,
		"InvitationDeleted": 1, "InvitationExpired": 1, "InvitationResent": 1,
	})
}
