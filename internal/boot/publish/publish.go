// Package publish wires the functions that put log entries on the bus. They stand apart from boot, as EventBridge's client would
// start with every function.
package publish

import (
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/audit"
	"prism-access/internal/boot"
	"prism-access/internal/bus"
	"prism-access/internal/trigger"
	"prism-access/internal/upkeep"
)

func publisher(e *boot.Env) bus.Bus {
	return bus.New(e.AWS(), e.Required("BUS_NAME"), e.Get("AWS_ENDPOINT_URL_EVENTBRIDGE"))
}

func relay(e *boot.Env, operation string) audit.Relay {
	outbox := trigger.Published{Outbox: e.Table(), Operation: operation, Now: e.Now, Logger: e.Logger}
	return audit.Relay{Outbox: outbox, Publisher: publisher(e), Awaits: upkeep.Subscribers}
}

// RelayLog is the function relay-log.
func RelayLog(e *boot.Env) lambda.Handler {
	return lambda.NewHandler(trigger.RelayLog{Relay: relay(e, "relay-log"), Logger: e.Logger}.Do)
}

// SweepLog is the function sweep-log.
func SweepLog(e *boot.Env) lambda.Handler {
	return lambda.NewHandler(trigger.SweepLog{Sweep: audit.Sweep{Relay: relay(e, "sweep-log"), Now: e.Now}, Logger: e.Logger}.Do)
}
