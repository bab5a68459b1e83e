package stream

import (
	"encoding/json"
	"time"

	"prism-access/infra/local/awsjson"
)

// Record is one change of the table in the form in which Lambda hands it to functions, which is the stream's own but for
// the identity and the source.
type Record struct {
	EventID        string    `json:"eventID"`
	EventName      string    `json:"eventName"` // INSERT, MODIFY, REMOVE
	EventVersion   string    `json:"eventVersion"`
	EventSource    string    `json:"eventSource"`
	AWSRegion      string    `json:"awsRegion"`
	Change         Change    `json:"dynamodb"`
	UserIdentity   *Identity `json:"userIdentity,omitempty"` // who removed it, if it was the service
	EventSourceARN string    `json:"eventSourceARN"`

	came time.Time // to the function's mapping, by its clock
}

// Change is what happened to the item.
type Change struct {
	ApproximateCreationDateTime json.Number  `json:"ApproximateCreationDateTime"`
	Keys                        awsjson.Item `json:"Keys"`
	NewImage                    awsjson.Item `json:"NewImage,omitempty"`
	OldImage                    awsjson.Item `json:"OldImage,omitempty"`
	SequenceNumber              string       `json:"SequenceNumber"`
	SizeBytes                   int64        `json:"SizeBytes"`
	StreamViewType              string       `json:"StreamViewType"`
}

// Identity is the caller of a change that no user has made. Lambda spells its fields with a small letter, the stream with a
// capital one; decoding takes both.
type Identity struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
}

// Service is the identity of removals by TTL.
func Service() *Identity {
	return &Identity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}
}
