// Command import moves people from a CSV file into an organization, through the public API alone and without mailing anybody:
//
//	make import FILE=members.csv ORG=org_... EMAIL=ada@example.com
//
// The whole file is checked before anything is sent. A run that broke off goes on where it was when it is started again, and a
// finished one that is started again changes nothing but what has expired. Who got out again meanwhile, by their own will or an Admin's, stays out
// and is listed.
//
// FILE has the columns email, role (admin or member) and brands (Globex:publisher;Initech:viewer), and any name, which is for those
// who read the file. ORG is the organization's id. BASE is where the API is: the local stack, on PORT (8080), unless it is set. TOKEN is an access token of somebody who
// may invite; on the local stack EMAIL does. ADMINS=yes confirms that the file makes people Organization Admin. DAYS (30) is how long
// invitations last.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv, os.Stdout, pause)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settings are what the environment asks for.
type settings struct {
	file, base, token, email string
	organization             string // path of its scope
	admins                   bool
	days                     int
}

// run imports. The error says what is wrong with the settings or the file, who could not be let in, or why it broke off.
func run(ctx context.Context, getenv func(string) string, out io.Writer, wait func(context.Context, time.Duration) error) error {
	s, err := read(getenv)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		return err
	}
	c := &client{base: s.base, token: s.token, http: &http.Client{Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the token is for that address alone
	}}, pause: wait, out: out}
	if c.token == "" {
		if c.token, err = c.localToken(ctx, s.email); err != nil {
			return err
		}
	}
	brands, err := c.brands(ctx, s.organization)
	if err != nil {
		return fmt.Errorf("read the brands of %s: %w", s.organization, err)
	}
	if err := c.mayInvite(ctx, s.organization); err != nil {
		return err
	}
	people, problems := parse(text, brands, s.admins)
	if len(problems) > 0 {
		return told(s.file, problems)
	}
	book, err := openJournal(s.file+".progress", text, s.base, s.organization, strconv.Itoa(s.days))
	if err != nil {
		return err
	}
	defer book.close()
	fmt.Fprintf(out, "%d people of %s into %s, without mail.\n", len(people), s.file, s.organization)
	if len(book.done) > 0 {
		fmt.Fprintf(out, "Going on. Calls that were answered before: %d\n", len(book.done))
	}
	m := &move{client: c, organization: s.organization, days: s.days, book: book, out: out}
	if err := m.all(ctx, people); err != nil {
		return fmt.Errorf("broken off: %w\nThe same command goes on from here", err)
	}
	if err := book.finish(); err != nil {
		return err
	}
	return sum(s.file, people, out)
}

// read returns the settings, or all that is wrong with them.
func read(getenv func(string) string) (settings, error) {
	s := settings{
		file: getenv("FILE"), token: getenv("TOKEN"), email: getenv("EMAIL"),
		base:   strings.TrimRight(cmp.Or(getenv("BASE"), "http://localhost:"+cmp.Or(getenv("PORT"), "8080")), "/"),
		admins: strings.EqualFold(getenv("ADMINS"), "yes"), days: invitation.MaxDays,
	}
	s.base = strings.TrimRight(strings.TrimSuffix(s.base, "/v1"), "/") // as the reference writes it
	var wrong []error
	if s.file == "" {
		wrong = append(wrong, errors.New("FILE is not set: the CSV file"))
	}
	if scope := access.Organization(getenv("ORG")); scope.Valid() && strings.HasPrefix(scope.Organization, "org_") {
		s.organization = scope.String()
	} else {
		wrong = append(wrong, fmt.Errorf("ORG is %q: the id of an organization, org_ and 26 characters", getenv("ORG")))
	}
	if s.token == "" && s.email == "" {
		wrong = append(wrong, errors.New("neither TOKEN is set nor, on the local stack, EMAIL: of somebody who may invite"))
	}
	base, err := url.Parse(s.base)
	if err != nil || base.Host == "" || base.Scheme != "https" && (base.Scheme != "http" || !isLoopback(base.Hostname())) {
		wrong = append(wrong, fmt.Errorf("BASE is %q: an https address, or http on this machine, since it gets the token", s.base))
	}
	if days := getenv("DAYS"); days != "" {
		if s.days, err = strconv.Atoi(days); err != nil || s.days < 1 || s.days > invitation.MaxDays {
			wrong = append(wrong, fmt.Errorf("DAYS is %q: how long invitations last, 1 to %d", days, invitation.MaxDays))
		}
	}
	if len(wrong) > 0 {
		wrong = append(wrong, errors.New("usage: make import FILE=members.csv ORG=org_... [PORT=8080 or BASE=https://...] [EMAIL=... or TOKEN=...] [ADMINS=yes] [DAYS=30]"))
	}
	return s, errors.Join(wrong...)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// shown is how many complaints are printed at most.
const shown = 100

// told returns the complaints as an error that names file, line and column, as compilers do.
func told(file string, problems []problem) error {
	lines := []string{fmt.Sprintf("Nothing was sent. Wrong in the file: %d", len(problems))}
	for n, p := range problems {
		if n == shown {
			lines = append(lines, fmt.Sprintf("and %d more", len(problems)-shown))
			break
		}
		lines = append(lines, fmt.Sprintf("%s:%s: %s", file, p.at, p.text))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// sum prints how it went. The error names those who failed.
func sum(file string, people []*person, out io.Writer) error {
	counts := map[outcome]int{}
	var failed []string
	for _, p := range people {
		counts[p.outcome]++
		if p.outcome == failure {
			failed = append(failed, fmt.Sprintf("%s:%s: %s: %s", file, p.at, p.email, strings.Join(p.notes, " ")))
		}
	}
	fmt.Fprintf(out, "%d invited, %d joined, %d already there, %d failed. Nobody was mailed.\n",
		counts[invited], counts[joined], counts[there], counts[failure])
	if len(failed) > 0 {
		return errors.New(strings.Join(failed, "\n"))
	}
	return nil
}
