package member

import (
	"slices"
	"strings"

	"prism-access/internal/access"
)

// Giver is somebody who gave a member what they hold.
type Giver struct {
	By     access.Person
	Brands []string // names of the brands in which they gave the role; none for whoever gave the one in the scope itself
}

// Givers returns everybody who gave the member something, each once: first whoever gave the role in the scope, then those who gave roles
// in single brands, in the order of these.
func (m Membership) Givers() []Giver {
	givers := []Giver{{By: m.GrantedBy}}
	for _, b := range m.Brands {
		at := slices.IndexFunc(givers, func(g Giver) bool { return g.By.ID == b.GrantedBy.ID })
		switch {
		case at < 0:
			givers = append(givers, Giver{By: b.GrantedBy, Brands: []string{b.Name}})
		case at > 0:
			givers[at].Brands = append(givers[at].Brands, b.Name)
		}
	}
	return givers
}

// String says who gave what: "Grace on Acme, Globex".
func (g Giver) String() string {
	if len(g.Brands) == 0 {
		return g.By.Name
	}
	return g.By.Name + " on " + strings.Join(g.Brands, ", ")
}
