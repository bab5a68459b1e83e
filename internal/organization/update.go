package organization

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// UpdateInput names what changes; what is nil stays.
type UpdateInput struct {
	Scope            access.Scope      `path:"scope"`
	IfMatch          int               `header:"If-Match"` // 0: whatever the version is
	Name             *string           `json:"name"`
	ExistingAccounts *ExistingAccounts `json:"existing_accounts"`
	// Connections are all there are from then on: one with an id stays, one without is new, one that is left out is gone.
	Connections            []ConnectionChange `json:"connections"`
	ListBrandsToRequesters *bool              `json:"list_brands_to_requesters"`
}

// ConnectionChange is a connection as it is to be.
type ConnectionChange struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

// MaxConnections is how many connections an organization has at most. It always has one, which may be off.
const MaxConnections = 20

// Validate returns all bad fields.
func (in UpdateInput) Validate() []fault.Field {
	if in.Name == nil && in.ExistingAccounts == nil && in.Connections == nil && in.ListBrandsToRequesters == nil {
		return []fault.Field{{
			Pointer: "", Code: "nothing_to_change",
			Detail: "Name at least one thing to change: name, existing_accounts, connections or list_brands_to_requesters.",
		}}
	}
	var fields []fault.Field
	if in.Name != nil {
		fields = append(fields, account.CheckName("/name", *in.Name)...)
	}
	if in.ExistingAccounts != nil && *in.ExistingAccounts != Join && *in.ExistingAccounts != Ask {
		fields = append(fields, fault.Field{Pointer: "/existing_accounts", Code: "unknown_value", Detail: `Existing accounts either "join" or are asked: "ask".`})
	}
	return append(fields, in.validateConnections()...)
}

func (in UpdateInput) validateConnections() []fault.Field {
	if in.Connections == nil {
		return nil
	}
	var fields []fault.Field
	if n := len(in.Connections); n < 1 || n > MaxConnections {
		fields = append(fields, fault.Field{Pointer: "/connections", Code: "out_of_range", Detail: "An organization has 1 to 20 connections."})
	}
	seen := map[string]bool{}
	for i, c := range in.Connections {
		at := "/connections/" + strconv.Itoa(i)
		fields = append(fields, account.CheckName(at+"/name", c.Name)...)
		if c.ID != "" && seen[c.ID] {
			fields = append(fields, fault.Field{Pointer: at + "/id", Code: "duplicate", Detail: "This connection is named twice."})
		}
		seen[c.ID] = true
	}
	return fields
}

// connections returns the connections as they are from now on, and a field for each that is not among those there are.
func (in UpdateInput) connections(before []Connection, newID func() string) ([]Connection, []fault.Field) {
	if in.Connections == nil {
		return before, nil
	}
	var fields []fault.Field
	after := make([]Connection, len(in.Connections))
	for i, c := range in.Connections {
		after[i] = Connection{ID: c.ID, Name: account.CleanName(c.Name), Enabled: c.Enabled}
		switch {
		case c.ID == "":
			after[i].ID = "con_" + newID()
		case !slices.ContainsFunc(before, func(b Connection) bool { return b.ID == c.ID }):
			fields = append(fields, fault.Field{
				Pointer: "/connections/" + strconv.Itoa(i) + "/id", Code: "unknown_connection", Detail: "The organization has no such connection.",
			})
		}
	}
	return after, fields
}

// UpdateStore reads and changes an organization.
type UpdateStore interface {
	GetStore
	// UpdateOrganization stores the settings of an organization that is still as before.Version says, else request.Overtaken.
	UpdateOrganization(ctx context.Context, before, after Organization, trail audit.Trail) error
}

// Update is the operation update-organization.
type Update struct {
	Store   UpdateStore
	Now     func() time.Time
	NewID   func() string
	BaseURL string
}

// Do changes the settings. Nothing is written when nothing changes.
func (op Update) Do(ctx context.Context, caller request.Caller, in UpdateInput) (Organization, error) {
	if err := caller.SignedIn(); err != nil {
		return Organization{}, err
	}
	return request.Retry(func() (Organization, error) { return op.update(ctx, caller, in) })
}

func (op Update) update(ctx context.Context, caller request.Caller, in UpdateInput) (Organization, error) {
	standing, before, err := op.Store.Organization(ctx, caller.User, in.Scope)
	if err != nil {
		return Organization{}, err
	}
	if err := standing.Require(access.ManageSettings); err != nil {
		return Organization{}, err
	}
	if in.IfMatch != 0 && in.IfMatch != before.Version {
		return Organization{}, Stale()
	}
	after := before
	if in.Name != nil {
		after.Name = account.CleanName(*in.Name)
	}
	if in.ExistingAccounts != nil {
		after.ExistingAccounts = *in.ExistingAccounts
	}
	if in.ListBrandsToRequesters != nil {
		after.ListBrandsToRequesters = *in.ListBrandsToRequesters
	}
	var fields []fault.Field
	if after.Connections, fields = in.connections(before.Connections, op.NewID); len(fields) > 0 {
		return Organization{}, fault.Fields(fields)
	}
	if reflect.DeepEqual(after.settings(), before.settings()) {
		return before.as(caller, standing, op.BaseURL), nil
	}
	after.Version++
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		log.Entry(audit.About{Scope: in.Scope, Sequence: after.Version}, event.OrganizationUpdated{
			Organization: after.ID, Before: before.settings(), After: after.settings(),
		}),
	}}
	if err := op.Store.UpdateOrganization(ctx, before, after, trail); err != nil {
		return Organization{}, fmt.Errorf("update organization %s: %w", after.ID, err)
	}
	return after.as(caller, standing, op.BaseURL), nil
}

// Stale says that somebody else changed the organization since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "Somebody changed this organization since you read it. Read it again.")
}
