package console

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// bulkView is the page and dialog about several members: what they are to hold, then what that changes for each, then what became of it. Whom it is
// about is sent in the body of a form from the first step on: 100 people are too many for an address, and none of the logs' business.
type bulkView struct {
	frame
	way
	Form     form
	Kind     access.Kind
	Place    string
	Whole    bool // of an organization
	Removing bool // takes them out, and does not change what they hold
	Members  []string
	Brands   []brandChoice
	Roles    []option // of a workspace, to choose from
	Create   string   // where brands are created
	Rows     []bulkRow
	Able     int      // for how many of them something changes
	Admins   int      // how many of them become Members, of those chosen or of those for whom something changes
	Sent     bool     // the rows are what was done, not what would be
	Dead     []string // which open invitations nobody can accept any more
}

// bulkRow is what happens, or happened, to one of them.
type bulkRow struct {
	ID, Name      string
	Contact       string // the address or the username
	Version       int
	Before, After offering
	Changes       bool
	Failed        bool
	Status        status // why nothing does, or what became of it
}

// failure is greater of those with whom it did not work.
func (r bulkRow) failure() int {
	if r.Failed {
		return 1
	}
	return 0
}

// Selected is how the form says whom it is about.
func (r bulkRow) Selected() string { return r.ID + "." + strconv.Itoa(r.Version) }

// selectedPage is what the address alone leads to.
func selectedPage(v *visit) error { return v.choosing(v.asked("from"), http.StatusOK) }

func (v *visit) removesSelected() bool { return strings.HasSuffix(v.r.URL.Path, "/remove") }

// selected reads whom the form is about, as the rows of the list say it.
func (f form) selected(name string) []member.Selected {
	var all []member.Selected
	for _, one := range f.Values[name] {
		id, text, _ := strings.Cut(one, ".")
		version, err := strconv.Atoi(text)
		known := slices.ContainsFunc(all, func(m member.Selected) bool { return m.ID == id })
		if err == nil && version > 0 && isID(id, "usr_") && !known {
			all = append(all, member.Selected{ID: id, Version: version})
		}
	}
	return all
}

// several edits those whom the form names in a field, or says what that would change.
func (v *visit) several(f form, name string, dryRun bool) (member.BulkOutput, error) {
	scope, err := v.scope()
	if err != nil {
		return member.BulkOutput{}, err
	}
	selected, caller := f.selected(name), v.caller
	if len(selected) == 0 {
		return member.BulkOutput{}, fault.Fields([]fault.Field{{Pointer: "/members", Code: "required", Detail: "Choose at least one person in the list."}})
	}
	if !dryRun {
		caller = v.asks(f)
	}
	reason := f.Value("reason")
	if dryRun {
		reason = "" // that it cannot be as it is, is said when it counts
	}
	if v.removesSelected() {
		in := member.BulkRemoveInput{Scope: scope, Members: selected, Reason: reason, DryRun: dryRun}
		return perform(v, caller, in, v.BulkRemoveMembers.Do)
	}
	in := member.BulkUpdateInput{Scope: scope, Members: selected, Role: access.Member, Brands: f.brandWish(), Reason: reason, DryRun: dryRun}
	if scope.Kind() == access.KindWorkspace {
		in.Role, in.Brands = access.Role(f.Value("role")), nil
	}
	return perform(v, caller, in, v.BulkUpdateMembers.Do)
}

// selecting shows the form in the step that it asks for. Where people are taken out there is nothing to choose.
func (v *visit) selecting(f form, status int) error {
	p, has, err := v.bulkView(f)
	if err != nil {
		return err
	}
	if len(p.Members) == 0 {
		if status == http.StatusOK {
			status = http.StatusUnprocessableEntity
		}
		return v.show(status, "bulk", p)
	}
	step := f.Value("step")
	review := f.Error("brands")+f.Error("role") == "" && (p.Removing || step == stepCheck || step == stepSave)
	asked := f
	if !review { // just who they are
		asked = newForm(f.Action)
		asked.Values["members"] = f.Values["members"]
	}
	if p.Kind == access.KindWorkspace && !review { // what is chosen is not known yet, and says nothing of who they are
		return v.show(status, "bulk", p)
	}
	out, err := v.several(asked, "members", true)
	switch {
	case err != nil && f.Problem == "" && len(f.Errors) == 0:
		return v.again(err, f, v.choosing, bulkFields...)
	case err != nil: // what is wrong is known
	case review:
		p.build(out)
		p.offers(out, has)
		v.attribute(p, out)
	default:
		for _, r := range out.Results {
			if r.Before != nil && r.Before.Role == access.Admin {
				p.Admins++
			}
		}
	}
	p.Title = p.Heading() + " · " + p.Place
	return v.show(status, "bulk", p)
}

