package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

const (
	fewRoles = 4
	holders  = 10_000          // of the role that is deleted
	attempt  = 5 * time.Second // of the subscriber that rewrites them
)

// newLab returns a workspace of so many members, all with the first of its roles.
func newLab(b *testing.B, members, roles int) crowd {
	b.Helper()
	c := newCrowd(b)
	made := c.Workspace(c.admin, "Genomics")
	c.id, c.scope = made.ID, made.Scope()
	c.roles = append(c.roles,
		c.Role(c.admin, made, "Analyst", "run_computation", "view_assets").ID,
		c.Role(c.admin, made, "Viewer", "view_computations", "view_assets").ID,
		c.Role(c.admin, made, "Sender", access.SendInvitations, "run_computation", "view_assets").ID)
	for len(c.roles) < roles {
		c.roles = append(c.roles, c.Role(c.admin, made, fmt.Sprintf("Role %d", len(c.roles)), "run_computation").ID)
	}
	c.role = c.roles[0]
	model := c.model()
	c.come(c.roles[0], model)
	root := "WORKSPACE#" + c.id
	c.grow(members, model, []string{root, root + "#SEARCH"}, nil, func(int) []string { return nil })
	return c
}

// offers returns what invites somebody to the workspace.
func (c crowd) offers(role access.Role, who testbed.Someone) invitation.CreateInput {
	off := false
	return invitation.CreateInput{
		Scope: c.scope, Terms: invitation.Terms{Role: role, Notify: &off}, Invitees: []invitation.Invitee{{Username: who.User.Username}},
	}
}

// asked returns what somebody who is invited sends to accept it.
func (c crowd) asked(role access.Role, who testbed.Someone) invitation.AcceptInput {
	c.T.Helper()
	out, err := c.Create().Do(c.T.Context(), c.admin.Caller, c.offers(role, who))
	if err != nil || out.Failed() {
		c.T.Fatalf("invite %s: %+v, %v", who.User.Name, out, err)
	}
	return invitation.AcceptInput{Locator: invitation.Locator{Scope: c.scope, ID: out.Results[0].Invitation.ID}}
}

// come lets somebody into the workspace.
func (c crowd) come(role access.Role, who testbed.Someone) {
	c.T.Helper()
	if _, err := c.Accept().Do(c.T.Context(), who.Caller, c.asked(role, who)); err != nil {
		c.T.Fatal(err)
	}
}

// seated is somebody new in the workspace.
func (c crowd) seated(role access.Role) testbed.Someone {
	c.T.Helper()
	who := c.Someone("Grace")
	c.Seat(c.admin, workspace.Workspace{ID: c.id, Name: "Genomics"}, role, who)
	return who
}

// inWorkspaces are what is measured in them alone.
var inWorkspaces = []sized{
	{"update-member", 2, fixed, func(c crowd) func() run {
		n := 0
		return func() run {
			n++
			in := member.UpdateInput{Scope: c.scope, User: c.people[n], Wish: member.Wish{Role: c.roles[1]}}
			return func(ctx context.Context) error {
				_, err := c.UpdateMember().Do(ctx, c.admin.Caller, in)
				return err
			}
		}
	}},
	{"remove-member", 2, fixed, func(c crowd) func() run {
		return func() run {
			in := member.RemoveInput{Scope: c.scope, User: c.seated(c.roles[0]).User.ID}
			return func(ctx context.Context) error {
				_, err := c.RemoveMember().Do(ctx, c.admin.Caller, in)
				return err
			}
		}
	}},
	{"check-access", 1, fixed, func(c crowd) func() run {
		in := member.CheckInput{Check: member.Check{User: c.people[0], Scope: c.scope, Permission: "view_assets"}}
		return always(func(ctx context.Context) error {
			out, err := member.CheckAccess{Store: c.Table}.Do(ctx, c.admin.Caller, in)
			return expect(err, out.Verdict != nil && out.Allowed)
		})
	}},
	{"list-my-access", 2, fixed, func(c crowd) func() run {
		return always(func(ctx context.Context) error {
			out, err := c.MyAccess().Do(ctx, c.admin.Caller, member.MyAccessInput{})
			return expect(err, len(out.Items) == 1)
		})
	}},
	{"list-audit-log", 1, fixed, func(c crowd) func() run {
		return always(func(ctx context.Context) error {
			out, err := c.ListAuditLog().Do(ctx, c.admin.Caller, audit.ListInput{Scope: c.scope})
			return expect(err, len(out.Items) == page.DefaultLimit)
		})
	}},
	{"list-roles", 1, fixed, func(c crowd) func() run {
		return always(func(ctx context.Context) error {
			out, err := c.ListRoles().Do(ctx, c.admin.Caller, role.ListInput{Scope: c.scope})
			return expect(err, len(out.Items) == page.DefaultLimit)
		})
	}},
	{"get-role, with its counts", 1, upToFull, func(c crowd) func() run {
		return always(func(ctx context.Context) error {
			out, err := c.GetRole().Do(ctx, c.admin.Caller, role.GetInput{Scope: c.scope, ID: c.roles[0]})
			return expect(err, out.Members != nil)
		})
	}},
	{"update-role", 2, fixed, func(c crowd) func() run {
		n := 0
		return func() run {
			n++
			in := role.UpdateInput{Scope: c.scope, ID: c.roles[3], Description: new(fmt.Sprint("The ", n))}
			return func(ctx context.Context) error {
				_, err := c.UpdateRole().Do(ctx, c.admin.Caller, in)
				return err
			}
		}
	}},
	{"find-users", 2, fixed, func(c crowd) func() run {
		grace := c.Someone("Grace")
		return func() run {
			caller := c.seated(c.roles[2]).Caller // so many lookups a minute are not for one
			return func(ctx context.Context) error {
				out, err := c.FindUsers().Do(ctx, caller, invitation.FindUsersInput{Scope: c.scope, Username: grace.User.Username})
				return expect(err, len(out.Items) > 0)
			}
		}
	}},
	{"create-invitations", 3, fixed, func(c crowd) func() run {
		return func() run {
			in := c.offers(c.roles[0], c.Someone("Grace"))
			return func(ctx context.Context) error {
				out, err := c.Create().Do(ctx, c.admin.Caller, in)
				return expect(err, !out.Failed())
			}
		}
	}},
	{"list-my-invitations", 2, fixed, func(c crowd) func() run {
		grace := c.Someone("Grace")
		c.asked(c.roles[0], grace)
		return always(func(ctx context.Context) error {
			out, err := c.Mine().Do(ctx, grace.Caller, invitation.MineInput{})
			return expect(err, len(out.Items) == 1)
		})
	}},
	{"the badge of invitations", 1, fixed, func(c crowd) func() run {
		grace := c.Someone("Grace")
		c.asked(c.roles[0], grace)
		return always(func(ctx context.Context) error {
			n, err := c.CountInvited().Do(ctx, grace.Caller)
			return expect(err, n == 1)
		})
	}},
	{"accept-invitation", 3, fixed, func(c crowd) func() run {
		return func() run {
			grace := c.Someone("Grace")
			in := c.asked(c.roles[0], grace)
			return func(ctx context.Context) error {
				_, err := c.Accept().Do(ctx, grace.Caller, in)
				return err
			}
		}
	}},
}

