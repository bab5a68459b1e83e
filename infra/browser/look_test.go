package browser

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/chromedp/cdproto/cdp"
)

// axe-core 4.14.1, the npm package's axe.min.js as it is; its licences lie beside it.
//
//go:embed testdata/axe/axe.min.js
var axe embed.FS

// violations runs axe over the page and returns a line for each thing that it finds.
const violations = `axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.flatMap((violation) =>
	violation.nodes.map((node) => violation.id + ": " + violation.help + " " + node.target.join(" ") + " " + node.html + " " + node.failureSummary)))`

// accessible lets axe look at the page.
func (p *person) accessible(what string) {
	p.t.Helper()
	source, err := axe.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		p.t.Fatal(err)
	}
	frame := ask(p, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	world := ask(p, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: "axe"}).ExecutionContextID
	for _, script := range []string{string(source) + ";0", violations} {
		answer := ask(p, runtime.Evaluate, runtime.EvaluateParams{
			Expression: script, ContextID: world, ReturnByValue: new(true), AwaitPromise: new(true),
		})
		if answer.ExceptionDetails != nil {
			p.t.Fatalf("axe: %s", arguments([]*runtime.RemoteObject{answer.ExceptionDetails.Exception}))
		}
		if found := string(answer.Result.Value); script == violations && found != "[]" {
			p.t.Errorf("axe finds on %s: %s", what, found)
		}
	}
}

// look lets axe look at the page in both colours, and takes its picture on wide and narrow screens, in both colours. Nothing
// may reach over the edge of the screen.
func (p *person) look(name string) {
	p.t.Helper()
	p.lookAt(name, wide, narrow)
}

func (p *person) lookAt(name string, widths ...width) {
	p.t.Helper()
	for _, w := range widths {
		for _, s := range []scheme{light, dark} {
			p.uses(w, s)
			what := fmt.Sprintf("%s-%d-%s", name, w, s)
			p.accessible(what)
			p.shoot(what, w)
		}
	}
	p.uses(wide, light)
}

// shoot takes a picture of the whole page.
func (p *person) shoot(name string, w width) {
	p.t.Helper()
	size, err := value[[2]int64](p, "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
	if err != nil {
		p.t.Fatal(err)
	}
	if size[0] > int64(w) {
		p.t.Errorf("%s is %d wide and reaches over the edge", name, size[0])
	}
	p.sized(w, max(size[1], 900))
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	writeShot(p.t, name+".png", picture)
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
