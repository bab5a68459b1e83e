package bench

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/infra/local/runtimeapi"
	"prism-access/infra/local/template"
)

const (
	coldStarts = 60        // of each function, side by side with the others
	nothing    = "nothing" // the function that the others are compared with
)

// bound is what a function may cost.
type bound struct {
	kind   string
	starts float64 // cold start as a multiple of a function that does nothing
	size   float64 // MB of the binary for linux/arm64
}

// Most functions have the client of the table alone. Two hold the templates of pages or mails. Two have the client of the bus as well, and
// nobody waits for those.
var (
	small      = bound{"all other functions", 1.8, 11}
	publishing = bound{"relay-log and sweep-log", 2.6, 11}
	large      = bound{"console and send-mail", 2.6, 16}
)

func boundOf(function string) bound {
	switch function {
	case "console", "send-mail":
		return large
	case "relay-log", "sweep-log":
		return publishing
	default:
		return small
	}
}

// binary is what was measured of a function, for the README.
type binary struct{ start, ratio, size float64 } // ms, multiple of one that does nothing, MB

var binaries = map[string]*binary{}

func weighed(function string) *binary {
	if binaries[function] == nil {
		binaries[function] = &binary{}
	}
	return binaries[function]
}

// build makes the functions, and the one that does nothing, as they are deployed. It returns the bootstrap of each.
func build(b *testing.B, arch string) map[string]string {
	b.Helper()
	dir := b.TempDir()
	command := exec.CommandContext(b.Context(), "make", "--no-print-directory", "build",
		"ARCH="+arch, "BUILD_DIR="+dir, "FUNCTIONS=./functions/... ./infra/bench/"+nothing)
	command.Dir, command.Env = root, outsideMake()
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", command, err, out)
	}
	binaries, _ := filepath.Glob(filepath.Join(dir, "*", "bootstrap"))
	built := map[string]string{}
	for _, path := range binaries {
		built[filepath.Base(filepath.Dir(path))] = path
	}
	if built[nothing] == "" || len(built) < 2 {
		b.Fatalf("make build made %v", built)
	}
	return built
}

// outsideMake is the environment without what make tells the makes below it.
func outsideMake() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKEFLAGS=") || strings.HasPrefix(v, "MFLAGS=") || strings.HasPrefix(v, "MAKELEVEL=")
	})
}

// BenchmarkSize weighs the binaries for linux/arm64.
func BenchmarkSize(b *testing.B) {
	most := map[bound]figure{}
	built := build(b, "arm64")
	for _, function := range slices.Sorted(maps.Keys(built)) {
		info, err := os.Stat(built[function])
		if err != nil {
			b.Fatal(err)
		}
		size := float64(info.Size()) / 1e6
		of := boundOf(function)
		if function != nothing && size > most[of].measured {
			most[of] = figure{"binary for arm64, " + of.kind, "MB", "largest: " + function, size, of.size}
		}
		weighed(function).size = size
		report(b, function, metric{size, "MB"})
	}
	for _, of := range []bound{small, publishing, large} {
		hold(b, most[of])
	}
}

// BenchmarkColdStart starts each function as Lambda does, from the start of the process to its first question for work.
// The functions take turns, so that what else the machine does falls on all of them alike.
func BenchmarkColdStart(b *testing.B) {
	built := build(b, runtime.GOARCH)
	environment := environments(b)
	took := map[string][]time.Duration{}
	for round := range coldStarts + 1 {
		for function, bootstrap := range built {
			d := start(b, bootstrap, environment[function])
			if round > 0 { // the first one brings the binary into memory
				took[function] = append(took[function], d)
			}
		}
	}
	compare(b, took)
}

func compare(b *testing.B, took map[string][]time.Duration) {
	b.Helper()
	idle := quantile(took[nothing], 0.5)
	most := map[bound]figure{}
	for _, function := range slices.Sorted(maps.Keys(took)) {
		median := quantile(took[function], 0.5)
		ratio := float64(median) / float64(idle)
		of := boundOf(function)
		if function != nothing && ratio > most[of].measured {
			how := fmt.Sprintf("slowest: %s %.1f ms, nothing %.1f ms, medians of %d", function, milliseconds(median), milliseconds(idle), coldStarts)
			most[of] = figure{"cold start, " + of.kind, "x nothing", how, ratio, of.starts}
		}
		weighed(function).start, weighed(function).ratio = milliseconds(median), ratio
		report(b, function, metric{milliseconds(median), "ms/start"}, metric{ratio, "x-nothing"})
	}
	for _, of := range []bound{small, publishing, large} {
		hold(b, most[of])
	}
}

// environments returns what each function finds in its environment on AWS: the template's variables and Lambda's own.
func environments(b *testing.B) map[string][]string {
	b.Helper()
	read, err := template.Read(filepath.Join(root, "template.yaml"), template.Options{
		Region: "eu-central-1", Account: "123456789012",
		Parameters: map[string]string{
			"BaseUrl": "https://access.example.com", "MailFrom": "access@example.com",
			// Keys in the environment, as for sam local: the round trip to the secret is the network's.
			"DynamoDbEndpoint": "http://127.0.0.1:1", "LinkKeys": "1:" + strings.Repeat("k", 64),
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	environments := map[string][]string{nothing: runtimeapi.Environment(nil)}
	for _, f := range read.Functions {
		environments[f.Name] = runtimeapi.Environment(f.Env)
	}
	return environments
}

// start starts a function, ends it when it has asked for its first event, and returns how long it took to ask.
func start(b *testing.B, bootstrap string, environment []string) time.Duration {
	b.Helper()
	instance, err := runtimeapi.Start(b.Context(), bootstrap, environment)
	if err != nil {
		b.Fatal(err)
	}
	instance.Stop()
	return instance.Took
}
