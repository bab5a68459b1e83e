package account_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestMe(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada := bed.Someone("Ada")

	got, err := bed.Me().Do(t.Context(), ada.Caller, account.MeInput{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ada.User, got); diff != "" {
		t.Error(diff)
	}
	_, err = bed.Me().Do(t.Context(), request.Caller{}, account.MeInput{})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
	_, err = bed.Me().Do(t.Context(), testbed.Caller("usr_"+bed.NewID()), account.MeInput{})
	testbed.CheckCode(t, err, fault.Forbidden, "not_registered")
}
