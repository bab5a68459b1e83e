package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is a small child: it answers with a version and a page that is built in, and ends when its standard input does.
const program = `package main

import (
	_ "embed"
	"io"
	"net"
	"net/http"
	"os"
)

//go:embed templates/page.html
var page string

func main() {
	l, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		panic(err)
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "%s "+page) }))
	io.Copy(io.Discard, os.Stdin)
}
`

func TestWatcherReplacesTheChild(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module prism-access\n\ngo 1.26\n")
	write("infra/local/main.go", fmt.Sprintf(program, "one"))
	write("infra/local/templates/page.html", "page")
	listener, err := listen(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	w := &watcher{root: root, folder: t.TempDir(), listener: listener}
	first, err := w.build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.run(ctx, first) }()

	url := "http://" + listener.Addr().String()
	until := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			// The port stays ours, so nobody is ever refused.
			if got := answer(t, url); got == want {
				return
			} else if time.Now().After(deadline) {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	}
	until("one page")
	write("infra/local/main.go", "this does not build")
	time.Sleep(2 * look)
	until("one page")
	write("infra/local/main.go", fmt.Sprintf(program, "two"))
	until("two page")
	write("infra/local/templates/page.html", "leaf")
	until("two leaf")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func answer(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "" // the child that had accepted it is gone
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	return string(body)
}

func TestATakenPortIsOneLine(t *testing.T) {
	t.Parallel()
	taken, err := listen(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	_, err = listen(t.Context(), port)
	if want := "port " + port + " is taken: stop what uses it, or choose another one with PORT=8081"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestProgram runs the program as somebody does who types make run and then Ctrl-C.
func TestProgram(t *testing.T) {
	t.Setenv("DYNAMODB_ENDPOINT", "")
	binary := filepath.Join(t.TempDir(), "local")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	free, err := listen(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	another, err := listen(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	_, tablePort, _ := net.SplitHostPort(another.Addr().String())
	free.Close()
	another.Close()
	command := exec.CommandContext(t.Context(), binary)
	command.Env = append(os.Environ(), "PORT="+port, "DYNAMODB_PORT="+tablePort)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill() }()
	var endpoint string
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "First: ") {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "Table"); ok {
			endpoint = strings.Fields(rest)[0]
		}
	}
	took := time.Since(began)
	if got := answer(t, "http://localhost:"+port+"/dev/ready"); !strings.Contains(got, `"ready":true`) {
		t.Errorf("after %s: %s", took, got)
	}
	if want := "http://127.0.0.1:" + tablePort; endpoint != want {
		t.Errorf("DynamoDB Local is said to listen at %s, want %s", endpoint, want)
	}
	memory := resident(t, command.Process.Pid)
	for _, pid := range children(t, command.Process.Pid) {
		if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); strings.HasPrefix(string(name), "local") {
			memory += resident(t, pid)
		}
	}
	t.Logf("ready after %s, with %d MB", took, memory>>20)
	if memory > 150<<20 {
		t.Errorf("%d MB of memory, want at most 150", memory>>20)
	}
	left := children(t, command.Process.Pid)
	stopping := time.Now()
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	t.Logf("stopped after %s", time.Since(stopping))
	for _, pid := range left {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is left", pid)
		}
	}
	if got := answer(t, endpoint); got != "" {
		t.Errorf("DynamoDB Local still answers at %s: %s", endpoint, got)
	}
}

// children returns the processes that a process has started; only Linux tells.
func children(t *testing.T, pid int) []int {
	t.Helper()
	var out []int
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // a thread may have ended
		for field := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				out = append(out, child)
			}
		}
	}
	return out
}

// resident returns the memory of a process in bytes; only Linux tells.
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
