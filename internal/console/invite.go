package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/workspace"
)

// inviteView is the page and dialog that invites people: first the form, then what would happen for each address, then it is done.
type inviteView struct {
	frame
	lookup
	Form     form
	Place    string
	Kind     access.Kind
	Whole    bool   // into an organization
	Brands   string // where its brands are created
	MakeRole string // where a workspace's roles are created
	Back     string
	Terms    termsView
	Results  []resultRow
	Effects  []string // what sending does, in sentences
	Quote    []string // the message as the mails have it, line by line
	To       string   // the addresses that sending goes to
	Sendable int
	Counts   string // how many are invited, join and are left out
	Sent     bool   // the results are of what was done, not of what would be
	stock    stock
	Retry    string // when those that failed can be tried again, if that is known: "in 20 minutes"
}

// termsView is what is offered, as a form shows it.
type termsView struct {
	Kind       access.Kind
	Roles      []option
	BrandRoles []option
	Brands     []option
	Instead    string // why none of the roles is chosen
	Others     string // what it takes to offer another role than the one there is, for who may not
	Mailed     bool   // a mail goes in any case: the reader cannot copy the link afterwards
}

// inviteFields are the fields of the form that errors can stand at.
var inviteFields = []string{"invitees", "role", "brands", "brand_role", "confirm", "message", "expires_in_days"}

// notifyField is no where whoever fills in the form passes the link on themselves. Nothing can be wrong with it.
const notifyField = "notify"

// Quiet reports whether no mail is to be sent.
func (f form) Quiet() bool { return f.Value(notifyField) == no }

// notify is what the form says of mails, for the terms: nil where it leaves the usual.
func (f form) notify() *bool {
	if f.Quiet() {
		return new(false)
	}
	return nil
}

// The steps of the form.
const (
	stepCheck = "check"
	stepEdit  = "edit"
)

func invitePage(v *visit) error { return v.inviteForm(v.asked("invitees", "role"), http.StatusOK) }

func (v *visit) inviteForm(f form, status int) error {
	p, err := v.inviteView(f)
	if err != nil {
		return err
	}
	return v.show(status, "invite", p)
}

