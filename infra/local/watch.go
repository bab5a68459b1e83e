package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
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
	builds       int
}

// child is a running child.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
	alive io.Closer     // closing it tells the child to end, as does our own end
}

// run starts the program as the first child. It returns when ctx has ended, or when the first child fails.
func (w *watcher) run(ctx context.Context, program string) error {
	seen := w.times()
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
		now := w.times()
		if maps.Equal(seen, now) {
			continue
		}
		seen = now
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

// times returns the files that matter with their time of change.
func (w *watcher) times() map[string]time.Time {
	times := map[string]time.Time{}
	for _, name := range watched {
		note(times, filepath.Join(w.root, name))
	}
	return times
}

// note adds a file, or all in a folder. What goes while we look is left out.
func note(times map[string]time.Time, path string) {
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	if !info.IsDir() {
		if !strings.HasSuffix(path, "_test.go") {
			times[path] = info.ModTime()
		}
		return
	}
	entries, _ := os.ReadDir(path)
	for _, entry := range entries {
		if entry.Name() != "testdata" {
			note(times, filepath.Join(path, entry.Name()))
		}
	}
}

// build returns a new program. The error is what the compiler says.
func (w *watcher) build(ctx context.Context) (string, error) {
	w.builds++
	program := filepath.Join(w.folder, fmt.Sprintf("local-%d", w.builds))
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "./infra/local")
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
