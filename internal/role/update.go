package role

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// UpdateInput names what changes; what is nil stays.
type UpdateInput struct {
	Scope       access.Scope        `path:"scope"`
	ID          access.Role         `path:"r"`
	IfMatch     int                 `header:"If-Match"` // 0: whatever the version is
	DryRun      bool                `query:"dry_run"`   // say what it would mean, and change nothing
	Name        *string             `json:"name"`
	Description *string             `json:"description"`
	Permissions []access.Permission `json:"permissions"` // all there are from then on
}

// Validate returns all bad fields.
func (in UpdateInput) Validate() []fault.Field {
	if in.Name == nil && in.Description == nil && in.Permissions == nil {
		return []fault.Field{{Pointer: "", Code: "nothing_to_change", Detail: "Name at least one thing to change: name, description or permissions."}}
	}
	var fields []fault.Field
	if in.Name != nil {
		fields = append(fields, account.CheckName("/name", *in.Name)...)
	}
	if in.Description != nil {
		fields = append(fields, checkDescription(*in.Description)...)
	}
	if in.Permissions != nil {
		fields = append(fields, checkPermissions(in.Permissions)...)
	}
	return fields
}

// changed returns the role as it is to be.
func (in UpdateInput) changed(r Role) Role {
	if in.Name != nil {
		r.Name = account.CleanName(*in.Name)
	}
	if in.Description != nil {
		r.Description = strings.TrimSpace(*in.Description)
	}
	if in.Permissions != nil {
		r.Permissions = choose(in.Permissions)
	}
	return r
}

// Update is the operation update-role.
type Update struct{ Changing }

// Do changes the role for all who have it, from their next request on. Nothing is written when nothing changes.
func (op Update) Do(ctx context.Context, caller request.Caller, in UpdateInput) (Outcome, error) {
	return request.Retry(func() (Outcome, error) { return op.update(ctx, caller, in) })
}

func (op Update) update(ctx context.Context, caller request.Caller, in UpdateInput) (Outcome, error) {
	standing, before, counts, err := op.load(ctx, caller, in.Scope, in.ID, in.IfMatch, in.DryRun)
	if err != nil {
		return Outcome{}, err
	}
	after := in.changed(before)
	if err := cmp.Or(within(standing, after), fault.Fields(checkFree(after.Name, after.ID, standing.Roles))); err != nil {
		return Outcome{}, err
	}
	effect := effectOf(before.effective(), after.effective(), counts)
	if in.DryRun {
		return Outcome{Effect: effect}, nil
	}
	if after.Name == before.Name && after.Description == before.Description && slices.Equal(after.Permissions, before.Permissions) {
		return Outcome{Role: before.as(caller, standing)}, nil
	}
	after.Version++
	err = op.save(ctx, caller, standing, Change{Before: &before, After: &after}, after.Version, event.RoleUpdated{
		Role: after.ID, Before: before.settings(), After: after.settings(), Added: effect.Gained, Removed: effect.Lost,
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("update role %s: %w", after.ID, err)
	}
	return Outcome{Role: after.as(caller, standing)}, nil
}
