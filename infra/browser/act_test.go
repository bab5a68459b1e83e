package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// People find things as people do, also those who do not see the page: by what they are and what they are called, in the
// browser's accessibility tree. Nothing here waits for a time, only until something is so.

const (
	patience = 10 * time.Second // until something that has to come is not coming
	glance   = 15 * time.Millisecond
)

// call runs a command of the browser's protocol in the tab.
func call[P, R any](p *person, command cdp.Command[P, R], params P) (R, error) {
	return callFor(patience, p, command, params)
}

func callFor[P, R any](patience time.Duration, p *person, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

// ask is call where a failure is the test's.
func ask[P, R any](p *person, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	result, err := call(p, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// until waits until so returns "". What it returned last says what was still wrong.
func until(t *testing.T, so func() (wrong string)) {
	t.Helper()
	within(t, patience, so)
}

// within is until with a patience of its own.
func within(t *testing.T, patience time.Duration, so func() (wrong string)) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(glance) {
		wrong := so()
		if wrong == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s: %s", patience, wrong)
		}
	}
}

// value evaluates an expression in the page.
func value[T any](p *person, expression string) (T, error) {
	var result T
	answer, err := call(p, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ReturnByValue: new(true), AwaitPromise: new(true)})
	if err != nil {
		return result, err
	}
	if answer.ExceptionDetails != nil {
		return result, fmt.Errorf("%s: %s", expression, arguments([]*runtime.RemoteObject{answer.ExceptionDetails.Exception}))
	}
	return result, json.Unmarshal(answer.Result.Value, &result)
}

// open goes to an address of the stack and returns the status of the answer.
func (p *person) open(path string) int64 {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.NavigateResponse(here.url(path)))
	if err != nil {
		p.t.Fatalf("open %s: %v", path, err)
	}
	if answer == nil { // of a page that nobody serves
		return 0
	}
	return answer.Status
}

// url makes a whole address of a path; links in mails are whole already.
func (s *stack) url(path string) string {
	if strings.HasPrefix(path, "/") {
		return s.base + path
	}
	return path
}

// found returns the nodes with that role and name that are there for everybody, hidden and inert ones left out: in the whole
// page, or in a part of it.
func (p *person) found(role, name string, part cdp.BackendNodeID) ([]cdp.BackendNodeID, error) {
	query := accessibility.QueryAXTreeParams{BackendNodeID: part, Role: role, AccessibleName: name}
	if part == 0 {
		document, err := call(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
		if err != nil {
			return nil, err
		}
		query.ObjectID = document.Result.ObjectID
	}
	tree, err := call(p, accessibility.QueryAXTree, query)
	if err != nil {
		return nil, err
	}
	var nodes []cdp.BackendNodeID
	for _, node := range tree.Nodes {
		if !node.Ignored {
			nodes = append(nodes, node.BackendDOMNodeID)
		}
	}
	return nodes, nil
}

// on waits for the one thing with that role and name and does something with it.
func (p *person) on(role, name string, do func(cdp.BackendNodeID) error) {
	p.t.Helper()
	until(p.t, func() string {
		if err := p.once(role, name, 0, do); err != nil {
			return err.Error() + p.situation()
		}
		return ""
	})
}

// once is on without waiting, in the whole page or in a part of it.
func (p *person) once(role, name string, part cdp.BackendNodeID, do func(cdp.BackendNodeID) error) error {
	nodes, err := p.found(role, name, part)
	if err == nil && len(nodes) != 1 {
		err = fmt.Errorf("there are %d of it, want 1", len(nodes))
	}
	if err == nil {
		err = do(nodes[0])
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", role, name, err)
	}
	return nil
}

// situation says where the person is, for messages.
func (p *person) situation() string {
	at, _ := value[string](p, "location.href")
	text, _ := p.text("document.body")
	return fmt.Sprintf("\nat %s they see:\n%s", at, text)
}

// middle returns the point of a thing to click at.
func (p *person) middle(node cdp.BackendNodeID) (x, y float64, err error) {
	if _, err := call(p, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node}); err != nil {
		return 0, 0, err
	}
	shape, err := call(p, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node})
	if err != nil {
		return 0, 0, err
	}
	if len(shape.Quads) == 0 {
		return 0, 0, fmt.Errorf("it has no place on the page")
	}
	q := shape.Quads[0]
	return (q[0] + q[4]) / 2, (q[1] + q[5]) / 2, nil
}

// click clicks with the mouse.
func (p *person) click(role, name string) {
	p.t.Helper()
	p.on(role, name, func(node cdp.BackendNodeID) error { return p.clickOn(node, 1) })
}

// doubleClick clicks twice in quick succession.
func (p *person) doubleClick(role, name string) {
	p.t.Helper()
	p.on(role, name, func(node cdp.BackendNodeID) error { return p.clickOn(node, 2) })
}

// choose takes one of a group of choices.
func (p *person) choose(group, name string) {
	p.t.Helper()
	p.on("group", group, func(choices cdp.BackendNodeID) error {
		return p.once("radio", name, choices, func(node cdp.BackendNodeID) error { return p.clickOn(node, 1) })
	})
}

