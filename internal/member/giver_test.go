package member_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/member"
)

func TestGivers(t *testing.T) {
	t.Parallel()
	ada, grace, gus := access.Person{ID: "usr_a", Name: "Ada"}, access.Person{ID: "usr_g", Name: "Grace"}, access.Person{ID: "usr_h", Name: "Grace"}
	in := func(name string, by access.Person) member.BrandGrant {
		return member.BrandGrant{BrandRole: access.BrandRole{ID: name, Name: name, Role: access.Viewer}, GrantedBy: by}
	}
	for name, c := range map[string]struct {
		brands []member.BrandGrant
		want   string
	}{
		"alone":           {nil, "Ada"},
		"one for all":     {[]member.BrandGrant{in("Acme", ada), in("Globex", ada)}, "Ada"},
		"another":         {[]member.BrandGrant{in("Acme", grace), in("Globex", ada)}, "Ada; Grace on Acme"},
		"each once":       {[]member.BrandGrant{in("Acme", grace), in("Globex", ada), in("Initech", grace)}, "Ada; Grace on Acme, Initech"},
		"two of one name": {[]member.BrandGrant{in("Acme", grace), in("Globex", gus)}, "Ada; Grace on Acme; Grace on Globex"},
	} {
		m := member.Membership{GrantedBy: ada, Brands: c.brands}
		sheet := member.SheetOf(access.KindOrganization)
		row := sheet.Row(m)
		if diff := cmp.Diff(c.want, row[slices.Index(sheet.Header, "granters")]); diff != "" || len(row) != len(sheet.Header) {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
