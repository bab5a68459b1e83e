package boot_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/boot"
	"prism-access/internal/boot/mails"
	"prism-access/internal/boot/pages"
	"prism-access/internal/boot/publish"
	"prism-access/internal/testbed"
)

// functions are all deployed functions, by the name of their folder.
func functions() map[string]boot.Function {
	all := maps.Clone(apiFunctions)
	maps.Copy(all, map[string]boot.Function{
		"register-user": boot.RegisterUser, "expire-invitations": boot.ExpireInvitations, "relay-log": publish.RelayLog, "sweep-log": publish.SweepLog,
		"send-mail": mails.SendMail, "console": pages.Console, "maintain-indexes": boot.MaintainIndexes, "clean-up": boot.CleanUp, "track-mail": boot.TrackMail,
	})
	return all
}

// needs are the variables that a function cannot do without, besides those of the table and of Lambda itself.
func needs(name string) []string {
	needed := []string{"AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "TABLE_NAME"}
	switch name {
	case asksNobody:
		return nil
	case "create-organization", "get-organization", "update-organization":
		needed = append(needed, "BASE_URL")
	case "create-invitations", "get-invitation", "resend-invitation", "preview-invitation", "accept-invitation", "decline-invitation",
		"request-link":
		needed = append(needed, "BASE_URL", "LINK_KEYS")
	case "add-client":
		needed = append(needed, "OIDC_ISSUER")
	case "relay-log", "sweep-log":
		needed = append(needed, "BUS_NAME")
	case "send-mail":
		needed = append(needed, "BASE_URL", "LINK_KEYS", "MAIL_FROM", "MAIL_CONFIGURATION_SET")
	case "console":
		needed = append(needed, "BASE_URL", "LINK_KEYS", "OIDC_ISSUER", "OIDC_CLIENT_ID")
	}
	slices.Sort(needed)
	return needed
}

func wire(f boot.Function, env map[string]string) error {
	_, err := boot.New(f, boot.Options{Getenv: func(name string) string { return env[name] }})
	return err
}

// TestAllFunctionsAreHere keeps this list and the folders together.
func TestAllFunctionsAreHere(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir(filepath.Join("..", "..", "functions"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, folder := range folders {
		want = append(want, folder.Name())
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(functions()))); diff != "" {
		t.Error(diff)
	}
}

var missing = regexp.MustCompile(`([A-Z_]+) is not set`)

// TestMissingVariables: one line names all that are missing, whichever they are.
func TestMissingVariables(t *testing.T) {
	t.Parallel()
	whole := testbed.New(t).Environment()
	for name, f := range functions() {
		if err := wire(f, whole); err != nil {
			t.Errorf("%s with all variables: %v", name, err)
		}
		if diff := cmp.Diff(needs(name), named(wire(f, nil))); diff != "" {
			t.Errorf("%s without any: %s", name, diff)
		}
		for variable := range whole {
			env := maps.Clone(whole)
			delete(env, variable)
			var want []string
			if slices.Contains(needs(name), variable) {
				want = []string{variable}
			}
			if diff := cmp.Diff(want, named(wire(f, env))); diff != "" {
				t.Errorf("%s without %s: %s", name, variable, diff)
			}
		}
	}
}

// named returns the variables that an error calls missing, each once; nil for no error.
func named(err error) []string {
	if err == nil {
		return nil
	}
	if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "bad environment: ") {
		return []string{"a line that is none: " + err.Error()}
	}
	var names []string
	for _, match := range missing.FindAllStringSubmatch(err.Error(), -1) {
		names = append(names, match[1])
	}
	return names
}

// TestMalformedVariables: one that is there but wrong is named as well, beside those that are missing.
func TestMalformedVariables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		function string
		changed  map[string]string
		want     []string
	}{
		"a slash at the end":               {"get-organization", map[string]string{"BASE_URL": "https://prism.test/"}, []string{"BASE_URL"}},
		"a key that is too short":          {"accept-invitation", map[string]string{"LINK_KEYS": "1:short"}, []string{"LINK_KEYS"}},
		"a key without a number":           {"accept-invitation", map[string]string{"LINK_KEYS": "key", "BASE_URL": "", "TABLE_NAME": ""}, []string{"BASE_URL", "LINK_KEYS", "TABLE_NAME"}},
		"a limit that is no number":        {"create-invitations", map[string]string{"INVITATION_MAILS_PER_HOUR": "many"}, []string{"INVITATION_MAILS_PER_HOUR"}},
		"no mails at all":                  {"resend-invitation", map[string]string{"INVITATION_MAILS_PER_HOUR": "0"}, []string{"INVITATION_MAILS_PER_HOUR"}},
		"a console that is not on the web": {"console", map[string]string{"BASE_URL": "://", "OIDC_ISSUER": ""}, []string{"BASE_URL", "OIDC_ISSUER"}},
	} {
		env := testbed.New(t).Environment()
		maps.Copy(env, c.changed)
		err := wire(functions()[c.function], env)
		if err == nil {
			t.Errorf("%s: it starts", name)
			continue
		}
		for _, variable := range c.want {
			if !strings.Contains(err.Error(), variable) {
				t.Errorf("%s: %v does not name %s", name, err, variable)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v is more than a line", name, err)
		}
	}
}

// TestProcessEndsWithOneLine builds a function and starts it with next to nothing around it.
func TestProcessEndsWithOneLine(t *testing.T) {
	t.Parallel()
	const name = "relay-log"
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "prism-access/functions/"+name)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	start := exec.CommandContext(t.Context(), binary)
	var stdout, stderr bytes.Buffer
	start.Env, start.Stdout, start.Stderr = []string{"TABLE_NAME=prism-access"}, &stdout, &stderr
	err := start.Run()
	exit, ended := errors.AsType[*exec.ExitError](err)
	if !ended || exit.ExitCode() != 1 || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("%v, said %q and %q, want exit code 1 and one line", err, stdout.String(), stderr.String())
	}
	want := slices.DeleteFunc(needs(name), func(variable string) bool { return variable == "TABLE_NAME" })
	if diff := cmp.Diff(want, named(errors.New(strings.TrimSpace(stderr.String())))); diff != "" {
		t.Error(diff)
	}
}
