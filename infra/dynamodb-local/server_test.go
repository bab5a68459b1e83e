package dynamodblocal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// holderEnv makes the test binary a process that starts a server and waits, for TestServerEndsWithItsParent.
const holderEnv = "DYNAMODB_LOCAL_TEST_HOLDER"

func TestMain(m *testing.M) {
	if os.Getenv(holderEnv) != "" {
		s, err := Start(context.Background(), Options{})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.Endpoint)
		select {}
	}
	os.Exit(m.Run())
}

// alone takes away what would spare Start the search.
func alone(t *testing.T) {
	t.Helper()
	t.Setenv(ownEndpoint, "")
	t.Setenv("JAVA_HOME", "")
}

// programs puts just these shell scripts on the path.
func programs(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func realProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The copy is fetched once; from then on Java alone is enough, and a data folder outlives the server.
func TestStartFetchesOnce(t *testing.T) {
	alone(t)
	java := realProgram(t, "java")
	o := Options{CacheDir: t.TempDir(), DataDir: filepath.Join(t.TempDir(), "data")}
	var log bytes.Buffer
	o.Log = &log
	first := start(t, o)
	if want := filepath.Join(o.CacheDir, "dynamodb-local-"+Version); !strings.Contains(log.String(), want) {
		t.Errorf("log of the first start: got %q, want it to name %s", log.String(), want)
	}
	if _, err := CreateTable(t.Context(), first.Endpoint, "../../template.yaml"); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	first.Stop()
	if err := answers(t.Context(), first.Endpoint); err == nil {
		t.Error("the server answers after Stop")
	}

	log.Reset()
	programs(t, map[string]string{"java": "exec " + java + ` "$@"`})
	second := start(t, o)
	if log.Len() > 0 {
		t.Errorf("log of the second start: got %q, want nothing", log.String())
	}
	got, err := client(second.Endpoint).ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.TableNames) != 1 || got.TableNames[0] != TableName {
		t.Errorf("tables in the data folder: got %v, want %s", got.TableNames, TableName)
	}
}

func TestStartByDocker(t *testing.T) {
	alone(t)
	copied, err := fetched(t.Context(), Options{Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	// Stands in for the daemon: runs what the image would run, on the port that was published.
	programs(t, map[string]string{"docker": `
[ "$1" = run ] || exit 0
for a; do case $a in 127.0.0.1:*:8000) port=${a#*:}; port=${port%:*};; esac; done
while [ "$1" != -jar ]; do last=$1; shift; done
[ "$last" = ` + image + ` ] || exit 1
shift 2
exec ` + realProgram(t, "java") + ` -cp '` + copied + `/*' ` + mainClass + ` -port "$port" "$@"`})
	s := start(t, Options{CacheDir: t.TempDir()})
	s.Stop()
	if err := answers(t.Context(), s.Endpoint); err == nil {
		t.Error("the server answers after Stop")
	}
}

func TestStartSaysWhatToInstall(t *testing.T) {
	const java17 = `echo 'openjdk version "17.0.15" 2025-04-15' >&2`
	tests := map[string]struct {
		scripts map[string]string
		want    []string
	}{
		"nothing there": {
			want: []string{"install Java 17 or newer with Maven, or Docker", "java: not found", "docker: not found"},
		},
		"old java, no daemon": {
			scripts: map[string]string{
				"java":   `echo 'java version "1.8.0_402"' >&2`,
				"docker": `echo 'Client: 28' && echo 'Cannot connect to the Docker daemon' >&2 && exit 1`,
			},
			want: []string{"java: version 1 is too old", "docker: Cannot connect to the Docker daemon"},
		},
		"java without maven": {
			scripts: map[string]string{"java": java17},
			want:    []string{"maven: mvn not found", "docker: not found"},
		},
		"maven without network": {
			scripts: map[string]string{
				"java": java17,
				"mvn":  `echo '[INFO] Scanning' && echo '[ERROR] Could not transfer artifact' && echo '[ERROR] Re-run' && exit 1`,
			},
			want: []string{"maven: Could not transfer artifact", "docker: not found"},
		},
		"maven that delivers nothing": {
			scripts: map[string]string{"java": java17, "mvn": `exit 0`},
			want:    []string{"maven: did not deliver DynamoDB Local"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			alone(t)
			programs(t, tt.scripts)
			cache := t.TempDir()
			s, err := Start(t.Context(), Options{CacheDir: cache})
			if err == nil {
				s.Stop()
				t.Fatal("got a server, want an error")
			}
			for _, want := range append(tt.want, ownEndpoint) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to contain %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("got several lines: %q", err)
			}
			if left, _ := filepath.Glob(filepath.Join(cache, "*[^k]")); len(left) > 0 { // the lock stays
				t.Errorf("left in the cache: %v", left)
			}
		})
	}
}

func TestStartTakesSomebodysOwnServer(t *testing.T) {
	alone(t)
	own := start(t, Options{})
	t.Setenv(ownEndpoint, own.Endpoint)
	s := start(t, Options{})
	if s.Endpoint != own.Endpoint {
		t.Errorf("endpoint: got %s, want %s", s.Endpoint, own.Endpoint)
	}
	s.Stop()
	if err := answers(t.Context(), own.Endpoint); err != nil {
		t.Errorf("somebody's own server after our Stop: %v", err)
	}

	own.Stop()
	_, err := Start(t.Context(), Options{})
	if err == nil || !strings.Contains(err.Error(), ownEndpoint+"="+own.Endpoint+" does not answer") {
		t.Errorf("dead endpoint: got %v, want an error that names it", err)
	}
}

func TestStartRefusesTakenPort(t *testing.T) {
	alone(t)
	s := start(t, Options{})
	var port int
	if _, err := fmt.Sscanf(s.Endpoint, "http://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	if again, err := Start(t.Context(), Options{Port: port}); err == nil {
		again.Stop()
		t.Error("started on a port that is taken")
	}
}

// Even a killed parent leaves no server behind.
func TestServerEndsWithItsParent(t *testing.T) {
	if endsWithParent() == nil {
		t.Log("only Linux has means for this")
		return
	}
	alone(t)
	holder := exec.CommandContext(t.Context(), os.Args[0])
	holder.Env = append(os.Environ(), holderEnv+"=1")
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	var endpoint string
	_, scanErr := fmt.Fscanln(out, &endpoint)
	if err := answers(t.Context(), endpoint); err != nil {
		t.Errorf("before: %v (%v)", err, scanErr)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // says that it was killed
	for deadline := time.Now().Add(stopTimeout); answers(t.Context(), endpoint) == nil; time.Sleep(pollInterval) {
		if time.Now().After(deadline) {
			t.Fatalf("the server answers %s after its parent was killed", stopTimeout)
		}
	}
}
