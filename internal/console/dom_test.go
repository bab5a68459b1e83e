package console

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// node is an element of a page as tests look at it.
type node struct{ *html.Node }

func parse(t *testing.T, text string) node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return node{root}
}

// all returns the elements that match a selector of the form tag, tag#id, tag.class and tag[attribute=value], with any number of
// parts in brackets, in the order of the page. An empty tag matches all.
func (n node) all(selector string) []node {
	matches := matcher(selector)
	var found []node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && matches(node{d}) {
			found = append(found, node{d})
		}
	}
	return found
}

// has reports whether something matches the selector.
func (n node) has(selector string) bool { return len(n.all(selector)) > 0 }

// one returns the only element that matches the selector.
func (n node) one(t *testing.T, selector string) node {
	t.Helper()
	found := n.all(selector)
	if len(found) != 1 {
		t.Fatalf("%d elements match %s, want 1; the page says:\n%s", len(found), selector, n.text())
	}
	return found[0]
}

func matcher(selector string) func(node) bool {
	head, rest, _ := strings.Cut(selector, "[")
	tag, id, _ := strings.Cut(head, "#")
	tag, class, _ := strings.Cut(tag, ".")
	return func(n node) bool {
		if tag != "" && n.Data != tag || id != "" && n.attr("id") != id {
			return false
		}
		if class != "" && !slices.Contains(strings.Fields(n.attr("class")), class) {
			return false
		}
		for part := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), "][") {
			name, value, valued := strings.Cut(part, "=")
			if name != "" && (!n.carries(name) || valued && n.attr(name) != value) {
				return false
			}
		}
		return true
	}
}

func (n node) carries(name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func (n node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text returns what one reads, with white space folded.
func (n node) text() string {
	var words []string
	for d := range n.Descendants() {
		if d.Type != html.TextNode || d.Parent.Data == "script" || d.Parent.Data == "style" {
			continue
		}
		more := strings.Fields(d.Data)
		if d.PrevSibling != nil && d.PrevSibling.Data == "wbr" && len(more) > 0 { // the same word goes on
			words[len(words)-1] += more[0]
			more = more[1:]
		}
		words = append(words, more...)
	}
	return strings.Join(words, " ")
}

// texts returns what one reads in each element that matches the selector.
func (n node) texts(selector string) []string {
	var texts []string
	for _, found := range n.all(selector) {
		texts = append(texts, found.text())
	}
	return texts
}

// up returns the closest element around n with this tag.
func (n node) up(tag string) (node, bool) {
	for parent := n.Parent; parent != nil; parent = parent.Parent {
		if parent.Data == tag {
			return node{parent}, true
		}
	}
	return node{}, false
}

// checkPage reports what no page may have: elements that cannot be told apart or named, script or style in the page, another site.
func checkPage(t *testing.T, page node) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range page.all("") {
		if id := n.attr("id"); id != "" {
			if ids[id] {
				t.Errorf("the id %s stands twice", id)
			}
			ids[id] = true
		}
	}
	for _, n := range page.all("") {
		checkElement(t, n, ids)
	}
	if n := len(page.all("h1")); n != 1 {
		t.Errorf("the page has %d main headings", n)
	}
	if n := len(page.all("main")); n != 1 {
		t.Errorf("the page has %d main parts", n)
	}
	if title := page.one(t, "title").text(); !strings.HasSuffix(title, " · Prism") || strings.HasPrefix(title, "·") {
		t.Errorf("title %q", title)
	}
	if n := len(page.all("script")); n != 2 {
		t.Errorf("the page has %d scripts, want the two of every page", n)
	}
}

// versionless are the addresses of forms that change nothing that has a version, or say otherwise what they were made of: those that make something,
// those about several by the versions or ids of all of them, those by a link, which is of one offer, and what lets mails go on that stopped at a time.
var versionless = regexp.MustCompile(`^/(sign-out$|join/|invitations/accept/)|/users/(invite|change|remove|invitations/clean-up)$|/resume-mails$|/(organizations|brands|workspaces|roles)/new$`)

// checkVersions checks that each form of a page says of which version it was made.
func checkVersions(t *testing.T, page node) {
	t.Helper()
	for _, form := range page.all("form[method=post]") {
		if action := form.attr("action"); !versionless.MatchString(action) && !form.carries("data-dialog") && !form.has("input[name=version]") {
			t.Errorf("the form to %s does not say of which version it was made", action)
		}
	}
}

func checkElement(t *testing.T, n node, ids map[string]bool) {
	t.Helper()
	for _, a := range n.Attr {
		switch name := a.Key; {
		case name == "style", strings.HasPrefix(name, "on"), strings.HasPrefix(name, "hx-on"), strings.HasPrefix(name, "hx-vals"):
			t.Errorf("<%s> has %s, which the Content-Security-Policy forbids", n.Data, name)
		case name == "href" || name == "src" || name == "action":
			if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//") || strings.Contains(a.Val, "ZgotmplZ") {
				t.Errorf("<%s> leads to %q, which is no path of ours", n.Data, a.Val)
			}
		case name == "for" || name == "aria-describedby":
			for id := range strings.FieldsSeq(a.Val) {
				if !ids[id] {
					t.Errorf("<%s> is described by #%s, which is not there", n.Data, id)
				}
			}
		}
	}
	switch n.Data {
	case "style", "iframe", "object", "img":
		t.Errorf("there is a <%s>", n.Data)
	case "a", "button", "summary", "label", "h1", "h2", "h3", "legend", "th":
		if n.text() == "" {
			t.Errorf("an empty <%s> %v", n.Data, n.Attr)
		}
	case "form":
		asks := n.carries("data-dialog") // for another page, and changes nothing
		kept := n.attr("id") == "sent"   // as it was sent, whatever was in it
		if n.attr("method") == "post" && n.attr("action") != "/sign-out" && !asks && !kept && !n.has("input[name=key]") && !n.has("input[name=version]") {
			t.Errorf("the form to %s does not say which request it is", n.attr("action"))
		}
	case "input", "textarea", "select":
		if id := n.attr("id"); id == "" && n.attr("type") != "hidden" {
			t.Errorf("a field without an id, so without a label: %v", n.Attr)
		}
	case "use":
		if _, symbol, _ := strings.Cut(n.attr("href"), "#"); !strings.Contains(sprite(t), `id="`+symbol+`"`) {
			t.Errorf("there is no icon %s", symbol)
		}
	}
}

func sprite(t *testing.T) string {
	t.Helper()
	text, err := staticFiles.ReadFile("static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
