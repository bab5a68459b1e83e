package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"prism-access/internal/account"
	"prism-access/internal/boot"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

const (
	turns   = 40  // of a handler, and of the SDK alone
	perTurn = 250 // requests, enough for several rounds of the garbage collector
	sdkCost = 3   // a handler takes at most so many times the CPU of the SDK's calls that it makes
)

// hot are the handlers that are asked most, with what they are asked, in the terms of their recorded event.
var hot = []struct {
	name     string
	function boot.Function
	asked    func(place, *events.APIGatewayV2HTTPRequest) request.Caller
}{
	{"check-access", boot.CheckAccess, func(p place, in *events.APIGatewayV2HTTPRequest) request.Caller {
		in.Body = fmt.Sprintf(`{"scope":"organizations/%s/brands/%s","permission":"publish"}`, p.organization.ID, p.brand.ID)
		return p.member
	}},
	{"list-members", boot.ListMembers, func(p place, in *events.APIGatewayV2HTTPRequest) request.Caller {
		in.PathParameters, in.QueryStringParameters = map[string]string{"o": p.organization.ID}, nil
		return p.admin
	}},
	{"list-my-invitations", boot.ListMyInvitations, func(p place, _ *events.APIGatewayV2HTTPRequest) request.Caller {
		caller, _ := p.invited("new")
		return caller
	}},
}

// BenchmarkCPU compares the CPU that a request to a function takes, from the gateway's event to its answer, with that of the SDK's calls alone. Both get
// the table's answers from memory.
func BenchmarkCPU(b *testing.B) {
	p := newPlace(b, 2*page.DefaultLimit)
	for _, h := range hot {
		payload := p.payload(h.name, h.asked)
		t, environment := &tape{answers: map[string]answer{}}, p.Environment()
		mustAnswer(b, p.handler(h.function, t.recording, environment), payload)
		delete(environment, "AWS_ENDPOINT_URL_DYNAMODB") // as on AWS
		handler, client := p.handler(h.function, t.playing, environment), dynamodb.NewFromConfig(t.playing(testbed.Config()))
		mustAnswer(b, handler, payload)
		whole := func(ctx context.Context) error {
			_, err := handler.Invoke(ctx, payload)
			return err
		}
		alone := func(ctx context.Context) error {
			for _, in := range t.asked {
				if err := send(ctx, client, in); err != nil {
					return err
				}
			}
			return nil
		}
		var ours, theirs time.Duration
		for turn := range turns + 1 {
			took, tookAlone := spent(b, whole), spent(b, alone)
			if turn > 0 { // the first one warms up
				ours, theirs = ours+took, theirs+tookAlone
			}
		}
		mustAnswer(b, handler, payload)
		each := func(of time.Duration) float64 { return float64(of.Microseconds()) / (turns * perTurn) }
		report(b, h.name, metric{each(ours), "cpu-us/op"}, metric{each(theirs), "sdk-cpu-us/op"})
		how := fmt.Sprintf("%.0f us of CPU, %.0f us for the SDK's %d calls alone", each(ours), each(theirs), len(t.asked))
		hold(b, figure{h.name, "x the SDK", how, float64(ours) / float64(theirs), sdkCost})
	}
}

func mustAnswer(b *testing.B, handler lambda.Handler, payload []byte) {
	b.Helper()
	answer, err := handler.Invoke(b.Context(), payload)
	if err != nil || !bytes.Contains(answer, []byte(`"statusCode":200`)) {
		b.Fatalf("%v, %s", err, answer)
	}
}

// spent returns the CPU time of a turn, of this process and so the garbage collector's as well.
func spent(b *testing.B, do run) time.Duration {
	b.Helper()
	before := cpu(b)
	for range perTurn {
		if err := do(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	return cpu(b) - before
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// payload returns the recorded event of a function, asked by somebody of the place about it.
func (p place) payload(function string, asked func(place, *events.APIGatewayV2HTTPRequest) request.Caller) []byte {
	p.T.Helper()
	recorded, err := os.ReadFile(filepath.Join(root, "events", "invoke", function+".json"))
	if err != nil {
		p.T.Fatal(err)
	}
	var in events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(recorded, &in); err != nil {
		p.T.Fatal(err)
	}
	caller := asked(p, &in)
	if signedIn := in.RequestContext.Authorizer; signedIn != nil { // pages have none
		signedIn.JWT.Claims = p.Claims(testbed.Someone{User: account.User{ID: caller.User}})
	}
	payload, err := json.Marshal(in)
	if err != nil {
		p.T.Fatal(err)
	}
	return payload
}

// handler returns a function as it is deployed, with the tape between it and the table, and with its log, but for where that goes.
func (p place) handler(f boot.Function, network func(aws.Config) aws.Config, environment map[string]string) lambda.Handler {
	p.T.Helper()
	handler, err := boot.New(f, boot.Options{
		Getenv: func(name string) string { return environment[name] }, Now: p.Now, Logger: telemetry.NewLogger(io.Discard, "bench"), AWS: network,
	})
	if err != nil {
		p.T.Fatal(err)
	}
	return handler
}
