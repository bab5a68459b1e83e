package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// watched are the files and folders whose change calls for a new build.
var watched = []string{templateFile, "go.mod", "functions", "internal", "infra"}

const (
	look       = time.Second     // between two looks at the files
	stopBefore = 8 * time.Second // from asking the child to end to killing it
)

// watcher runs the child and replaces it when files have changed.
type watcher struct {
	root, folder string // of the sources; for new programs
	listener     net.Listener
	arguments    []string
	seen         map[string]version // the files that what runs is built of
	builds       int
}

// version tells a changed file from what it was. Some tools keep the time of change, hence the size.
type version struct {
	at   time.Time
	size int64
}

// child is a running child.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
	alive io.Closer     // closing it tells the child to end, as does our own end
}

// run starts the program as the first child. It returns when ctx has ended, or when the first child fails.
func (w *watcher) run(ctx context.Context, program string) error {
	if w.seen == nil {
		w.seen = w.versions()
	}
	c, err := w.start(program)
	if err != nil {
		return err
	}
	defer func() { c.stop() }()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	first := c.ended // of a later one we wait for the next change
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-first:
			if ctx.Err() != nil {
				return nil
			}
			return errTold
		case <-ticker.C:
		}
		now := w.versions()
		changed := w.changed(now)
		if changed == "" {
			continue
		}
		w.seen = now
		// A build takes a while on a busy machine, and who waits for it should see it.
		fmt.Printf("\n%s has changed: building ...\n", changed)
		built, err := w.build(ctx)
		if err != nil {
			if ctx.Err() == nil {
				fmt.Fprintf(os.Stderr, "\nThe change does not build, so what ran before goes on:\n%v\n", err)
			}
			continue
		}
		c.stop()
		first = nil
		if c, err = w.start(built, "-quiet"); err != nil {
			return err
		}
	}
}

// versions returns the files that matter as they are now.
func (w *watcher) versions() map[string]version {
	files := map[string]version{}
	for _, name := range watched {
		note(files, filepath.Join(w.root, name))
	}
	return files
}

// changed returns a file that is not as it was, relative to the sources, or "".
func (w *watcher) changed(now map[string]version) string {
	for _, files := range []map[string]version{now, w.seen} {
		for path := range files {
			if now[path] != w.seen[path] {
				return strings.TrimPrefix(path, w.root+string(filepath.Separator))
			}
		}
	}
	return ""
}

// note adds a file, or all in a folder. What goes while we look is left out.
func note(files map[string]version, path string) {
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	if !info.IsDir() {
		if !strings.HasSuffix(path, "_test.go") {
			files[path] = version{info.ModTime(), info.Size()}
		}
		return
	}
	entries, _ := os.ReadDir(path)
	for _, entry := range entries {
		if entry.Name() != "testdata" {
			note(files, filepath.Join(path, entry.Name()))
		}
	}
}

// build returns a new program, without what debuggers need, as that takes a good part of the time. The error is what the compiler says.
func (w *watcher) build(ctx context.Context) (string, error) {
	w.builds++
	program := filepath.Join(w.folder, fmt.Sprintf("local-%d", w.builds))
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", program, "./infra/local")
	cmd.Dir = w.root
	output, err := cmd.CombinedOutput()
	if err != nil && len(output) > 0 {
		return "", errors.New(strings.TrimSpace(string(output)))
	}
	if old := filepath.Join(w.folder, fmt.Sprintf("local-%d", w.builds-1)); err == nil {
		_ = os.Remove(old) // whatever runs of it goes on
	}
	return program, err
}

// start runs the program as our child, with the listener as its third file.
func (w *watcher) start(program string, more ...string) (*child, error) {
	tcp, ok := w.listener.(*net.TCPListener)
	if !ok {
		return nil, fmt.Errorf("a listener of the type %T cannot be handed on", w.listener)
	}
	file, err := tcp.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	cmd := exec.Command(program, append(w.arguments, more...)...) //nolint:noctx // it ends in its own time, see stop
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = w.root, os.Stdout, os.Stderr, []*os.File{file}
	// Ctrl-C in the terminal is for us: the child ends first, then DynamoDB Local.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, ended: make(chan struct{}), alive: alive}
	go func() {
		_ = cmd.Wait() // it has said itself what was wrong
		close(c.ended)
	}()
	return c, nil
}

// stop returns when the child has ended.
func (c *child) stop() {
	_ = c.alive.Close() // it may have ended already
	select {
	case <-c.ended:
	case <-time.After(stopBefore):
		_ = c.cmd.Process.Kill() // it may have ended already
		<-c.ended
	}
}
