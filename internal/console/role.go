package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// roleView is the page and dialog that changes what somebody holds: first what that is to be, then from what to what and what it brings.
type roleView struct {
	frame
	subject
	Form   form
	Action access.Action // whether it may be changed now
	Admin  bool          // they are Organization Admin
	Had    []option      // what they hold as the form was made, for it to carry
	// What is chosen.
	Roles  []option // of a brand or a workspace
	Brands []brandChoice
	Create string // where brands are created
	// What it brings.
	Review   bool
	Same     bool // nothing would change
	Next     offering
	Changes  []difference
	Effects  []string
	Admins   bool   // they become Admin
	Confirm  bool   // "admin" has to be typed
	Conflict string // what somebody else did meanwhile, and what the form was about to
}

// stepSave is the step of a form that makes the change.
const stepSave = "save"

// roleFields are the fields of the form that errors can stand at.
var roleFields = []string{"role", "brands", "confirm", "reason"}

func rolePage(v *visit) error { return v.changing(v.asked("role", "brand", "from"), http.StatusOK) }

// changing shows the form in the step that it asks for.
func (v *visit) changing(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var has stock
	framed, about, m, err := v.subject("Change role", f, v.stock(scope, &has))
	if err != nil {
		return err
	}
	own, _ := framed.membershipIn(scope)
	m = withNames(m, has.Brands)
	about.Holds = holding(m)
	p := &roleView{frame: framed, subject: about, Action: m.Actions["update"], Admin: scope.Kind() == access.KindOrganization && m.Role == access.Admin}
	p.Create = organizationPath(scope) + "/brands"
	step := f.Value("step")
	switch {
	case f.Values.Has("version") && f.version() != m.Version:
		p.Conflict = v.conflict(m, f, has)
		f = f.onTopOf(m)
		status = http.StatusPreconditionFailed
	case !f.Values.Has("version"):
		if asked := access.Role(f.Value("role")); own.Workspace.Roles[asked].Deleted {
			p.Conflict = v.goneRole(own, asked) + " Choose another one."
		}
		f.begin(m, has)
		if role := access.Role(f.Value("role")); role != m.Role && has.has(scope.Kind(), role) && (scope.Kind() != access.KindOrganization || role == access.Admin) {
			step = stepCheck // nothing else is to be chosen
		}
	}
	if p.Action.Allowed && step != "" && step != stepEdit {
		after, err := v.wouldBe(m, f, has)
		if err != nil {
			rejected, can := f.reject(err, roleFields...)
			if !can {
				return err
			}
			seenOf(v.r).err = err
			f, status = rejected, httpapi.Status(err)
		} else {
			p.review(m, withNames(after, has.Brands), has)
		}
	}
	if p.Conflict != "" && p.Review {
		f.Problem = ""
	}
	v.explainRole(f, own)
	p.choose(f, has)
	p.Title = "Change role · " + p.Name
	return v.show(status, "role", p)
}

// begin puts what a member holds into the form.
func (f form) begin(m member.Membership, has stock) {
	f.had(m)
	for _, b := range m.Brands {
		f.Values.Set(brandField+b.ID, string(b.Role))
	}
	kind := m.Scope.Kind()
	if role := access.Role(f.Value("role")); !has.has(kind, role) || role == m.Role {
		f.Values.Set("role", string(m.Role))
		if kind == access.KindOrganization {
			f.Values.Set("role", string(access.Member))
		}
	}
}

// had notes in the form what the member holds now.
func (f form) had(m member.Membership) {
	f.Values.Set("had", string(m.Role))
	for _, b := range m.Brands {
		f.Values.Set(hadField+b.ID, string(b.Role))
	}
}

// onTopOf returns the form as one that is made from what the member holds now. What was changed in it stays, everywhere else stands what
// somebody else has brought about.
func (f form) onTopOf(m member.Membership) form {
	again := newForm(f.Action)
	maps.Copy(again.Values, f.Values)
	again.Problem, again.Errors = f.Problem, f.Errors
	for name := range f.Values {
		if id, is := strings.CutPrefix(name, brandField); is && f.Value(name) == f.Value(hadField+id) {
			again.Values.Del(name)
		}
		if strings.HasPrefix(name, hadField) {
			again.Values.Del(name)
		}
	}
	for _, b := range m.Brands {
		if f.Value(brandField+b.ID) == f.Value(hadField+b.ID) {
			again.Values.Set(brandField+b.ID, string(b.Role))
		}
	}
	again.had(m)
	return again
}

