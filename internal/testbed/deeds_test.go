package testbed_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

const week = 7 * 24 * time.Hour

// do performs an operation.
type do func(ctx context.Context) error

// deed is an operation in one of its cases: what it costs, what it logs in the organization or the lab, and how a scene is prepared for it.
type deed struct {
	name    string   // of the function, and the case
	rounds  int      // 0: it reads nothing
	inLab   bool     // not in the organization
	log     []string // nil: it writes nothing there
	writes  bool
	by      func(s *testbed.Scene) testbed.Someone // whose rights it takes, nil when it is no matter of rights
	prepare func(s *testbed.Scene) do
}

// root returns the organization or the workspace that the deed is done in.
func (d deed) root(s *testbed.Scene) access.Scope {
	if d.inLab {
		return s.Lab().Scope
	}
	return s.Org
}

// id is the root's.
func (d deed) id(s *testbed.Scene) string {
	if d.inLab {
		return s.Lab().ID
	}
	return s.ID
}

func ada(s *testbed.Scene) testbed.Someone   { return s.Ada }
func bob(s *testbed.Scene) testbed.Someone   { return s.Bob }
func owner(s *testbed.Scene) testbed.Someone { return s.Lab().Ada }

// as drops the answer of an operation.
func as[In, Out any](op func(context.Context, request.Caller, In) (Out, error), who testbed.Someone, in In) do {
	return func(ctx context.Context) error {
		_, err := op(ctx, who.Caller, in)
		return err
	}
}

// keyed is as with an Idempotency-Key.
func keyed[In, Out any](op func(context.Context, request.Caller, In) (Out, error), who testbed.Someone, in In) do {
	who.Caller = testbed.WithKey(who.Caller, "click-"+who.User.ID[4:12]+time.Now().Format("150405.000000000"), "what is asked")
	return as(op, who, in)
}

// deeds are all operations. The rounds are those of the design.
var deeds = slices.Concat(
	deedsOfOrganizations, deedsOfInvitations, deedsOfRequests, deedsOfMembers, deedsOfUpkeep, deedsOfWorkspaces, membersOfLab, invitationsOfLab,
)

// TestDeedsAreAllOperations keeps anybody from forgetting an operation here.
func TestDeedsAreAllOperations(t *testing.T) {
	t.Parallel()
	functions, err := os.ReadDir("../../functions")
	if err != nil {
		t.Fatal(err)
	}
	// These work on the log: their tests are their own.
	others := []string{"relay-log", "sweep-log"}
	for _, function := range functions {
		name := function.Name()
		known := slices.ContainsFunc(deeds, func(d deed) bool {
			function, _, _ := strings.Cut(d.name, ":")
			return function == name
		})
		if !known && !slices.Contains(others, name) {
			t.Errorf("the function %s is not among the deeds", name)
		}
	}
}
