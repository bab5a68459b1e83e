package dynamodblocal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	oldestJava   = 17
	probeTimeout = 10 * time.Second // of asking java or docker who they are
)

// command makes the command line that runs DynamoDB Local on a port, with the data in a folder or, for "", in memory.
type command func(port int, dataDir string) *exec.Cmd

// find returns a way to run DynamoDB Local on this machine, after fetching it if need be.
func find(ctx context.Context, o Options) (command, error) {
	viaJava, javaErr := findJava(ctx, o)
	if javaErr == nil {
		return viaJava, nil
	}
	viaDocker, dockerErr := findDocker(ctx, o.Log)
	if dockerErr == nil {
		return viaDocker, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("find DynamoDB Local: %w", err)
	}
	return nil, fmt.Errorf("DynamoDB Local cannot be had: install Java %d or newer with Maven, or Docker, or set %s to a server that runs (%w; %w)",
		oldestJava, ownEndpoint, javaErr, dockerErr)
}

func findJava(ctx context.Context, o Options) (command, error) {
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	if err := checkJava(ctx, java); err != nil {
		return nil, err
	}
	dir, err := fetched(ctx, o)
	if err != nil {
		return nil, err
	}
	return func(port int, dataDir string) *exec.Cmd {
		args := []string{"-cp", filepath.Join(dir, "*"), mainClass, "-port", strconv.Itoa(port)}
		return exec.Command(java, append(args, flags(dataDir)...)...)
	}, nil
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

// checkJava returns an error unless java is there and new enough; its version is on standard error: openjdk version "17.0.15".
func checkJava(ctx context.Context, java string) error {
	out, err := probe(ctx, java, "-version")
	if err != nil {
		return fmt.Errorf("java: %w", err)
	}
	found := javaVersion.FindStringSubmatch(out)
	if found == nil {
		return errors.New("java: does not tell its version")
	}
	if major, err := strconv.Atoi(found[1]); err != nil || major < oldestJava {
		return fmt.Errorf("java: version %s is too old", found[1])
	}
	return nil
}

func findDocker(ctx context.Context, log io.Writer) (command, error) {
	if _, err := probe(ctx, "docker", "version", "--format", "{{.Server.Version}}"); err != nil {
		return nil, fmt.Errorf("docker: %w", err)
	}
	if _, err := probe(ctx, "docker", "image", "inspect", image); err != nil {
		fmt.Fprintf(log, "Fetching %s with Docker ...\n", image)
		if out, err := exec.CommandContext(ctx, "docker", "pull", "--quiet", image).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("docker: %s", lastLine(string(out), err))
		}
	}
	return func(port int, dataDir string) *exec.Cmd {
		// --init hands our signals on to Java, --rm leaves nothing behind.
		args := []string{"run", "--rm", "--init", "--publish", fmt.Sprintf("%s:%d:8000", loopback, port)}
		if dataDir != "" {
			const inside = "/data"
			args = append(args, "--volume", dataDir+":"+inside, "--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()))
			dataDir = inside
		}
		args = append(args, image, "-jar", "DynamoDBLocal.jar")
		return exec.Command("docker", append(args, flags(dataDir)...)...)
	}, nil
}

// flags are what Java and Docker tell DynamoDB Local alike.
func flags(dataDir string) []string {
	f := []string{"-disableTelemetry", "-sharedDb", "-cors", corsOrigin}
	if dataDir == "" {
		return append(f, "-inMemory")
	}
	return append(f, "-dbPath", dataDir)
}

// probe runs a command that answers quickly and returns all it says; the error is one line.
func probe(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return "", errors.New("not found")
	case err != nil:
		return "", errors.New(lastLine(string(out), err))
	}
	return string(out), nil
}

// lastLine returns the last line of what a failed command said, or how it failed when it said nothing.
func lastLine(out string, err error) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return cmp.Or(strings.TrimSpace(lines[len(lines)-1]), err.Error())
}
