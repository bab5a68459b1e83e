// Package publish wires the functions that put log entries on the bus. They stand apart from boot, as EventBridge's client would
// start with every function.
package publish

import (
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/audit"
	"prism-access/internal/boot"
	"prism-access/internal/bus"
	"prism-access/internal/trigger"
)

func publisher(e *boot.Env) bus.Bus {
	return bus.New(e.AWS(), e.Required("BUS_NAME"), e.Get("AWS_ENDPOINT_URL_EVENTBRIDGE"))
}

// RelayLog is the function relay-log.
func RelayLog(e *boot.Env) lambda.Handler {
	relay := audit.Relay{Outbox: e.Table(), Publisher: publisher(e)}
	return lambda.NewHandler(trigger.RelayLog{Relay: relay, Logger: e.Logger}.Do)
}

// SweepLog is the function sweep-log.
func SweepLog(e *boot.Env) lambda.Handler {
	sweep := audit.Sweep{Outbox: e.Table(), Publisher: publisher(e), Now: e.Now}
	return lambda.NewHandler(trigger.SweepLog{Sweep: sweep, Logger: e.Logger}.Do)
}
