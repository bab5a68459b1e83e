package mail

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

// world answers what is asked to decide who is to be mailed. It has no claims: these tests send nothing.
type world struct {
	Store
	users        map[string]account.User
	invitation   *invitation.Invitation
	organization string // or workspace; empty: deleted
	deleted      string // id of a brand
	roles        access.CustomRoles
}

func (w world) User(_ context.Context, id string) (account.User, error) {
	user, found := w.users[id]
	if !found {
		return account.User{}, account.ErrNotRegistered()
	}
	return user, nil
}

func (w world) HasAccount(_ context.Context, emailKey string) (bool, error) {
	for _, user := range w.users {
		if user.EmailVerified && account.EmailKey(user.Email) == emailKey {
			return true, nil
		}
	}
	return false, nil
}

func (w world) Root(context.Context, access.Scope) (access.Root, error) {
	if w.organization == "" {
		return access.Root{}, fault.Unknown()
	}
	return access.Root{Name: w.organization, Roles: w.roles}, nil
}

func (w world) Offered(ctx context.Context, i invitation.Invitation) (access.Root, invitation.Invitation, error) {
	root, err := w.Root(ctx, i.Scope.Root())
	if i.Scope.Kind() == access.KindWorkspace {
		return root, i.Of(w.roles), err
	}
	names := map[string]string{}
	for _, b := range i.Offer().Brands {
		if b.ID != w.deleted {
			names[b.ID] = b.Name
		}
	}
	return root, i.Among(names), err
}

func (w world) InvitationByID(_ context.Context, organization access.Scope, id string) (invitation.Invitation, error) {
	if w.invitation == nil || w.invitation.ID != id || w.invitation.Scope.Root() != organization {
		return invitation.Invitation{}, fault.Unknown()
	}
	return *w.invitation, nil
}

const (
	orgID = "org_01KAA0000000000000000000A1"
	invID = "inv_01KAA0000000000000000000B2"
)

var (
	now     = time.Date(2026, time.November, 21, 14, 5, 0, 0, time.UTC)
	org     = access.Organization(orgID)
	brand   = access.Brand(orgID, "brd_1")
	ada     = account.User{ID: "usr_ada", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true}
	grace   = account.User{ID: "usr_grace", Name: "Grace Hopper", Email: "Grace@example.com", EmailVerified: true}
	unknown = account.User{ID: "usr_unproved", Name: "Eve", Email: "ceo@example.com"}
)

func open(change func(*invitation.Invitation)) *invitation.Invitation {
	i := &invitation.Invitation{
		ID: invID, Scope: org, ScopeName: "Acme", Invitee: access.Person{Email: "Grace@example.com"}, InviteeKey: "grace@example.com",
		Role: access.Member, Brands: publisher.Brands, Status: invitation.Pending, InvitedBy: access.Person{ID: "usr_ada", Name: "Ada Lovelace"},
		ExpiresAt: expiresAt, Generation: 1,
	}
	if change != nil {
		change(i)
	}
	return i
}

func said(generation int) event.Invitation {
	return event.Invitation{
		ID: invID, Invitee: access.Person{Email: "Grace@example.com"}, Offer: publisher, Status: "pending",
		InvitedBy: access.Person{ID: "usr_ada", Name: "Ada Lovelace"}, ExpiresAt: expiresAt, Generation: generation,
	}
}

func links(t *testing.T) invitation.Links {
	t.Helper()
	links, err := invitation.NewLinks("https://access.example.com", "1:"+strings.Repeat("k", 32))
	if err != nil {
		t.Fatal(err)
	}
	return links
}

