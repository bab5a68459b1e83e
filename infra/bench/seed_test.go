package bench

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"prism-access/infra/local/testtable"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/store"
	"prism-access/internal/testbed"
)

const (
	batchSize    = 24   // even, of BatchWriteItem, which takes 25
	progressStep = 2500 // members between two words of progress
)

// place is an organization to measure in.
type place struct {
	*testbed.Bed
	admin        request.Caller
	member       request.Caller
	organization organization.Organization
	brand        brand.Brand
}

// newPlace returns an organization with so many members: an Admin, and Members with Publisher on its one brand.
func newPlace(b *testing.B, members int) place {
	b.Helper()
	p := place{Bed: testbed.New(b)}
	p.Table = store.New(testbed.Config(), testbed.TableName(), store.Options{
		RealNow: time.Now, MailsPerHour: 1e6, Endpoint: os.Getenv("DYNAMODB_ENDPOINT"),
	})
	p.admin, _ = p.Person("Ada")
	created, brands := p.Organization(p.admin, "Acme", "Globex")
	p.organization, p.brand = created, brands[0]
	const name = "pattern"
	caller, in := p.invited(name)
	if _, err := p.Accept().Do(b.Context(), caller, in); err != nil {
		b.Fatal(err)
	}
	p.member = caller
	p.multiply(caller.User, name, members-2)
	return p
}

// invited returns somebody new with an invitation, and what they send to accept it.
func (p place) invited(name string) (request.Caller, invitation.AcceptInput) {
	p.T.Helper()
	address := p.Address(name)
	i := p.Invite(p.admin, p.organization.ID, address, p.brand)
	caller, _ := p.PersonWith(name, address)
	return caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(i.AcceptURL)}}
}

// multiply adds members whose items are those of a real one, under other ids and names: letting 10,000 people accept would
// take minutes.
func (p place) multiply(user, name string, count int) {
	p.T.Helper()
	client := testtable.Client(os.Getenv("DYNAMODB_ENDPOINT"))
	// The keys of a member: internal/store/keys.go.
	organization := "ORG#" + p.organization.ID
	models := []item{p.read(client, organization, user), p.read(client, organization+"#BRAND#"+p.brand.ID, user)}
	var batch []types.WriteRequest
	for i := range count {
		rename := strings.NewReplacer(user, "usr_"+p.NewID(), name, fmt.Sprintf("person %05d", i))
		for _, model := range models {
			batch = append(batch, types.WriteRequest{PutRequest: &types.PutRequest{Item: renamed(model, rename)}})
		}
		if len(batch) == batchSize || i == count-1 {
			p.write(client, batch)
			batch = nil
		}
		if (i+1)%progressStep == 0 {
			fmt.Fprintf(os.Stderr, "  %d of %d members\n", i+1, count)
		}
	}
}

type item = map[string]types.AttributeValue

func (p place) read(client *dynamodb.Client, partition, user string) item {
	p.T.Helper()
	out, err := client.GetItem(p.T.Context(), &dynamodb.GetItemInput{TableName: aws.String(testbed.TableName()), Key: item{
		"PK": &types.AttributeValueMemberS{Value: partition}, "SK": &types.AttributeValueMemberS{Value: "MEMBER#" + user},
	}})
	if err != nil || len(out.Item) == 0 {
		p.T.Fatalf("the member %s in %s: %v, %v", user, partition, out, err)
	}
	return out.Item
}

func renamed(model item, rename *strings.Replacer) item {
	out := maps.Clone(model)
	for name, value := range out {
		if text, ok := value.(*types.AttributeValueMemberS); ok {
			out[name] = &types.AttributeValueMemberS{Value: rename.Replace(text.Value)}
		}
	}
	return out
}

// write stores a batch, all of it.
func (p place) write(client *dynamodb.Client, batch []types.WriteRequest) {
	p.T.Helper()
	for len(batch) > 0 {
		out, err := client.BatchWriteItem(p.T.Context(), &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{testbed.TableName(): batch},
		})
		if err != nil {
			p.T.Fatal(err)
		}
		batch = out.UnprocessedItems[testbed.TableName()]
	}
}
