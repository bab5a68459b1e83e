// Package testbed gives tests the real table, with a clock to move and people to act. Only tests import it.
package testbed

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/oklog/ulid/v2"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/store"
)

// Bed is the table as one test sees it: a clock of its own, and its own organizations in the one shared table.
type Bed struct {
	T     testing.TB
	Table *store.Table
	Links invitation.Links

	endpoint string
	options  store.Options
	*shared
}

// shared is what a bed has in common with those that ask the same table as somebody else.
type shared struct {
	mu        sync.Mutex
	now       time.Time
	realShift time.Duration
	subjects  map[string]string // user id -> what the issuer calls them
}

// BaseURL is where links lead in tests.
const BaseURL = "https://prism.test"

// Start is where every test's clock starts: so far ahead that DynamoDB Local's own TTL, which lives by the real clock, leaves the guards.
var Start = time.Date(2046, time.November, 22, 9, 30, 0, 0, time.UTC)

// New returns a test's view of the shared table. DynamoDB Local must run: make test starts it.
func New(t testing.TB) *Bed {
	t.Helper()
	return NewWith(t, Options{})
}

// NewAt is New with the table behind another endpoint, such as a proxy that injects faults.
func NewAt(t testing.TB, endpoint string) *Bed {
	t.Helper()
	return NewWith(t, Options{Endpoint: endpoint})
}

// Options are what a test can set about its view of the table.
type Options struct {
	Endpoint     string // empty: the table itself
	MailsPerHour int    // 0: so many that no test reaches the limit
	Hasty        bool   // give up when production does; else the machine may be busy
}

// patience is how much longer than in production tests wait for the table, so that a busy machine fails none of them.
const patience = 10

func endpoint(t testing.TB) string {
	t.Helper()
	address := os.Getenv("DYNAMODB_ENDPOINT")
	if address == "" {
		t.Fatal("DYNAMODB_ENDPOINT is not set: run this by make test, or by go run ./infra/dynamodb-local/with -- go test ./...")
	}
	return address
}

// Config is the AWS configuration of tests.
func Config() aws.Config { return configOf("local") }

func configOf(accessKey string) aws.Config {
	return aws.Config{Region: "eu-central-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: "local"}, nil
	})}
}

// TableName returns the name of the shared table.
func TableName() string {
	if name := os.Getenv("TABLE_NAME"); name != "" {
		return name
	}
	return "prism-access"
}

// NewWith is New with options.
func NewWith(t testing.TB, o Options) *Bed {
	t.Helper()
	links, err := invitation.NewLinks(BaseURL, linkKeys)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bed{T: t, Links: links, shared: &shared{now: Start, subjects: map[string]string{}}, endpoint: endpoint(t)}
	if o.Endpoint == "" {
		o.Endpoint = b.endpoint
	}
	if o.MailsPerHour == 0 {
		o.MailsPerHour = 1000
	}
	b.options = store.Options{RealNow: b.RealNow, MailsPerHour: o.MailsPerHour, Endpoint: o.Endpoint, Patience: patience}
	if o.Hasty {
		b.options.Patience = 1
	}
	b.Table = store.New(Config(), TableName(), b.options)
	return b
}

// As returns the bed of somebody who asks the table, behind another endpoint, by an access key. A table that stands behind one already stays there.
func (b *Bed) As(accessKey, endpoint string) *Bed {
	if b.options.Endpoint != b.endpoint {
		return b
	}
	other := *b
	other.options.Endpoint = endpoint
	other.Table = store.New(configOf(accessKey), TableName(), other.options)
	return &other
}

// Now is the clock of the features.
func (b *Bed) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// Advance moves the clock.
func (b *Bed) Advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// RealNow is the clock of idempotency records, rate windows, sessions and claims: the real one, unless the test has moved it.
func (b *Bed) RealNow() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.realShift)
}

// AdvanceReal moves the real clock as this bed sees it.
func (b *Bed) AdvanceReal(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.realShift += d
}

