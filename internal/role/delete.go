package role

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// DeleteInput names the role to delete, and which one those have from then on who have it (R18).
type DeleteInput struct {
	Scope      access.Scope `path:"scope"`
	ID         access.Role  `path:"r"`
	IfMatch    int          `header:"If-Match"`   // 0: whatever the version is
	ReassignTo access.Role  `query:"reassign_to"` // empty: nobody may have it
	Reason     string       `query:"reason"`
	DryRun     bool         `query:"dry_run"` // say what it would mean, and change nothing
}

// Validate returns all bad fields.
func (in DeleteInput) Validate() []fault.Field {
	fields := account.CheckLength("?reason", in.Reason, account.MaxReason)
	if in.ReassignTo == in.ID {
		fields = append(fields, fault.Field{Pointer: "?reassign_to", Code: "same_role", Detail: "This is the role to delete. Name another one."})
	}
	return fields
}

// Delete is the operation delete-role.
type Delete struct{ Changing }

// Do deletes the role. With the commit, its id means the role that it is reassigned to; who has it is rewritten by its event.
func (op Delete) Do(ctx context.Context, caller request.Caller, in DeleteInput) (Outcome, error) {
	return request.Retry(func() (Outcome, error) { return op.delete(ctx, caller, in) })
}

func (op Delete) delete(ctx context.Context, caller request.Caller, in DeleteInput) (Outcome, error) {
	standing, found, counts, err := op.load(ctx, caller, in.Scope, in.ID, in.IfMatch, true)
	if err != nil {
		return Outcome{}, err
	}
	next, err := successor(standing, in.ReassignTo)
	if err == nil {
		err = cmp.Or(mayDelete(standing, found), op.checkTraces(standing))
	}
	if err != nil {
		return Outcome{}, err
	}
	if in.DryRun {
		return Outcome{Effect: effectOf(found.effective(), standing.Roles.Permissions(in.ReassignTo), counts)}, nil
	}
	if next == nil {
		if err := checkUnused(counts, standing.Roles.MovingTo(found.ID)); err != nil {
			return Outcome{}, err
		}
	}
	change := Change{Before: &found, ReassignedTo: in.ReassignTo}
	err = op.save(ctx, caller, standing, change, found.Version+1, event.RoleDeleted{Role: found.ID, Before: found.settings(), ReassignedTo: next, Reason: in.Reason})
	if err != nil {
		return Outcome{}, fmt.Errorf("delete role %s: %w", found.ID, err)
	}
	return Outcome{}, nil
}

// successor returns the role that takes the place of a deleted one, nil for none. The caller has to be allowed to give it (R16).
func successor(standing access.Standing, id access.Role) (*access.NamedRole, error) {
	if id == "" {
		return nil, nil
	}
	if !standing.Roles.Has(id) {
		return nil, fault.Fields([]fault.Field{{Pointer: "?reassign_to", Code: "unknown_role", Detail: "There is no such role here."}})
	}
	return &access.NamedRole{ID: id, Name: standing.Roles.Name(id)}, access.CheckCeiling(standing, access.Grant{Role: id})
}

// mayDelete returns why somebody who may change the role may not delete it, or nil: it would change their own role (R5).
func mayDelete(standing access.Standing, r Role) error {
	if standing.Role == r.ID {
		return fault.New(fault.Conflict, "own_role", "This is your own role, and nobody gives themselves another one.")
	}
	return nil
}

// checkTraces refuses to delete one role more than can be remembered.
func (op Delete) checkTraces(standing access.Standing) error {
	traces := len(standing.Roles) - len(standing.Roles.Live()) - len(forgettable(standing.Roles, op.Now()))
	if traces < MaxDeleted {
		return nil
	}
	return fault.Fields([]fault.Field{{
		Pointer: "", Code: "too_many_roles", Detail: "At most 200 roles of a workspace can be deleted in a month.",
	}})
}

// checkUnused refuses when somebody has a role or is offered it, or has it by way of deleted roles whose members are still being moved to it.
func checkUnused(counts InUse, moving []string) error {
	if counts.Members+counts.OpenInvitations+len(moving) == 0 {
		return nil
	}
	said := "This role is in use by " + many(counts.Members, "member") + " and " + many(counts.OpenInvitations, "open invitation")
	if len(moving) > 0 {
		said += ", and members of deleted roles are still being moved to it (" + strings.Join(moving, ", ") + ")"
	}
	err := fault.New(fault.Conflict, "role_in_use", said+". Name a role that they have instead.")
	err.Counts = map[string]int{"members": counts.Members, "open_invitations": counts.OpenInvitations}
	return err
}

// many returns how many there are, in words (R30).
func many(n int, what string) string {
	switch {
	case n >= member.CountCap:
		return strconv.Itoa(member.CountCap-1) + "+ " + what + "s"
	case n == 1:
		return "1 " + what
	default:
		return strconv.Itoa(n) + " " + what + "s"
	}
}
