package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// startBrowser starts the one browser of this package. The function ends it.
func startBrowser(ctx context.Context) (context.Context, func(), error) {
	program, err := findBrowser()
	if err != nil {
		return nil, nil, err
	}
	said := &output{}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.CombinedOutput(said), chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), // as root it runs without its sandbox, which is chromedp's doing
	)
	ctx, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, endBrowser := chromedp.NewContext(ctx)
	stop := func() {
		endBrowser()
		endAllocator()
	}
	if err := chromedp.Do(ctx); err != nil {
		return nil, stop, fmt.Errorf("start %s: %w\n%s", program, err, said)
	}
	return ctx, stop, nil
}

// findBrowser looks where infra/tools/chromium.sh does.
func findBrowser() (string, error) {
	for _, name := range []string{
		"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", errors.New("there is no Chromium or Chrome on this machine: infra/tools/chromium.sh installs one where it can")
}

// person is somebody at their own browser: a tab with cookies that nobody else has. What their browser complains of fails the
// test: errors in the console, exceptions, breaches of the content policy, answers of 500 and more, requests to other sites.
type person struct {
	t   *testing.T
	ctx context.Context // the tab

	noScripts bool

	mu     sync.Mutex
	faults []string
	gets   []string // the paths of the pages and parts that were asked for
	posts  []string // the paths that forms were sent to
	fails  bool     // a page that fails is what the test wants
}

// blank is a page with nothing on it.
const blank = "about:blank"

// isolated is where scripts of the tests run: they see the page, and the page does not see them.
const isolated = "tests"

// reportViolations tells us of every breach of the content policy.
const reportViolations = `document.addEventListener("securitypolicyviolation", (event) =>
	violated(event.violatedDirective + " blocked " + event.blockedURI + " at " + event.sourceFile + ":" + event.lineNumber))`

// somebody opens a browser of their own.
func somebody(t *testing.T) *person {
	t.Helper()
	p := &person{t: t}
	ctx, end := chromedp.NewContext(here.browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.notice))
	p.ctx = ctx
	t.Cleanup(func() {
		if t.Failed() {
			p.shootFailure()
		}
		end()
		p.mu.Lock()
		defer p.mu.Unlock()
		slices.Sort(p.faults)
		for _, fault := range slices.Compact(p.faults) {
			t.Errorf("the browser complains: %s", fault)
		}
	})
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context that opens it
		t.Fatalf("open a tab: %v", err)
	}
	// Browsers let a page copy something when somebody presses a button. The headless shell would ask.
	ask(p, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-write"}, Setting: browser.PermissionSettingGranted,
		BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
	})
	ask(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: reportViolations, WorldName: isolated})
	ask(p, runtime.AddBinding, runtime.AddBindingParams{Name: "violated", ExecutionContextName: isolated})
	p.uses(wide, light)
	return p
}

// notice looks at what the browser tells of the tab.
func (p *person) notice(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.complain("console.%s: %s", e.Type, arguments(e.Args))
		}
	case *runtime.EventExceptionThrown:
		p.complain("uncaught: %s %s", e.ExceptionDetails.Text, arguments([]*runtime.RemoteObject{e.ExceptionDetails.Exception}))
	case *runtime.EventBindingCalled:
		p.complain("content policy: %s", e.Payload)
	case *log.EventEntryAdded:
		// That an answer is an error is seen below: a refused form is one, and shows what is wrong.
		if e.Entry.Source != log.EntrySourceNetwork && e.Entry.Level != log.EntryLevelVerbose && e.Entry.Level != log.EntryLevelInfo {
			p.complain("%s of %s: %s %s", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		// Chromium draws its own parts of fields, as the calendar of a day, from data of its own.
		path, ours := strings.CutPrefix(e.Request.URL, here.base)
		if url := e.Request.URL; !ours && url != blank && !strings.HasPrefix(url, "data:") {
			p.complain("request to another site: %s", url)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case !ours:
		case e.Request.Method == http.MethodPost:
			p.posts = append(p.posts, path)
		case e.Type == network.ResourceTypeDocument || e.Type == network.ResourceTypeFetch || e.Type == network.ResourceTypeXHR:
			p.gets = append(p.gets, path)
		}
	case *network.EventResponseReceived:
		isPage := e.Type == network.ResourceTypeDocument || e.Type == network.ResourceTypeFetch || e.Type == network.ResourceTypeXHR
		p.mu.Lock()
		wanted := p.fails
		p.mu.Unlock()
		if status := e.Response.Status; status >= 500 && !wanted || status >= 400 && !isPage {
			p.complain("%d for %s", status, e.Response.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			p.complain("loading failed: %s", e.ErrorText)
		}
	}
}

func arguments(objects []*runtime.RemoteObject) string {
	var words []string
	for _, o := range objects {
		if o != nil {
			words = append(words, o.Description+string(o.Value))
		}
	}
	return strings.Join(words, " ")
}

func (p *person) complain(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// expectsFailure says whether pages that fail are what the test wants.
func (p *person) expectsFailure(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = yes
}

// A view is how large a screen is, and which colours it prefers.
type (
	width  int64
	scheme string
)

const (
	wide   width  = 1280
	narrow width  = 390
	light  scheme = "light"
	dark   scheme = "dark"
)

// uses sets the screen.
func (p *person) uses(w width, s scheme) {
	p.t.Helper()
	p.sized(w, 900)
	ask(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: string(s)}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

func (p *person) sized(w width, height int64) {
	p.t.Helper()
	ask(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(w), Height: height, DeviceScaleFactor: 1})
}

// scripts switches JavaScript on or off.
func (p *person) scripts(on bool) {
	p.t.Helper()
	p.noScripts = !on
	ask(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// shootFailure keeps what the person sees when a test fails.
func (p *person) shootFailure() {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	if picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		writeShot(p.t, filepath.Join("failed", strings.ReplaceAll(p.t.Name(), "/", "-")+".png"), picture)
	}
}