// BeginMinute moves the real clock as this bed sees it to the beginning of a minute, so that what is counted by the minute is counted in one.
func (b *Bed) BeginMinute() {
	now := b.RealNow()
	b.AdvanceReal(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
}

// NewID returns a ULID of the real time, so that ids of all tests differ.
func (b *Bed) NewID() string { return ulid.Make().String() }

// Person registers somebody and returns them as a caller. The address is made unique and returned.
func (b *Bed) Person(name string) (request.Caller, account.User) {
	b.T.Helper()
	return b.PersonWith(name, b.Address(name))
}

// Address returns an e-mail address that no other test uses.
func (b *Bed) Address(name string) string {
	return strings.ReplaceAll(name, " ", ".") + "-" + ulid.Make().String() + "@example.com"
}

// PersonWith registers somebody with a verified address.
func (b *Bed) PersonWith(name, email string) (request.Caller, account.User) {
	b.T.Helper()
	in := account.RegisterInput{
		Issuer: Issuer, Subject: ulid.Make().String(), Email: email, EmailVerified: true, Name: name,
	}
	user := b.registered(in)
	return Caller(user.ID), user
}

// Caller returns a caller with a request of their own.
func Caller(user string) request.Caller {
	id := ulid.Make().String()
	return request.Caller{User: user, Request: request.Request{ID: id, CorrelationID: id}}
}

// WithKey returns the caller with an Idempotency-Key for a request with that fingerprint.
func WithKey(caller request.Caller, key, fingerprint string) request.Caller {
	caller.Request.IdempotencyKey, caller.Request.Fingerprint = key, fingerprint
	return caller
}

// Organization creates an organization with brands.
func (b *Bed) Organization(admin request.Caller, name string, brands ...string) (organization.Organization, []brand.Brand) {
	b.T.Helper()
	created, err := b.CreateOrganization().Do(b.T.Context(), admin, organization.CreateInput{Name: name})
	if err != nil {
		b.T.Fatalf("create organization %s: %v", name, err)
	}
	var made []brand.Brand
	for _, brandName := range brands {
		one, err := b.CreateBrand().Do(b.T.Context(), admin, brand.CreateInput{
			Scope: access.Organization(created.ID), Name: brandName,
		})
		if err != nil {
			b.T.Fatalf("create brand %s: %v", brandName, err)
		}
		made = append(made, one)
	}
	return created, made
}

// Invite invites an address as Member with Publisher on the brands.
func (b *Bed) Invite(admin request.Caller, organization, email string, brands ...brand.Brand) invitation.Invitation {
	b.T.Helper()
	out, err := b.Create().Do(b.T.Context(), admin, MemberOffer(organization, email, brands...))
	if err != nil {
		b.T.Fatalf("invite %s: %v", email, err)
	}
	if out.Results[0].Invitation == nil {
		b.T.Fatalf("invite %s: %+v", email, out.Results[0])
	}
	return *out.Results[0].Invitation
}

// MemberOffer is the input that invites an address as Member with Publisher on the brands.
func MemberOffer(organization, email string, brands ...brand.Brand) invitation.CreateInput {
	in := invitation.CreateInput{
		Scope: access.Organization(organization), Invitees: []invitation.Invitee{{Email: email}},
		Terms: invitation.Terms{Role: access.Member, BrandRole: access.Publisher},
	}
	for _, b := range brands {
		in.Brands = append(in.Brands, b.ID)
	}
	return in
}

// AdminOffer is the input that invites an address as Organization Admin.
func AdminOffer(organization, email string) invitation.CreateInput {
	return invitation.CreateInput{
		Scope: access.Organization(organization), Invitees: []invitation.Invitee{{Email: email}},
		Terms: invitation.Terms{Role: access.Admin, Confirm: "admin"},
	}
}

// Token returns the token in an accept link.
func Token(link string) string { return link[len(BaseURL)+len(invitation.Path):] }

// AtOnce runs do many times at the same moment and waits for all.
func AtOnce(many int, do func(i int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}
