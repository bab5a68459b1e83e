package pattern_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"prism-access/infra/local/pattern"
)

// The leaves and shapes below are combined with each other, so that every operator meets every kind of value at every
// kind of place.
var (
	tests = []string{
		`"a"`, `"A"`, `"abc"`, `""`, `"5"`, `5`, `5.0`, `5e0`, `-1`, `true`, `false`, `null`,
		`"a","b"`, `"a",5,null`,
		`{"prefix":"a"}`, `{"prefix":{"equals-ignore-case":"A"}}`,
		`{"suffix":"c"}`, `{"suffix":{"equals-ignore-case":"C"}}`,
		`{"equals-ignore-case":"ABC"}`, `{"equals-ignore-case":"ÄÖ"}`,
		`{"exists":true}`, `{"exists":false}`, `{"exists":false},"a"`,
		`{"anything-but":"a"}`, `{"anything-but":["a","abc"]}`, `{"anything-but":5}`, `{"anything-but":[5,6]}`,
		`{"anything-but":{"prefix":"a"}}`, `{"anything-but":{"suffix":"c"}}`, `{"anything-but":{"equals-ignore-case":"ABC"}}`,
		`{"anything-but":{"prefix":["a","x"]}}`, `{"anything-but":{"equals-ignore-case":["abc","x"]}}`,
		`{"numeric":["=",5]}`, `{"numeric":[">",0]}`, `{"numeric":[">=",5,"<",7.5]}`, `{"numeric":["<",0]}`,
		`{"numeric":["<=",5]},"abc"`,
	}
	values = []string{
		`"a"`, `"A"`, `"abc"`, `"ABC"`, `""`, `"5"`, `"xyz"`, `"cab"`, `"äÖ"`, `5`, `5.0`, `5e0`, `50e-1`, `7`, `-1`, `0.5`, `true`, `false`, `null`,
		`[]`, `["a"]`, `["x","abc"]`, `[5,"a"]`, `[["a"],["x"]]`, `{}`, `{"deeper":"a"}`, `[{"deeper":"a"}]`, `[null]`,
	}
	// In a shape, T is one of the tests.
	shapes = []string{
		`{"k":[T]}`, `{"o":{"k":[T]}}`, `{"k":[T],"o":{"k":["a"]}}`,
		`{"list":{"k":[T],"kind":["x"]}}`,
		`{"$or":[{"k":[T]},{"other":["yes"]}]}`,
		`{"o":{"$or":[{"k":[T]},{"other":["yes"]}]},"list":{"kind":["x"]}}`,
	}
	// In an event, V is one of the values.
	events = []string{
		`{"k":V}`, `{"o":{"k":V}}`, `{"k":V,"o":{"k":"a"}}`, `{"other":"yes"}`, `{"o":{"other":["no","yes"]},"list":[{"kind":"y"},{"kind":"x"}]}`,
		`{"list":[{"k":V,"kind":"x"},{"k":"abc","kind":"y"}]}`,
		`{"list":[{"k":V,"kind":"y"},{"k":5,"kind":"x"}]}`,
		`{"list":[{"k":V},{"kind":"x"}]}`,
		`{"list":{"k":V,"kind":["x","z"]}}`,
		`{"o":{"k":V},"list":[{"kind":"x"}]}`,
	}
	// Whole patterns that the shapes do not reach.
	whole = []string{
		`{"k":[{"exists":true}],"o":{"k":[{"exists":false}]}}`,
		`{"list":{"k":[{"exists":false}],"kind":["x"]}}`,
		`{"$or":[{"k":["a"]},{"k":["abc"],"o":{"k":["a"]}}],"o":{"k":[{"prefix":"a"}]}}`,
		`{"$or":[{"$or":[{"k":["a"]},{"k":[5]}]},{"other":["yes"]}]}`,
		// What both have to refuse.
		`{}`, `{"k":[]}`, `{"k":"a"}`, `{"k":{}}`, `{"k":[{"prefix":5}]}`, `{"k":[{"numeric":[">"]}]}`, `{"k":[{"numeric":["~",1]}]}`,
		`{"k":[{"frobnicate":"a"}]}`, `{"k":[{"exists":"yes"}]}`, `{"k":[["a"]]}`, `{"k":[{"prefix":"a","suffix":"b"}]}`, `[]`, `{"k":`,
		`{"k":[{"anything-but":[]}]}`, `{"k":[{"anything-but":null}]}`, `{"k":[{"anything-but":{"numeric":[">",1]}}]}`,
	}
)

