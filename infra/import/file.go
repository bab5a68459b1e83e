package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/member"
)

// position is a place in the file: line and column in characters, both from 1.
type position struct{ line, column int }

func (p position) String() string { return fmt.Sprintf("%d:%d", p.line, p.column) }

// problem is one thing wrong with the file.
type problem struct {
	at   position
	text string
}

// brand is one of the organization's.
type brand struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// want is a role in a brand.
type want struct {
	brand
	role access.Role
}

// person is a row of the file, and what became of it.
type person struct {
	at    position // of the address
	email string
	role  access.Role
	wants []want // of a Member

	outcome outcome
	notes   []string
	rest    []want // that the organization's invitation does not bring
}

const byteOrderMark = "\ufeff"

// file is a CSV file under way.
type file struct {
	text     []byte
	starts   []int // offset of each line
	reader   *csv.Reader
	brands   []brand
	admins   bool           // making people Organization Admin is confirmed
	columns  map[string]int // by name
	lines    map[string]int // e-mail key -> line
	problems []problem
	// unconfirmed is where rows make people Organization Admin though that is not confirmed.
	unconfirmed []position
}

// parse returns the people of the file, or all that is wrong with it. The brands are those that the organization has; admins says
// that the file may make people Organization Admin.
func parse(text []byte, brands []brand, admins bool) ([]*person, []problem) {
	f := &file{text: bytes.TrimPrefix(text, []byte(byteOrderMark)), brands: brands, admins: admins, lines: map[string]int{}, starts: []int{0}}
	for i, c := range f.text {
		if c == '\n' {
			f.starts = append(f.starts, i+1)
		}
	}
	if i := invalid(f.text); i >= 0 {
		return nil, []problem{{f.position(i), "this is not UTF-8: save the file with that encoding"}}
	}
	f.reader = csv.NewReader(bytes.NewReader(f.text))
	f.reader.FieldsPerRecord = -1 // we name the column
	if header, ok := f.next(); !ok || !f.header(header) {
		if len(f.problems) == 0 {
			f.problems = []problem{{position{1, 1}, "the file is empty"}}
		}
		return nil, f.problems
	}
	var people []*person
	for record, ok := f.next(); ok; record, ok = f.next() {
		if strings.TrimSpace(strings.Join(record, "")) == "" { // as spreadsheets end a table
			continue
		}
		if p := f.row(record); p != nil {
			people = append(people, p)
		}
	}
	if n := len(f.unconfirmed); n > 0 { // said once, behind what is wrong with single rows
		said := "this makes somebody Organization Admin, who can do everything there: confirm it by ADMINS=yes"
		if n > 1 {
			said = fmt.Sprintf("this and the other rows like it, %d in all, make people Organization Admin, who can do everything there: confirm it by ADMINS=yes", n)
		}
		f.problems = append(f.problems, problem{f.unconfirmed[0], said})
	}
	if len(people)+len(f.problems) == 0 {
		f.wrong(len(f.text), "nobody follows the header")
	}
	return people, f.problems
}

// invalid returns the offset of the first byte that is no UTF-8, or -1.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// next returns the next record, false at the end and after what cannot be read.
func (f *file) next() ([]string, bool) {
	record, err := f.reader.Read()
	if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
		begin := f.starts[syntax.StartLine-1]
		at := begin + syntax.Column - 1
		if syntax.Line != syntax.StartLine || at >= len(f.text) { // a quote that swallows the lines that follow
			at = begin
		}
		f.wrong(at, "%s; what follows was not checked", syntax.Err)
	}
	return record, err == nil
}

// position returns the place of an offset.
func (f *file) position(offset int) position {
	line, found := slices.BinarySearch(f.starts, offset)
	if !found {
		line--
	}
	return position{line + 1, utf8.RuneCount(f.text[f.starts[line]:offset]) + 1}
}

func (f *file) wrong(offset int, format string, values ...any) {
	f.problems = append(f.problems, problem{f.position(offset), fmt.Sprintf(format, values...)})
}

// offset returns where in the file the byte number n of a field of the present record is.
func (f *file) offset(field, n int) int {
	line, column := f.reader.FieldPos(field)
	i := f.starts[line-1] + column - 1
	if i >= len(f.text) || f.text[i] != '"' {
		return i + n
	}
	for i++; n > 0; n-- {
		if f.text[i] == '"' || f.text[i] == '\r' { // a quote is written twice, and a line's end is read as one character
			i++
		}
		i++
	}
	return i
}

