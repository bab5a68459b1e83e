package browser

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// axe-core 4.14.1, the npm package's axe.min.js as it is; its licences lie beside it.
//
//go:embed testdata/axe/axe.min.js
var axe string

// findViolations runs axe over the page and returns a line for each thing that it finds.
const findViolations = `axe.run(%s).then((found) => found.violations.flatMap((violation) =>
	violation.nodes.map((node) => violation.id + ": " + violation.help + " " + node.target.join(" ") + " " + node.html + " " + node.failureSummary)))`

// thoroughness is how long axe may take: it looks at every pair of colours of a page, and the longest page has thousands.
const thoroughness = time.Minute

// Rules that axe is not to apply.
const (
	none     = `{}`
	notAPage = `{"landmark-one-main": {enabled: false}, region: {enabled: false}}` // a mail is a part of the page of a mail program
)

// What axe looks at: all, once; where all was looked at before, rows like those above are left out; and where only the colours are others, these.
// The one frame there is holds a mail in the mailbox, and lets no script in.
const (
	whole   = `document, {iframes: false, resultTypes: ["violations"], rules: %s}`
	again   = `{exclude: ["tbody tr:nth-child(n+7)"]}, {iframes: false, resultTypes: ["violations"], rules: %s}`
	colours = `{exclude: ["tbody tr:nth-child(n+7)"]}, {iframes: false, resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"], rules: %s}`
)

// accessible fails when axe finds something wrong with the page.
func (p *person) accessible(what, exceptions string) {
	p.t.Helper()
	p.accessibleIn(whole, what, exceptions)
}

func (p *person) accessibleIn(part, what, exceptions string) {
	p.t.Helper()
	if found := p.violationsIn(part, exceptions); found != "[]" {
		p.t.Errorf("axe finds on %s: %s", what, found)
	}
}

// violations returns what axe finds, a JSON list of texts.
func (p *person) violations(exceptions string) string {
	p.t.Helper()
	return p.violationsIn(whole, exceptions)
}

func (p *person) violationsIn(part, exceptions string) string {
	p.t.Helper()
	if p.noScripts { // those of the page have had their chance, and axe needs its promises
		p.scripts(true)
		defer p.scripts(false)
	}
	frame := ask(p, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	world := ask(p, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: "axe"}).ExecutionContextID
	run := func(script string) string {
		answer, err := callFor(thoroughness, p, runtime.Evaluate, runtime.EvaluateParams{
			Expression: script, ContextID: world, ReturnByValue: new(true), AwaitPromise: new(true),
		})
		if err != nil {
			p.t.Fatalf("axe: %v", err)
		}
		if answer.ExceptionDetails != nil {
			p.t.Fatalf("axe: %s", arguments([]*runtime.RemoteObject{answer.ExceptionDetails.Exception}))
		}
		return string(answer.Result.Value)
	}
	if run("typeof axe") == `"undefined"` { // it stays as long as the page
		run(axe + ";''")
	}
	return run(fmt.Sprintf(findViolations, fmt.Sprintf(part, exceptions)))
}

// look lets axe look at the page on wide and narrow screens, in both colours. Nothing may reach over an edge.
func (p *person) look(name string) {
	p.t.Helper()
	p.lookAt(name, none, wide, narrow)
}

func (p *person) lookAt(name, exceptions string, widths ...width) {
	p.t.Helper()
	for n, w := range widths {
		for _, s := range []scheme{light, dark} {
			p.uses(w, s)
			what := fmt.Sprintf("%s-%d-%s", name, w, s)
			part := colours
			if s == light && n == 0 {
				part = whole
			} else if s == light {
				part = again
			}
			p.accessibleIn(part, what, exceptions)
			p.laidOut(what, w)
			p.shoot(what, w)
		}
	}
	p.uses(wide, light)
}

// tornRows lists the rows of tables in which a cell ends before its row does, and the addresses of a usual length that break.
const tornRows = `[...document.querySelectorAll("tbody tr")].filter((row) => getComputedStyle(row).display === "table-row").flatMap((row) => {
	const end = row.getBoundingClientRect().bottom;
	const short = [...row.cells].filter((cell) => Math.abs(cell.getBoundingClientRect().bottom - end) > 1);
	const broken = [...row.querySelectorAll(".person .mail, .address .name")].filter((address) => {
		const text = document.createRange();
		text.selectNodeContents(address);
		return address.textContent.length <= 22 && new Set([...text.getClientRects()].map((line) => line.top)).size > 1;
	});
	return [...short, ...broken].map((element) => element.textContent.trim());
})`

// buried lists what the buttons that stay in sight lie on in an open dialog, when it is scrolled to its end.
const buried = `(() => {
	const box = document.querySelector("dialog[open]");
	if (!box) return [];
	const was = box.scrollTop;
	box.scrollTop = box.scrollHeight;
	const under = [...box.querySelectorAll(".buttons")].filter((bar) => getComputedStyle(bar).position === "sticky").flatMap((bar) => {
		const at = bar.getBoundingClientRect();
		return [...box.querySelectorAll("p, li, dd, a, button, label, input:not([type=hidden]), select, textarea")].filter((one) => {
			const is = one.getBoundingClientRect();
			return !bar.contains(one) && is.height > 1 && is.bottom > at.top + 1 && is.top < at.bottom - 1;
		});
	});
	box.scrollTop = was;
	return under.map((one) => one.textContent.trim());
})()`

// laidOut fails when something reaches over an edge: of the screen, of a row, or under the buttons of a dialog.
func (p *person) laidOut(name string, w width) {
	p.t.Helper()
	if across, err := value[int64](p, "document.documentElement.scrollWidth"); err != nil || across > int64(w) {
		p.t.Errorf("%s is %d wide and reaches over the edge, %v", name, across, err)
	}
	if torn, err := value[[]string](p, tornRows); err != nil || len(torn) > 0 {
		p.t.Errorf("%s has torn rows: %q, %v", name, torn, err)
	}
	if under, err := value[[]string](p, buried); err != nil || len(under) > 0 {
		p.t.Errorf("%s has something under its buttons: %q, %v", name, under, err)
	}
}

var screenshots = flag.Bool("screenshots", false, "take a picture of each page and mail that is looked at, in .build/screenshots")

// tallest is how much of a long page a picture shows: what follows are further rows.
const tallest = 3000

// shoot takes a picture of the page for people to look at, if that is asked for: no test compares it, and it takes as long as what is tested.
func (p *person) shoot(name string, w width) {
	p.t.Helper()
	if !*screenshots {
		return
	}
	down, err := value[int64](p, "document.documentElement.scrollHeight")
	if err != nil {
		p.t.Fatal(err)
	}
	p.sized(w, min(max(down, 900), tallest))
	writeShot(p.t, name+".png", ask(p, page.CaptureScreenshot, page.CaptureScreenshotParams{OptimizeForSpeed: new(true)}).Data) // quickly, not small
}

func writeShot(t *testing.T, name string, picture []byte) {
	t.Helper()
	path := filepath.Join(shots, strings.ToLower(name))
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, picture, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}
