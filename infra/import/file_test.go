package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
)

var known = []brand{
	{"brd_01M817SG707WDR2MKE9HAT5PGS", "Globex"}, {"brd_2", "Initech"}, {"brd_3", "Twin"}, {"brd_4", "Twin"}, {"brd_5", "Grün: Süd"}, {"brd_6", "initech"},
}

func TestParse(t *testing.T) {
	t.Parallel()
	text := byteOrderMark + "name,Role , email,brands\r\n" +
		"Grace,member,Grace@Example.com,Globex:publisher; initech : Viewer ;\r\n" +
		"\r\n" +
		`"Ada ""the first""",ADMIN,ada@example.com,` + "\r\n" +
		"Joan,member,joan@example.com,grün: süd:admin;brd_3:viewer;brd_01M817SG707WDR2MKE9HAT5PGS:admin\r\n" +
		",,,\r\n , , ,\r\n,\r\n"
	people, problems := parse([]byte(text), known, true)
	if problems != nil {
		t.Fatalf("got %v", problems)
	}
	var got []string
	for _, p := range people {
		line := fmt.Sprint(p.at, " ", p.email, " ", p.role)
		for _, w := range p.wants {
			line += fmt.Sprint(" ", w.Name, "/", w.ID, "=", w.role)
		}
		got = append(got, line)
	}
	want := []string{
		"2:14 Grace@example.com member Globex/brd_01M817SG707WDR2MKE9HAT5PGS=publisher initech/brd_6=viewer",
		"4:27 ada@example.com admin",
		"5:13 joan@example.com member Grün: Süd/brd_5=admin Twin/brd_3=viewer Globex/brd_01M817SG707WDR2MKE9HAT5PGS=admin",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseNamesLineAndColumn(t *testing.T) {
	t.Parallel()
	var many []brand
	var entries []string
	for n := range 91 {
		many = append(many, brand{fmt.Sprint("brd_", n), fmt.Sprint("Brand ", n)})
		entries = append(entries, fmt.Sprintf("Brand %d:viewer", n))
	}
	const header = "email,role,brands\n"
	for name, c := range map[string]struct {
		text   string
		admins bool
		brands []brand
		want   []string // beginnings of the complaints
	}{
		"nothing":             {"", false, known, []string{"1:1 the file is empty"}},
		"a header alone":      {header, false, known, []string{"2:1 nobody follows the header"}},
		"semicolons":          {"email;role;brands\na@example.com;member;Globex:viewer\n", false, known, []string{"1:1 the columns are separated by semicolons"}},
		"columns":             {"email,role,e-mail,brands,role\n", false, known, []string{`1:12 there is no column "e-mail"`, `1:26 the column "role" stands twice`}},
		"too few":             {header + "a@example.com,member\n", false, known, []string{"2:1 this line has 2 columns, the header 3"}},
		"too many":            {header + "a@example.com,member,Globex:viewer,Initech:viewer\n", false, known, []string{"2:1 this line has 4 columns, the header 3"}},
		"no address":          {header + "a@example,member,Globex:viewer\n", false, known, []string{`2:1 "a@example" is not an e-mail address`}},
		"twice":               {header + "a@example.com,member,Globex:viewer\nA@EXAMPLE.com,member,Initech:viewer\n", false, known, []string{"3:1 A@example.com stands in line 2 already"}},
		"no such role":        {header + "a@example.com,owner,Globex:viewer\n", false, known, []string{`2:15 "owner" is no role in an organization`}},
		"unconfirmed":         {header + "a@example.com,admin,\n", false, known, []string{"2:15 this makes somebody Organization Admin"}},
		"an Admin's brands":   {header + "a@example.com,admin,Globex:viewer\n", true, known, []string{"2:21 an Organization Admin has every brand"}},
		"no brand":            {header + "a@example.com,member, ; \n", false, known, []string{"2:22 a Member needs at least one brand"}},
		"unknown brand":       {header + "a@example.com,member,Globex:viewer; Umbrella:viewer\n", false, known, []string{`2:37 the organization has no brand "Umbrella"`}},
		"ambiguous":           {header + "ü@example.com,member,Twin:viewer\n", false, known, []string{`2:22 2 brands are called "Twin": write the id instead, brd_3 or brd_4`}},
		"ambiguous by case":   {header + "a@example.com,member,INITECH:viewer\n", false, known, []string{`2:22 2 brands are called "INITECH"`}},
		"a role of no brand":  {header + "a@example.com,member,Globex:member\n", false, known, []string{`2:22 "member" is no role in a brand`}},
		"without a role":      {header + "a@example.com,member,Globex\n", false, known, []string{`2:22 "Globex" has no role`}},
		"a brand twice":       {header + "a@example.com,member,Globex:viewer;brd_01M817SG707WDR2MKE9HAT5PGS:admin\n", false, known, []string{`2:36 the brand "Globex" stands twice`}},
		"91 brands":           {header + "a@example.com,member," + strings.Join(entries, ";"), false, many, []string{"2:22 a member has at most 90 brands, these are 91"}},
		"in quotes":           {header + "a@example.com,\"member\",\"Glo\"\"bex:viewer;\r\nUmbrella:viewer\"\n", false, known, []string{`2:25 the organization has no brand "Glo\"bex"`, `2:41 the organization has no brand "Umbrella"`}},
		"all at once":         {header + "a,b,c\nd,member,Globex:viewer\n", false, known, []string{`2:1 "a" is not`, `2:3 "b" is no`, `2:5 "c" has no role`, `3:1 "d" is not`}},
		"a quote in the text": {header + "a@example.com,member,Glo\"bex:viewer\n", false, known, []string{`2:25 bare " in non-quoted-field`}},
		"an open quote":       {header + "a@example.com,member,\"Globex:viewer\n", false, known, []string{`2:1 extraneous or missing " in quoted-field`}},
		"another encoding":    {header + "a@example.com,member,Gr\xfcn:viewer\n", false, known, []string{"2:24 this is not UTF-8"}},
	} {
		people, problems := parse([]byte(c.text), c.brands, c.admins)
		if len(people) > 0 && name != "twice" {
			t.Errorf("%s: got %d people", name, len(people))
		}
		if len(problems) != len(c.want) {
			t.Errorf("%s: got %v, want %q", name, problems, c.want)
			continue
		}
		for n, p := range problems {
			if got := p.at.String() + " " + p.text; !strings.HasPrefix(got, c.want[n]) {
				t.Errorf("%s: got %q, want %q", name, got, c.want[n])
			}
		}
	}
}

func TestEveryCallTakesAHundredOfOneOffer(t *testing.T) {
	t.Parallel()
	text := "email,role,brands\n"
	for n := range 250 {
		brands := "Globex:viewer;brd_2:viewer"
		if n%2 == 1 {
			brands = "brd_2:viewer;Globex:viewer"
		}
		text += fmt.Sprintf("p%d@example.com,member,%s\n", n, brands)
	}
	people, problems := parse([]byte(text+"last@example.com,member,brd_3:viewer;Globex:admin;brd_4:viewer\n"), known, false)
	if problems != nil {
		t.Fatalf("got %v", problems)
	}
	m := &move{organization: "organizations/org_1", days: 30}
	var got []string
	for _, c := range batches(people, func(p *person) []offer { return []offer{m.first(p)} }) {
		got = append(got, fmt.Sprintln(len(c.people), len(c.Invitees), c.Brands, c.BrandRole, c.Notify))
	}
	want := []string{
		"100 100 [brd_01M817SG707WDR2MKE9HAT5PGS brd_2] viewer false\n", "100 100 [brd_01M817SG707WDR2MKE9HAT5PGS brd_2] viewer false\n",
		"50 50 [brd_01M817SG707WDR2MKE9HAT5PGS brd_2] viewer false\n", "1 1 [brd_3 brd_4] viewer false\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]further{{"Globex", access.Admin}}, rest(people[250])); diff != "" {
		t.Error(diff)
	}
}

type further struct {
	Brand string
	Role  access.Role
}

func rest(p *person) (left []further) {
	for _, w := range p.rest {
		left = append(left, further{w.Name, w.role})
	}
	return left
}

// TestOneConfirmationIsAskedOnce, however many rows need it, and hides nothing that is wrong.
func TestOneConfirmationIsAskedOnce(t *testing.T) {
	t.Parallel()
	text := "email,role,brands\n"
	for n := range 2 * shown {
		text += fmt.Sprintf("boss%d@example.com,admin,\n", n)
	}
	_, problems := parse([]byte(text+"grace@example.com,member,\n"), known, false)
	lines := strings.Split(told("file.csv", problems).Error(), "\n")
	want := []string{
		"Nothing was sent. Wrong in the file: 2", "file.csv:202:26: a Member needs at least one brand",
		"file.csv:2:19: this and the other rows like it, 200 in all, make people Organization Admin, who can do everything there: confirm it by ADMINS=yes",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}