// BenchmarkWorkspaces compares workspaces by their sizes, each with all the roles that it can have.
func BenchmarkWorkspaces(b *testing.B) {
	lab := func(members int) crowd { return newLab(b, members, role.MaxRoles) }
	compareSizes(b, lab(tenMembers), lab(fewMembers), lab(manyMembers), slices.Concat(everywhere, inWorkspaces))
}

// BenchmarkReassign deletes a role that 10,000 people have: at once they have the other one, and whoever rewrites them gets done in attempts of a few
// seconds, each of which goes on where the one before broke off. Each person is changed once, with one entry in the log (R18).
func BenchmarkReassign(b *testing.B) {
	c := newLab(b, holders, fewRoles)
	gone, instead := c.roles[0], c.roles[1]
	effective := measure1(b, func(ctx context.Context) error {
		_, err := c.DeleteRole().Do(ctx, c.admin.Caller, role.DeleteInput{Scope: c.scope, ID: gone, ReassignTo: instead})
		return err
	})
	hold(b, figure{"delete-role of 10,000 members", "rounds", fmt.Sprintf("%.0f ms", effective.median()), float64(effective.rounds), 2})
	for _, user := range []string{c.people[0], c.people[holders-1]} {
		got, err := c.GetMember().Do(b.Context(), c.admin.Caller, member.GetInput{Scope: c.scope, User: user})
		if err != nil || got.Role != instead {
			b.Fatalf("%s has %s, %v", user, got.Role, err)
		}
	}
	all := c.Envelopes(c.id)
	started, attempts := time.Now(), 1
	for ; ; attempts++ {
		ctx, cancel := context.WithTimeout(b.Context(), attempt)
		err := c.Cleaner().Do(ctx, all[len(all)-1])
		over := errors.Is(ctx.Err(), context.DeadlineExceeded)
		cancel()
		if err == nil {
			break
		}
		if !over {
			b.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "  %d attempts\n", attempts)
	}
	took := time.Since(started)
	told := map[string]int{}
	for _, entry := range c.Log(c.scope) {
		if entry.Type == "MemberRoleChanged" {
			told[entry.User]++
		}
	}
	for user, times := range told {
		if times != 1 {
			b.Errorf("%s is told %d times", user, times)
		}
	}
	if len(told) != holders+1 { // and the one they are copies of
		b.Errorf("%d of %d are told", len(told), holders+1)
	}
	report(b, "reassigned", metric{took.Seconds(), "s"})
	hold(b, figure{"10,000 members of a deleted role rewritten", "s", fmt.Sprintf("in %d attempts of at most %s", attempts, attempt), took.Seconds(), 120})
}

// measure1 measures what can be done once.
func measure1(b *testing.B, do run) cost {
	b.Helper()
	var c cost
	measureOnce(b, &c, do)
	return c
}
