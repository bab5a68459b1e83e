package bench

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// What make bench writes of README.md stands between these.
const (
	writtenFrom = "<!-- make bench writes from here -->\n"
	writtenTo   = "<!-- to here -->\n"
	head        = "| figure | measured | bound |\n|---|---|---|\n"
)

// row is one line of the README's table: figures of one benchmark, side by side.
type row struct {
	title, group string
	of           []pick
	as           func([]held) (measured, bound string)
}

// pick is a figure by its name and unit, or all of a benchmark that have the unit.
type pick struct{ name, unit string }

func picks(unit string, names ...string) []pick {
	all := make([]pick, len(names))
	for i, name := range names {
		all[i] = pick{name, unit}
	}
	return all
}

// all are the figures with these units, whatever their names.
func all(units ...string) []pick {
	picked := make([]pick, len(units))
	for i, unit := range units {
		picked[i].unit = unit
	}
	return picked
}

// find returns the figures of the row in its order; none when one was not measured.
func (r row) find(of []held) []held {
	var found []held
	for _, p := range r.of {
		before := len(found)
		for _, f := range of {
			if f.group == r.group && f.unit == p.unit && (p.name == "" || f.name == p.name) {
				found = append(found, f)
			}
		}
		if len(found) == before {
			return nil
		}
	}
	return found
}

// decimals are how many a value is written with, by the first word of its unit; one without is counted and written without its unit.
var decimals = map[string]int{"ms": 0, "s": 1, "MB": 2, "x": 2, "%": 0, "/s": 0}

func (f held) written() string {
	unit, _, _ := strings.Cut(f.unit, " ")
	if digits, has := decimals[unit]; has {
		return fmt.Sprintf("%.*f %s", digits, f.measured, unit)
	}
	return fmt.Sprintf("%g", f.measured)
}

// bounds writes what a figure is held to; empty when it is only stated.
func (f held) bounds() string {
	unit, _, _ := strings.Cut(f.unit, " ")
	text := fmt.Sprintf("%g", f.bound)
	if _, has := decimals[unit]; has {
		text += " " + unit
	}
	switch {
	case math.IsInf(f.bound, 0):
		return ""
	case f.atLeast:
		return "at least " + text
	default:
		return text
	}
}

// each states all figures, and the bound of those that have one; once when all have the same and are no counts.
func each(of []held) (measured, bound string) {
	var values, bounds []string
	for _, f := range of {
		values = append(values, f.written())
		if text := f.bounds(); text != "" {
			bounds = append(bounds, text)
		}
	}
	if strings.Contains(values[0], " ") {
		bounds = slices.Compact(bounds)
	}
	return strings.Join(values, ", "), strings.Join(bounds, ", ")
}

// worst states the largest.
func worst(of []held) (measured, bound string) {
	return each([]held{slices.MaxFunc(of, func(a, b held) int { return cmp.Compare(a.measured, b.measured) })})
}

// same states that nothing differs: a table with something else is not written.
func same([]held) (measured, bound string) { return "the same", "the same" }

// delays states two quantiles, of which the second is held.
func delays(of []held) (measured, bound string) {
	measured, bound = each(of)
	return measured, "p99 " + bound
}

// delay are the figures of holdDelays.
func delay(name string) []pick { return picks("ms", name+", p50", name+", p99") }

