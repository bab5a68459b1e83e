package account_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestRegistrationsAreConditioned stores registrations that somebody decided when an address was another one's. No version says so: whose it is
// stands in its guard alone.
func TestRegistrationsAreConditioned(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	for name, c := range map[string]struct {
		holder string // who holds the address of the registered user by now
		change func(registered, heir account.User) account.Registration
	}{
		"taken from somebody who has lost it": {"usr_other", takeOver},
		"taken from somebody, and free":       {"", takeOver},
		"left, and somebody else's": {"usr_other", func(registered, _ account.User) account.Registration {
			after := registered
			after.Email, after.Version = bed.Address("new"), registered.Version+1
			return account.Registration{Before: &registered, After: after}
		}},
		"free, and somebody else's": {"usr_other", func(_, heir account.User) account.Registration { return account.Registration{After: heir} }},
	} {
		t.Run(name, func(t *testing.T) {
			v, next := newVisitor(bed, "Grace"), newVisitor(bed, "Heir")
			registered := v.signIn(t)
			heir := account.User{ID: next.id(), Name: "Heir", Email: registered.Email, EmailVerified: true, Username: "heir" + bed.NewID(), Version: 1}
			bed.SetHolder(account.EmailKey(registered.Email), c.holder)
			if err := bed.Table.Register(t.Context(), c.change(registered, heir), audit.Trail{}); !request.IsOvertaken(err) {
				t.Errorf("got %v", err)
			}
			if got := owner(bed, registered.Email); got != c.holder {
				t.Errorf("the address is %q's", got)
			}
			if diff := cmp.Diff(registered, record(t, bed, v)); diff != "" {
				t.Error(diff)
			}
			if got := bed.Item("USER#"+heir.ID, "USER"); got != nil {
				t.Errorf("the heir is registered: %v", got)
			}
		})
	}
}

func takeOver(registered, heir account.User) account.Registration {
	return account.Registration{After: heir, Former: &registered}
}

// TestGuardsThatAreRightAlready finds guards as the change would leave them: that does not stand in its way.
func TestGuardsThatAreRightAlready(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	proving := newVisitor(bed, "Proving")
	proving.in.EmailVerified = false
	proving.signIn(t)
	bed.SetHolder(account.EmailKey(proving.in.Email), proving.id())
	proving.in.EmailVerified = true
	proving.signIn(t)
	agrees(t, bed, proving)

	leaving := newVisitor(bed, "Leaving")
	leaving.signIn(t)
	bed.SetHolder(account.EmailKey(leaving.in.Email), "")
	leaving.in.Email = bed.Address("new")
	leaving.signIn(t)
	agrees(t, bed, leaving)
}
