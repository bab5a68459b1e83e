package invitation_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

const crowdSize = 50

// busy reports whether a call was too late to be served in all the commotion, which is an answer as well.
func busy(err error) bool { return errors.Is(err, fault.Unavailable) }

// place is an organization or a workspace that people are invited to.
type place struct {
	*testbed.Bed
	id    string
	scope access.Scope
	admin testbed.Someone
	abe   testbed.Someone                                    // another one
	offer func() invitation.CreateInput                      // invites somebody new
	open  func() (invitation.Invitation, testbed.Someone)    // is one to them
	ends  func(invitation.Invitation, testbed.Someone) error // declines it
}

// places are one of each kind.
func places(t *testing.T) map[string]place {
	t.Helper()
	return placesOn(t, testbed.NewScene(t), testbed.New(t).NewLab())
}

func placesOn(t *testing.T, s *testbed.Scene, l *testbed.Lab) map[string]place {
	t.Helper()
	abe := s.Someone("Abe")
	s.Promote(s.Ada, s.ID, abe)
	toLab := func(who testbed.Someone) invitation.CreateInput {
		return invitation.CreateInput{Scope: l.Scope, Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: l.Viewer.ID}}
	}
	return map[string]place{
		"organization": {
			Bed: s.Bed, id: s.ID, scope: s.Org, admin: s.Ada, abe: abe,
			offer: func() invitation.CreateInput { return testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0]) },
			open: func() (invitation.Invitation, testbed.Someone) {
				i := s.Pending(s.Address("grace"))
				return i, s.SomeoneWith("Grace", i.Invitee.Email)
			},
			ends: func(i invitation.Invitation, _ testbed.Someone) error {
				_, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(i), Email: i.Invitee.Email})
				return err
			},
		},
		"workspace": {
			Bed: l.Bed, id: l.ID, scope: l.Scope, admin: l.Ada, abe: l.Newcomer(access.Admin),
			offer: func() invitation.CreateInput { return toLab(l.Someone("Grace")) },
			open: func() (invitation.Invitation, testbed.Someone) {
				grace := l.Someone("Grace")
				return invite(t, l.Bed, l.Ada, toLab(grace)), grace
			},
			ends: func(i invitation.Invitation, grace testbed.Someone) error {
				_, err := l.Decline().Do(t.Context(), grace.Caller, invitation.DeclineInput{Locator: byID(i)})
				return err
			},
		},
	}
}

// TestFiftyAcceptTheSame shows that a click fifty times over makes one member.
func TestFiftyAcceptTheSame(t *testing.T) {
	t.Parallel()
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) {
			i, grace := p.open()
			log := p.Appended(p.scope, func() {
				testbed.AtOnce(crowdSize, func(int) {
					joined, err := accept(t, p.Bed, grace, i)
					if err != nil && !busy(err) || err == nil && (joined.Version != 1 || joined.User.ID != grace.User.ID) {
						t.Errorf("%+v, %v", joined, err)
					}
				})
			})
			if accepted, added := count(log, "InvitationAccepted"), count(log, "MemberAdded"); accepted != 1 || added != 1 {
				t.Errorf("%d accepted, %d added", accepted, added)
			}
			consistent(t, p.Bed, p.id)
		})
	}
}

// TestFiftyInviteTheSame shows that one of fifty who invite the same person does.
func TestFiftyInviteTheSame(t *testing.T) {
	t.Parallel()
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) {
			in := p.offer()
			var mu sync.Mutex
			made, refused := map[string]int{}, map[string]int{}
			log := p.Appended(p.scope, func() {
				testbed.AtOnce(crowdSize, func(int) {
					out, err := p.Create().Do(t.Context(), p.admin.Caller, in)
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil:
						made[out.Results[0].Invitation.ID]++
					case fault.HasCode(err, "invitation_pending"):
						refused[testbed.FaultOf(err).ExistingID]++
					case !busy(err):
						t.Error(err)
					}
				})
			})
			if len(made) != 1 || len(refused) > 1 {
				t.Fatalf("made %v, refused for %v", made, refused)
			}
			for id, times := range made {
				if times != 1 || len(refused) == 1 && refused[id] == 0 {
					t.Errorf("made %v, refused for %v", made, refused)
				}
			}
			if n := count(log, "InvitationCreated"); n != 1 {
				t.Errorf("%d entries", n)
			}
			consistent(t, p.Bed, p.id)
		})
	}
}

