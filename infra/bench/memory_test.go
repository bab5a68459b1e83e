package bench

import (
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/infra/local/runtimeapi"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

const (
	requests  = 2000 // requests, after which a function holds what it ever will
	memoryFor = 64   // MB: a quarter of what the smallest function has
)

// BenchmarkMemory runs the bootstraps of the functions that are asked most, and the console's, on DynamoDB Local as Lambda does, and looks at what they hold.
func BenchmarkMemory(b *testing.B) {
	p := newPlace(b, 2*page.DefaultLimit)
	payloads := map[string][]byte{"console": p.payload("console", func(_ place, in *events.APIGatewayV2HTTPRequest) request.Caller {
		caller, invited := p.invited("new")
		in.RawPath = "/invitations/accept/" + invited.Token
		return caller
	})}
	for _, h := range hot {
		payloads[h.name] = p.payload(h.name, h.asked)
	}
	built, environment := build(b, runtime.GOARCH), environments(b)
	for function, payload := range payloads {
		variables := environment[function]
		for name, value := range p.Environment() {
			variables = append(variables, name+"="+value) // the last of a name counts
		}
		instance, err := runtimeapi.Start(b.Context(), built[function], variables)
		if err != nil {
			b.Fatal(err)
		}
		for range requests {
			mustAnswer(b, instance, payload)
		}
		used := resident(b, instance.PID())
		instance.Stop()
		report(b, function, metric{used, "MB-resident"})
		hold(b, figure{function, "MB", fmt.Sprintf("resident after %d requests", requests), used, memoryFor})
	}
}

// resident returns the memory of a process, in MB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	out, err := exec.CommandContext(b.Context(), "ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	kilobytes, _ := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil || kilobytes == 0 {
		b.Fatalf("ps says %q: %v", out, err)
	}
	return kilobytes * 1024 / 1e6
}
