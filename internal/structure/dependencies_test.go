package structure

import (
	"os/exec"
	"testing"
)

// reasons lists every module that this one needs directly, and why.
var reasons = map[string]string{
	"github.com/aws/aws-lambda-go":                     "the Lambda runtime's interface and the types of its events",
	"github.com/aws/aws-sdk-go-v2":                     "the AWS clients' configuration",
	"github.com/aws/aws-sdk-go-v2/service/dynamodb":    "the table",
	"github.com/aws/aws-sdk-go-v2/service/eventbridge": "publishes events",
	"github.com/aws/aws-sdk-go-v2/service/sesv2":       "sends mail",
	"github.com/aws/smithy-go":                         "the errors and middleware of the AWS clients",
	"github.com/chromedp/cdproto":                      "tests: the browser's protocol",
	"github.com/chromedp/chromedp":                     "tests: drives the browser",
	"github.com/coreos/go-oidc/v3":                     "sign-in: verifies ID tokens",
	"github.com/getkin/kin-openapi":                    "tests: holds traffic against openapi.yaml",
	"github.com/go-jose/go-jose/v4":                    "local stack: the issuer's keys and tokens, and the gateway's check of them",
	"github.com/goccy/go-yaml":                         "local stack and tests: reads template.yaml",
	"github.com/google/go-cmp":                         "tests: differences",
	"github.com/guregu/dynamo/v2":                      "the table's expressions, transactions and item mapping",
	"github.com/oklog/ulid/v2":                         "ids that sort by time",
	"github.com/santhosh-tekuri/jsonschema/v6":         "tests: holds events against their schemas",
	"golang.org/x/net":                                 "international domain names of addresses; HTML parsing in tests",
	"golang.org/x/oauth2":                              "sign-in: the authorization code flow with PKCE; local stack: tokens for what is pushed",
	"golang.org/x/sync":                                "reads side by side, failing together",
	"golang.org/x/text":                                "Unicode normal form of addresses and names",
	"pgregory.net/rapid":                               "tests: properties and state machines",
}

func TestDependenciesHaveAReason(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	command.Dir = root
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	decode(t, text, &module)
	direct := map[string]bool{}
	for _, required := range module.Require {
		direct[required.Path] = !required.Indirect
		if !required.Indirect && reasons[required.Path] == "" {
			t.Errorf("%s is needed without a reason", required.Path)
		}
	}
	for path := range reasons {
		if !direct[path] {
			t.Errorf("%s has a reason and is not needed", path)
		}
	}
}
