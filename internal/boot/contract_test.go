package boot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/oklog/ulid/v2"

	"prism-access/internal/boot"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
	"prism-access/internal/testbed/roles"
)

// apiFunctions are the functions of the API, by the name of their folder.
var apiFunctions = map[string]boot.Function{
	"get-me": boot.GetMe, "list-my-access": boot.ListMyAccess, "list-my-invitations": boot.ListMyInvitations, "check-access": boot.CheckAccess,
	"create-organization": boot.CreateOrganization, "get-organization": boot.GetOrganization, "update-organization": boot.UpdateOrganization,
	"clean-up-invitations": boot.CleanUpInvitations, "request-link": boot.RequestLink, "list-audit-log": boot.ListAuditLog, "list-events": boot.ListEvents, "delete-organization": boot.DeleteOrganization, "get-brand": boot.GetBrand, "update-brand": boot.UpdateBrand, "delete-brand": boot.DeleteBrand,
	"create-brand": boot.CreateBrand, "list-brands": boot.ListBrands, "list-members": boot.ListMembers, "get-member": boot.GetMember,
	"create-invitations": boot.CreateInvitations, "list-invitations": boot.ListInvitations, "find-users": boot.FindUsers, "get-invitation": boot.GetInvitation,
	"resend-invitation": boot.ResendInvitation, "delete-invitation": boot.DeleteInvitation, "preview-invitation": boot.PreviewInvitation,
	"update-member": boot.UpdateMember, "remove-member": boot.RemoveMember, "bulk-update-members": boot.BulkUpdateMembers,
	"bulk-remove-members": boot.BulkRemoveMembers, "add-client": boot.AddClient, "resume-mails": boot.ResumeMails,
	"accept-invitation": boot.AcceptInvitation, "decline-invitation": boot.DeclineInvitation,
	"preview-join": boot.PreviewJoin, "create-access-request": boot.CreateAccessRequest, "list-access-requests": boot.ListAccessRequests,
	"get-access-request": boot.GetAccessRequest, "approve-access-request": boot.ApproveAccessRequest, "reject-access-request": boot.RejectAccessRequest,
	"create-workspace": boot.CreateWorkspace, "get-workspace": boot.GetWorkspace, "update-workspace": boot.UpdateWorkspace, "enable-workspace": boot.EnableWorkspace, "disable-workspace": boot.DisableWorkspace, "delete-workspace": boot.DeleteWorkspace,
	"list-permissions": boot.ListPermissions, "list-roles": boot.ListRoles, "create-role": boot.CreateRole, "get-role": boot.GetRole, "update-role": boot.UpdateRole, "delete-role": boot.DeleteRole,
	"withdraw-access-request": boot.WithdrawAccessRequest, "list-my-access-requests": boot.ListMyAccessRequests,
}

// book is the contract, and which of its answers were seen.
type book struct {
	contract *spec.Contract

	mu   sync.Mutex
	seen map[string]bool // "operation status code", "operation status result code", "field code"
}

func newBook(t *testing.T) *book {
	t.Helper()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	return &book{contract: contract, seen: map[string]bool{}}
}

