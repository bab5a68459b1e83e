package dynamodblocal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

func TestPomNamesVersion(t *testing.T) {
	want := "<artifactId>DynamoDBLocal</artifactId>\n      <version>" + Version + "</version>"
	if !strings.Contains(string(pom), want) {
		t.Errorf("pom.xml does not name version %s", Version)
	}
}

// Of many who look for the copy at once one fetches it, also after somebody was killed while fetching.
func TestFetchedTogether(t *testing.T) {
	cache := t.TempDir()
	part := filepath.Join(cache, "dynamodb-local-"+Version+".part", "lib")
	if err := os.MkdirAll(part, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(part, "half.jar"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	runs := filepath.Join(t.TempDir(), "runs")
	programs(t, map[string]string{"mvn": `
for a; do case $a in -DoutputDirectory=*) lib=${a#*=};; esac; done
echo run >> '` + runs + `'
/bin/sleep 0.3
/bin/mkdir -p "$lib"
: > "$lib/DynamoDBLocal-` + Version + `.jar"`})
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			_, err := fetched(t.Context(), Options{CacheDir: cache, Log: &bytes.Buffer{}})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(runs)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != "run\n" {
		t.Errorf("runs of Maven: got %q, want one", got)
	}
	left, err := filepath.Glob(filepath.Join(cache, "dynamodb-local-"+Version, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files of the copy: got %v (%v), want the one of this fetch", left, err)
	}
}
