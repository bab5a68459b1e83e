package console

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/member"
)

// requestView is the page and dialog about one access request: what is asked for; to those who decide, first what they give, then what
// that brings; or what has become of it.
type requestView struct {
	frame
	requestRow
	Form    form
	Place   string
	Version int
	Decides bool     // the reader is one of those who decide
	Holds   offering // what somebody who waits has there already, to those who decide
	Back    string
	Terms   termsView
	// What the decision brings.
	Review  bool
	Confirm bool // "admin" has to be typed
	Gets    offering
	Effects []string
	// Of one's own request.
	Withdraw access.Action
}

// decideFields are the fields of the form that errors can stand at.
var decideFields = []string{"role", "brands", "brand_role", "confirm", "reason"}

// request reads what the pages about a request need: of those who decide also the brands that can be given.
func (v *visit) request(title string) (*requestView, accessrequest.AccessRequest, []brand.Brand, error) {
	var found accessrequest.AccessRequest
	var brands []brand.Brand
	scope, err := v.scope()
	if err != nil {
		return nil, found, nil, err
	}
	in := accessrequest.GetInput{Scope: scope, ID: v.r.PathValue("r")}
	if !isID(in.ID, "req_") {
		return nil, found, nil, fault.Unknown()
	}
	p := &requestView{}
	var held *member.Membership // of the requester, to those who decide
	p.frame, err = v.load(title, scope, atUsers, func(ctx context.Context) (err error) {
		if found, err = v.GetAccessRequest.Do(ctx, v.caller, in); err != nil {
			return err
		}
		approve, decides := found.Actions["approve"]
		if !decides {
			return nil
		}
		return together(ctx, func(ctx context.Context) (err error) {
			if approve.Allowed {
				brands, err = v.allBrands(ctx, scope)
			}
			return err
		}, func(ctx context.Context) error {
			m, err := v.GetMember.Do(ctx, v.caller, member.GetInput{Scope: scope, User: found.Requester.ID, WithoutMails: true})
			switch {
			case err == nil:
				held = &m
			case errors.Is(err, fault.NotFound):
				return nil
			}
			return err
		})
	})
	if err != nil {
		return nil, found, nil, err
	}
	p.fill(found)
	p.meet(found, held)
	return p, found, brands, nil
}

func (p *requestView) fill(r accessrequest.AccessRequest) {
	p.requestRow, p.Place, p.Version = requestRowOf(r, p.Now), r.OrganizationName, r.Version
	_, p.Decides = r.Actions["approve"]
	p.Withdraw = r.Actions["withdraw"]
	p.Back = "/"
	if p.Decides {
		p.Back = requestsPath(r.Scope())
	}
}

// meet says what the requester is in the organization now, whatever became of the request; nil is nobody.
func (p *requestView) meet(r accessrequest.AccessRequest, held *member.Membership) {
	p.Profile = ""
	if held == nil {
		return
	}
	p.Profile, p.Invite = scopePath(r.Scope())+"/users/"+r.Requester.ID, ""
	if r.Status == accessrequest.Pending {
		p.Holds = offerOf(access.KindOrganization, p.Place, held.Grant())
	}
}

func requestPage(v *visit) error { return v.deciding(form{}, http.StatusOK) }

// deciding shows the request, with the form in the step that it asks for.
func (v *visit) deciding(f form, status int) error {
	p, found, brands, err := v.request("Access request")
	if err != nil {
		return err
	}
	if f.Values == nil {
		f = newForm(v.r.URL.Path)
		f.wishOf(found, brands)
	}
	step := f.Value("step")
	if f.Error("role")+f.Error("brands")+f.Error("brand_role") != "" {
		step = stepEdit
	}
	if p.Approve.Allowed && step != "" && step != stepEdit {
		offer := f.offered()
		if offer.Role == access.Admin {
			offer.Confirm = string(access.Admin) // it is typed in the step that follows
		}
		fields := append(offer.Validate(access.KindOrganization), account.CheckLength("/reason", f.Value("reason"), account.MaxReason)...)
		if rejected, bad := f.reject(fault.Fields(fields), decideFields...); bad {
			f, status = rejected, http.StatusUnprocessableEntity
			p.Review = f.Error("reason") != "" && len(f.Errors) == 1
		} else {
			p.Review = true
		}
		if p.Review {
			p.review(offer, brands)
		}
	}
	p.Form, p.Terms = f, termsOf(f, access.KindOrganization, stock{Brands: brands})
	p.Title = "Access request of " + p.Name
	return v.show(status, "request", p)
}

// wishOf puts what is asked for into the form: Member, in those wanted brands that there are.
func (f form) wishOf(r accessrequest.AccessRequest, brands []brand.Brand) {
	f.Values.Set("role", string(access.Member))
	for _, b := range brands {
		for _, wanted := range r.WantedBrands {
			if wanted.ID == b.ID {
				f.Values.Add("brands", b.ID)
			}
		}
	}
}

// offered returns what the form gives. Fields that do not belong to the chosen role are not asked for, so they do not count.
func (f form) offered() member.Offer {
	o := member.Offer{Role: access.Role(f.Value("role"))}
	switch o.Role {
	case access.Admin:
		o.Confirm = f.Value("confirm")
	case access.Member:
		o.Brands, o.BrandRole = f.Values["brands"], access.Role(f.Value("brand_role"))
	}
	return o
}

