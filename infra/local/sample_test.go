package main

import (
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/google/go-cmp/cmp"

	"prism-access/events/examples/roles"
)

// subscriber holds what the sample subscriber knows of the demo organization against its list of users.
func subscriber(l *local, ada, endpoint string) {
	l.t.Helper()
	text, _ := json.Marshal(l.call(ada, http.MethodGet, "/v1/me/access", nil)) // was JSON
	demo := "organizations/" + regexp.MustCompile(`org_\w+`).FindString(string(text))
	replica := roles.FromEnvironment(func(name string) string {
		return map[string]string{
			"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
			"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "ROLES_TABLE": "roles",
		}[name]
	})
	want := map[string]string{}
	for _, item := range l.call(ada, http.MethodGet, "/v1/"+demo+"/members", nil)["items"].([]any) {
		want[item.(object)["user"].(object)["id"].(string)] = item.(object)["role"].(string)
	}
	l.eventually("it has them all", func() bool {
		members, err := replica.Members(l.t.Context(), demo)
		got := map[string]string{}
		for user, held := range members {
			got[user] = held.Role
		}
		return err == nil && len(want) == 5 && cmp.Equal(want, got)
	})
}