// bulkFields are the fields of the form that errors can stand at.
var bulkFields = []string{"role", "brands", "reason"}

// choosing shows the form as it is.
func (v *visit) choosing(f form, status int) error {
	p, _, err := v.bulkView(f)
	if err != nil {
		return err
	}
	return v.show(status, "bulk", p)
}

// bulkView reads what the page needs, before anything is chosen.
func (v *visit) bulkView(f form) (*bulkView, stock, error) {
	var has stock
	scope, err := v.scope()
	if err != nil {
		return nil, has, err
	}
	list := scopePath(scope) + "/users"
	p := &bulkView{
		way: wayFrom(f.Value("from"), list, list), Form: f, Kind: scope.Kind(), Whole: scope.Kind() == access.KindOrganization, Removing: v.removesSelected(),
		Create: organizationPath(scope) + "/brands",
	}
	var own member.Membership
	p.frame, err = v.load("Users", scope, atUsers, v.stock(scope, &has), func(ctx context.Context) (err error) {
		own, err = v.GetMember.Do(ctx, v.caller, member.GetInput{Scope: scope, User: "me", WithoutMails: true})
		return err
	})
	if err != nil {
		return nil, has, err
	}
	p.Place, p.Brands = own.ScopeName, f.brandChoices(has.Brands, option{Value: asItIs, Text: "As it is"}, option{Value: takeAway, Text: noAccess})
	if p.Kind == access.KindWorkspace && !p.Removing {
		p.Roles = slices.DeleteFunc(has.choices(p.Kind, toAssign, f.Value("role")), func(o option) bool { return o.Value == string(access.Admin) }) // R11
	}
	for _, m := range f.selected("members") {
		p.Members = append(p.Members, m.ID+"."+strconv.Itoa(m.Version))
	}
	if in, found := p.membershipIn(scope); found && len(p.Members) == 0 { // about somebody the operation itself refuses
		if err := in.Standing(scope, true).May(p.deed()); err != nil {
			return nil, has, err
		}
	}
	p.Title = p.Heading() + " · " + p.Place
	return p, has, nil
}

// deed is what is done to them.
func (p *bulkView) deed() access.Deed {
	if p.Removing {
		return access.ToRemoveUsers
	}
	return access.ToChangeUsers
}

// build fills in what happens, or happened, to each.
func (p *bulkView) build(out member.BulkOutput) {
	p.Rows = make([]bulkRow, len(out.Results))
	for i, r := range out.Results {
		row := &p.Rows[i]
		*row = bulkRow{ID: r.ID, Name: "Somebody who is not in " + p.Place + " any more"}
		if r.Before != nil {
			row.Name, row.Contact, row.Before, row.Version = r.Before.User.Name, contact(r.Before.User), holding(*r.Before), r.Before.Version
		}
		switch r.Outcome {
		case member.Failed:
			row.Failed, row.Status = true, status{Text: r.Error.Message, Icon: "alert", Tone: "bad"}
			if len(r.Error.Fields) > 0 {
				row.Status.Text = r.Error.Fields[0].Detail
			}
		case member.Unchanged:
			row.Status = status{Text: "No change", Icon: "check", Tone: "off"}
		case member.Changed:
			row.Changes, row.After = true, offering{Text: noAccess}
			row.Status = status{Text: p.Done(), Icon: "check", Tone: "good"}
			if r.Membership != nil {
				row.After = holding(*r.Membership)
			}
			p.Able++
			if p.Whole && r.Before != nil && r.Before.Role == access.Admin {
				p.Admins++
			}
		}
	}
}

// maxAsked is of how many people one page finds out who has changed them.
const maxAsked = 20

