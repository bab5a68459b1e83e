package invitation_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

const crowdSize = 50

// busy reports whether a call was too late to be served in all the commotion, which is an answer as well.
func busy(err error) bool { return errors.Is(err, fault.Unavailable) }

// TestFiftyAcceptTheSame shows that a click fifty times over makes one member.
func TestFiftyAcceptTheSame(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	testbed.AtOnce(crowdSize, func(int) {
		joined, err := accept(t, s.Bed, grace, i)
		if err != nil && !busy(err) || err == nil && (joined.Version != 1 || joined.User.ID != grace.User.ID) {
			t.Errorf("%+v, %v", joined, err)
		}
	})
	log := s.Log(s.Org)
	if accepted, added := count(log, "InvitationAccepted"), count(log, "MemberAdded"); accepted != 1 || added != 1+4 {
		t.Errorf("%d accepted, %d added", accepted, added)
	}
	consistent(t, s.Bed, s.ID)
}

// TestFiftyInviteTheSame shows that one of fifty who invite the same person does.
func TestFiftyInviteTheSame(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	in := testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0])
	var mu sync.Mutex
	made, refused := map[string]int{}, map[string]int{}
	testbed.AtOnce(crowdSize, func(int) {
		out, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
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
	if len(made) != 1 || len(refused) > 1 {
		t.Fatalf("made %v, refused for %v", made, refused)
	}
	for id, times := range made {
		if times != 1 || len(refused) == 1 && refused[id] == 0 {
			t.Errorf("made %v, refused for %v", made, refused)
		}
	}
	if n := count(s.Log(s.Org), "InvitationCreated"); n != 1 {
		t.Errorf("%d entries", n)
	}
	consistent(t, s.Bed, s.ID)
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
		other   func(t *testing.T, s *testbed.Scene, i invitation.Invitation) error
		refused []string // what the others may be told
		code    string   // what the one who accepts may be told
		entry   string   // what the others log
	}{
		"delete": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) error {
			return remove(t, s.Bed, s.Ada, i)
		}, []string{"not_found"}, "invitation_deleted", "InvitationDeleted"},
		"resend": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) error {
			_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
			return err
		}, []string{"invitation_accepted", "already_member", "too_many_resends"}, "invitation_superseded", "InvitationResent"},
		"decline": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) error {
			_, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(i), Email: i.Invitee.Email})
			return err
		}, []string{"invitation_accepted"}, "invitation_declined", "InvitationDeclined"},
		"expiry": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) error {
			s.Advance(time.Second)
			_, err := s.Expire().Do(t.Context(), invitation.Reference{Root: s.Org, ID: i.ID, Generation: 1})
			return err
		}, nil, "invitation_expired", "InvitationExpired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			for _, accepting := range []int{crowdSize / 2, crowdSize - 3, crowdSize - 1, crowdSize - 1} {
				i := s.Pending(s.Address("grace"))
				grace := s.SomeoneWith("Grace", i.Invitee.Email)
				s.Advance(week - time.Second)
				var in atomic.Int32
				log := s.Appended(s.Org, func() {
					testbed.AtOnce(crowdSize, func(n int) {
						if n >= accepting {
							if err := c.other(t, s, i); err != nil && !busy(err) && !hasAny(err, c.refused) {
								t.Errorf("the other one: %v", err)
							}
							return
						}
						_, err := accept(t, s.Bed, grace, i)
						switch {
						case err == nil:
							in.Add(1)
						case !busy(err) && !fault.HasCode(err, c.code):
							t.Error(err)
						}
					})
				})
				accepted, added, ended := count(log, "InvitationAccepted"), count(log, "MemberAdded"), count(log, c.entry)
				once := accepted+ended == 1 || name == "delete" && accepted == 1 && ended == 1 // what was accepted can be deleted
				if !once || accepted != added || in.Load() > 0 && accepted == 0 {
					t.Errorf("%d of %d got in: %v", in.Load(), accepting, testbed.Types(log))
				}
				if name == "expiry" {
					if guard := s.Guarded(s.Org, i.InviteeKey); guard != "" { // expired, and what TTL does comes after it here
						s.RemoveGuard(s.Org, i.InviteeKey)
					}
				}
				consistent(t, s.Bed, s.ID)
			}
		})
	}
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
