package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"
)

// here is what all tests share: the running stack, and a browser. Every test has its own people and organizations in them.
var here struct {
	*stack
	browser context.Context
}

// root is the folder of this repository.
const root = "../.."

func TestMain(m *testing.M) {
	runtime.LockOSThread() // the kernel ends the stack when the thread that has started it is gone
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(runtime.GOMAXPROCS(0))); err != nil { // tests wait for nothing here: the browser keeps the cores busy
		return 0, err
	}
	work, err := os.MkdirTemp("", "prism-browser-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	if err := clearShots(); err != nil {
		return 0, err
	}
	var starting errgroup.Group
	var stopBrowser func()
	starting.Go(func() (err error) {
		here.browser, stopBrowser, err = startBrowser(context.Background())
		return err
	})
	here.stack, err = startStack(context.Background(), work)
	browserErr := starting.Wait()
	if stopBrowser != nil {
		defer stopBrowser()
	}
	if here.stack != nil {
		defer func() { err = here.stop(err) }()
	}
	if err != nil {
		return 0, err
	}
	if browserErr != nil {
		return 0, browserErr
	}
	return m.Run(), nil
}

// shots is where screenshots go.
var shots = filepath.Join(root, ".build", "screenshots")

func clearShots() error {
	if err := os.RemoveAll(shots); err != nil {
		return err
	}
	return os.MkdirAll(shots, 0o755)
}