// header reads the names of the columns, and returns whether the rows can be read by them.
func (f *file) header(record []string) bool {
	f.columns = map[string]int{}
	for i, name := range record {
		name = strings.ToLower(strings.TrimSpace(name))
		if len(record) == 1 && strings.Contains(name, ";") { // all else that is wrong follows from it
			f.wrong(0, "the columns are separated by semicolons: save the file with commas (only brands are separated by semicolons)")
			return false
		}
		_, twice := f.columns[name]
		switch {
		case twice:
			f.wrong(f.offset(i, 0), "the column %q stands twice", name)
		case !slices.Contains([]string{"email", "name", "role", "brands"}, name):
			f.wrong(f.offset(i, 0), "there is no column %q: the columns are email, name, role and brands, separated by commas", name)
		}
		f.columns[name] = i
	}
	for _, name := range []string{"email", "role", "brands"} {
		if _, found := f.columns[name]; !found {
			f.wrong(0, "the header has no column %q", name)
		}
	}
	return len(f.problems) == 0
}

// row reads one person; nil when something is wrong.
func (f *file) row(record []string) *person {
	before := len(f.problems)
	if len(record) != len(f.columns) {
		f.wrong(f.offset(0, 0), "this line has %d columns, the header %d", len(record), len(f.columns))
		return nil
	}
	column := f.columns["email"]
	p := &person{at: f.position(f.offset(column, 0))}
	email, err := account.ParseEmail(record[column])
	switch first, twice := f.lines[email.Key]; {
	case err != nil:
		f.wrong(f.offset(column, 0), "%q is not an e-mail address", record[column])
	case twice:
		f.wrong(f.offset(column, 0), "%s stands in line %d already: one line holds all brands of a person", email.Written, first)
	default:
		f.lines[email.Key] = p.at.line
	}
	p.email = email.Written
	column = f.columns["role"]
	p.role = access.Role(strings.ToLower(strings.TrimSpace(record[column])))
	switch {
	case !access.IsRole(access.KindOrganization, p.role):
		f.wrong(f.offset(column, 0), "%q is no role in an organization: admin or member", record[column])
	case p.role == access.Admin && !f.admins:
		f.unconfirmed = append(f.unconfirmed, f.position(f.offset(column, 0)))
	}
	column = f.columns["brands"]
	p.wants = f.wants(column, record[column])
	switch empty := strings.Trim(record[column], "; ") == ""; {
	case p.role == access.Admin && !empty:
		f.wrong(f.offset(column, 0), "an Organization Admin has every brand: leave the brands empty")
	case p.role == access.Member && empty:
		f.wrong(f.offset(column, 0), "a Member needs at least one brand")
	case len(p.wants) > member.MaxBrands:
		f.wrong(f.offset(column, 0), "a member has at most %d brands, these are %d", member.MaxBrands, len(p.wants))
	}
	if len(f.problems) > before || p.role == access.Admin && !f.admins {
		return nil
	}
	return p
}

// wants reads brands with their roles, as in Globex:publisher;Initech:viewer.
func (f *file) wants(column int, text string) []want {
	var wants []want
	start := 0
	for entry := range strings.SplitSeq(text, ";") {
		at := f.offset(column, start+len(entry)-len(strings.TrimLeft(entry, " ")))
		start += len(entry) + len(";")
		if strings.TrimSpace(entry) == "" {
			continue
		}
		colon := strings.LastIndexByte(entry, ':')
		if colon < 0 {
			f.wrong(at, "%q has no role: write brand:role, and several separated by semicolons", strings.TrimSpace(entry))
			continue
		}
		name, role := account.CleanName(entry[:colon]), access.Role(strings.ToLower(strings.TrimSpace(entry[colon+1:])))
		found, why := f.find(name)
		switch {
		case why != "":
			f.wrong(at, "%s", why)
		case !access.IsRole(access.KindBrand, role):
			f.wrong(at, "%q is no role in a brand: admin, publisher or viewer", role)
		case slices.ContainsFunc(wants, func(w want) bool { return w.ID == found.ID }):
			f.wrong(at, "the brand %q stands twice in this line", found.Name)
		default:
			wants = append(wants, want{found, role})
		}
	}
	return wants
}

// find returns the brand of that id or name, or why there is not exactly one. Upper and lower case count only between brands that differ
// in nothing else.
func (f *file) find(name string) (found brand, why string) {
	for _, fits := range []func(brand) bool{
		func(b brand) bool { return b.ID == name },
		func(b brand) bool { return b.Name == name },
		func(b brand) bool { return strings.EqualFold(b.Name, name) },
	} {
		var ids []string
		for _, b := range f.brands {
			if fits(b) {
				found, ids = b, append(ids, b.ID)
			}
		}
		switch len(ids) {
		case 0:
		case 1:
			return found, ""
		default:
			return brand{}, fmt.Sprintf("%d brands are called %q: write the id instead, %s", len(ids), name, strings.Join(ids, " or "))
		}
	}
	return brand{}, fmt.Sprintf("the organization has no brand %q", name)
}
