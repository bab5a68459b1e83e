package bus

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Limits of the service for one call.
const (
	maxEntries = 10
	maxSize    = 256 << 10
)

type putEvents struct {
	Entries []entry
}

type entry struct {
	Time         float64 // seconds since 1970
	Source       string
	Resources    []string
	DetailType   string
	Detail       string
	EventBusName string
}

type result struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

type answer struct {
	FailedEntryCount int
	Entries          []result
}

// ServeHTTP is the service's endpoint. It knows PutEvents.
func (b *Bus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if target := r.Header.Get("X-Amz-Target"); target != "AWSEvents.PutEvents" {
		refuse(w, http.StatusBadRequest, "UnknownOperationException", "the local bus does not know "+target)
		return
	}
	if b.Fault() == Down {
		refuse(w, http.StatusInternalServerError, "InternalException", "the bus is down")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 2*maxSize))
	if err != nil {
		return // the client is gone
	}
	var request putEvents
	if err := json.Unmarshal(body, &request); err != nil {
		refuse(w, http.StatusBadRequest, "SerializationException", err.Error())
		return
	}
	if n := len(request.Entries); n == 0 || n > maxEntries {
		refuse(w, http.StatusBadRequest, "ValidationException", "1 to 10 entries a call")
		return
	}
	size := 0
	for _, e := range request.Entries {
		size += e.size()
	}
	if size > maxSize {
		refuse(w, http.StatusBadRequest, "ValidationException", "Total size of the entries in the request is over the limit.")
		return
	}
	var out answer
	for _, e := range request.Entries {
		put := b.put(e)
		if put.ErrorCode != "" {
			out.FailedEntryCount++
		}
		out.Entries = append(out.Entries, put)
	}
	_ = json.NewEncoder(w).Encode(out) // a client gone does not matter
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("X-Amzn-ErrorType", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": message}) // a client gone does not matter
}

func (e entry) size() int {
	size := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != 0 {
		size += 14
	}
	for _, resource := range e.Resources {
		size += len(resource)
	}
	return size
}

func (b *Bus) put(e entry) result {
	if b.dropped() {
		return result{ErrorCode: "ThrottlingException", ErrorMessage: "Rate exceeded"}
	}
	if e.Source == "" || e.DetailType == "" || e.Detail == "" {
		return result{ErrorCode: "InvalidArgument", ErrorMessage: "Source, DetailType and Detail are needed"}
	}
	var detail map[string]json.RawMessage
	if json.Unmarshal([]byte(e.Detail), &detail) != nil {
		return result{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	bus := DefaultBus
	if e.EventBusName != "" {
		bus = e.EventBusName
		if strings.HasPrefix(bus, "arn:") {
			bus = bus[strings.LastIndexAny(bus, "/:")+1:]
		}
	}
	if !slices.Contains(b.buses, bus) {
		return result{ErrorCode: "ResourceNotFoundException", ErrorMessage: "Event bus " + bus + " does not exist."}
	}
	at := b.now()
	if e.Time != 0 {
		whole, fraction := math.Modf(e.Time)
		at = time.Unix(int64(whole), int64(fraction*1e9))
	}
	id, err := b.Put(bus, e.Source, e.DetailType, at, e.Resources, json.RawMessage(e.Detail))
	if err != nil {
		return result{ErrorCode: "InternalFailure", ErrorMessage: err.Error()}
	}
	return result{EventID: id}
}

// dropped says whether the fault hits the next entry: it hits the first, the third and so on.
func (b *Bus) dropped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fault != Partial {
		return false
	}
	b.calls++
	return b.calls%2 == 1
}
