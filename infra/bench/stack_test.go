package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	readyTimeout  = 2 * time.Minute // far above the bound, so that a slow start is measured and not cut off
	deliverWithin = 30 * time.Second
	endTimeout    = 20 * time.Second
	look          = 10 * time.Millisecond // between two looks at the stack
	warmUpMails   = 20
	mails         = 200
)

// BenchmarkStack starts the local stack as a developer does, and invites people in it through the API.
func BenchmarkStack(b *testing.B) {
	s, ready := startStack(b)
	published, delivered := s.deliver()
	memory := s.memory()
	report(b, "start", metric{ready.Seconds(), "s-to-ready"}, metric{memory, "MB-resident"})
	hold(b, figure{"make run to ready", "s", "warm cache, with demo data", ready.Seconds(), 10})
	hold(b, figure{"memory of the local stack", "MB", fmt.Sprintf("resident, after %d invitations", warmUpMails+mails), memory, 150})
	holdDelays(b, "from inviting to the event on the bus", published, 1000)
	holdDelays(b, "from inviting to the mail in the mailbox", delivered, 1000)
	expired := s.expire()
	report(b, "expiry", metric{expired.Seconds(), "s-to-event"})
	hold(b, figure{"from the clock to InvitationExpired", "s", "the last of all invitations", expired.Seconds(), 5})
	holdDelays(b, "from accepting to being found by a search", s.found(), 2000)
}

// expire moves the clock by seven days, and returns how long it took until the guards were removed, as TTL does it, and every
// expiry was on the bus.
func (s *stack) expire() time.Duration {
	s.b.Helper()
	began := time.Now()
	s.must(http.MethodPost, "/dev/clock", "", object{"advance": "168h"}, nil)
	s.wait(func() bool {
		var events json.RawMessage
		s.must(http.MethodGet, "/dev/events.json", "", nil, &events)
		return bytes.Count(events, []byte(`"detail-type":"InvitationExpired"`)) >= warmUpMails+mails
	}, "expiry of all invitations")
	return time.Since(began)
}

// stack is the local stack as make run starts it.
type stack struct {
	b   *testing.B
	url string
	run *exec.Cmd
}

// startStack runs make run on a free port, with a DynamoDB Local of its own unless further, which is added to its environment, names one. It
// returns how long it took to be ready.
func startStack(b *testing.B, further ...string) (*stack, time.Duration) {
	b.Helper()
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", os.DevNull, "../local").CombinedOutput(); err != nil { // warms the cache
		b.Fatalf("%v\n%s", err, out)
	}
	port, said := freePort(b), &bytes.Buffer{}
	s := &stack{b: b, url: "http://localhost:" + port, run: exec.Command("make", "--no-print-directory", "run")} //nolint:noctx // ends as by Ctrl-C
	s.run.Dir, s.run.Stdout, s.run.Stderr, s.run.WaitDelay = root, said, said, time.Second
	s.run.Env = slices.DeleteFunc(outsideMake(), func(v string) bool {
		return strings.HasPrefix(v, "DYNAMODB_ENDPOINT=") || strings.HasPrefix(v, "DYNAMODB_PORT=") || strings.HasPrefix(v, "TABLE_NAME=") || strings.HasPrefix(v, "DATA_DIR=")
	})
	s.run.Env = append(append(s.run.Env, "PORT="+port), further...)
	s.run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	started := time.Now()
	if err := s.run.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = s.run.Wait() // what matters is in its output
		close(ended)
	}()
	b.Cleanup(func() { s.end(ended) })
	for time.Since(started) < readyTimeout {
		select {
		case <-ended:
			b.Fatalf("make run ended: %s", said)
		case <-time.After(look):
		}
		if s.ask(http.MethodGet, "/dev/ready", "", nil, nil) == nil {
			return s, time.Since(started)
		}
	}
	b.Fatal("make run does not become ready")
	return nil, 0
}

func freePort(b *testing.B) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// end does what Ctrl-C does.
func (s *stack) end(ended <-chan struct{}) {
	group := -s.run.Process.Pid
	_ = syscall.Kill(group, syscall.SIGINT) // fails only when all have ended
	select {
	case <-ended:
	case <-time.After(endTimeout):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-ended
		s.b.Error("the local stack does not end after Ctrl-C")
	}
}