// attribute says of those who were changed or taken out since the list was made who did that.
func (v *visit) attribute(p *bulkView, out member.BulkOutput) {
	var reads []func(context.Context) error
	for i, r := range out.Results {
		overtaken := r.Error != nil && (errors.Is(r.Error, fault.Stale) || errors.Is(r.Error, fault.NotFound))
		if overtaken && len(reads) < maxAsked {
			reads = append(reads, func(context.Context) error {
				v.meanwhile(&p.Rows[i], r)
				return nil
			})
		}
	}
	_ = together(v.r.Context(), reads...) // which cannot fail
}

// meanwhile says what somebody else has done with one of them since the list was made.
func (v *visit) meanwhile(row *bulkRow, r member.Result) {
	if r.Before != nil {
		row.Status.Text, row.Before = v.whatChanged(*r.Before), offering{}
		return
	}
	scope, err := v.scope()
	if err != nil || !isID(r.ID, "usr_") {
		return
	}
	last, found := v.lastOf(scope, r.ID)
	if !found || last.User == nil || last.Type != "MemberRemoved" {
		return
	}
	row.Name, row.Contact = last.User.Name, contact(*last.User)
	when := relative(last.OccurredAt.Sub(v.Now()))
	switch last.Actor.ID {
	case r.ID:
		row.Status.Text = row.Name + " left " + when + "."
	case v.caller.User:
		row.Status.Text = "You removed " + row.Name + " " + when + "."
	default:
		row.Status.Text = actor(last.Actor) + " removed " + row.Name + " " + when + "."
	}
}

// Carried are the fields that the page which says what would change hands on.
func (p *bulkView) Carried() []option {
	var carried []option
	for _, b := range p.Brands {
		if chosen := p.Form.Value(brandField + b.ID); chosen != asItIs {
			carried = append(carried, option{Value: brandField + b.ID, Text: chosen})
		}
	}
	if len(p.Roles) > 0 {
		carried = append(carried, option{Value: "role", Text: p.Form.Value("role")})
	}
	return carried
}

func changeSelected(v *visit) error {
	sent, err := v.read()
	if err != nil {
		return err
	}
	if sent.Value("step") != stepSave {
		return v.selecting(sent, http.StatusOK)
	}
	out, err := v.several(sent, "to", false)
	if err != nil {
		return v.again(err, sent, v.selecting, bulkFields...)
	}
	if out.Failed() {
		return v.selectedResults(sent, out)
	}
	return v.redirect(v.selectedDone(sent, out))
}

// selectedDone is where the list shows what was just done, also while its index lags.
func (v *visit) selectedDone(sent form, out member.BulkOutput) string {
	var changed []string
	for _, r := range out.Results {
		if r.Outcome == member.Changed {
			changed = append(changed, r.ID)
		}
	}
	done := "changed"
	if v.removesSelected() {
		done = "removed"
	}
	list := path.Dir(v.r.URL.Path)
	return wayFrom(sent.Value("from"), list, list).after(done, strings.Join(changed, ",")) + "&n=" + strconv.Itoa(len(changed))
}

// selectedResults shows what became of each when not all went well. Trying again is another request, for those who are left, as they are now.
func (v *visit) selectedResults(sent form, out member.BulkOutput) error {
	again := newForm(sent.Action)
	maps.Copy(again.Values, sent.Values)
	again.Values.Del("to")
	again.Values.Del("members")
	for _, r := range out.Results {
		if r.Outcome == member.Failed && r.Before != nil {
			again.Values.Add("members", r.ID+"."+strconv.Itoa(r.Before.Version))
		}
	}
	p, _, err := v.bulkView(again)
	if err != nil {
		return err
	}
	p.Sent = true
	p.build(out)
	v.attribute(p, out)
	page.Sort(p.Rows, func(a, b bulkRow) int { return cmp.Compare(b.failure(), a.failure()) })
	p.Back = v.selectedDone(sent, out)
	if p.Able == 0 {
		p.Back = wayFrom(sent.Value("from"), path.Dir(v.r.URL.Path), "").Back
	}
	status := http.StatusOK
	if p.Able == 0 {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, "bulk", p)
}