// inviteView reads what the form needs: whose it is, and the brands to choose from.
func (v *visit) inviteView(f form) (*inviteView, error) {
	scope, err := v.scope()
	if err != nil {
		return nil, err
	}
	p := &inviteView{
		Form: f, Kind: scope.Kind(), Whole: scope.Kind() == access.KindOrganization, Brands: organizationPath(scope) + "/brands",
		Back: scopePath(scope) + "/users?tab=" + tabInvited,
	}
	var own member.Membership
	var has stock
	place, mayInvite := atUsers, func(ctx context.Context) error { // only those who may invite have this number
		_, err := v.Count.Do(ctx, v.caller, scope)
		return err
	}
	if p.Kind == access.KindWorkspace {
		place, mayInvite = atInvited, v.mayInvite
		p.MakeRole = scopePath(scope) + "/roles/new"
		p.lookup = lookup{Lookup: scopePath(scope) + "/users/find", Invite: scopePath(scope) + "/users/invite"}
	}
	p.frame, err = v.load("Invite users", scope, place, mayInvite, v.stock(scope, &has), func(ctx context.Context) (err error) {
		own, err = v.GetMember.Do(ctx, v.caller, member.GetInput{Scope: scope, User: "me"})
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Place = own.ScopeName
	if in, found := p.membershipIn(scope); found {
		v.explainRole(f, in)
	}
	p.Terms = termsOf(f, scope.Kind(), has)
	p.Terms.Mailed = !p.sees(scope)
	p.stock = has
	return p, nil
}

// sees reports whether whoever invites sees the list of invitations too, as those do who manage them.
func (p *inviteView) sees(scope access.Scope) bool {
	own, in := p.membershipIn(scope)
	return !in || scope.Kind() != access.KindWorkspace || own.Standing(scope, true).May(access.ToManageInvitations) == nil
}

// OnlyAdmin reports whether the workspace has no role of its own to offer yet.
func (p *inviteView) OnlyAdmin() bool {
	return p.Kind == access.KindWorkspace && len(p.stock.Roles) == 1
}

// mayInvite refuses who may not invite to the workspace that the path names, as the invitation would be.
func (v *visit) mayInvite(ctx context.Context) error {
	var found workspace.Workspace
	if err := v.workspace(&found)(ctx); err != nil {
		return err
	}
	switch invite := found.Actions["create_invitation"]; {
	case invite.Allowed:
		return nil
	case found.Status == workspace.Disabled:
		return fault.New(fault.Conflict, invite.Code, invite.Reason)
	default:
		return access.MissingPermissions(access.ToInvite.In(access.KindWorkspace))
	}
}

// allBrands returns all brands of an organization, with names that tell them apart.
func (v *visit) allBrands(ctx context.Context, organization access.Scope) ([]brand.Brand, error) {
	limit := page.MaxLimit
	in := brand.ListInput{Scope: organization.Root(), Query: page.Query{Limit: &limit}}
	var all []brand.Brand
	for {
		found, err := v.ListBrands.Do(ctx, v.caller, in)
		if err != nil {
			return nil, err
		}
		all = append(all, found.Items...)
		if in.Cursor = found.NextCursor; in.Cursor == "" || len(all) >= brand.MaxBrands {
			return brandsApart(all), nil
		}
	}
}

// termsOf returns what can be offered, with what is chosen. Where nothing is, it is the least: Member, and Viewer; never Admin.
func termsOf(f form, kind access.Kind, has stock) termsView {
	t := termsView{Kind: kind, Roles: has.choices(kind, toOffer, f.Value("role"))}
	if kind == access.KindOrganization {
		t.BrandRoles = rolesOf(access.KindBrand, f.Value("brand_role"))
	}
	for _, b := range has.Brands {
		t.Brands = append(t.Brands, option{Value: b.ID, Text: b.Name, Chosen: f.Has("brands", b.ID)})
	}
	page.Sort(t.Brands, func(a, b option) int { return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
	return t
}

// keep leaves the one role that whoever may not invite can send again, if it is still there.
func (t *termsView) keep(has stock, offered access.Role) {
	t.Roles, t.Others = nil, list(permissionWords([]string{string(access.ToInvite.In(t.Kind))}))
	if r, found := has.role(offered); found {
		t.Roles = []option{{Value: string(r.ID), Text: r.Name, Note: rights(r), Chosen: true}}
	}
}

// unlessChosen leaves all roles unchosen where an invitation is sent again and the one in the form is not among them: another one is another offer, which
// nobody makes by accident (R7).
func (t *termsView) unlessChosen(chosen string, has stock, offered access.Role) {
	among := func(id string) bool {
		return slices.ContainsFunc(t.Roles, func(o option) bool { return o.Value == id })
	}
	if among(chosen) {
		return
	}
	for n := range t.Roles {
		t.Roles[n].Chosen = false
	}
	switch r, exists := has.role(offered); {
	case !exists:
		t.Instead = "The role that it offers was deleted. Choose another one."
	case !among(string(offered)):
		t.Instead = "You may not give " + r.Name + ", which it offers. Choose another role."
	}
}

func rolesOf(kind access.Kind, chosen string) []option {
	roles := access.Roles(kind)
	slices.Reverse(roles) // the least first
	if !access.IsRole(kind, access.Role(chosen)) {
		chosen = string(roles[0])
	}
	var options []option
	for _, role := range roles {
		options = append(options, option{
			Value: string(role), Text: roleNames[role], Note: roleSentences[kind][role], Chosen: string(role) == chosen,
		})
	}
	return options
}

// terms returns what the form offers. Fields that do not belong to the chosen role are not asked for, so they do not count.
func (f form) terms(kind access.Kind) invitation.Terms {
	message := f.Value("message")
	t := invitation.Terms{Role: access.Role(f.Value("role")), Message: &message, ExpiresInDays: f.number("expires_in_days"), Notify: f.notify()}
	switch {
	case kind != access.KindOrganization:
	case t.Role == access.Admin:
		t.Confirm = f.Value("confirm")
	case t.Role == access.Member:
		// No brand chosen is another answer than none asked for.
		t.Brands, t.BrandRole = append([]string{}, f.Values["brands"]...), access.Role(f.Value("brand_role"))
	}
	return t
}

// named is an address as mail programs copy it, with a name before it: Ada <a@example.com>, "Lovelace, Ada" <a@example.com>.
var named = regexp.MustCompile(`(?:^|[\s,;])(?:"[^"\n]*"|[^<>",;\n@]*)[ \t\x{a0}]*<([^<>\s@]+@[^<>\s@]+)>`)

// addresses reads what people paste: addresses apart by comma, semicolon, space or line, perhaps with names before them.
func addresses(text string) []invitation.Invitee {
	var found []invitation.Invitee
	text = named.ReplaceAllString(text, " $1 ")
	for _, word := range strings.FieldsFunc(text, separates) {
		if word = strings.Trim(word, "<>"); word != "" {
			found = append(found, invitation.Invitee{Email: word})
		}
	}
	return found
}

// invitees returns whom a field names in that kind of scope: by address or, in a workspace, by username.
func (f form) invitees(name string, kind access.Kind) []invitation.Invitee {
	if kind != access.KindWorkspace {
		return addresses(f.Value(name))
	}
	var found []invitation.Invitee
	for _, word := range strings.FieldsFunc(f.Value(name), separates) {
		found = append(found, invitation.Invitee{Username: word})
	}
	return found
}

// separates reports whether a character stands between two people.
func separates(r rune) bool { return strings.ContainsRune(",; \t\r\n\u00a0", r) }

// written returns how an invitee is named in the form.
func written(i invitation.Invitee) string { return cmp.Or(i.Email, i.Username) }

func invite(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	step := sent.Value("step")
	if step == stepEdit {
		return v.inviteForm(sent, http.StatusOK)
	}
	in := invitation.CreateInput{Scope: scope, DryRun: step == stepCheck, Invitees: sent.invitees("invitees", scope.Kind()), Terms: sent.terms(scope.Kind())}
	if sent.Value("to") != "" && !in.DryRun { // without those that the check has sorted out
		in.Invitees = sent.invitees("to", scope.Kind())
	}
	fields := in.Validate()
	if len(in.Invitees) == 0 {
		fields = slices.DeleteFunc(fields, func(f fault.Field) bool { return f.Pointer == "/invitees" })
		fields = append(fields, fault.Field{Pointer: "/invitees", Code: "required", Detail: enterOne(scope.Kind())})
	}
	err = fault.Fields(fields)
	var out invitation.CreateOutput
	if err == nil {
		out, err = v.CreateInvitations.Do(v.r.Context(), v.asks(sent), in)
		out, err = single(out, err, in)
	}
	if err != nil {
		return v.again(err, sent, v.inviteForm, inviteFields...)
	}
	if !in.DryRun && !slices.ContainsFunc(out.Results, failed) {
		return v.redirect(v.invited(scope, sent, out))
	}
	return v.inviteResults(sent, scope, in, out)
}

func enterOne(kind access.Kind) string {
	if kind == access.KindWorkspace {
		return "Enter at least one username."
	}
	return "Enter at least one address."
}

// single returns the error of a call for one person as that person's result, so that it stands where those of several do.
func single(out invitation.CreateOutput, err error, in invitation.CreateInput) (invitation.CreateOutput, error) {
	var known *fault.Error
	if len(in.Invitees) != 1 || !errors.As(err, &known) {
		return out, err
	}
	about := known.Kind == fault.Conflict || slices.ContainsFunc(known.Fields, func(f fault.Field) bool { return fieldOf(f.Pointer) == "invitees" })
	if !about {
		return out, err
	}
	return invitation.CreateOutput{Results: []invitation.Result{{Invitee: in.Invitees[0], Outcome: invitation.Failed, Error: known}}}, nil
}

func failed(r invitation.Result) bool { return r.Outcome == invitation.Failed }

// invited is where the list shows what was just done, also while its index lags.
func (v *visit) invited(scope access.Scope, sent form, out invitation.CreateOutput) string {
	var fresh []string
	var invited, joined int
	for _, r := range out.Results {
		switch {
		case r.Invitation != nil:
			invited++
			fresh = append(fresh, r.Invitation.ID)
		case r.Membership != nil:
			joined++
			fresh = append(fresh, r.Membership.User.ID)
		}
	}
	query := url.Values{"tab": {tabInvited}, "done": {"invited"}, "fresh": {strings.Join(fresh, ",")}}
	if invited == 0 {
		query.Set("tab", tabCurrent)
	}
	query.Set("invited", strconv.Itoa(invited))
	query.Set("joined", strconv.Itoa(joined))
	if sent.Quiet() {
		query.Set(notifyField, no)
	}
	return scopePath(scope) + "/users?" + query.Encode()
}

// until is the day on which invitations with these terms expire.
func (p *inviteView) until(in invitation.CreateInput) string {
	days := invitation.DefaultDays
	if in.ExpiresInDays != nil {
		days = *in.ExpiresInDays
	}
	return p.At(p.Now.AddDate(0, 0, days)).Day()
}

// Carried are the fields that the check hands on to the sending.
func (p *inviteView) Carried() []option {
	var carried []option
	for _, name := range append(slices.Clone(inviteFields), notifyField) {
		for _, value := range p.Form.Values[name] {
			carried = append(carried, option{Value: name, Text: value})
		}
	}
	return carried
}

// SendText is what the button does.
func (p *inviteView) SendText() string { return "Invite " + count(p.Sendable, "person", "people") }

// offered says what the terms offer, in words.
func (p *inviteView) offered(scope access.Scope, in invitation.CreateInput) string {
	var brands []access.BrandRole
	for _, o := range p.Terms.Brands {
		if slices.Contains(in.Brands, o.Value) {
			brands = append(brands, access.BrandRole{ID: o.Value, Name: o.Text, Role: in.BrandRole})
		}
	}
	return offerWords(scope.Kind(), p.Place, p.stock.grant(in.Role, brands...))
}
