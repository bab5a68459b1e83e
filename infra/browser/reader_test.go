package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// reader is somebody whose browser knows nothing but links and forms.
type reader struct {
	t       *testing.T
	cookies map[string]string
	address *url.URL
	page    *html.Node
	posts   []string // the paths that forms were sent to
}

func aReader(t *testing.T) *reader {
	t.Helper()
	return &reader{t: t, cookies: map[string]string{}}
}

// enters signs somebody in who has an account.
func (r *reader) enters(who account) {
	r.t.Helper()
	r.opens("/sign-in")
	r.link("Sign in", "Sign in to Prism")
	r.press(who.name+" "+who.email, "Home")
	r.posts = nil
}

// load sends a request, follows where it leads, and reads the page.
func (r *reader) load(method, address string, form url.Values) {
	r.t.Helper()
	for range 10 {
		to, err := url.Parse(here.url(address))
		if err == nil && r.address != nil {
			to = r.address.ResolveReference(to)
		}
		if err != nil {
			r.t.Fatal(err)
		}
		r.address = to
		if address = r.exchange(method, form); address == "" {
			return
		}
		method, form = http.MethodGet, nil
	}
	r.t.Fatalf("it leads on and on, to %s at last", r.address)
}

// exchange returns where the answer leads on to, "" when it is a page.
func (r *reader) exchange(method string, form url.Values) (next string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.address.String(), strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.posts = append(r.posts, r.address.Path)
	}
	for name, value := range r.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	for _, cookie := range answer.Cookies() {
		if r.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(r.cookies, cookie.Name)
		}
	}
	if answer.StatusCode == http.StatusSeeOther || answer.StatusCode == http.StatusFound {
		return answer.Header.Get("Location")
	}
	if _, on, refreshed := strings.Cut(answer.Header.Get("Refresh"), "url="); refreshed {
		return on
	}
	if r.page, err = html.Parse(answer.Body); err != nil {
		r.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body) // so that the connection serves again
	return ""
}

func (r *reader) opens(path string) {
	r.t.Helper()
	r.load(http.MethodGet, path, nil)
}

func (r *reader) link(name string, sees ...string) {
	r.t.Helper()
	r.load(http.MethodGet, attribute(r.one("a", name), "href"), nil)
	r.sees(sees...)
}

func (r *reader) menu(name string) { r.one("summary", name) }

func (r *reader) fill(field, text string) {
	r.t.Helper()
	box := r.labelled(field, "input", "textarea")
	if box.Data == "textarea" {
		box.FirstChild = nil
		box.AppendChild(&html.Node{Type: html.TextNode, Data: text})
		return
	}
	set(box, "value", text)
}

func (r *reader) tick(name string) {
	r.t.Helper()
	set(r.labelled(name, "input"), "checked", "")
}

func (r *reader) choose(group, choice string) {
	r.t.Helper()
	fieldset := r.one("fieldset", group)
	for _, radio := range nodes(fieldset, "input") {
		if unset(radio, "checked"); r.called(radio) == choice {
			set(radio, "checked", "")
		}
	}
}

func (r *reader) pick(list, choice string) {
	r.t.Helper()
	found := false
	for _, option := range nodes(r.labelled(list, "select"), "option") {
		if unset(option, "selected"); words(option) == choice {
			set(option, "selected", "")
			found = true
		}
	}
	if !found {
		r.t.Fatalf("%s has no %s", list, choice)
	}
}

// press presses a button, with all that its form holds.
func (r *reader) press(name string, sees ...string) {
	r.t.Helper()
	button := r.one("button", name)
	form := r.formOf(button)
	if form == nil {
		r.t.Fatalf("the button %q is in no form", name)
	}
	sent := url.Values{}
	for _, control := range nodes(r.page, "input", "textarea", "select", "button") {
		if r.formOf(control) != form || attribute(control, "name") == "" {
			continue
		}
		value := attribute(control, "value")
		switch kind := attribute(control, "type"); {
		case control.Data == "button" && control != button, (kind == "checkbox" || kind == "radio") && !has(control, "checked"):
			continue
		case control.Data == "textarea":
			value = strings.TrimPrefix(text(control), "\n")
		case control.Data == "select":
			options := nodes(control, "option")
			at := max(slices.IndexFunc(options, func(o *html.Node) bool { return has(o, "selected") }), 0)
			value = attribute(options[at], "value")
		}
		sent.Add(attribute(control, "name"), value)
	}
	action := attribute(form, "action")
	if own := attribute(button, "formaction"); own != "" {
		action = own
	}
	if action == "" {
		action = r.address.String()
	}
	if attribute(form, "method") == "post" {
		r.load(http.MethodPost, action, sent)
	} else {
		to, _, _ := strings.Cut(action, "?")
		r.load(http.MethodGet, to+"?"+sent.Encode(), nil)
	}
	r.sees(sees...)
}

