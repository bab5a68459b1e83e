package console

import (
	"context"
	"net/http"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/organization"
	"prism-access/internal/page"
)

// organizationPage leads to what somebody can do in an organization.
func organizationPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	found, err := v.GetOrganization.Do(v.r.Context(), v.caller, organization.GetInput{Scope: scope})
	if err != nil {
		return err
	}
	if found.Actions["list_members"].Allowed {
		return v.redirect(scopePath(scope) + "/users")
	}
	return v.redirect(scopePath(scope) + "/brands")
}

// brandsView lists the brands of an organization that the reader may see.
type brandsView struct {
	frame
	Place  string
	Base   string
	Role   string // the reader's own, in words
	Brands []brandCard
	Create access.Action
	Next   string
	Later  bool
}

// brandCard is a brand.
type brandCard struct {
	Name      string
	Role      string // the reader's own there
	GrantedBy string // empty where the role comes with the organization's
	Granter   string // on a profile, as there
	Via       string
	Granted   moment
	Joined    moment // on a profile
	Change    *link  // on a profile, where the role is changed, for those who may
	Users     string // address of its users, empty for those who may not manage them
	Log       string // address of its audit log, empty for those who may not read it
	Leave     string // where one leaves it, empty for those without a role of their own there
	URL       string // where the pages of the brand begin
	Update    access.Action
	Delete    access.Action
	Fresh     bool
}

func brandsPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	p := &brandsView{Base: scopePath(scope) + "/brands", Later: query.Get("cursor") != ""}
	var found organization.Organization
	var brands page.List[brand.Brand]
	p.frame, err = v.load("Brands", scope, atBrands,
		func(ctx context.Context) (err error) {
			found, err = v.GetOrganization.Do(ctx, v.caller, organization.GetInput{Scope: scope})
			return err
		},
		func(ctx context.Context) (err error) {
			brands, err = v.ListBrands.Do(ctx, v.caller, brand.ListInput{Scope: scope, Query: page.Query{Cursor: query.Get("cursor")}})
			return err
		},
	)
	if err != nil {
		return err
	}
	p.Place, p.Create, p.Title = found.Name, found.Actions["create_brand"], "Brands · "+found.Name
	p.build(scope, brands, v.fresh("brd_"))
	p.Notice = p.done(v.done())
	return v.show(http.StatusOK, "brands", p)
}

func (p *brandsView) build(scope access.Scope, brands page.List[brand.Brand], fresh []string) {
	own, _ := p.membershipIn(scope)
	p.Role = roleNames[own.Role]
	for _, b := range brandsApart(brands.Items) {
		card := brandCard{
			Name: b.Name, Fresh: len(fresh) > 0 && fresh[0] == b.ID, URL: scopePath(b.Scope()), Update: b.Actions["update"], Delete: b.Actions["delete"],
		}
		if b.Actions["list_audit_log"].Allowed {
			card.Log = card.URL + "/audit-log"
		}
		if b.Actions["list_members"].Allowed {
			card.Users = scopePath(b.Scope()) + "/users"
		}
		if own.Role == access.Admin {
			card.Role = roleNames[access.Admin]
		}
		for _, granted := range own.Brands {
			if granted.ID == b.ID {
				card.Role, card.GrantedBy, card.Via, card.Granted = roleNames[granted.Role], granted.GrantedBy.Name, viaIn(access.KindBrand, granted.Via, granted.JoinedAt, granted.GrantedAt), p.At(granted.GrantedAt)
				card.Leave = card.URL + "/leave?from=" + fromBrands
			}
		}
		p.Brands = append(p.Brands, card)
	}
	if brands.NextCursor != "" {
		p.Next = p.Base + "?cursor=" + brands.NextCursor
	}
}

func (p *brandsView) done(what string) *notice {
	switch what {
	case "joined":
		return &notice{Text: "You are in. Welcome to " + p.Place + "."}
	case "left":
		return &notice{Text: "You have left the brand. If that was a mistake, ask an Admin of it to invite you again."}
	case "renamed":
		return &notice{Text: "The brand is renamed."}
	case "deleted":
		return &notice{Text: "The brand is deleted. Nobody has access to it any more."}
	case "created":
		for _, b := range p.Brands {
			if b.Fresh {
				return &notice{Text: b.Name + " is created.", Link: link{URL: b.Users, Text: "See its users"}}
			}
		}
		return &notice{Text: "The brand is created."}
	}
	return nil
}

func newBrandPage(v *visit) error {
	return v.newBrand(newForm(v.r.URL.Path), http.StatusOK)
}

func (v *visit) newBrand(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var found organization.Organization
	framed, err := v.load("Create brand", scope, atBrands, func(ctx context.Context) (err error) {
		found, err = v.GetOrganization.Do(ctx, v.caller, organization.GetInput{Scope: scope})
		return err
	})
	if err != nil {
		return err
	}
	if !found.Actions["create_brand"].Allowed {
		return access.MissingPermissions(access.ManageBrands)
	}
	return v.show(status, "create", &createView{
		frame: framed, Form: f, Heading: "Create brand in " + found.Name, Label: "Name of the brand", Button: "Create brand",
		Back: scopePath(scope) + "/brands", Hint: "Organization Admins have it at once. Others get in by invitation.",
	})
}

func createBrand(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := brand.CreateInput{Scope: scope, Name: sent.Value("name")}
	made, err := perform(v, v.asks(sent), in, v.CreateBrand.Do)
	if err != nil {
		return v.again(err, sent, v.newBrand, "name")
	}
	return v.redirect(scopePath(scope) + "/brands?done=created&fresh=" + made.ID)
}
