// Package awsjson speaks the JSON protocol of DynamoDB and its streams with a local server. Items pass through it
// untouched, in the very form in which Lambda hands them to functions.
package awsjson

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Client is the address of a server.
type Client struct{ Endpoint string }

// Item is an item or a part of one: attribute name -> {"S": "text"}.
type Item map[string]json.RawMessage

// Error is what the server refuses.
type Error struct {
	Operation string
	Code      string // for example ConditionalCheckFailedException
	Message   string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Operation, e.Code, e.Message) }

// The local server looks at the form of the credentials alone.
const authorization = "AWS4-HMAC-SHA256 Credential=local/20200101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local"

// Table calls an operation of DynamoDB and decodes its answer into out unless that is nil.
func (c Client) Table(ctx context.Context, operation string, in, out any) error {
	return c.call(ctx, "DynamoDB_20120810."+operation, in, out)
}

// Stream calls an operation of DynamoDB Streams likewise.
func (c Client) Stream(ctx context.Context, operation string, in, out any) error {
	return c.call(ctx, "DynamoDBStreams_20120810."+operation, in, out)
}

func (c Client) call(ctx context.Context, target string, in, out any) error {
	_, operation, _ := strings.Cut(target, ".")
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	if response.StatusCode != http.StatusOK {
		var refused struct {
			Type    string `json:"__type"`
			Message string
		}
		_ = json.Unmarshal(answer, &refused) // without it the code stays empty
		return &Error{Operation: operation, Code: refused.Type[strings.LastIndex(refused.Type, "#")+1:], Message: refused.Message}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return nil
}

// Text returns an attribute of the type S, or "".
func (i Item) Text(name string) string {
	var value struct{ S string }
	_ = json.Unmarshal(i[name], &value) // another type is none
	return value.S
}

// Number returns an attribute of the type N, or "".
func (i Item) Number(name string) string {
	var value struct{ N string }
	_ = json.Unmarshal(i[name], &value) // another type is none
	return value.N
}