var rows = []row{
	{
		"DynamoDB rounds, with 10 and with 10,000 members: check, list, invite a new address, accept, approve a request", "Operations",
		picks("rounds", "check-access", "list-members", "create-invitations", "accept-invitation", "approve-access-request"), each,
	},
	{
		"the same, with 1,000 and with 20,000: search, filter by brand, change a role, remove", "Organizations",
		picks("rounds", "search, one in all", "filter by brand", "update-member", "remove-member"), each,
	},
	{"bulk change of 100 people, each in a brand: rounds of reads, write requests", "BulkEdits", all("rounds of reads", "write requests"), each},
	{"100 invitations of new addresses in one call: write requests, rounds of reads", "Operations", all("write requests", "rounds of reads"), each},
	{
		"CPU of a request to a function, with the table's answers from memory, as a ratio to the plain SDK's calls alone: check, list 50, one's invitations", "CPU",
		picks("x the SDK", "check-access", "list-members", "list-my-invitations"), each,
	},
	{
		"on DynamoDB Local, 8 at a time: check, list 50, invite, accept", "Throughput",
		picks("/s", "check-access", "list-members", "create-invitations", "accept-invitation"), each,
	},
	{
		"the same, as a part of what the plain SDK reaches with as many requests of the kind", "Throughput",
		picks("% of the SDK", "check-access", "list-members", "create-invitations", "accept-invitation"), each,
	},
	{"from inviting to the event on the bus, 200 invitations: p50, p99", "Stack", delay("from inviting to the event on the bus"), delays},
	{"from inviting to the mail in the mailbox, 200 invitations: p50, p99", "Stack", delay("from inviting to the mail in the mailbox"), delays},
	{"from the moved clock to `InvitationExpired`, the last of all invitations", "Stack", picks("s", "from the clock to InvitationExpired"), each},
	{"from accepting to being found by a search, 100 people: p50, p99", "Stack", delay("from accepting to being found by a search"), delays},
	{"cold start as a ratio to a function that does nothing: the slowest but those below", "ColdStart", picks("x nothing", "cold start, "+small.kind), each},
	{
		"the same: relay-log, sweep-log, which hold the client of the bus as well and which nobody waits for", "ColdStart",
		picks("x nothing", "cold start, "+publishing.kind), each,
	},
	{"the same: console, send-mail", "ColdStart", picks("x nothing", "cold start, "+large.kind), each},
	{"arm64 binary: the largest but those below", "Size", picks("MB", "binary for arm64, "+small.kind, "binary for arm64, "+publishing.kind), worst},
	{"the same: console, send-mail", "Size", picks("MB", "binary for arm64, "+large.kind), each},
	{
		"memory of a function, resident after 2,000 requests: check, list 50, one's invitations, console", "Memory",
		picks("MB", "check-access", "list-members", "list-my-invitations", "console"), each,
	},
	{"`make run` from a warm cache to ready, demo data included", "Stack", picks("s", "make run to ready"), each},
	{"memory of the local stack's own processes after 220 invitations", "Stack", picks("MB", "memory of the local stack"), each},
	{
		"20,000 members in 200 brands against 1,000 and against 10: list, search, filter, change, remove, check, invite: " +
			"rounds, requests, items read (with 10, a list reads those)", "Organizations", all(different), same,
	},
	{"the same: time of the slowest, against 1,000", "Organizations", all("x a small one"), worst},
	{"20,000 members of a workspace with 100 roles against 1,000 and against 10: list, search, change, remove, check, roles, look up, invite, accept, " +
		"badge, log: rounds, requests, items read (with 10, a list or count reads those)", "Workspaces", all(different), same},
	{"the same: time of the slowest, against 1,000", "Workspaces", all("x a small one"), worst},
	{
		"DynamoDB rounds there: list, search, change, remove, check, list roles, a role with its counts, change a role", "Workspaces",
		picks("rounds", "list-members", "search, one in all", "update-member", "remove-member", "check-access", "list-roles", "get-role, with its counts", "update-role"), each,
	},
	{
		"the same: look up a username, invite, accept, one's invitations, the badge, one's access", "Workspaces",
		picks("rounds", "find-users", "create-invitations", "accept-invitation", "list-my-invitations", "the badge of invitations", "list-my-access"), each,
	},
	{"deleting a role of 10,000 members in favour of another: rounds, until all are rewritten in attempts of at most 5 s", "Reassign", all("rounds", "s"), each},
	{"public routes, about what is known against what is not: requests", "Uniform", all(different), same},
	{"the same: time of the slowest", "Uniform", all("x"), each},
}

// table returns the README's table of figures, or false when not all of it was measured.
func table(of []held) (string, bool) {
	var text strings.Builder
	text.WriteString(head)
	for _, r := range rows {
		found := r.find(of)
		if len(found) == 0 {
			return "", false
		}
		measured, bound := r.as(found)
		fmt.Fprintf(&text, "| %s | %s | %s |\n", r.title, measured, bound)
	}
	return text.String(), true
}

// details are the figures of every binary, by their functions.
func details(of map[string]*binary) string {
	var text strings.Builder
	fmt.Fprintf(&text, "<details>\n<summary>Cold start and size of every function</summary>\n\n"+
		"| function | cold start on %s | against one that does nothing | arm64 binary |\n|---|---|---|---|\n", runtime.GOARCH)
	for _, function := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintf(&text, "| %s | %.1f ms | %.2f x | %.2f MB |\n", function, of[function].start, of[function].ratio, of[function].size)
	}
	return text.String() + "\n</details>\n"
}

// writeReadme puts the figures into README.md when all were measured, and returns the exit code.
func writeReadme() int {
	measured, whole := table(figures)
	if !whole {
		return 0
	}
	path := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(path)
	if err == nil {
		var text string
		if text, err = rewritten(string(readme), time.Now(), measured, details(binaries)); err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("\nThey stand in README.md now.")
	return 0
}

// rewritten returns a README with these figures between the marks.
func rewritten(readme string, taken time.Time, table, details string) (string, error) {
	before, _, after, found := between(readme)
	if !found {
		return "", errors.New("README.md has not the two marks between which figures stand")
	}
	when := fmt.Sprintf("Taken on %s, on %d cores (%s).", taken.UTC().Format("2 January 2006"), runtime.NumCPU(), runtime.GOARCH)
	return before + fmt.Sprintf("\n%s\n\n%s\n%s\n", when, table, details) + after, nil
}

// between returns what stands between the marks of a README, and what stands around, marks included.
func between(readme string) (before, written, after string, found bool) {
	before, rest, from := strings.Cut(readme, writtenFrom)
	written, after, to := strings.Cut(rest, writtenTo)
	return before + writtenFrom, written, writtenTo + after, from && to
}
