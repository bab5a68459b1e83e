package member

import (
	"context"
	"strconv"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// MaxChecks is how many questions one call may ask.
const MaxChecks = 100

// Check is one question: may the user do this in the scope? An empty user is the caller.
type Check struct {
	User       string            `json:"user"`
	Scope      access.Scope      `json:"scope"`
	Permission access.Permission `json:"permission"`
}

// CheckInput asks one question, or up to 100 of them.
type CheckInput struct {
	Check
	Checks []Check `json:"checks"`
}

// Validate returns all bad fields.
func (in CheckInput) Validate() []fault.Field {
	if in.Checks == nil {
		return in.Check.validate("")
	}
	var fields []fault.Field
	if in.Check != (Check{}) {
		fields = append(fields, fault.Field{Pointer: "/checks", Code: "ambiguous", Detail: "Ask one question, or several as checks, not both."})
	}
	if n := len(in.Checks); n == 0 || n > MaxChecks {
		fields = append(fields, fault.Field{Pointer: "/checks", Code: "out_of_range", Detail: "A call asks 1 to 100 questions."})
	}
	for i, check := range in.Checks {
		fields = append(fields, check.validate("/checks/"+strconv.Itoa(i))...)
	}
	return fields
}

func (c Check) validate(at string) []fault.Field {
	var fields []fault.Field
	if c.User != "" && c.User != "me" && !account.IsUserID(c.User) {
		fields = append(fields, fault.Field{
			Pointer: at + "/user", Code: "malformed",
			Detail: "This is no id of a user. Name one as lists of members do, usr_ and 26 digits, not by an address or a username.",
		})
	}
	if c.Scope == (access.Scope{}) {
		fields = append(fields, fault.Field{Pointer: at + "/scope", Code: "required", Detail: "Name a scope, for example organizations/org_1."})
	} else if !access.All(c.Scope.Kind())[c.Permission] {
		fields = append(fields, fault.Field{Pointer: at + "/permission", Code: "unknown_permission", Detail: "There is no such permission in this kind of scope."})
	}
	return fields
}

// Because is one link of the chain that allows something.
type Because struct {
	Scope      access.Scope      `json:"scope"`
	Role       access.NamedRole  `json:"role"`
	Permission access.Permission `json:"permission"`
	GrantedBy  access.Person     `json:"granted_by"`
	GrantedAt  time.Time         `json:"granted_at"`
	Via        Via               `json:"via"`
}

// Verdict is the answer to one question.
type Verdict struct {
	Allowed bool              `json:"allowed"`
	Because []Because         `json:"because"`
	Missing access.Permission `json:"missing,omitempty"`
}

// CheckResult is the answer to one of several questions: a verdict, or why it may not be asked.
type CheckResult struct {
	*Verdict
	Error *fault.Error `json:"error,omitempty"`
}

// CheckOutput is one verdict, or the results of several questions in their order.
type CheckOutput struct {
	*Verdict
	Results []CheckResult `json:"results,omitempty"`
}

// Looked is what the store found for one question.
type Looked struct {
	Asker   access.Standing // of the caller in the scope
	Subject *Membership     // of the user in the organization or workspace, nil when not in it
}

// CheckStore reads what checks need.
type CheckStore interface {
	// Look returns, in one consistent round, what each question needs, in order.
	Look(ctx context.Context, caller string, checks []Check) ([]Looked, error)
}

// CheckAccess is the operation check-access.
type CheckAccess struct {
	Store CheckStore
}

// Do answers. A scope that does not exist allows nothing, and looks the same as one the caller may not read. A client with the scope
// access.check reads all of them, and need be nobody's account.
func (op CheckAccess) Do(ctx context.Context, caller request.Caller, in CheckInput) (CheckOutput, error) {
	if err := caller.SignedIn(request.ScopeCheck); err != nil {
		return CheckOutput{}, err
	}
	checks := in.Checks
	if checks == nil {
		checks = []Check{in.Check}
	}
	asked := make([]Check, len(checks))
	for i, check := range checks {
		if check.User == "" || check.User == "me" {
			check.User = caller.User
		}
		asked[i] = check
	}
	looked, err := op.Store.Look(ctx, caller.User, asked)
	if err != nil {
		return CheckOutput{}, err
	}
	results := make([]CheckResult, len(asked))
	for i, check := range asked {
		results[i] = answer(caller, check, looked[i])
	}
	if in.Checks != nil {
		return CheckOutput{Results: results}, nil
	}
	if results[0].Error != nil {
		return CheckOutput{}, results[0].Error
	}
	return CheckOutput{Verdict: results[0].Verdict}, nil
}

func answer(caller request.Caller, check Check, found Looked) CheckResult {
	refused := CheckResult{Verdict: &Verdict{Because: []Because{}, Missing: check.Permission}}
	if check.User != caller.User && !caller.HasScope(request.ScopeCheck) {
		if !found.Asker.Holds(access.Read) {
			return refused
		}
		if err := found.Asker.May(access.ToViewUsers); err != nil {
			return CheckResult{Error: fault.Of(err)}
		}
	}
	if found.Subject == nil || !found.Subject.Standing(check.Scope, found.Asker.Exists).Holds(check.Permission) {
		return refused
	}
	return CheckResult{Verdict: &Verdict{Allowed: true, Because: []Because{found.Subject.because(check)}}}
}

// because returns the grant that allows a permission the member holds.
func (m Membership) because(check Check) Because {
	role := access.NamedRole{ID: m.Role, Name: m.RoleName}
	chain := Because{Scope: check.Scope.Root(), Role: role, Permission: check.Permission, GrantedBy: m.GrantedBy, GrantedAt: m.GrantedAt, Via: m.Via}
	if check.Scope.Kind() != access.KindBrand || m.Role == access.Admin {
		return chain
	}
	for _, brand := range m.Brands {
		if brand.ID == check.Scope.Brand {
			chain.Role.ID = brand.Role
			chain.Scope, chain.GrantedBy, chain.GrantedAt, chain.Via = check.Scope, brand.GrantedBy, brand.GrantedAt, brand.Via
		}
	}
	return chain
}