// review says what an approval brings.
func (p *requestView) review(o member.Offer, brands []brand.Brand) {
	names := map[string]string{}
	for _, b := range brands {
		names[b.ID] = b.Name
	}
	given, _ := o.BrandRoles(names)
	p.Gets = offerOf(access.KindOrganization, p.Place, access.Grant{Role: o.Role, Brands: given})
	if o.Role == access.Admin {
		p.Confirm = true
		p.Effects = []string{
			p.Name + " gets all of " + p.Place + " at once: its users and settings, and its " + count(len(brands), "brand", "brands") + ", as well as any that come later.",
			p.Name + " and all other Admins get a mail about it.",
		}
		return
	}
	in := p.Name + " is in " + p.Place + " at once, and gets a mail about it."
	if p.Holds.Text != "" {
		in = p.Name + " is in " + p.Place + " already, keeps what they have where that is more, and gets a mail about the rest."
	}
	p.Effects = []string{in, roleNames[o.BrandRole] + ": " + roleSentences[access.KindBrand][o.BrandRole]}
}

// Carried are the fields that the page which says what the decision brings hands on.
func (p *requestView) Carried() []option {
	carried := []option{{Value: "role", Text: p.Form.Value("role")}, {Value: "brand_role", Text: p.Form.Value("brand_role")}}
	for _, id := range p.Form.Values["brands"] {
		carried = append(carried, option{Value: "brands", Text: id})
	}
	return carried
}

// Open reports whether the request waits for a decision of the reader.
func (p *requestView) Open() bool { return p.Approve.Allowed }

// Waits reports whether it waits for a decision at all.
func (p *requestView) Waits() bool { return p.Decided.ISO == "" }

func decideRequest(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	if sent.Value("step") != stepSave {
		return v.deciding(sent, http.StatusOK)
	}
	in := accessrequest.ApproveInput{
		Scope: scope, ID: v.r.PathValue("r"), IfMatch: sent.version(), Offer: sent.offered(), Reason: sent.Value("reason"),
	}
	made, err := perform(v, v.asks(sent), in, v.ApproveAccessRequest.Do)
	if err != nil {
		return v.again(err, sent, v.deciding, decideFields...)
	}
	return v.redirect(requestsPath(scope) + "&done=approved&fresh=" + made.ID + "," + made.Requester.ID)
}

func rejectPage(v *visit) error { return v.rejecting(newForm(v.r.URL.Path), http.StatusOK) }

func (v *visit) rejecting(f form, status int) error {
	p, _, _, err := v.request("Reject request")
	if err != nil {
		return err
	}
	if !p.Decides {
		return fault.Unknown()
	}
	p.Form, p.Title = f, "Reject the request of "+p.Name
	return v.show(status, "request-reject", p)
}

func rejectRequest(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := accessrequest.RejectInput{Scope: scope, ID: v.r.PathValue("r"), IfMatch: sent.version(), Reason: sent.Value("reason")}
	if _, err := perform(v, v.asks(sent), in, v.RejectAccessRequest.Do); err != nil {
		return v.again(err, sent, v.rejecting, "reason")
	}
	return v.redirect(requestsPath(scope) + "&done=rejected&fresh=" + in.ID)
}

func withdrawPage(v *visit) error { return v.withdrawing(newForm(v.r.URL.Path), http.StatusOK) }

func (v *visit) withdrawing(f form, status int) error {
	p, found, _, err := v.request("Withdraw request")
	if errors.Is(err, fault.Forbidden) { // no right that others lack would let them
		return fault.Unknown()
	}
	if err != nil {
		return err
	}
	if found.Requester.ID != v.caller.User {
		return fault.Unknown()
	}
	p.Form, p.Back, p.Title = f, "/", "Withdraw your request to "+p.Place
	return v.show(status, "request-withdraw", p)
}

func withdrawRequest(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := accessrequest.WithdrawInput{Scope: scope, ID: v.r.PathValue("r"), IfMatch: sent.version()}
	if _, err := perform(v, v.asks(sent), in, v.WithdrawAccessRequest.Do); err != nil {
		return v.again(err, sent, v.withdrawing)
	}
	return v.redirect("/?done=withdrawn&fresh=" + in.ID)
}

// myRequest is an access request of the one who reads the home page.
type myRequest struct {
	requestRow
	Place    string
	Withdraw access.Action
	Again    moment // of a rejected one: from when on one can ask again
}

// myRequests returns what the reader waits for, and what was rejected so lately that they cannot ask again yet. What they have just
// withdrawn is looked up, as the list may lag behind.
func (v *visit) myRequests(ctx context.Context) ([]myRequest, error) {
	found, err := v.MyAccessRequests.Do(ctx, v.caller, accessrequest.MineInput{})
	if err != nil {
		return nil, err
	}
	var mine []myRequest
	now, fresh := v.Now(), strings.Join(v.fresh("req_"), ",")
	for _, r := range found.Items {
		if strings.Contains(fresh, r.ID) {
			seen, err := v.GetAccessRequest.Do(ctx, v.caller, accessrequest.GetInput{Scope: r.Scope(), ID: r.ID})
			if errors.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			r = seen
		}
		one := myRequest{requestRow: requestRowOf(r, now), Place: r.OrganizationName, Withdraw: r.Actions["withdraw"]}
		switch {
		case r.Status == accessrequest.Pending:
		case r.Status == accessrequest.Rejected && r.DecidedAt != nil && r.DecidedAt.Add(accessrequest.RejectedFor).After(now):
			one.Again = at(now, r.DecidedAt.Add(accessrequest.RejectedFor))
		default:
			continue
		}
		mine = append(mine, one)
	}
	return mine, nil
}
