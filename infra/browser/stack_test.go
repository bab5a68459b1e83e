package browser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	dynamodblocal "prism-access/infra/dynamodb-local"
	"prism-access/infra/local/awsjson"
)

const (
	startTimeout = 2 * time.Minute // DynamoDB Local may have to be fetched first
	stopTimeout  = 15 * time.Second
)

// stack is the local stack as a process of its own, with its own DynamoDB Local: that bears one table with a stream.
type stack struct {
	base  string         // where people reach it: http://localhost:40123
	table awsjson.Client // DynamoDB Local
	cmd   *exec.Cmd
	log   *output
	ended chan struct{}

	excused sync.Map // the ids of organizations that tests have broken
}

// excuse says that what fails for an organization does so because a test wants it to.
func (s *stack) excuse(organization string) { s.excused.Store(organization, true) }

// complaints are the lines of the log that nobody has excused.
func (s *stack) complaints() string {
	var said strings.Builder
	for line := range strings.Lines(s.log.String()) {
		excused := false
		s.excused.Range(func(organization, _ any) bool {
			excused = strings.Contains(line, organization.(string))
			return !excused
		})
		if !excused {
			said.WriteString(line)
		}
	}
	return said.String()
}

// output keeps what a process writes. It is safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startStack builds the stack into the folder and starts it on a free port. It runs beside copies of the templates alone, so
// that it does not build itself anew when somebody works on the sources meanwhile.
func startStack(ctx context.Context, folder string) (*stack, error) {
	if err := dependOnSources(); err != nil {
		return nil, err
	}
	program := filepath.Join(folder, "local")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "./infra/local")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the local stack: %w\n%s", err, text)
	}
	for _, template := range []string{"template.yaml", filepath.Join("events", "examples", "roles", "template.yaml")} {
		text, err := os.ReadFile(filepath.Join(root, template))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(folder, template)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, template), text, 0o600)
		}
		if err != nil {
			return nil, err
		}
	}
	s := &stack{cmd: exec.Command(program), log: &output{}, ended: make(chan struct{})} //nolint:noctx // it ends with stop
	s.cmd.Dir, s.cmd.Stderr, s.cmd.SysProcAttr = folder, s.log, attributes()
	for _, variable := range os.Environ() {
		switch name, _, _ := strings.Cut(variable, "="); name {
		case "DYNAMODB_ENDPOINT", "DYNAMODB_PORT", "TABLE_NAME", "DATA_DIR", "PORT", "LOG_LEVEL":
		default:
			s.cmd.Env = append(s.cmd.Env, variable)
		}
	}
	s.cmd.Env = append(s.cmd.Env, "PORT=0")
	stdout, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the local stack: %w", err)
	}
	if err := s.wait(ctx, stdout); err != nil {
		return nil, s.stop(err)
	}
	// The test bed changes items past the store, in this table.
	return s, errors.Join(os.Setenv("DYNAMODB_ENDPOINT", s.table.Endpoint), os.Setenv("TABLE_NAME", dynamodblocal.TableName))
}

// wait returns when the stack has printed its addresses and says that it is ready.
func (s *stack) wait(ctx context.Context, stdout io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	addresses := make(chan [2]string, 1)
	go func() {
		defer close(s.ended)
		var found [2]string
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			switch words := strings.Fields(lines.Text()); {
			case len(words) < 2:
			case words[0] == "Console":
				found[0] = strings.TrimSuffix(words[1], "/")
			case words[0] == "Table":
				found[1] = words[1]
				addresses <- found
			}
		}
		_ = s.cmd.Wait() // what was wrong is in its log
	}()
	select {
	case <-ctx.Done():
		return fmt.Errorf("the local stack is not up: %w", ctx.Err())
	case <-s.ended:
		return errors.New("the local stack ended by itself")
	case found := <-addresses:
		s.base, s.table = found[0], awsjson.Client{Endpoint: found[1]}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/dev/ready", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask the local stack whether it is ready: %w", err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the local stack says that it is up, and /dev/ready answers %s", answer.Status)
	}
	return nil
}

// stop ends the stack and all that it has started. Whatever it has logged as an error is one: its log holds no
// other lines, but for what tests have made to fail.
func (s *stack) stop(err error) error {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM) // it may have ended already
	select {
	case <-s.ended:
	case <-time.After(stopTimeout):
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.ended
		err = errors.Join(err, errors.New("the local stack did not end when it was asked to"))
	}
	if text := s.complaints(); text != "" {
		err = errors.Join(err, fmt.Errorf("the local stack has logged:\n%s", text))
	}
	return err
}

// dependOnSources reads what the stack is built from, so that go test does not take an earlier result for this one.
func dependOnSources() error {
	for _, folder := range []string{"functions", "internal", "infra"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(string, fs.DirEntry, error) error { return nil })
		if err != nil {
			return err
		}
	}
	return nil
}
