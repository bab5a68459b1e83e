package boot_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/access"
	"prism-access/internal/authn"
	"prism-access/internal/boot"
	"prism-access/internal/boot/mails"
	"prism-access/internal/boot/pages"
	"prism-access/internal/httpapi"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
	"prism-access/internal/testbed/roles"
)

const secretARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:LinkKey-abc123"

// keeper is Secrets Manager: it answers the first requests with what it is given, and all further ones with the last of it.
func keeper(t *testing.T, answers ...string) (env map[string]string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	server := httptest.NewServer(roles.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		signed := r.Header.Get("Authorization")
		if r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" || string(body) != `{"SecretId":"`+secretARN+`"}` ||
			!strings.Contains(signed, "/eu-central-1/secretsmanager/aws4_request") || !strings.Contains(signed, "x-amz-target") {
			t.Errorf("asked for %s, signed %s, as %s", body, signed, r.Header.Get("X-Amz-Target"))
		}
		answer := answers[min(int(asked.Add(1)), len(answers))-1]
		if strings.HasPrefix(answer, `{"__type"`) {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, answer) // a client gone does not matter
	}), "secretsmanager:GetSecretValue", "LinkKey"))
	t.Cleanup(server.Close)
	env = maps.Clone(testbed.New(t).Environment())
	env["LINK_KEYS"], env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = secretARN, server.URL
	return env, asked
}

func held(text string) string {
	answer, _ := json.Marshal(map[string]string{"SecretString": text}) // cannot fail
	return string(answer)
}

var (
	older = strings.Repeat("o", 40)
	newer = strings.Repeat("n", 40)
)

// TestSecretIsReadOncePerStart: not again by what else needs it in the same function, and again after a fault that passes.
func TestSecretIsReadOncePerStart(t *testing.T) {
	t.Parallel()
	const fault = `{"__type":"InternalServiceError"}`
	fine := held(`{"signs": "1", "1": "` + older + `"}`)
	for name, c := range map[string]struct {
		function boot.Function
		answers  []string
		want     int32
	}{
		"one operation":  {boot.AcceptInvitation, []string{fine}, 1},
		"all operations": {pages.Console, []string{fine}, 1},
		"mails":          {mails.SendMail, []string{fine}, 1},
		"after a fault":  {boot.AcceptInvitation, []string{fault, fault, fine}, 3},
		"none needed":    {boot.GetMe, []string{fine}, 0},
	} {
		env, asked := keeper(t, c.answers...)
		if err := wire(c.function, env); err != nil || asked.Load() != c.want {
			t.Errorf("%s: %v, asked %d times, want %d", name, err, asked.Load(), c.want)
		}
	}
}

