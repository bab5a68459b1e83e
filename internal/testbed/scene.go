package testbed

import (
	"context"
	"sync"
	"testing"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
)

// Someone is a registered person who can call operations.
type Someone struct {
	Caller request.Caller
	User   account.User
}

// Key returns the person's address in its compared form.
func (s Someone) Key() string { return account.EmailKey(s.User.Email) }

// Someone registers a person with a verified address of their own.
func (b *Bed) Someone(name string) Someone {
	b.T.Helper()
	caller, user := b.Person(name)
	return Someone{caller, user}
}

// SomeoneWith registers a person with a verified address.
func (b *Bed) SomeoneWith(name, email string) Someone {
	b.T.Helper()
	caller, user := b.PersonWith(name, email)
	return Someone{caller, user}
}

// Scene is an organization with two brands and somebody in each role, and a stranger with an organization of their own.
type Scene struct {
	*Bed
	ID              string // of the organization
	Org             access.Scope
	JoinPage        string // id of its connection
	Globex, Initech access.Scope
	Brands          []brand.Brand // Globex, Initech
	Ada             Someone       // Organization Admin
	Bob             Someone       // Admin of Globex
	Cleo            Someone       // Publisher in Globex
	Dan             Someone       // Viewer in Initech
	Eve             Someone       // Admin of another organization
	Elsewhere       access.Scope  // Eve's organization, with a brand
	Hooli           access.Scope  // its brand

	lab func() *Lab
}

// Lab returns a workspace beside the organization, with people of its own. It is made when it is asked for first.
func (s *Scene) Lab() *Lab { return s.lab() }

// NewScene sets a scene.
func NewScene(t testing.TB) *Scene {
	t.Helper()
	return New(t).Scene()
}

// Scene sets a scene.
func (b *Bed) Scene() *Scene {
	b.T.Helper()
	s := &Scene{Bed: b, Ada: b.Someone("Ada"), Bob: b.Someone("Bob"), Cleo: b.Someone("Cleo"), Dan: b.Someone("Dan"), Eve: b.Someone("Eve")}
	s.lab = sync.OnceValue(b.NewLab)
	acme, brands := b.Organization(s.Ada.Caller, "Acme", "Globex", "Initech")
	s.ID, s.Org, s.Brands = acme.ID, access.Organization(acme.ID), brands
	s.JoinPage = acme.Connections[0].ID
	s.Globex, s.Initech = brands[0].Scope(), brands[1].Scope()
	hooli, others := b.Organization(s.Eve.Caller, "Hooli", "Hooli Mail")
	s.Elsewhere, s.Hooli = access.Organization(hooli.ID), others[0].Scope()
	b.Join(s.Ada, brands[0], access.Admin, s.Bob)
	b.Join(s.Ada, brands[0], access.Publisher, s.Cleo)
	b.Join(s.Ada, brands[1], access.Viewer, s.Dan)
	return s
}

// Join gets people with an account into a brand at once.
func (b *Bed) Join(admin Someone, in brand.Brand, role access.Role, people ...Someone) {
	b.T.Helper()
	off := false
	offer := invitation.CreateInput{Scope: in.Scope(), Terms: invitation.Terms{Role: role, Notify: &off}}
	for _, one := range people {
		offer.Invitees = append(offer.Invitees, invitation.Invitee{Email: one.User.Email})
	}
	out, err := b.Create().Do(b.T.Context(), admin.Caller, offer)
	if err != nil {
		b.T.Fatalf("join %s: %v", in.Name, err)
	}
	for _, result := range out.Results {
		if result.Outcome != invitation.Joined {
			b.T.Fatalf("join %s: %+v", in.Name, result)
		}
	}
}

// Promote makes people with an account Organization Admins at once.
func (b *Bed) Promote(admin Someone, organization string, people ...Someone) {
	b.T.Helper()
	for _, one := range people {
		out, err := b.Create().Do(b.T.Context(), admin.Caller, AdminOffer(organization, one.User.Email))
		if err != nil || out.Results[0].Outcome != invitation.Joined {
			b.T.Fatalf("make %s an Admin: %+v, %v", one.User.Name, out, err)
		}
	}
}

// NewBrand gives the scene's organization one more brand.
func (s *Scene) NewBrand(name string) brand.Brand {
	s.T.Helper()
	made, err := s.CreateBrand().Do(s.T.Context(), s.Ada.Caller, brand.CreateInput{Scope: s.Org, Name: name})
	if err != nil {
		s.T.Fatalf("create brand %s: %v", name, err)
	}
	return made
}

// Pending invites an address to the scene's Globex by Ada.
func (s *Scene) Pending(email string) invitation.Invitation {
	s.T.Helper()
	return s.Invite(s.Ada.Caller, s.ID, email, s.Brands[0])
}

// Asks has somebody ask for access to the scene's organization, with the brands they want.
func (s *Scene) Asks(who Someone, wanted ...brand.Brand) accessrequest.AccessRequest {
	s.T.Helper()
	in := accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage, Message: "Let me in, please."}
	for _, b := range wanted {
		in.WantedBrands = append(in.WantedBrands, b.ID)
	}
	made, err := s.Ask().Do(s.T.Context(), who.Caller, in)
	if err != nil {
		s.T.Fatalf("%s asks for access: %v", who.User.Name, err)
	}
	return made
}

// Proxied returns a bed whose table stands behind a proxy that can inject faults.
func Proxied(t testing.TB) (*Bed, *tableproxy.Proxy) {
	t.Helper()
	return ProxiedWith(t, Options{})
}

// ProxiedWith is Proxied with options.
func ProxiedWith(t testing.TB, o Options) (*Bed, *tableproxy.Proxy) {
	t.Helper()
	proxy, err := tableproxy.Start(context.WithoutCancel(t.Context()), endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	o.Endpoint = proxy.URL
	return NewWith(t, o), proxy
}
