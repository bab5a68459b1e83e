package boot_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/access"
	"prism-access/internal/boot"
	"prism-access/internal/boot/mails"
	"prism-access/internal/boot/pages"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

const secretARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:LinkKey-abc123"

// keeper is Secrets Manager: it answers the first requests with what it is given, and all further ones with the last of it.
func keeper(t *testing.T, answers ...string) (env map[string]string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	}))
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

// TestKeysChangeWithoutKillingLinks: while the next key is known and does not sign, each function reads the links of all others, whichever of the
// two secrets it has read; then it signs, and links of the key before live on.
func TestKeysChangeWithoutKillingLinks(t *testing.T) {
	t.Parallel()
	steps := []string{
		`{"signs": "1", "1": "` + older + `"}`,
		`{"signs": "1", "1": "` + older + `", "2": "` + newer + `"}`,
		`{"signs": "2", "1": "` + older + `", "2": "` + newer + `"}`,
	}
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
