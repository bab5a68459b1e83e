package console

import (
	"context"
	"net/http"

	"prism-access/internal/access"
	"prism-access/internal/brand"
)

// brandPages names the pages that rename and delete a brand.
func brandPages(page func(string, handler)) {
	const base = "/organizations/{o}/brands/{b}"
	page("GET "+base+"/rename", renamePage)
	page("POST "+base+"/rename", renameBrand)
	page("GET "+base+"/delete", deleteBrandPage)
	page("POST "+base+"/delete", deleteBrand)
}

// renameView is the page and dialog that gives a brand another name.
type renameView struct {
	frame
	Form    form
	Was     string
	Version int
	Action  access.Action
	Back    string
}

// brand reads the brand that the path names.
func (v *visit) brand(title string, into *brand.Brand) (frame, access.Scope, error) {
	scope, err := v.scope()
	if err != nil {
		return frame{}, scope, err
	}
	framed, err := v.load(title, scope, atBrands, func(ctx context.Context) (err error) {
		*into, err = v.GetBrand.Do(ctx, v.caller, brand.GetInput{Scope: scope})
		return err
	})
	return framed, scope, err
}

// changedBrand says what somebody else has done to a brand since a form was made.
func (v *visit) changedBrand(found brand.Brand) string {
	who, when := v.latest(found.Scope(), found.Version, "BrandUpdated")
	return who + " changed this brand " + when + ": its name is now " + found.Name + "."
}

func renamePage(v *visit) error { return v.renaming(form{}, http.StatusOK) }

func (v *visit) renaming(f form, status int) error {
	var found brand.Brand
	framed, scope, err := v.brand("Rename brand", &found)
	if err != nil {
		return err
	}
	if f.Values == nil {
		f = newForm(v.r.URL.Path)
		f.Values.Set("name", found.Name)
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedBrand(found) + " Below is what you were about to save. Saving it now replaces theirs."
	}
	framed.Title = "Rename " + found.Name
	return v.show(status, "rename", &renameView{
		frame: framed, Form: f, Was: found.Name, Version: found.Version, Action: found.Actions["update"], Back: organizationPath(scope) + "/brands",
	})
}

func renameBrand(v *visit) error {
	return rename(v, v.renaming, "renamed", func(scope access.Scope, version int, name string) brand.UpdateInput {
		return brand.UpdateInput{Scope: scope, IfMatch: version, Name: name}
	}, v.UpdateBrand.Do)
}

func deleteBrandPage(v *visit) error { return v.deletingBrand(newForm(v.r.URL.Path), http.StatusOK) }

func (v *visit) deletingBrand(f form, status int) error {
	var found brand.Brand
	framed, scope, err := v.brand("Delete brand", &found)
	if err != nil {
		return err
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedBrand(found)
	}
	p := &deletionView{
		frame: framed, Form: f, Kind: access.KindBrand, Place: found.Name, Version: found.Version, Action: found.Actions["delete"],
		Back: organizationPath(scope) + "/brands",
	}
	if own, in := p.membershipIn(scope); in {
		p.Parent = own.ScopeName
	}
	p.Title = "Delete " + found.Name
	p.Effects = []string{
		"Everybody who has a role in " + p.Place + " loses it at once, and stays in " + p.Parent + ".",
		"Its own open invitations are closed, and their links stop working. Those to " + p.Parent + " lose what they offer in it and are good for the rest; where nothing is left, nobody can accept them until they are sent again with something else.",
		"Nobody gets a mail about it, and it cannot be undone. Its audit log stays.",
	}
	return v.show(status, "deletion", p)
}

func deleteBrand(v *visit) error {
	return v.changeScope(v.deletingBrand, "deleted", "confirm", func(scope access.Scope, sent form) error {
		// What has to be typed is checked where the name is known.
		_, err := v.DeleteBrand.Do(v.r.Context(), v.caller, brand.DeleteInput{Scope: scope, IfMatch: sent.version(), Confirm: sent.Value("confirm")})
		return err
	})
}