func TestWhoIsMailedWhat(t *testing.T) {
	t.Parallel()
	people := map[string]account.User{"usr_ada": ada, "usr_grace": grace, "usr_unproved": unknown}
	onlyAda := map[string]account.User{"usr_ada": ada}
	invited := access.Person{ID: "usr_ada", Name: "Ada Lovelace"}
	noticed := map[string]string{"organization": orgID}
	tagged := func(generation string) map[string]string {
		return map[string]string{"organization": orgID, "invitation": invID, "generation": generation}
	}
	initech := access.Grant{Role: access.Member, Brands: publisher.Brands[1:]}
	type mail struct {
		to, subject string
		tags        map[string]string
		says        string
	}
	for name, c := range map[string]struct {
		world world
		scope access.Scope
		fact  event.Fact
		want  *mail // nil: nobody
	}{
		"created, new person": {
			world{users: onlyAda, invitation: open(nil), organization: "Acme"},
			org,
			event.InvitationCreated{Invitation: said(1), Notify: true},
			&mail{"Grace@example.com", "Ada Lovelace invited you to Acme on Prism", tagged("1"), "You have no Prism account yet"},
		},
		"created, known person": {
			world{users: people, invitation: open(nil), organization: "Acme"},
			org,
			event.InvitationCreated{Invitation: said(1), Notify: true},
			&mail{"Grace@example.com", "Ada Lovelace invited you to Acme on Prism", tagged("1"), "Sign in with Grace@example.com"},
		},
		"created, organization renamed since": {
			world{users: onlyAda, invitation: open(nil), organization: "Apex"},
			org,
			event.InvitationCreated{Invitation: said(1), Notify: true},
			&mail{"Grace@example.com", "Ada Lovelace invited you to Apex on Prism", tagged("1"), "join Apex on Prism"},
		},
		"created in a brand": {
			world{users: onlyAda, organization: "Acme", invitation: open(func(i *invitation.Invitation) {
				i.Scope, i.ScopeName, i.Role, i.Brands = brand, "Globex", access.Viewer, nil
			})},
			brand,
			event.InvitationCreated{Invitation: said(1), Notify: true},
			&mail{"Grace@example.com", "Ada Lovelace invited you to Globex on Prism", tagged("1"), "Globex, a brand of Acme"},
		},
		"resent": {
			world{users: onlyAda, invitation: open(func(i *invitation.Invitation) { i.Generation = 2 }), organization: "Acme"},
			org,
			event.InvitationResent{Invitation: said(2), Notify: true},
			&mail{"Grace@example.com", "New link: Ada Lovelace invited you to Acme", tagged("2"), "Earlier links no longer work"},
		},
		"created, the caller delivers": {
			world{users: onlyAda, invitation: open(nil), organization: "Acme"}, org, event.InvitationCreated{Invitation: said(1)}, nil,
		},
		"resent, the caller delivers": {
			world{users: onlyAda, invitation: open(nil), organization: "Acme"}, org, event.InvitationResent{Invitation: said(1)}, nil,
		},
		"created, resent since": {
			world{users: onlyAda, invitation: open(func(i *invitation.Invitation) { i.Generation = 2 }), organization: "Acme"},
			org,
			event.InvitationCreated{Invitation: said(1), Notify: true},
			nil,
		},
		"created, declined since": {
			world{users: onlyAda, invitation: open(func(i *invitation.Invitation) { i.Status = invitation.Declined }), organization: "Acme"},
			org,
			event.InvitationCreated{Invitation: said(1), Notify: true},
			nil,
		},
		"created, expired since by the clock": {
			world{users: onlyAda, invitation: open(func(i *invitation.Invitation) { i.ExpiresAt = now }), organization: "Acme"},
			org,
			event.InvitationCreated{Invitation: said(1), Notify: true},
			nil,
		},
		"created, deleted since": {
			world{users: onlyAda, organization: "Acme"}, org, event.InvitationCreated{Invitation: said(1), Notify: true}, nil,
		},
		"created, organization deleted since": {
			world{users: onlyAda, invitation: open(nil)}, org, event.InvitationCreated{Invitation: said(1), Notify: true}, nil,
		},
		"accepted": {
			world{users: people, organization: "Acme"},
			org,
			event.InvitationAccepted{Invitation: said(1), User: grace.Person()},
			&mail{"ada@example.com", "Grace Hopper accepted your invitation to Acme", noticed, "Grace Hopper (Grace@example.com)"},
		},
		"accepted, sent without mail": {
			world{users: people, organization: "Acme"},
			org,
			event.InvitationAccepted{Invitation: said(1), User: grace.Person(), Unmailed: true},
			nil,
		},
		"accepted, the inviter has another address now": {
			world{users: map[string]account.User{"usr_ada": {ID: "usr_ada", Email: "countess@example.com", EmailVerified: true}}, organization: "Acme"},
			org,
			event.InvitationAccepted{Invitation: said(1), User: grace.Person()},
			&mail{"countess@example.com", "Grace Hopper accepted your invitation to Acme", noticed, "Publisher on Globex and Initech"},
		},
		"accepted, the inviter is gone": {
			world{organization: "Acme"}, org, event.InvitationAccepted{Invitation: said(1), User: grace.Person()}, nil,
		},
		"accepted, the inviter's address is not proved": {
			world{users: map[string]account.User{"usr_ada": {ID: "usr_ada", Email: "ceo@example.com"}}, organization: "Acme"},
			org,
			event.InvitationAccepted{Invitation: said(1), User: grace.Person()},
			nil,
		},
		"declined in a brand": {
			world{users: people, organization: "Acme"},
			brand,
			event.InvitationDeclined{Invitation: said(1)},
			&mail{"ada@example.com", "Grace@example.com declined your invitation to Globex", noticed, "Nobody was added"},
		},
		"joined directly": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberAdded{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, After: publisher, Notify: true},
			&mail{"Grace@example.com", "Ada Lovelace added you to Acme on Prism", noticed, "you can leave again on the page that opens, at any time; or ask Ada Lovelace.\n\nOpen Prism:\nhttps://access.example.com/\n"},
		},
		"joined a further brand": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: initech, After: publisher, Notify: true},
			&mail{"Grace@example.com", "Ada Lovelace added you to Globex on Prism", noticed, "Your role: Publisher on Globex\nWhat it allows: See this brand and publish for it.\n\n" +
				"If you do not want this, you can leave again on the page that opens, at any time; or ask Ada Lovelace.\n\n" +
				"Open Prism:\nhttps://access.example.com/organizations/" + orgID + "/brands\n"},
		},
		"joined a further brand, with a reason": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: initech, After: publisher, Notify: true, Reason: "For the launch."},
			&mail{"Grace@example.com", "Ada Lovelace added you to Globex on Prism", noticed, "Ada Lovelace wrote:\n> For the launch.\n"},
		},
		"another role in the same brand": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: viewer, After: viewer, Notify: true},
			nil,
		},
		"a lower role in a brand": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: publisher, After: viewer, Notify: true, Reason: "New team."},
			&mail{"Grace@example.com", "Your role in Acme has changed", noticed, "> New team."},
		},
		"out of a brand and into another": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: viewer, After: initech, Notify: true},
			&mail{"Grace@example.com", "Your role in Acme has changed", noticed, "Now: Publisher on Initech\n"},
		},
		"to Organization Admin": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: viewer, After: admin, Notify: true},
			&mail{"Grace@example.com", "You are an Organization Admin of Acme now", noticed, "Before: Viewer on Globex\n"},
		},
		"a role deleted, before that had a reason": {
			world{users: people, organization: "Genomics"},
			access.Workspace("wsp_1"),
			event.MemberRoleChanged{
				User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: analyst, After: auditor, Notify: true, Reason: "role_deleted", RoleDeleted: true,
			},
			&mail{"Grace@example.com", "Your role in Genomics has changed", map[string]string{"workspace": "wsp_1"}, "Now: Auditor\n\nIf you need"},
		},
		"from Organization Admin": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: admin, After: viewer, Notify: true},
			&mail{"Grace@example.com", "Your role in Acme has changed", noticed, "Before: Organization Admin of Acme, with all its brands\n"},
		},
		"a lower role, the caller tells": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberRoleChanged{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, Before: publisher, After: viewer},
			nil,
		},
		"expiring": {
			world{users: onlyAda, invitation: open(nil), organization: "Acme"},
			org,
			event.InvitationExpiring{Invitation: said(1), Notify: true},
			&mail{"Grace@example.com", "Reminder: Ada Lovelace invited you to Acme", tagged("1"), "This is the only reminder"},
		},
		"expiring, the caller delivers": {
			world{users: onlyAda, invitation: open(nil), organization: "Acme"}, org, event.InvitationExpiring{Invitation: said(1)}, nil,
		},
		"expiring, answered since": {
			world{users: onlyAda, invitation: open(func(i *invitation.Invitation) { i.Status = invitation.Accepted }), organization: "Acme"},
			org,
			event.InvitationExpiring{Invitation: said(1), Notify: true},
			nil,
		},
		"joined directly, the caller tells": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberAdded{User: access.Person{ID: "usr_grace"}, Via: "direct", GrantedBy: invited, After: publisher},
			nil,
		},
		"joined by accepting": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberAdded{User: access.Person{ID: "usr_grace"}, Via: "invitation", GrantedBy: invited, After: publisher, Notify: true},
			nil,
		},
		"created the organization": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberAdded{User: access.Person{ID: "usr_ada"}, Via: "creator", GrantedBy: invited, After: admin, Notify: true},
			nil,
		},
		"joined directly, address not proved": {
			world{users: people, organization: "Acme"},
			org,
			event.MemberAdded{User: access.Person{ID: "usr_unproved"}, Via: "direct", GrantedBy: invited, After: publisher, Notify: true},
			nil,
		},
		"a fact that is mailed to nobody": {
			world{users: people, organization: "Acme"}, org, event.BrandCreated{Brand: "brd_1"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			deliver := Deliver{Store: c.world, Links: links(t), BaseURL: "https://access.example.com", Now: func() time.Time { return now }}
			got, err := deliver.due(t.Context(), event.Metadata{Scope: c.scope}, c.fact)
			if c.want == nil {
				gone := errors.Is(err, fault.NotFound) || fault.HasCode(err, "not_registered")
				if got != nil || (err != nil && !gone) {
					t.Fatalf("got %+v, %v, want nobody mailed", got, err)
				}
				return
			}
			if err != nil || got == nil {
				t.Fatalf("got %v, %v, want a mail", got, err)
			}
			if got.To != c.want.to || got.Subject != c.want.subject {
				t.Errorf("got to %q %q, want to %q %q", got.To, got.Subject, c.want.to, c.want.subject)
			}
			if diff := cmp.Diff(c.want.tags, invitation.Tags(got.about, "")); diff != "" {
				t.Errorf("tags (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Text, c.want.says) {
				t.Errorf("the text does not say %q:\n%s", c.want.says, got.Text)
			}
		})
	}
}