// TestMatchesAsAWSDoes compares this package with AWS's own matcher on every pattern and event of the table.
func TestMatchesAsAWSDoes(t *testing.T) {
	t.Parallel()
	patterns, bodies := table()
	var input bytes.Buffer
	for _, p := range patterns {
		for _, body := range bodies {
			fmt.Fprintf(&input, "%s\t%s\n", p, body)
		}
	}
	answers := strings.Split(strings.TrimSpace(oracle(t, &input)), "\n")
	if want := len(patterns) * len(bodies); len(answers) != want {
		t.Fatalf("the oracle gave %d answers to %d questions", len(answers), want)
	}
	counts := map[string]int{}
	for i, p := range patterns {
		parsed, err := pattern.Parse([]byte(p))
		for j, body := range bodies {
			want := answers[i*len(bodies)+j]
			counts[want]++
			got := "no"
			if err != nil {
				got = "refused"
			} else if parsed.Match([]byte(body)) {
				got = "yes"
			}
			if got != want {
				t.Errorf("%s on %s: got %s, AWS says %s (%v)", p, body, got, want, err)
			}
		}
	}
	if counts["yes"] < 1000 || counts["no"] < 1000 || counts["refused"] < 10*len(bodies) {
		t.Errorf("the table has gone weak: %v", counts)
	}
}

func table() (patterns, bodies []string) {
	for _, shape := range shapes {
		for _, test := range tests {
			patterns = append(patterns, strings.Replace(shape, "T", test, 1))
		}
	}
	seen := map[string]bool{}
	for _, event := range events {
		for _, value := range values {
			body := strings.Replace(event, "V", value, 1)
			if json.Valid([]byte(body)) && !seen[body] {
				seen[body] = true
				bodies = append(bodies, body)
			}
		}
	}
	return append(patterns, whole...), bodies
}

// oracle runs AWS's matcher, which Maven fetches once into the user's cache, on the questions.
func oracle(t *testing.T, questions *bytes.Buffer) string {
	t.Helper()
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test compares with AWS's matcher and needs Java 17 and Maven: %v", err)
		}
	}
	classes := fetch(t)
	var stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1",
		"-cp", classes+string(os.PathListSeparator)+filepath.Join(classes, "*"), "Oracle")
	command.Stdin, command.Stderr = questions, &stderr
	answers, err := command.Output()
	if err != nil {
		t.Fatalf("the oracle: %v\n%s", err, stderr.String())
	}
	return string(answers)
}

// fetch returns a folder with the jars and the compiled Oracle, made whole under another name first so that a test that
// is stopped, or two at once, leave no half of it.
func fetch(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	for _, name := range []string{"pom.xml", "Oracle.java"} {
		content, err := os.ReadFile(filepath.Join("testdata/oracle", name))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(content)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(cache, "prism-access", "event-ruler-"+hex.EncodeToString(sum.Sum(nil))[:12])
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(folder), "fetching-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	run(t.Context(), t, "mvn", "-q", "-B", "-f", "testdata/oracle/pom.xml",
		"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies", "-DoutputDirectory="+fresh)
	jars, err := filepath.Glob(filepath.Join(fresh, "*.jar"))
	if err != nil {
		t.Fatal(err)
	}
	run(t.Context(), t, "java", "-cp", filepath.Join(fresh, "*"), "org.eclipse.jdt.internal.compiler.batch.Main",
		"-17", "-nowarn", "-cp", strings.Join(jars, string(os.PathListSeparator)), "-d", fresh, "testdata/oracle/Oracle.java")
	if err := os.Rename(fresh, folder); err != nil && !errors.Is(err, os.ErrExist) {
		if _, other := os.Stat(folder); other != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func run(ctx context.Context, t *testing.T, name string, arguments ...string) {
	t.Helper()
	if output, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, output)
	}
}