// memory returns the resident memory, in MB, of the processes of the stack that are ours: not of make, nor of DynamoDB Local.
func (s *stack) memory() float64 {
	s.b.Helper()
	out, err := exec.CommandContext(s.b.Context(), "ps", "-A", "-o", "pid=,ppid=,rss=,comm=").Output()
	if err != nil {
		s.b.Fatalf("ps: %v", err)
	}
	below := map[string]bool{strconv.Itoa(s.run.Process.Pid): true}
	kilobytes, found := 0.0, true
	for found { // a child may be listed before its parent
		found = false
		for line := range strings.Lines(string(out)) {
			fields := strings.Fields(line)
			if below[fields[0]] || !below[fields[1]] {
				continue
			}
			below[fields[0]], found = true, true
			if strings.HasPrefix(filepath.Base(fields[3]), "local") {
				resident, _ := strconv.ParseFloat(fields[2], 64)
				kilobytes += resident
			}
		}
	}
	if kilobytes == 0 {
		s.b.Fatalf("no process of the local stack in\n%s", out)
	}
	return kilobytes * 1024 / 1e6
}

// object is a JSON object.
type object = map[string]any

// ask sends a request, with a JSON body unless it is nil, and reads the JSON answer into out unless that is nil.
func (s *stack) ask(method, path, token string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(s.b.Context(), method, s.url+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	case out == nil:
		return nil
	}
	return json.Unmarshal(text, out)
}

func (s *stack) must(method, path, token string, in, out any) {
	s.b.Helper()
	if err := s.ask(method, path, token, in, out); err != nil {
		s.b.Fatal(err)
	}
}

// deliver invites people one after the other, and returns how long each event took to be on the bus and each mail to be in
// the mailbox. The time runs from before the request, so the request itself is in it.
func (s *stack) deliver() (published, delivered []time.Duration) {
	s.b.Helper()
	var person struct {
		Token string `json:"access_token"`
	}
	s.must(http.MethodPost, "/dev/token", "", object{"email": "bench@example.com", "name": "Ben Chmark"}, &person)
	var organization, brand struct{ ID string }
	s.must(http.MethodPost, "/v1/organizations", person.Token, object{"name": "Bench"}, &organization)
	path := "/v1/organizations/" + organization.ID
	s.must(http.MethodPost, path+"/brands", person.Token, object{"name": "Globex"}, &brand)
	started := make([]time.Time, warmUpMails+mails)
	for i := range started {
		started[i] = time.Now()
		s.must(http.MethodPost, path+"/invitations", person.Token, object{
			"invitees": []object{{"email": address(i)}}, "role": "member", "brands": []string{brand.ID}, "brand_role": "publisher",
		}, nil)
		s.wait(func() bool { return s.isPublished(address(i)) }, "event for "+address(i))
		published = append(published, time.Since(started[i]))
	}
	var arrived map[string]time.Time
	for i := range started {
		s.wait(func() bool {
			if arrived[address(i)].IsZero() {
				arrived = s.arrivals()
			}
			return !arrived[address(i)].IsZero()
		}, "mail for "+address(i))
		delivered = append(delivered, arrived[address(i)].Sub(started[i]))
	}
	return published[warmUpMails:], delivered[warmUpMails:]
}

func address(i int) string { return fmt.Sprintf("person-%03d@example.com", i) }

func (s *stack) wait(until func() bool, what string) {
	s.b.Helper()
	for deadline := time.Now().Add(deliverWithin); !until(); time.Sleep(look) {
		if time.Now().After(deadline) {
			s.b.Fatalf("no %s within %s", what, deliverWithin)
		}
	}
}

// isPublished says whether the event of an invitation is on the bus. No other event names the address so early.
func (s *stack) isPublished(email string) bool {
	s.b.Helper()
	var events json.RawMessage
	s.must(http.MethodGet, "/dev/events.json", "", nil, &events)
	return bytes.Contains(events, []byte(strconv.Quote(email)))
}

// arrivals returns when the mail to each address arrived. The mailbox notes it by the clock of this machine.
func (s *stack) arrivals() map[string]time.Time {
	s.b.Helper()
	var box struct {
		Items []struct {
			To []string
			At time.Time
		}
	}
	s.must(http.MethodGet, "/dev/mail.json", "", nil, &box)
	arrived := map[string]time.Time{}
	for _, mail := range box.Items {
		arrived[mail.To[0]] = mail.At
	}
	return arrived
}
