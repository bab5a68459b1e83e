package browser

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp/kb"
)

// keys is somebody who has nothing but a keyboard. Whatever has the focus has to show it, and a dialog that is left with Escape has to give
// the focus back.
type keys struct{ *person }

// thing is what has the focus.
type thing struct {
	Kind    string // link, button, menu, field, checkbox, radio or list
	Name    string
	Group   string // of a radio
	Value   string // of a list: the choice that is taken
	Checked bool
	Opens   bool // it opens a dialog
	Menu    string
	Shown   bool // one can see that it has the focus
	Dialog  bool // it is in an open dialog
}

const focusedThing = `(() => {
	const e = document.activeElement, name = (e) => (e?.textContent ?? "").replace(/\s+/g, " ").trim();
	const kind = {A: "link", BUTTON: "button", SUMMARY: "menu", TEXTAREA: "field", SELECT: "list"}[e.tagName] ?? {checkbox: "checkbox", radio: "radio"}[e.type] ?? (e.tagName === "INPUT" ? "field" : "");
	const box = e.getBoundingClientRect(), style = getComputedStyle(e);
	return {
		Kind: kind, Name: e.ariaLabel ?? (e.labels?.length ? name(e.labels[0]) : name(e)), Group: name(e.closest("fieldset")?.querySelector("legend")),
		Value: e.selectedOptions?.[0]?.text ?? "", Checked: !!e.checked,
		Opens: kind === "link" && e.matches("[data-dialog]") || kind === "button" && !!e.form?.matches("[data-dialog]"),
		Menu: name(e.closest("details.menu")?.querySelector("summary")),
		Shown: e.matches(":focus-visible") && (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none") &&
			box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
		Dialog: !!e.closest("dialog[open]"),
	};
})()`

func (k keys) focus() thing {
	k.t.Helper()
	at, err := value[thing](k.person, focusedThing)
	if err != nil {
		k.t.Fatal(err)
	}
	return at
}

// enters brings the session of somebody who has signed in elsewhere.
func (p *person) enters(who account) {
	p.t.Helper()
	elsewhere := aReader(p.t)
	elsewhere.enters(who)
	for name, value := range elsewhere.cookies {
		ask(p, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: here.base, Secure: new(true), HTTPOnly: new(true), Path: "/"})
	}
}

func aKeyboard(t *testing.T) keys {
	t.Helper()
	return keys{somebody(t)}
}

func (k keys) opens(path string) {
	k.t.Helper()
	k.open(path)
}

// reach moves the focus on with the Tab key until it is where it is wanted.
func (k keys) reach(what string, wanted func(thing) bool) thing {
	k.t.Helper()
	var passed []string
	for range 120 {
		k.person.press(kb.Tab)
		at := k.focus()
		if wanted(at) {
			if !at.Shown {
				k.t.Errorf("nobody sees that the focus is on %s %q", at.Kind, at.Name)
			}
			return at
		}
		passed = append(passed, fmt.Sprintf("%s %q", at.Kind, at.Name))
	}
	k.t.Fatalf("the Tab key does not lead to %s but to %q%s", what, slices.Compact(passed), k.situation())
	return thing{}
}

func (k keys) to(kind, name string) thing {
	k.t.Helper()
	return k.reach(kind+" "+name, func(at thing) bool { return at.Kind == kind && at.Name == name })
}

// lands waits until the focus is where it is wanted.
func (k keys) lands(where string, wanted func(thing) bool) {
	k.t.Helper()
	until(k.t, func() string {
		at, err := value[thing](k.person, focusedThing)
		if err != nil || !wanted(at) {
			return fmt.Sprintf("the focus is on %s %q (%v), want it %s", at.Kind, at.Name, err, where)
		}
		return ""
	})
}

// enter presses the Enter key on what has the focus. A dialog that this opens is left with Escape once, and opened again.
func (k keys) enter(at thing) {
	k.t.Helper()
	k.person.press(kb.Enter)
	if !at.Opens || at.Dialog {
		return
	}
	inside := func(at thing) bool { return at.Dialog }
	k.lands("in the dialog", inside)
	k.person.press(kb.Escape)
	back := func(now thing) bool { return now.Kind == at.Kind && now.Name == at.Name && !now.Dialog }
	if at.Menu != "" {
		back = func(now thing) bool { return now.Kind == "menu" && now.Name == at.Menu && !now.Dialog }
	}
	k.lands("back where it was", back)
	if at.Menu != "" {
		k.person.press(kb.Enter)
		k.to(at.Kind, at.Name)
	}
	k.person.press(kb.Enter)
	k.lands("in the dialog", inside)
}

func (k keys) arrives(sees []string) {
	k.t.Helper()
	k.sees(sees...)
	until(k.t, func() string {
		if state, err := value[string](k.person, "document.readyState"); err != nil || state != "complete" {
			return "the page is still loading"
		}
		return ""
	})
}

func (k keys) link(name string, sees ...string) {
	k.t.Helper()
	k.enter(k.to("link", name))
	k.arrives(sees)
}

func (k keys) press(button string, sees ...string) {
	k.t.Helper()
	k.enter(k.to("button", button))
	k.arrives(sees)
}

func (k keys) menu(name string) {
	k.t.Helper()
	k.enter(k.to("menu", name))
}

func (k keys) fill(field, text string) {
	k.t.Helper()
	k.to("field", field)
	_, err := call(k.person, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeRawKeyDown, Key: "a", Modifiers: 2, Commands: []string{"selectAll"},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.person.press(text)
}

func (k keys) tick(name string) {
	k.t.Helper()
	if !k.to("checkbox", name).Checked {
		k.person.press(" ")
	}
}

func (k keys) choose(group, choice string) {
	k.t.Helper()
	at := k.reach(group, func(at thing) bool { return at.Kind == "radio" && at.Group == group })
	for range 5 {
		if at.Name == choice {
			if !at.Checked {
				k.person.press(" ")
			}
			return
		}
		k.person.press(kb.ArrowDown)
		at = k.focus()
	}
	k.t.Fatalf("the arrow keys do not lead to %s of %s", choice, group)
}

func (k keys) pick(list, choice string) {
	k.t.Helper()
	at := k.to("list", list)
	for n := 0; at.Value != choice; n++ {
		if n == 10 {
			k.t.Fatalf("the arrow keys do not lead to %s of %s", choice, list)
		}
		if n == 0 {
			k.person.press(kb.Home)
		} else {
			k.person.press(kb.ArrowDown)
		}
		at = k.focus()
	}
}

func (k keys) sent() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.posts)
}
