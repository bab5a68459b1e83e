package structure

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	overrides = regexp.MustCompile(`(?ms)^\[(\w+)\.\w+\.parameters\]$[^\[]*^parameter_overrides = \[(.*?)^\]$`)
	override  = regexp.MustCompile(`"(\w+)=`)
)

// TestEnvironmentsOfSAM: local, dev and prod each give a value to every parameter that has none by itself, and to none that is not there.
func TestEnvironmentsOfSAM(t *testing.T) {
	t.Parallel()
	given := map[string]map[string]bool{}
	for _, environment := range overrides.FindAllStringSubmatch(string(read(t, "samconfig.toml")), -1) {
		given[environment[1]] = map[string]bool{}
		for _, one := range override.FindAllStringSubmatch(environment[2], -1) {
			given[environment[1]][one[1]] = true
		}
	}
	if diff := cmp.Diff([]string{"dev", "local", "prod"}, sorted(given)); diff != "" {
		t.Error(diff)
	}
	parameters := readTemplate(t).Parameters
	for environment, values := range given {
		for name := range values {
			if _, exists := parameters[name]; !exists {
				t.Errorf("%s gives %s, which is no parameter", environment, name)
			}
		}
		for name, p := range parameters {
			if p.Default == nil && !values[name] {
				t.Errorf("%s gives no %s", environment, name)
			}
		}
	}
}
