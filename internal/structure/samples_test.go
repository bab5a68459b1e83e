package structure

import (
	"regexp"
	"strings"
	"testing"
)

var (
	samCommand = regexp.MustCompile(`(?m)^ {4}(\S*sam) (build|deploy) ((?:.*\\\n)*.*)$`)
	ofASample  = map[string]string{"build": "--build-dir .aws-sam/", "deploy": "--stack-name prism-"}
)

// TestSamplesAreStacksOfTheirOwn: where samples say how they are deployed, nothing of the product is taken: neither its build nor its stack's name, which
// samconfig.toml gives to commands that name none, nor that file itself, which --guided writes.
func TestSamplesAreStacksOfTheirOwn(t *testing.T) {
	t.Parallel()
	found := 0
	for _, sample := range []string{"push", "roles"} {
		for _, c := range samCommand.FindAllStringSubmatch(string(read(t, samples, sample, "README.md")), -1) {
			found++
			if sam, verb, rest := c[1], c[2], c[3]; sam != ".venv/bin/sam" || !strings.Contains(rest, ofASample[verb]) || !strings.Contains(rest, "--template ") || strings.Contains(rest, "--guided") {
				t.Errorf("%s: %s", sample, c[0])
			}
		}
	}
	if found != 3 {
		t.Errorf("%d commands of SAM, want 3", found)
	}
}