func (p *person) clickOn(node cdp.BackendNodeID, times int64) error {
	x, y, err := p.middle(node)
	if err != nil {
		return err
	}
	for count := int64(1); count <= times; count++ {
		for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
			_, err := call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{
				Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: count,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// follow clicks and waits for the page that this leads to.
func (p *person) follow(role, name string) {
	p.t.Helper()
	p.leads(func() { p.click(role, name) })
}

// leads waits for the page that an act leads to.
func (p *person) leads(act func()) {
	p.t.Helper()
	before := ask(p, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.LoaderID
	act()
	until(p.t, func() string {
		tree, err := call(p, page.GetFrameTree, cdp.Empty{})
		if err != nil || tree.FrameTree.Frame.LoaderID == before {
			return "no other page comes" + p.situation()
		}
		if state, err := value[string](p, "document.readyState"); err != nil || state != "complete" {
			return "the page is still loading"
		}
		return ""
	})
}

// fill puts a text in the place of what a field holds.
func (p *person) fill(name, text string) {
	p.t.Helper()
	p.fillIn("textbox", name, text)
}

func (p *person) fillIn(role, name, text string) {
	p.t.Helper()
	p.on(role, name, func(node cdp.BackendNodeID) error {
		if _, err := call(p, dom.Focus, dom.FocusParams{BackendNodeID: node}); err != nil {
			return err
		}
		_, err := call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeRawKeyDown, Key: "a", Modifiers: 2, Commands: []string{"selectAll"},
		})
		if err == nil {
			_, err = call(p, input.InsertText, input.InsertTextParams{Text: text})
		}
		return err
	})
}

// press types keys, such as kb.Tab, or a text letter by letter.
func (p *person) press(keys string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	// As a keyboard does it: only then is a key that has done its work on one thing not typed into the next one.
	asKeyboards := func(key *input.DispatchKeyEventParams) {
		if key.Type == input.DispatchKeyEventTypeKeyDown {
			key.Type = input.DispatchKeyEventTypeRawKeyDown
		}
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys, asKeyboards)); err != nil {
		p.t.Fatalf("press %q: %v", keys, err)
	}
}

// tabTo moves the focus on with the Tab key until the page says that it is where it is wanted.
func (p *person) tabTo(wanted string) {
	p.t.Helper()
	for range 100 {
		p.press(kb.Tab)
		if there, err := value[bool](p, "!!("+wanted+")"); err == nil && there {
			return
		}
	}
	p.t.Fatalf("the Tab key does not lead to %s%s", wanted, p.situation())
}

// text returns what can be read in an element, in one line.
func (p *person) text(element string) (string, error) {
	text, err := value[string](p, "((element) => element ? element.innerText : '')("+element+")")
	return strings.Join(strings.Fields(text), " "), err
}

// sees waits until all the texts stand on the page.
func (p *person) sees(texts ...string) {
	p.t.Helper()
	p.seesIn("document.body", texts...)
}

func (p *person) seesIn(element string, texts ...string) {
	p.t.Helper()
	until(p.t, func() string {
		seen, err := p.text(element)
		if err != nil {
			return err.Error()
		}
		for _, text := range texts {
			if !strings.Contains(seen, text) {
				return fmt.Sprintf("%q is not there%s", text, p.situation())
			}
		}
		return ""
	})
}

// seesNot fails when a text stands on the page, which has to be there already.
func (p *person) seesNot(texts ...string) {
	p.t.Helper()
	seen, err := p.text("document.body")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, text := range texts {
		if strings.Contains(seen, text) {
			p.t.Errorf("%q is there%s", text, p.situation())
		}
	}
}

// row is the row of a list that begins with a name.
func row(name string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("tbody tr")].find((row) => row.querySelector(".name")?.textContent === %s)`, quote(name))
}

// seesRow waits until the row of that name says all that.
func (p *person) seesRow(name string, texts ...string) {
	p.t.Helper()
	p.seesIn(row(name), append([]string{name}, texts...)...)
}

// seesNoRow fails when a list has a row of that name.
func (p *person) seesNoRow(name string) {
	p.t.Helper()
	if seen, err := p.text(row(name)); err != nil || seen != "" {
		p.t.Errorf("there is a row %q (%v)", seen, err)
	}
}

// at waits until the address, without the stack's, matches, and returns it.
func (p *person) at(pattern string) string {
	p.t.Helper()
	matches := regexp.MustCompile("^" + pattern + "$")
	var path string
	until(p.t, func() string {
		address, err := value[string](p, "location.href")
		if path = strings.TrimPrefix(address, here.base); err != nil || !matches.MatchString(path) {
			return fmt.Sprintf("they are at %s (%v), want %s%s", path, err, pattern, p.situation())
		}
		return ""
	})
	return path
}

// quote makes a text a literal of JavaScript.
func quote(text string) string {
	literal, _ := json.Marshal(text) // cannot fail
	return string(literal)
}
