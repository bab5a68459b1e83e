package testbed_test

import (
	"strconv"
	"strings"
	"testing"

	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// TestRounds holds what each operation costs, in an organization or a workspace of a few members and in one of ten thousand.
func TestRounds(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	small, big := bed.Scene(), testbed.New(t).Scene()
	grow(big, 10_000)
	for _, d := range deeds {
		t.Run(d.name, func(t *testing.T) {
			rounds, requests := costs(t, d, small)
			if rounds != d.rounds {
				t.Errorf("%d rounds, want %d", rounds, d.rounds)
			}
			bigRounds, bigRequests := costs(t, d, big)
			if bigRounds != rounds || bigRequests != requests {
				t.Errorf("%d rounds with %d requests among a few, %d with %d among thousands", rounds, requests, bigRounds, bigRequests)
			}
		})
	}
	for _, operation := range []string{"DescribeTable", "Scan"} {
		if n := proxy.Count(operation); n != 0 {
			t.Errorf("%s was called %d times", operation, n)
		}
	}
	if proxy.Count("TransactWriteItems") == 0 {
		t.Error("the proxy has seen nothing")
	}
}

func costs(t *testing.T, d deed, s *testbed.Scene) (rounds, requests int) {
	t.Helper()
	act := d.prepare(s)
	ctx, meter := telemetry.WithMeter(t.Context())
	if err := act(ctx); err != nil {
		t.Errorf("in %s: %v", s.ID, err)
	}
	requests, writes := meter.Requests()
	if (writes > 0) != d.writes {
		t.Errorf("%d writes", writes)
	}
	return meter.Rounds(), requests
}

// grow adds members to the organization, some of them to its Globex, and to the lab.
func grow(s *testbed.Scene, many int) {
	cleo := s.Cleo.User.ID
	id := func(i int) []string {
		return []string{"usr_" + strings.Repeat("0", 21) + string([]byte{'A' + byte(i/26/26/26%26), 'A' + byte(i/26/26%26), 'A' + byte(i/26%26), 'A' + byte(i%26), 'Z'})}
	}
	s.Copies(s.Item("ORG#"+s.ID, "MEMBER#"+cleo), many, []string{cleo}, id)
	s.Copies(s.Item("ORG#"+s.ID+"#BRAND#"+s.Globex.Brand, "MEMBER#"+cleo), many/10, []string{cleo}, id)
	vic := s.Lab().Vic.User.ID
	s.Copies(s.MemberItem(s.Lab().ID, vic), many, []string{vic}, id)
	for i := range 90 { // and what a role counts for is read with the workspace
		s.Role(s.Lab().Ada, s.Lab().Workspace, "Role "+strconv.Itoa(i), "run_computation", "view_assets")
	}
}
