package console

import (
	"context"
	"net/http"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/role"
)

// roleDeletionView is the page and dialog that deletes a role. Where somebody has it or is offered it, another one takes its place (R18).
type roleDeletionView struct {
	frame
	Form        form
	Name, Place string
	Version     int
	Action      access.Action
	Back        string
	Holders     string
	InUse       bool
	Choices     []option
	Unchosen    bool   // none of them is
	Above       string // roles that hold more than the reader, who so cannot give them
	Create      string // where a role is made
	// What it brings.
	Review      bool
	Next        string
	All         string // what they get where that is everything
	Gains, Lost []string
	Effects     []string
}

func deleteRolePage(v *visit) error {
	return v.deletingRole(newForm(v.r.URL.Path), http.StatusOK)
}

func (v *visit) deletingRole(f form, status int) error {
	scope, id, err := v.roleOf()
	if err != nil {
		return err
	}
	p := &roleDeletionView{Back: scopePath(scope) + "/roles", Create: scopePath(scope) + "/roles/new"}
	var roles []role.Role
	p.frame, err = v.load("Delete role", scope, atRoles, func(ctx context.Context) (err error) {
		roles, err = v.allRoles(ctx, scope, false)
		return err
	})
	if err != nil {
		return err
	}
	found, exists := roleIn(roles, id)
	if !exists {
		return fault.Unknown()
	}
	own, standing := p.ownIn(scope)
	p.Name, p.Place, p.Version, p.Action, p.Title = found.Name, own.ScopeName, found.Version, found.Actions["delete"], "Delete "+found.Name
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedRole(scope, found) + "."
	}
	if !p.Action.Allowed {
		p.Form = f
		return v.show(status, "role-deletion", p)
	}
	would, err := v.DeleteRole.Do(v.r.Context(), v.caller, role.DeleteInput{Scope: scope, ID: id, DryRun: true})
	if err != nil { // which no other role in its place can help
		refused, can := f.reject(err)
		if !can {
			return err
		}
		p.Action, p.Form = access.Action{Reason: refused.Problem}, newForm(f.Action)
		return v.show(status, "role-deletion", p)
	}
	moving := standing.Roles.MovingTo(id)
	p.Holders = holdersWords(would.Effect.InUse, moving, found.Name)
	p.InUse = would.Effect.Members+would.Effect.OpenInvitations+len(moving) > 0 || status == http.StatusConflict // since
	p.choose(f, roles, found, standing.Permissions())
	if step := f.Value("step"); (step == stepCheck || step == stepSave) && p.InUse && f.Error("reassign_to") == "" && status != http.StatusConflict {
		if f, status, err = v.reviewDeletion(p, f, status, scope, standing.Roles, id); err != nil {
			return err
		}
	}
	f.Unmailed = would.Effect.Members == 0
	p.Form = f
	return v.show(status, "role-deletion", p)
}

// choose fills in which roles can take the place of the deleted one: those within the reader's own rights. The least of them is preselected, never Admin,
// whatever else there is.
func (p *roleDeletionView) choose(f form, roles []role.Role, gone role.Role, own access.Set) {
	var above []string
	var within []role.Role
	for _, r := range roles {
		switch {
		case r.ID == gone.ID:
		case len(own.Missing(access.Effective(access.KindWorkspace, r.Permissions...))) > 0:
			above = append(above, r.Name)
		default:
			within = append(within, r)
		}
	}
	p.Above = list(above)
	chosen := f.Value("reassign_to")
	if _, offered := roleIn(within, access.Role(chosen)); !offered && len(within) > 0 {
		chosen = ""
		if least := slices.MinFunc(within, byRights); !least.BuiltIn {
			chosen = string(least.ID)
		}
	}
	p.Unchosen = chosen == ""
	for _, r := range within {
		p.Choices = append(p.Choices, option{Value: string(r.ID), Text: r.Name, Note: count(len(r.Effective), "permission", "permissions"), Chosen: string(r.ID) == chosen})
	}
}

func (v *visit) reviewDeletion(p *roleDeletionView, f form, status int, scope access.Scope, roles access.CustomRoles, id access.Role) (form, int, error) {
	in := role.DeleteInput{Scope: scope, ID: id, ReassignTo: access.Role(f.Value("reassign_to")), DryRun: true}
	var would role.Outcome
	err := chosenRole("?reassign_to", in.ReassignTo)
	if err == nil {
		would, err = perform(v, v.caller, in, v.DeleteRole.Do)
	}
	if err != nil {
		rejected, can := f.reject(err, "reassign_to")
		if !can {
			return f, status, err
		}
		seenOf(v.r).err = err
		return rejected, httpapi.Status(err), nil
	}
	for _, o := range p.Choices {
		if o.Chosen {
			p.Next = o.Text
		}
	}
	p.Review, p.Gains, p.Lost = true, permissionNamesOf(would.Effect.Gained), permissionNamesOf(would.Effect.Lost)
	if in.ReassignTo == access.Admin {
		p.All, p.Gains = everything(p.Place), nil
	}
	p.Effects = append(deletionTells(would.Effect.Members > 0, in.ReassignTo == access.Admin), offersAfter(*would.Effect, roles.MovingTo(id), p.Name, "what "+p.Next+" allows", roles.Permissions(id), roles.Permissions(in.ReassignTo))...)
	return f, status, nil
}

// chosenRole refuses a form of which a role has to be chosen and is not.
func chosenRole(pointer string, chosen access.Role) error {
	if chosen != "" {
		return nil
	}
	return fault.Fields([]fault.Field{{Pointer: pointer, Code: "required", Detail: "Choose a role."}})
}

// deletionTells says who gets a mail about the deletion of a role: whoever has it, and the Admins of those who become Admins.
func deletionTells(held, toAdmin bool) []string {
	switch {
	case held && toAdmin:
		return []string{"They and all other Admins get a mail about it."}
	case held:
		return []string{"Whoever has it gets a mail about it."}
	case toAdmin:
		return []string{"All other Admins get a mail about it."}
	default:
		return nil
	}
}

func deleteRole(v *visit) error {
	scope, id, err := v.roleOf()
	if err != nil {
		return err
	}
	sent, err := v.read()
	if err != nil {
		return err
	}
	if sent.Value("step") != stepSave {
		return v.deletingRole(sent, http.StatusOK)
	}
	in := role.DeleteInput{Scope: scope, ID: id, IfMatch: sent.version(), ReassignTo: access.Role(sent.Value("reassign_to")), Reason: sent.Value("reason")}
	if _, err := perform(v, v.caller, in, v.DeleteRole.Do); err != nil { // it is there once, and then not
		return v.again(err, sent, v.deletingRole, "reassign_to", "reason")
	}
	return v.redirect(scopePath(scope) + "/roles?done=deleted")
}
