package browser

import (
	"fmt"
	"strings"
	"testing"
)

// What the other tests rely on: that the browser tells of what is wrong with a page.
func TestPersonNoticesFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ script, want string }{
		"error in the console":         {`console.error("oh", 1)`, `console.error: "oh" 1`},
		"exception":                    {`setTimeout(() => { throw new Error("oops") })`, "uncaught: Uncaught"},
		"rejection":                    {`void Promise.reject(new Error("lost"))`, "uncaught: Uncaught (in promise)"},
		"breach of the content policy": {`document.body.setAttribute("style", "color: red")`, "content policy: style-src-attr blocked inline"},
		"request to another site":      {`document.body.append(Object.assign(new Image(), {src: "http://other.invalid/x.png"}))`, "content policy: img-src blocked"},
		"missing file":                 {`document.head.append(Object.assign(document.createElement("script"), {src: "/static/0/missing.js"}))`, "404 for"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := somebody(t)
			p.open("/sign-in")
			if _, err := value[any](p, tt.script+"; null"); err != nil {
				t.Fatal(err)
			}
			until(t, func() string {
				p.mu.Lock()
				defer p.mu.Unlock()
				if said := strings.Join(p.faults, "\n"); !strings.Contains(said, tt.want) {
					return fmt.Sprintf("the browser complains of %q, want %q", said, tt.want)
				}
				return ""
			})
			p.mu.Lock()
			defer p.mu.Unlock()
			p.faults = nil
		})
	}
}

func TestAxeNoticesFaults(t *testing.T) {
	t.Parallel()
	p := somebody(t)
	p.open("/sign-in")
	for name, script := range map[string]string{
		"label":          `document.querySelector("main").append(document.createElement("input"))`,
		"color-contrast": `document.querySelector("main").append(Object.assign(document.createElement("p"), {className: "faint", textContent: "hardly to be read"}))`,
	} {
		if _, err := value[any](p, script+"; null"); err != nil {
			t.Fatal(err)
		}
		if name == "color-contrast" {
			if _, err := value[any](p, `document.querySelector(".faint").style.color = "rgb(200 200 200)"; null`); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := p.violations(none)
	for _, rule := range []string{`"label: `, `"color-contrast: `} {
		if !strings.Contains(found, rule) {
			t.Errorf("axe finds %s, want %s", found, rule)
		}
	}
}
