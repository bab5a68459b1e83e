//go:build deployed

package deployed

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	root = "../.."
	made = root + "/.build/deployed" // what make has expanded (<environment>.json) and built (<function>/bootstrap)
)

// without are the environments that make has expanded, each with the conditions that do not hold there: those of samconfig.toml that have a value for each
// parameter, and dev with another issuer, a client of it, and the identity of its mails made by another stack. HasSubscribers, which joins a
// list, holds for the emulator everywhere.
var without = map[string][]string{
	"dev":    {"HasClients", "HasDomain", "HasZone", "ReservesConcurrency", "SignsUpBySes"},
	"issuer": {"HasDomain", "HasZone", "MakesMailIdentity", "OwnUserPool", "ReservesConcurrency", "SignsUpBySes"},
	"prod":   {"HasClients", "SignsUpBySes"},
}

// refused are the resources and outputs that the emulator cannot create, with what it says. One that is refused no more goes from here.
var refused = map[string]string{
	"SignInPages":              "Unrecognized resource types: [AWS::Cognito::ManagedLoginBranding, ",
	"BusArchive":               "AWS::Events::Archive, ",
	"BusPolicy":                "AWS::Events::EventBusPolicy]",
	"ServerErrorsAlarm":        "Properties.Metrics (metric math) is not supported",
	"TableReadThrottlesAlarm":  "Properties.Metrics (metric math) is not supported",
	"TableWriteThrottlesAlarm": "Properties.Metrics (metric math) is not supported",
	"BouncesAlarm":             "Properties.Metrics (metric math) is not supported",
	"ComplaintsAlarm":          "Properties.Metrics (metric math) is not supported",
	"Outputs.MailRecords":      "attribute DkimDNSTokenName1 does not exist in schema for AWS::SES::EmailIdentity",
}

// corrected are the variables that the emulator gives otherwise than AWS: for a secret its name and not its ARN.
var corrected = []string{"LINK_KEYS"}

// expansion is what CloudFormation gets for an environment.
type expansion struct {
	Parameters map[string]string
	Template   struct{ Resources map[string]resource }
}

type resource struct {
	Type, Condition, DeletionPolicy, UpdateReplacePolicy string
	Properties                                           object
}

type (
	object = map[string]any
	list   = []any
)

// creation is what became of it on the emulator.
type creation struct {
	Account      string
	Made         map[string]string // physical by logical ids
	Outputs      map[string]string
	Environments map[string]map[string]string // of the functions
	Corrected    []string
}

var emulator struct {
	Endpoint string
	Refused  map[string]string   // with the reason
	Stacks   map[string]creation // by environment
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run runs the tests beside the emulator.
func run(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "prism-deployed-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what stays lies in the folder of temporary things
	arguments := []string{"emulate.py", folder}
	for _, name := range slices.Sorted(maps.Keys(without)) {
		arguments = append(arguments, filepath.Join(made, name+".json"))
	}
	command := exec.CommandContext(context.Background(), root+"/.build/emulator/bin/python", arguments...)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return 0, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = input.Close()  // which ends it
		_ = command.Wait() // it has said what was wrong
	}()
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		return 0, fmt.Errorf("the emulator: %w", err)
	}
	if err := json.Unmarshal(line, &emulator); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// each runs a test for the template of each environment.
func each(t *testing.T, test func(t *testing.T, in template)) {
	t.Helper()
	for name := range without {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e expansion
			decode(t, read(t, made, name+".json"), &e)
			test(t, template{e.Template.Resources, e.Parameters, emulator.Stacks[name]})
		})
	}
}

// TestTheStackIsCreated: the emulator makes all of the template but what it is known to refuse.
func TestTheStackIsCreated(t *testing.T) {
	t.Parallel()
	for name, conditions := range without {
		var e expansion
		decode(t, read(t, made, name+".json"), &e)
		stack := emulator.Stacks[name]
		var want []string
		for id, r := range e.Template.Resources {
			if refused[id] == "" && !slices.Contains(conditions, r.Condition) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(stack.Made))); diff != "" || len(want) < 200 {
			t.Errorf("%s: %d resources (-template +emulator):\n%s", name, len(want), diff)
		}
		var fail []string
		for output, says := range stack.Outputs {
			if condition, is := strings.CutPrefix(output, "Condition"); is && says == "fails" {
				fail = append(fail, condition)
			}
		}
		slices.Sort(fail)
		if diff := cmp.Diff(conditions, fail); diff != "" {
			t.Errorf("%s: conditions that do not hold (-want +emulator):\n%s", name, diff)
		}
		if diff := cmp.Diff(corrected, stack.Corrected); diff != "" {
			t.Errorf("%s: what the emulator gives otherwise than AWS (-known +found): %s", name, diff)
		}
	}
	for id, reason := range emulator.Refused {
		if says := refused[id]; says == "" || !strings.Contains(reason, says) {
			t.Errorf("the emulator refuses %s: %s", id, reason)
		}
	}
	for id := range refused {
		if emulator.Refused[id] == "" {
			t.Errorf("the emulator does not refuse %s any more", id)
		}
	}
}

// TestWhoseTokensAreTaken: by the gateway those of the issuer that the console signs in with and that users are told apart by, for its client and the
// others. Cognito has a page to sign up, and names itself to its trigger.
func TestWhoseTokensAreTaken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, in template) {
		made, console := in.Stack.Made, in.Stack.Environments["ConsoleFunction"]
		issuer, client, signUp := in.Parameters["OidcIssuer"], in.Parameters["OidcClientId"], ""
		clients := client + "," + in.Parameters["Clients"]
		if pool := made["UserPool"]; issuer == "" {
			issuer, client = "https://cognito-idp.eu-central-1.amazonaws.com/"+pool, made["UserPoolClient"]
			clients, signUp = client+","+made["CheckClient"], "https://"+made["UserPoolDomain"]+".auth.eu-central-1.amazoncognito.com/signup"
		}
		want := []string{issuer, clients, client, signUp}
		got := []string{in.Stack.Outputs["TokensOf"], in.Stack.Outputs["TokensFor"], console["OIDC_CLIENT_ID"], console["OIDC_SIGN_UP_URL"]}
		if diff := cmp.Diff(want, got); diff != "" || client == "" {
			t.Errorf("issuer and clients of the gateway, the console's, and where people sign up (-want +made):\n%s", diff)
		}
		for id, variables := range in.Stack.Environments {
			if of, has := variables["OIDC_ISSUER"]; has && of != issuer && (id != "RegisterUserFunction" || of != in.Parameters["OidcIssuer"]) {
				t.Errorf("%s: the issuer is %q, want %q", id, of, issuer)
			}
		}
	})
}
