package console

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"prism-access/internal/brand"
	"prism-access/internal/member"
)

// toldApart returns the names of things, by their ids, as pages tell them apart: those who share a name with others say as well when they
// were created, and how their id ends.
func toldApart(names map[string]string) map[string]string {
	many := map[string]int{}
	for _, name := range names {
		many[strings.ToLower(name)]++
	}
	told := maps.Clone(names)
	for id, name := range names {
		if many[strings.ToLower(name)] > 1 {
			told[id] = name + " (" + origin(id) + ")"
		}
	}
	return told
}

// origin says when the thing with an id was created, and how the id ends.
func origin(id string) string {
	_, number, _ := strings.Cut(id, "_")
	end := "id …" + number[max(len(number)-4, 0):]
	if made, err := ulid.ParseStrict(number); err == nil {
		return "created " + ulid.Time(made.Time()).UTC().Format("2 Jan 2006") + ", " + end
	}
	return end
}

// brandsApart returns brands with names that tell them apart.
func brandsApart(brands []brand.Brand) []brand.Brand {
	names := map[string]string{}
	for _, b := range brands {
		names[b.ID] = b.Name
	}
	told := toldApart(names)
	apart := make([]brand.Brand, len(brands))
	for i, b := range brands {
		b.Name = told[b.ID]
		apart[i] = b
	}
	return apart
}

// withNames returns the membership with the names that brands have on the page.
func withNames(m member.Membership, brands []brand.Brand) member.Membership {
	names := map[string]string{}
	for _, b := range brands {
		names[b.ID] = b.Name
	}
	m.Brands = slices.Clone(m.Brands)
	for i, b := range m.Brands {
		m.Brands[i].Name = cmp.Or(names[b.ID], b.Name)
	}
	return m
}
