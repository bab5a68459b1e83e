package accessrequest_test

import (
	"testing"
	"time"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/fault"
	"prism-access/internal/testbed"
)

// TestWhileAsking changes what was read before the request is written: the transaction itself refuses.
func TestWhileAsking(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := scene{bed.Scene()}
	direct := scene{&testbed.Scene{Bed: testbed.New(t), Org: s.Org, ID: s.ID, JoinPage: s.JoinPage, Brands: s.Brands, Ada: s.Ada}}
	for code, c := range map[string]func(grace testbed.Someone){
		"already_member":  func(grace testbed.Someone) { direct.Join(s.Ada, s.Brands[0], access.Viewer, grace) },
		"request_pending": func(grace testbed.Someone) { direct.Asks(grace) },
		"request_rejected": func(grace testbed.Someone) {
			asked := direct.Asks(grace)
			if _, err := direct.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: asked.ID}); err != nil {
				t.Error(err)
			}
		},
	} {
		grace := s.Someone("Grace")
		var after int
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			c(grace)
			after = len(s.Log(s.Org))
		}))
		_, err := s.Ask().Do(t.Context(), grace.Caller, accessrequest.CreateInput{Scope: s.Org, Connection: s.JoinPage})
		testbed.CheckCode(t, err, fault.Conflict, code)
		if wait := testbed.FaultOf(err).RetryAfter; (wait > 23*time.Hour) != (code == "request_rejected") {
			t.Errorf("%s: again in %s", code, wait)
		}
		if now := len(s.Log(s.Org)); now != after {
			t.Errorf("%s: %d entries were logged", code, now-after)
		}
	}
}