// TestEachFunctionMayReadTheSecretItNeeds: each that reads it at its start may, by its role. That no other may, the roles tell in the end.
func TestEachFunctionMayReadTheSecretItNeeds(t *testing.T) {
	t.Parallel()
	env, _ := keeper(t, held(`{"signs": "1", "1": "`+older+`"}`))
	for name, function := range functions() {
		if err := wire(function, roles.As(name, env)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStartWithoutASecretEnds: with one line that names the variable, and no word of the secret.
func TestStartWithoutASecretEnds(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"not allowed":       `{"__type":"AccessDeniedException","Message":"no"}`,
		"no object":         held(older),
		"nobody signs":      held(`{"1": "` + older + `"}`),
		"an unknown signer": held(`{"signs": "2", "1": "` + older + `"}`),
		"too short":         held(`{"signs": "1", "1": "` + older[:31] + `"}`),
		"no answer":         "",
	} {
		env, asked := keeper(t, answer)
		err := wire(boot.AcceptInvitation, env)
		if err == nil || !strings.HasPrefix(err.Error(), "bad environment: LINK_KEYS: ") || strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "ooo") {
			t.Errorf("%s: %v", name, err)
		}
		if asked.Load() > 3 {
			t.Errorf("%s: asked %d times", name, asked.Load())
		}
	}
}

// newKeys are the secrets that a change of keys goes through (infra/runbook.md): in the end the older key is gone.
var newKeys = []string{
	`{"signs": "1", "1": "` + older + `"}`,
	`{"signs": "1", "1": "` + older + `", "2": "` + newer + `"}`,
	`{"signs": "2", "1": "` + older + `", "2": "` + newer + `"}`,
	`{"signs": "2", "2": "` + newer + `"}`,
}

// TestLinksAndSessionsOutliveKeys: a link of before, its page and a session work until the key of the link is gone. Then the link says that it is not known, and what is sent
// again works; sessions know of no key.
func TestLinksAndSessionsOutliveKeys(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, &book{contract: contract, seen: map[string]bool{}})
	visitor := httptest.NewRecorder()
	a.check(authn.Door{Sessions: a.Table, Now: a.RealNow}.Open(visitor, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), a.Ada.User.ID))
	cookie := visitor.Result().Cookies()[0]
	address := a.Address("grace")
	grace := a.SomeoneWith("Grace", a.Address("other"))
	var sent map[string]any
	link := func() string {
		url, _ := sent["accept_url"].(string)
		return strings.TrimPrefix(url, testbed.BaseURL+invitation.Path)
	}
	for step, secret := range newKeys {
		env, _ := keeper(t, held(secret))
		now := a.with(map[string]string{"LINK_KEYS": env["LINK_KEYS"], "AWS_ENDPOINT_URL_SECRETS_MANAGER": env["AWS_ENDPOINT_URL_SECRETS_MANAGER"]})
		page := func(path, cookie string) events.APIGatewayV2HTTPResponse {
			t.Helper()
			return visited(t, now, path, cookie)
		}
		if step == 0 {
			made := now.expect(http.StatusCreated, "", ask{method: http.MethodPost, path: "/" + a.Org.String() + "/invitations", body: a.memberOffer(address), who: &a.Ada})
			results, _ := made.body["results"].([]any)
			sent, _ = results[0].(map[string]any)["invitation"].(map[string]any)
		}
		status, code, says := http.StatusOK, "", `data-state="signed_out"`
		if step == len(newKeys)-1 {
			status, code, says = http.StatusNotFound, "not_found", "ask the person who invited you to send it again"
		}
		now.expect(status, code, ask{method: http.MethodGet, path: "/invitations/" + link()})
		if got := page(invitation.Path+link(), ""); got.StatusCode != status || !strings.Contains(got.Body, says) {
			t.Errorf("step %d: the page of the link answers %d, want %d and %s", step, got.StatusCode, status, says)
		}
		if got := page("/", cookie.Name+"="+cookie.Value); got.StatusCode != http.StatusOK || !strings.Contains(got.Body, a.Ada.User.Name) {
			t.Errorf("step %d: Ada is not signed in any more: %d", step, got.StatusCode)
		}
		if step == len(newKeys)-1 {
			a.Advance(2 * time.Minute)
			id, _ := sent["id"].(string)
			sent = now.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + a.Org.String() + "/invitations/" + id + "/resend", body: "{}", who: &a.Ada}).body
			now.expect(http.StatusForbidden, "wrong_account", ask{method: http.MethodPost, path: "/invitations/" + link() + "/accept", who: &grace})
		}
	}
}

// visited returns a page of the console.
func visited(t *testing.T, a *api, path, cookie string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	handler, err := boot.New(pages.Console, boot.Options{
		Getenv: func(name string) string { return a.env[name] }, Now: a.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	in := events.APIGatewayV2HTTPRequest{Version: "2.0", RouteKey: "$default", RawPath: path, Headers: map[string]string{"host": "prism.test"}}
	in.RequestContext.HTTP.Method, in.RequestContext.HTTP.Path = http.MethodGet, path
	if cookie != "" {
		in.Cookies = []string{cookie}
	}
	payload, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := handler.Invoke(t.Context(), payload)
	var answer events.APIGatewayV2HTTPResponse
	if err := errors.Join(err, json.Unmarshal(text, &answer)); err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestKeysChangeWithoutKillingLinks: while the next key is known and does not sign, each function reads the links of all others, whichever of the
// two secrets it has read; then it signs, and links of the key before live on.
func TestKeysChangeWithoutKillingLinks(t *testing.T) {
	t.Parallel()
	steps := newKeys[:3]
	var links []invitation.Links
	for _, step := range steps {
		env, _ := keeper(t, held(step))
		if err := wire(func(e *boot.Env) lambda.Handler {
			links = append(links, e.Links())
			return nil
		}, env); err != nil {
			t.Fatal(err)
		}
	}
	offer := invitation.Reference{Root: access.Organization("org_01J00000000000000000000001"), ID: "inv_01J0000000000000000000000Z", Generation: 3}
	for at := range steps {
		for _, reader := range []int{at - 1, at, at + 1} {
			if reader < 0 || reader >= len(links) {
				continue
			}
			token := strings.TrimPrefix(links[at].Path(offer), invitation.Path)
			if got, err := links[reader].Read(token); err != nil || got != offer {
				t.Errorf("a link of step %d at step %d: %+v, %v", at, reader, got, err)
			}
		}
	}
	if _, err := links[0].Read(strings.TrimPrefix(links[2].Path(offer), invitation.Path)); err == nil {
		t.Error("in the end the older key signs as before")
	}
}