// TestTwoAdminsInviteTheSame has two Admins invite the same person, and somebody else each, at the same instant or one while the other's call is
// under way: one of them invites that person, and the other is told so of just that one.
func TestTwoAdminsInviteTheSame(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	for name, p := range placesOn(t, bed.Scene(), bed.NewLab()) {
		for how, both := range map[string]func(first, second func()){
			"at once": func(first, second func()) {
				testbed.AtOnce(2, func(i int) { []func(){first, second}[i]() })
			},
			"one meanwhile": func(first, second func()) {
				proxy.Inject("TransactWriteItems", 1, tableproxy.Before(second))
				first()
			},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				same := p.offer().Invitees[0]
				var outs [2]invitation.CreateOutput
				invites := func(n int, who testbed.Someone) func() {
					in := p.offer()
					in.Invitees = append(in.Invitees, same)
					return func() {
						var err error
						if outs[n], err = p.Create().Do(t.Context(), who.Caller, in); err != nil {
							t.Error(err)
						}
					}
				}
				log := p.Appended(p.scope, func() { both(invites(0, p.admin), invites(1, p.abe)) })
				if len(outs[0].Results) != 2 || len(outs[1].Results) != 2 {
					t.Fatalf("%+v", outs)
				}
				won, lost := outs[1].Results[1], outs[0].Results[1]
				if lost.Outcome == invitation.Invited && how == "at once" {
					won, lost = lost, won
				}
				if won.Outcome != invitation.Invited || lost.Outcome != invitation.Failed || lost.Invitation != nil || lost.Error.Kind != fault.Conflict ||
					lost.Error.Code != "invitation_pending" || lost.Error.ExistingID != won.Invitation.ID {
					t.Errorf("one has %+v, the other %+v, %v", won, lost, lost.Error)
				}
				for _, out := range outs {
					if out.Results[0].Outcome != invitation.Invited {
						t.Errorf("somebody else: %+v", out.Results[0])
					}
				}
				if n := count(log, "InvitationCreated"); n != 3 || len(log) != 3 {
					t.Errorf("%d entries of %+v", n, log)
				}
				alone := p.offer()
				alone.Invitees = []invitation.Invitee{same}
				_, err := p.Create().Do(t.Context(), p.abe.Caller, alone)
				if found := testbed.FaultOf(err); found.Code != "invitation_pending" || found.ExistingID != won.Invitation.ID {
					t.Errorf("by itself: %v", err)
				}
			})
		}
		consistent(t, p.Bed, p.id)
	}
}

// TestFiftyGetInAtOnce has fifty people accept, each their own, the same brand.
func TestFiftyGetInAtOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, brandOffer(s, access.Viewer, addresses(s, crowdSize)...))
	if err != nil || out.Failed() {
		t.Fatalf("%+v, %v", out, err)
	}
	testbed.AtOnce(crowdSize, func(n int) {
		i := *out.Results[n].Invitation
		who := s.SomeoneWith("Grace", i.Invitee.Email)
		if _, err := s.Accept().Do(t.Context(), who.Caller, invitation.AcceptInput{Locator: byID(i)}); err != nil {
			t.Error(err)
		}
	})
	list, err := s.ListMembers().Do(t.Context(), s.Bob.Caller, member.ListInput{Scope: s.Globex, Role: access.Viewer})
	if err != nil || len(list.Items) != crowdSize {
		t.Errorf("%d are in, %v", len(list.Items), err)
	}
	consistent(t, s.Bed, s.ID)
}

func addresses(s *testbed.Scene, many int) []string {
	list := make([]string, many)
	for i := range list {
		list[i] = s.Address("grace")
	}
	return list
}

// TestAcceptAgainst has the invitee click Accept again and again while somebody else ends the invitation, fifty at once in all. One of them gets
// it, never both, and the one who gets in does so once.
func TestAcceptAgainst(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		other   func(t *testing.T, p place, i invitation.Invitation, invited testbed.Someone) error
		refused []string // what the others may be told
		code    string   // what the one who accepts may be told
		entry   string   // what the others log
	}{
		"delete": {func(t *testing.T, p place, i invitation.Invitation, _ testbed.Someone) error {
			return remove(t, p.Bed, p.admin, i)
		}, []string{"not_found"}, "invitation_deleted", "InvitationDeleted"},
		"resend": {func(t *testing.T, p place, i invitation.Invitation, _ testbed.Someone) error {
			_, err := p.Resend().Do(t.Context(), p.admin.Caller, invitation.ResendInput{Scope: p.scope, ID: i.ID})
			return err
		}, []string{"invitation_accepted", "already_member", "too_many_resends"}, "invitation_superseded", "InvitationResent"},
		"decline": {func(_ *testing.T, p place, i invitation.Invitation, invited testbed.Someone) error {
			return p.ends(i, invited)
		}, []string{"invitation_accepted"}, "invitation_declined", "InvitationDeclined"},
		"expiry": {func(t *testing.T, p place, i invitation.Invitation, _ testbed.Someone) error {
			p.Advance(time.Second)
			_, err := p.Expire().Do(t.Context(), invitation.Reference{Root: p.scope, ID: i.ID, Generation: 1})
			return err
		}, nil, "invitation_expired", "InvitationExpired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, p := range places(t) {
				for _, accepting := range []int{crowdSize / 2, crowdSize - 3, crowdSize - 1, crowdSize - 1} {
					i, grace := p.open()
					p.Advance(week - time.Second)
					var in atomic.Int32
					log := p.Appended(p.scope, func() {
						testbed.AtOnce(crowdSize, func(n int) {
							if n >= accepting {
								if err := c.other(t, p, i, grace); err != nil && !busy(err) && !hasAny(err, c.refused) {
									t.Errorf("%s: the other one: %v", kind, err)
								}
								return
							}
							_, err := accept(t, p.Bed, grace, i)
							switch {
							case err == nil:
								in.Add(1)
							case !busy(err) && !fault.HasCode(err, c.code):
								t.Errorf("%s: %v", kind, err)
							}
						})
					})
					accepted, added, ended := count(log, "InvitationAccepted"), count(log, "MemberAdded"), count(log, c.entry)
					once := accepted+ended == 1 || name == "delete" && accepted == 1 && ended == 1 // what was accepted can be deleted
					if !once || accepted != added || in.Load() > 0 && accepted == 0 {
						t.Errorf("%s: %d of %d got in: %v", kind, in.Load(), accepting, testbed.Types(log))
					}
					if name == "expiry" && p.Guarded(p.scope, i.InviteeKey) != "" { // expired, and what TTL does comes after it here
						p.RemoveGuard(p.scope, i.InviteeKey)
					}
					consistent(t, p.Bed, p.id)
				}
			}
		})
	}
}