// formOf is the form that a control belongs to, nil for none.
func (r *reader) formOf(control *html.Node) *html.Node {
	if id := attribute(control, "form"); id != "" {
		for _, form := range nodes(r.page, "form") {
			if attribute(form, "id") == id {
				return form
			}
		}
	}
	for n := control; n != nil; n = n.Parent {
		if n.Data == "form" {
			return n
		}
	}
	return nil
}

func (r *reader) sees(texts ...string) {
	r.t.Helper()
	seen := words(r.page)
	for _, text := range texts {
		if !strings.Contains(seen, text) {
			r.t.Fatalf("%q is not there\nat %s they see:\n%s", text, r.address, seen)
		}
	}
}

func (r *reader) sent() []string { return r.posts }

// one returns the one element of its kind that is called so.
func (r *reader) one(element, name string) *html.Node {
	r.t.Helper()
	return r.only(name, slices.DeleteFunc(nodes(r.page, element), func(n *html.Node) bool {
		return attribute(n, "aria-hidden") == "true" || r.called(n) != name
	}))
}

// labelled returns the one field that is called so.
func (r *reader) labelled(name string, elements ...string) *html.Node {
	r.t.Helper()
	return r.only(name, slices.DeleteFunc(nodes(r.page, elements...), func(n *html.Node) bool {
		return attribute(n, "type") == "hidden" || r.called(n) != name
	}))
}

func (r *reader) only(name string, found []*html.Node) *html.Node {
	r.t.Helper()
	if len(found) != 1 {
		r.t.Fatalf("there are %d of %q, want 1\nat %s they see:\n%s", len(found), name, r.address, words(r.page))
	}
	return found[0]
}

// called is what an element is called: by its own words or label, by another one that names it, by the legend of a group.
func (r *reader) called(n *html.Node) string {
	if name := attribute(n, "aria-label"); name != "" {
		return name
	}
	switch n.Data {
	case "fieldset":
		for _, legend := range nodes(n, "legend") {
			return words(legend)
		}
	case "input", "textarea", "select":
		for _, label := range nodes(r.page, "label") {
			if id := attribute(label, "for"); id != "" && id == attribute(n, "id") {
				return words(label)
			}
		}
	}
	return words(n)
}

// nodes returns the elements with these names below a node, in their order.
func nodes(in *html.Node, names ...string) (found []*html.Node) {
	for n := range in.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(names, n.Data) {
			found = append(found, n)
		}
	}
	return found
}

func text(in *html.Node) string {
	var said strings.Builder
	for n := range in.Descendants() {
		if n.Type == html.TextNode {
			said.WriteString(n.Data)
		}
	}
	return said.String()
}

// words are what an element says, in one line: what stands in blocks of their own is apart.
func words(in *html.Node) string {
	var said strings.Builder
	for n := range in.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style":
			said.WriteString(n.Data)
		case n.Type == html.ElementNode && !slices.Contains([]string{"bdi", "strong", "wbr", "time", "b", "a"}, n.Data):
			if n.Data != "span" || attribute(n, "class") != "hidden" {
				said.WriteString(" ")
			}
		}
	}
	return strings.Join(strings.Fields(said.String()), " ")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func unset(n *html.Node, name string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func set(n *html.Node, name, value string) {
	unset(n, name)
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

// account is somebody who can sign in.
type account struct{ name, email string }

func (a account) String() string { return fmt.Sprintf("%s <%s>", a.name, a.email) }
