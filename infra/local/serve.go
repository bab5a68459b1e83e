package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"prism-access/infra/local/stack"
)

const (
	serveCommand = "serve"
	listenerFD   = 3 // where the child finds the listener
)

// serve runs the stack until ctx or the parent ends.
func serve(ctx context.Context) error {
	flags := flag.NewFlagSet(serveCommand, flag.ExitOnError)
	endpoint := flags.String("endpoint", "", "of DynamoDB Local")
	table := flags.String("table", "", "name of the table")
	folder := flags.String("folder", "", "for what survives a restart")
	keeps := flags.Bool("keeps", false, "whether the folder survives the program")
	quiet := flags.Bool("quiet", false, "print no more than the address")
	if err := flags.Parse(os.Args[2:]); err != nil {
		return err
	}
	root, err := findRoot()
	if err != nil {
		return err
	}
	listener, err := net.FileListener(os.NewFile(listenerFD, "listener"))
	if err != nil {
		return fmt.Errorf("%s is started by the program itself: %w", serveCommand, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		// The parent holds the other end, so this ends when it is gone, however that came about.
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	logger, err := newLogger(os.Stderr, os.Getenv("LOG_LEVEL"))
	if err != nil {
		return err
	}
	slog.SetDefault(logger)
	s, err := stack.Start(ctx, stack.Options{
		Listener: listener, Template: filepath.Join(root, templateFile), Endpoint: *endpoint, Table: *table, Folder: *folder,
		Functions: functions, Samples: samples(root, os.Getenv), Logger: logger, Seed: true,
	})
	if err != nil {
		return interrupted(ctx, err)
	}
	defer s.Close()
	if *quiet {
		fmt.Printf("Running again on %s\n", s.URL)
	} else {
		fmt.Print(welcome(s.URL, *endpoint, *folder, *keeps))
	}
	<-ctx.Done()
	return nil
}

func newLogger(w io.Writer, level string) (*slog.Logger, error) {
	var at slog.Level
	if err := at.UnmarshalText([]byte(cmp.Or(level, "warn"))); err != nil {
		return nil, fmt.Errorf("LOG_LEVEL=%s: debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: at})), nil
}

// welcome is what a newcomer reads.
func welcome(url, endpoint, folder string, keeps bool) string {
	var b strings.Builder
	line := func(label, value, note string) { fmt.Fprintf(&b, "  %-10s %-42s %s\n", label, value, note) }
	fmt.Fprintf(&b, "\nPrism Access is running. Ctrl-C stops it.\n\n")
	line("Console", url+"/", "sign in with one click")
	line("Developer", url+"/dev", "mailbox, events, items, clock, faults")
	line("API", url+"/v1", "described in "+url+"/openapi.yaml")
	line("Table", endpoint, "DynamoDB Local, which listens on all interfaces")
	b.WriteByte('\n')
	label := "People"
	for _, p := range stack.DemoPeople {
		line(label, p.Name+" <"+p.Email+">", p.Note)
		label = ""
	}
	line("Seeded", stack.DemoOrganization, "2 brands, 5 members; invitations pending, accepted, declined, expired, closed; requests")
	line("", stack.DemoWorkspace, "a workspace: 4 roles, 3 members, invitations pending, accepted, declined, expired, not valid any more; Barbara is invited to it")
	if keeps {
		line("Data", folder, "delete the folder to start over")
	} else {
		line("Data", "in memory", "start again to start over, DATA_DIR=folder keeps them")
	}
	fmt.Fprintf(&b, "\nFirst: sign in as Ada, invite grace@example.com in Organization settings > Users, and open her mail in %s/dev/mail.\n\n", url)
	return b.String()
}
