package tableproxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// Fault treats a request in place of the table, which is next.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Conflict cancels a transaction because another one is at work on its item at index, counted from 0. A write or read
// of one item is refused likewise.
func Conflict(index int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		body, _ := io.ReadAll(r.Body) // is in memory
		var request struct{ TransactItems []json.RawMessage }
		_ = json.Unmarshal(body, &request) // without items it is no transaction
		if len(request.TransactItems) == 0 {
			refuse(w, http.StatusBadRequest, dynamodbError+"TransactionConflictException", map[string]any{"message": "Transaction is ongoing for the item"})
			return
		}
		codes := make([]string, len(request.TransactItems))
		reasons := make([]map[string]string, len(request.TransactItems))
		for i := range reasons {
			codes[i], reasons[i] = "None", map[string]string{"Code": "None"}
			if i == min(index, len(reasons)-1) {
				codes[i] = "TransactionConflict"
				reasons[i] = map[string]string{"Code": codes[i], "Message": "Transaction is ongoing for the item"}
			}
		}
		refuse(w, http.StatusBadRequest, dynamodbError+"TransactionCanceledException", map[string]any{
			"Message":             fmt.Sprintf("Transaction cancelled, please refer cancellation reasons for specific reasons [%s]", strings.Join(codes, ", ")),
			"CancellationReasons": reasons,
		})
	}
}

// Throttle refuses a request for its rate.
func Throttle() Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		refuse(w, http.StatusBadRequest, dynamodbError+throttledCode, map[string]any{"message": "The level of configured provisioned throughput for the table was exceeded"})
	}
}

// ServerError answers a 500.
func ServerError() Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		refuse(w, http.StatusInternalServerError, dynamodbError+"InternalServerError", map[string]any{"message": "Internal server error"})
	}
}

// LoseReply has the table carry the request out and then breaks off instead of answering.
func LoseReply() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler) // closes the connection
	}
}

// BreakOff closes the connection. The table does not see the request.
func BreakOff() Fault {
	return func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// Hang answers nothing until the client gives up. The table does not see the request.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }
}

// Before runs f just before the table sees the request, for example to change what the caller has read.
func Before(f func()) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		f()
		next.ServeHTTP(w, r)
	}
}

const throttledCode = "ProvisionedThroughputExceededException"

const dynamodbError = "com.amazonaws.dynamodb.v20120810#"

func refuse(w http.ResponseWriter, status int, kind string, body map[string]any) {
	body["__type"] = kind
	var text bytes.Buffer
	_ = json.NewEncoder(&text).Encode(body) // cannot fail
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // a client gone does not matter
}