func TestAnAnswerLeadsToTheListItSpeaksOf(t *testing.T) {
	t.Parallel()
	deliver := Deliver{BaseURL: "https://access.example.com"}
	for want, got := range map[string]string{
		"https://access.example.com/organizations/org_1/users?tab=current":              deliver.users(access.Organization("org_1"), true),
		"https://access.example.com/organizations/org_1/brands/brd_1/users?tab=invited": deliver.users(access.Brand("org_1", "brd_1"), false),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTheMailedLinkIsTheInvitationsOwn(t *testing.T) {
	t.Parallel()
	now3 := open(func(i *invitation.Invitation) { i.Generation = 3 })
	deliver := Deliver{Store: world{invitation: now3, organization: "Acme"}, Links: links(t), Now: func() time.Time { return now }}
	mail, err := deliver.due(t.Context(), event.Metadata{Scope: org}, event.InvitationResent{Invitation: said(3), Notify: true})
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(mail.Text, "https://access.example.com"+invitation.Path)
	token, _, _ := strings.Cut(after, "\n")
	got, err := links(t).Read(token)
	if err != nil {
		t.Fatalf("the mailed token cannot be read: %v", err)
	}
	if diff := cmp.Diff(invitation.Reference{Root: org, ID: invID, Generation: 3}, got); diff != "" {
		t.Errorf("the link points elsewhere (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, mail.about); diff != "" {
		t.Errorf("the mail is said to carry another link (-linked +said):\n%s", diff)
	}
}

func TestEventsThatCauseNoMailAreDone(t *testing.T) {
	t.Parallel()
	for _, kind := range slices.Concat(event.Types(), []string{"SomethingOfLater", ""}) {
		if slices.Contains(Events(), kind) {
			continue
		}
		// Neither a store nor a sender is there to be asked.
		if err := (Deliver{}).Do(t.Context(), event.Envelope{DetailType: kind, Detail: event.Detail{Data: json.RawMessage(`{}`)}}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestAMalformedEventIsAnError(t *testing.T) {
	t.Parallel()
	for _, kind := range Events() {
		if err := (Deliver{}).Do(t.Context(), event.Envelope{DetailType: kind, Detail: event.Detail{Data: json.RawMessage(`{"notify":`)}}); err == nil {
			t.Errorf("%s: no error, so that the queue would forget it", kind)
		}
	}
}