// TestRoleDeletedWhileAccepting: whoever gets in while their role is deleted has the one that takes its place, whichever comes first; never the
// deleted one.
func TestRoleDeletedWhileAccepting(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	for n := range 10 {
		gone := l.Role(l.Ada, l.Workspace, "Gone "+l.NewID(), "run_computation")
		grace := l.Someone("Grace")
		i := invite(t, l.Bed, l.Ada, invitation.CreateInput{
			Scope: l.Scope, Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: gone.ID},
		})
		testbed.AtOnce(2, func(at int) {
			if at == n%2 {
				if _, err := accept(t, l.Bed, grace, i); err != nil {
					t.Error(err)
				}
				return
			}
			if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID, ReassignTo: l.Viewer.ID}); err != nil {
				t.Error(err)
			}
		})
		held := func(when string) {
			t.Helper()
			m, err := l.GetMember().Do(t.Context(), l.Ada.Caller, member.GetInput{Scope: l.Scope, User: grace.User.ID})
			if err != nil || m.Role != l.Viewer.ID {
				t.Errorf("%s: she is %s, %v", when, m.Role, err)
			}
		}
		held("at once")
		for _, e := range l.Envelopes(l.ID) {
			if e.DetailType == "RoleDeleted" || e.DetailType == "MemberAdded" {
				if err := l.Cleaner().Do(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
		}
		held("in the end")
		if stored := testbed.Text(l.MemberItem(l.ID, grace.User.ID), "role"); stored != string(l.Viewer.ID) {
			t.Errorf("she is stored as %s", stored)
		}
	}
	consistent(t, l.Bed, l.ID)
}

func hasAny(err error, codes []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return fault.HasCode(err, code) })
}

// TestPromotedAtOnce has people become Organization Admins at the same moment: the count of Admins is right.
func TestPromotedAtOnce(t *testing.T) {
	t.Parallel()
	const many = 8
	s := testbed.NewScene(t)
	people := make([]testbed.Someone, many)
	offers := make([]invitation.Invitation, many)
	for n := range people {
		offers[n] = invite(t, s.Bed, s.Ada, testbed.AdminOffer(s.ID, s.Address("grace")))
		people[n] = s.SomeoneWith("Grace", offers[n].Invitee.Email)
	}
	testbed.AtOnce(many, func(n int) {
		if _, err := accept(t, s.Bed, people[n], offers[n]); err != nil {
			t.Error(err)
		}
	})
	if got := testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins"); got != "9" {
		t.Errorf("%s Admins", got)
	}
	consistent(t, s.Bed, s.ID)
}

// TestManyInviteAtOnce has several Admins invite at the same moment: the mails of the hour are all counted.
func TestManyInviteAtOnce(t *testing.T) {
	t.Parallel()
	const many, each = 6, 5
	s := testbed.NewScene(t)
	testbed.AtOnce(many, func(int) {
		out, err := s.Create().Do(t.Context(), s.Bob.Caller, brandOffer(s, access.Viewer, addresses(s, each)...))
		if err != nil || out.Failed() {
			t.Errorf("%+v, %v", out, err)
		}
	})
	used := 0
	for name, item := range s.Items(s.ID) {
		if len(name) > 5 && name[:5] == "RATE#" {
			used += atoi(testbed.Text(item, "used"))
		}
	}
	if used != many*each {
		t.Errorf("%d mails are counted, want %d", used, many*each)
	}
	consistent(t, s.Bed, s.ID)
}