// wish returns what the form asks for.
func (f form) wish(kind access.Kind) member.Wish {
	w := member.Wish{Role: access.Role(f.Value("role")), Reason: f.Value("reason")}
	switch {
	case kind != access.KindOrganization:
	case w.Role == access.Admin:
		w.Confirm = f.Value("confirm")
	default:
		w.Brands = f.brandWish()
	}
	return w
}

// wouldBe returns what the member would hold.
func (v *visit) wouldBe(m member.Membership, f form, has stock) (member.Membership, error) {
	wish := f.wish(m.Scope.Kind())
	if admin, found := has.role(wish.Role); found && wish.Role == access.Admin && !admin.Actions[toAssign].Allowed {
		return m, fault.New(fault.Forbidden, admin.Actions[toAssign].Code, admin.Actions[toAssign].Reason)
	}
	if wish.Role == access.Admin { // which nobody becomes in bulk; what it brings is known
		after := m
		after.Role, after.RoleName, after.Brands = access.Admin, has.grant(access.Admin).RoleName, nil
		return after, nil
	}
	in := member.BulkUpdateInput{Scope: m.Scope, Members: []member.Selected{{ID: m.User.ID}}, Role: wish.Role, Brands: wish.Brands, DryRun: true}
	if err := fault.Fields(in.Validate()); err != nil {
		return m, err
	}
	out, err := v.BulkUpdateMembers.Do(v.r.Context(), v.caller, in)
	switch {
	case err != nil:
		return m, err
	case out.Results[0].Error != nil:
		return m, out.Results[0].Error
	case out.Results[0].Membership == nil:
		return m, fault.Unknown()
	}
	return *out.Results[0].Membership, nil
}

// conflict says what somebody else has done since the form was made, and what it was about to do.
func (v *visit) conflict(m member.Membership, f form, has stock) string {
	kind := m.Scope.Kind()
	had := has.grant(access.Role(f.Value("had")), f.named(hadField, has.Brands)...)
	wanted := has.grant(access.Role(f.Value("role")), f.named(brandField, has.Brands)...)
	return v.whatChanged(m) + " You were changing " + grantWords(kind, had) + " to " + grantWords(kind, wanted) + "."
}

// whatChanged says what somebody has done with a member last, as far as that is known.
func (v *visit) whatChanged(m member.Membership) string {
	who, when := "Somebody", "meanwhile"
	by, since := v.changer(m)
	switch by.ID {
	case "":
	case v.caller.User:
		who, when = "You", relative(since.Sub(v.Now()))
	default:
		who, when = actor(by), relative(since.Sub(v.Now()))
	}
	return who + " changed " + m.User.Name + "’s role " + when + ", to " + heldWords(m) + "."
}

// heldWords says what a member holds, without the place.
func heldWords(m member.Membership) string {
	if m.OrganizationAdmin {
		return brandRoleName(organizationAdmin)
	}
	return grantWords(m.Scope.Kind(), m.Grant())
}

// changer returns who has made a membership what it is, and when, as far as that is known. What somebody holds says who gave it; who took
// something away is in the log, which may lag behind.
func (v *visit) changer(m member.Membership) (by access.Person, at time.Time) {
	if m.Role == access.Admin || m.Scope.Kind() != access.KindOrganization {
		return m.GrantedBy, m.GrantedAt
	}
	for _, b := range m.Brands {
		if b.Version == m.Version {
			return b.GrantedBy, b.GrantedAt
		}
	}
	if last, found := v.lastOf(m.Scope, m.User.ID); found && last.Sequence == m.Version {
		return last.Actor, last.OccurredAt
	}
	return access.Person{}, time.Time{}
}

// lastOf returns what the log says was done last with somebody's membership.
func (v *visit) lastOf(scope access.Scope, user string) (audit.Listed, bool) {
	limit := pastShown // what becomes of invitations to them may follow
	log, err := v.ListAuditLog.Do(v.r.Context(), v.caller, audit.ListInput{Scope: scope, User: user, Query: page.Query{Limit: &limit}})
	if err != nil {
		return audit.Listed{}, false
	}
	at := slices.IndexFunc(log.Items, func(l audit.Listed) bool { return strings.HasPrefix(l.Type, "Member") })
	if at < 0 {
		return audit.Listed{}, false
	}
	return log.Items[at], true
}

