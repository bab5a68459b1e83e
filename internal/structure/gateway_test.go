package structure

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type throttle struct{ ThrottlingBurstLimit, ThrottlingRateLimit int }

type gateway struct {
	AccessLogSettings    struct{ Format string }
	DefaultRouteSettings throttle
	RouteSettings        map[string]throttle
}

func readGateway(t *testing.T) gateway {
	t.Helper()
	return of[gateway](t, readTemplate(t), "AWS::Serverless::HttpApi")["HttpApi"]
}

// changesMany are the routes on which one call changes many, makes what others are asked about, or lets another system in.
var changesMany = regexp.MustCompile(`^POST .*/(access-requests|clients|bulk-\w+)$|^POST /v1/organizations$`)

// TestWhatCostsOthersIsThrottledMore: of a route that needs no token, whose calls are counted because they mail or ask somebody, or that changes
// many, fewer are taken than of others; of questions what somebody may do, more. The stage cannot be made with settings of a route that does not exist.
func TestWhatCostsOthersIsThrottledMore(t *testing.T) {
	t.Parallel()
	g := readGateway(t)
	all := g.DefaultRouteSettings
	if all.ThrottlingRateLimit < 1 || all.ThrottlingBurstLimit < 1 {
		t.Errorf("by default %+v", all)
	}
	known := map[string]bool{}
	for name, f := range functions(t) {
		counts := slices.ContainsFunc(statements(f), func(s statement) bool {
			return slices.ContainsFunc(s.Condition["ForAllValues:StringLike"][leadingKeys], func(key string) bool { return strings.HasPrefix(key, "RATE#") })
		})
		for _, s := range f.Events {
			if s.Type != "HttpApi" {
				continue
			}
			route := s.route()
			known[route] = true
			open := s.Properties.Auth.Authorizer == "NONE"
			if route == "$default" || !open && !changesMany.MatchString(route) && (!counts || s.Properties.Method != "POST") {
				continue
			}
			if own := g.RouteSettings[route]; own.ThrottlingRateLimit < 1 || own.ThrottlingRateLimit >= all.ThrottlingRateLimit || own.ThrottlingBurstLimit < 1 || own.ThrottlingBurstLimit >= all.ThrottlingBurstLimit {
				t.Errorf("%s of %s has %+v, and all have %+v", route, name, own, all)
			}
		}
	}
	if often := g.RouteSettings["POST /v1/access/check"]; often.ThrottlingRateLimit <= all.ThrottlingRateLimit {
		t.Errorf("of questions %+v, of others %+v", often, all)
	}
	for route := range g.RouteSettings {
		if !known[route] {
			t.Errorf("%s has settings and is no route", route)
		}
	}
}

var logged = regexp.MustCompile(`\$[\w.]+`)

// TestAccessLogHasNoTokens: paths hold the tokens of invitations, headers those of people.
func TestAccessLogHasNoTokens(t *testing.T) {
	t.Parallel()
	format := readGateway(t).AccessLogSettings.Format
	var line map[string]string
	decode(t, []byte(format), &line)
	want := []string{
		"$context.requestId", "$context.requestTime", "$context.identity.sourceIp", "$context.routeKey", "$context.status", "$context.responseLength",
		"$context.responseLatency", "$context.integrationLatency", "$context.error.message", "$context.authorizer.error",
	}
	if diff := cmp.Diff(want, logged.FindAllString(format, -1)); diff != "" {
		t.Error(diff)
	}
}