// api is the API as a client meets it behind the gateway: the functions, wired as they are deployed, on a scene of the real table. Every
// exchange is held against the contract.
type api struct {
	*testbed.Scene
	t    *testing.T
	book *book
	env  map[string]string
	log  *lockedBuffer

	mu       sync.Mutex
	handlers map[string]lambda.Handler
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// take returns what was written since it was asked last.
func (b *lockedBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := b.text.String()
	b.text.Reset()
	return text
}

func newAPI(t *testing.T, b *book) *api {
	t.Helper()
	scene := testbed.NewScene(t)
	return &api{Scene: scene, t: t, book: b, env: scene.Environment(), log: &lockedBuffer{}, handlers: map[string]lambda.Handler{}}
}

// with returns the API with other variables in its environment.
func (a *api) with(changed map[string]string) *api {
	other := &api{Scene: a.Scene, t: a.t, book: a.book, env: maps.Clone(a.env), log: &lockedBuffer{}, handlers: map[string]lambda.Handler{}}
	maps.Copy(other.env, changed)
	return other
}

func (a *api) handler(function string) lambda.Handler {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.handlers[function] == nil {
		east := time.FixedZone("east", 3*3600) // wherever it runs, times are in UTC
		env := roles.As(function, a.env)
		handler, err := boot.New(apiFunctions[function], boot.Options{
			Getenv: func(name string) string { return env[name] }, Logger: slog.New(slog.NewJSONHandler(a.log, nil)),
			Now: func() time.Time { return a.Now().In(east) },
		})
		if err != nil {
			a.t.Fatalf("%s: %v", function, err)
		}
		a.handlers[function] = handler
	}
	return a.handlers[function]
}

// ask is a request.
type ask struct {
	method, path string // without the version prefix
	query        string
	body         string
	who          *testbed.Someone // nil: nobody is signed in
	header       map[string]string
}

// answer is what came back.
type answer struct {
	status    int
	header    map[string]string
	text      string
	body      map[string]any
	code      string
	pointers  []string // of a 422, as "pointer code"
	requestID string
}

// do sends a request to its function, as the gateway does, and holds the exchange against the contract.
func (a *api) do(q ask) answer {
	a.t.Helper()
	path := "/v1" + q.path
	operation, parameters, known := a.book.contract.Find(q.method, path)
	if !known {
		a.t.Fatalf("%s %s is no route", q.method, path)
	}
	payload, requestID := a.payload(q, operation, parameters)
	text, err := a.handler(operation.Function).Invoke(a.t.Context(), payload)
	if err != nil {
		a.t.Fatalf("%s: %v", operation.ID, err)
	}
	var raw events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(text, &raw); err != nil {
		a.t.Fatal(err)
	}
	got := answer{status: raw.StatusCode, header: raw.Headers, text: raw.Body, requestID: requestID}
	got.read()
	header := http.Header{}
	for name, value := range raw.Headers {
		header.Set(name, value)
	}
	exchange := spec.Exchange{
		Method: q.method, Target: (&url.URL{Path: path, RawQuery: q.query}).String(), RequestBody: []byte(q.body), Status: raw.StatusCode, Header: header,
		ResponseBody: []byte(raw.Body),
	}
	if err := a.book.contract.Check(exchange); err != nil {
		a.t.Errorf("%s %s %s: %v\n%s", q.method, q.path, q.body, err, raw.Body)
	}
	a.book.mu.Lock()
	defer a.book.mu.Unlock()
	a.book.note(operation, got)
	return got
}

// note writes down an answer, with the codes of its fields and of each of its results.
func (b *book) note(operation spec.Operation, got answer) {
	b.seen[key(operation, spec.Answer{Status: got.status, Code: got.code})] = true
	type failure struct {
		Code   string
		Errors []fault.Field
	}
	var body struct {
		Errors  []fault.Field
		Results []struct{ Error *failure }
	}
	_ = json.Unmarshal([]byte(got.text), &body) // a page of the log as CSV has none
	fields := body.Errors
	for _, result := range body.Results {
		if result.Error != nil {
			b.seen[key(operation, spec.Answer{Status: got.status, Result: result.Error.Code})] = true
			fields = append(fields, result.Error.Errors...)
		}
	}
	for _, field := range fields {
		b.seen[fieldKey(field.Code)] = true
	}
}

func key(operation spec.Operation, one spec.Answer) string {
	text := fmt.Sprint(operation.ID, " ", one.Status)
	if one.Result != "" {
		text += " result " + one.Result
	}
	return strings.TrimSpace(text + " " + one.Code)
}

func fieldKey(code string) string { return "field " + code }

func (a *api) payload(q ask, operation spec.Operation, parameters map[string]string) (payload []byte, requestID string) {
	a.t.Helper()
	query, err := url.ParseQuery(q.query)
	if err != nil {
		a.t.Fatal(err)
	}
	in := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: operation.Method + " " + operation.Path, RawPath: "/v1" + q.path, RawQueryString: q.query, Body: q.body,
		Headers: map[string]string{"host": "prism.test"}, QueryStringParameters: map[string]string{}, PathParameters: parameters,
	}
	for name, values := range query {
		in.QueryStringParameters[name] = strings.Join(values, ",")
	}
	if q.body != "" {
		in.Headers["content-type"] = "application/json"
	}
	maps.Copy(in.Headers, q.header)
	in.RequestContext.RequestID = ulid.Make().String()
	in.RequestContext.HTTP.Method, in.RequestContext.HTTP.Path = q.method, in.RawPath
	if q.who != nil && !operation.Open { // the gateway reads no token there
		in.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: a.Claims(*q.who)},
		}
	}
	payload, err = json.Marshal(in)
	if err != nil {
		a.t.Fatal(err)
	}
	return payload, in.RequestContext.RequestID
}

func (r *answer) read() {
	var problem struct {
		Code   string
		Errors []fault.Field
	}
	_ = json.Unmarshal([]byte(r.text), &r.body) // the contract says whether there has to be one
	if r.status < http.StatusBadRequest || json.Unmarshal([]byte(r.text), &problem) != nil {
		return
	}
	r.code = problem.Code
	for _, field := range problem.Errors {
		r.pointers = append(r.pointers, field.Pointer+" "+field.Code)
	}
}

// expect sends a request and says what it has to be answered.
func (a *api) expect(status int, code string, q ask) answer {
	a.t.Helper()
	got := a.do(q)
	if got.status != status || got.code != code {
		a.t.Errorf("%s %s?%s %s: got %d %s %s, want %d %s", q.method, q.path, q.query, q.body, got.status, got.code, got.text, status, code)
	}
	return got
}

// TestContract puts the functions of the API through all answers that their contract documents.
func TestContract(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	t.Run("exchanges", func(t *testing.T) {
		for name, scenario := range scenarios {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				scenario(newAPI(t, b))
			})
		}
	})
	if !t.Failed() { // and so not every scenario came to its end
		b.checkAll(t)
	}
}

// checkAll holds that every documented answer was given, with every documented code of a result and of a field, and no other.
func (b *book) checkAll(t *testing.T) {
	t.Helper()
	documented := map[string]bool{}
	for _, operation := range b.contract.Operations() {
		for _, one := range b.contract.Answers(operation) {
			if operation.Function != asksNobody || one.Status < http.StatusInternalServerError {
				documented[key(operation, one)] = true
			}
		}
	}
	for _, code := range b.contract.FieldCodes() {
		documented[fieldKey(code)] = true
	}
	for _, k := range slices.Sorted(maps.Keys(documented)) {
		if !b.seen[k] {
			t.Errorf("documented, and never answered: %s", k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(b.seen)) {
		if !documented[k] {
			t.Errorf("answered, and not documented: %s", k)
		}
	}
	t.Logf("%d answers of %d operations", len(b.seen), len(b.contract.Operations()))
}