// choose fills in what is to be chosen.
func (p *roleView) choose(f form, has stock) {
	if p.Whole {
		p.Brands = f.brandChoices(has.Brands, option{Value: asItIs, Text: noAccess})
		for i := range p.Brands {
			p.Brands[i].Asked = p.Brands[i].ID == f.Value("brand")
		}
	} else {
		p.Roles = has.choices(p.Kind, toAssign, f.Value("role"))
	}
	f.Unmailed = p.Client
	p.Form, p.Had = f, f.kept()
}

// kept are the fields that say what the member had as the form was made.
func (f form) kept() []option {
	kept := []option{{Value: "had", Text: f.Value("had")}}
	for name := range f.Values {
		if strings.HasPrefix(name, hadField) {
			kept = append(kept, option{Value: name, Text: f.Value(name)})
		}
	}
	page.Sort(kept, func(a, b option) int { return strings.Compare(a.Value, b.Value) })
	return kept
}

// Carried are the fields that the page which says what the change brings hands on.
func (p *roleView) Carried() []option {
	carried := append(slices.Clone(p.Had), option{Value: "role", Text: p.Form.Value("role")})
	for _, b := range p.Brands {
		if chosen := p.Form.Value(brandField + b.ID); chosen != "" || p.Form.Value(hadField+b.ID) != "" {
			carried = append(carried, option{Value: brandField + b.ID, Text: chosen})
		}
	}
	return carried
}

// review says what the change brings.
func (p *roleView) review(m, after member.Membership, has stock) {
	p.Review, p.Next = true, holding(after)
	kind := m.Scope.Kind()
	p.Changes = differences(m.Grant().Brands, after.Grant().Brands)
	p.Same = m.Role == after.Role && len(p.Changes) == 0
	name := p.Name
	p.Admins = after.Role == access.Admin && kind != access.KindBrand && !p.Same
	switch {
	case p.Same:
		return
	case kind == access.KindBrand:
		if !p.Client {
			p.Effects = append(p.Effects, roleNames[after.Role]+": "+roleSentences[kind][after.Role])
		}
	case kind == access.KindWorkspace:
		p.Effects = append(p.Effects, has.brings(name, p.Place, m.Role, after.Role)...)
	case after.Role == access.Admin:
		p.Confirm, p.Changes = true, nil
		if !p.Client {
			p.Effects = append(p.Effects, name+" gets all of "+p.Place+" at once: its users and settings, and its "+count(len(has.Brands), "brand", "brands")+", as well as any that come later.")
		}
		if len(m.Brands) > 0 {
			p.Effects = append(p.Effects, "This replaces the "+either(len(m.Brands), "role in one brand", "roles in single brands")+" that "+name+" has now.")
		}
	case m.Role == access.Admin:
		p.Effects = append(p.Effects,
			name+" no longer manages the users, brands and settings of "+p.Place+", and keeps of its brands only those named here.")
	case len(after.Brands) == 0:
		p.Effects = append(p.Effects, name+" stays in "+p.Place+", without access to any brand.")
	}
	if p.Client {
		p.Effects = append(p.Effects, clientSentence)
	}
	if which, die := has.offersLostBy(m, &after); die {
		p.Effects = append(p.Effects, deadOffers(name, which))
	}
	switch {
	case p.Admins && p.Client:
		p.Effects = append(p.Effects, "All other Admins get a mail about it.")
	case p.Admins:
		p.Effects = append(p.Effects, name+" and all other Admins get a mail about it.")
	case !p.Client:
		p.Effects = append(p.Effects, name+" gets a mail about it.")
	}
}

// SaveText is what the button does.
func (p *roleView) SaveText() string {
	switch {
	case p.Conflict != "":
		return "Apply mine"
	case p.Admins:
		return "Make Admin"
	default:
		return "Change role"
	}
}

func changeRole(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	user, err := v.user()
	if err != nil {
		return err
	}
	sent, err := v.read()
	if err != nil {
		return err
	}
	if sent.Value("step") != stepSave {
		return v.changing(sent, http.StatusOK)
	}
	in := member.UpdateInput{Scope: scope, User: user, IfMatch: sent.version(), Wish: sent.wish(scope.Kind())}
	if _, err := perform(v, v.asks(sent), in, v.UpdateMember.Do); err != nil {
		return v.again(err, sent, v.changing, roleFields...)
	}
	list := scopePath(scope) + "/users"
	return v.redirect(wayFrom(sent.Value("from"), list, list+"/"+user).after("changed", user))
}
