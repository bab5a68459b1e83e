package dynamodblocal

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

//go:embed pom.xml
var pom []byte

const (
	progressInterval = 3 * time.Second
	lockInterval     = 200 * time.Millisecond
)

// fetched returns the folder with DynamoDB Local and the libraries it needs. When it is not there yet, Maven fetches it;
// the folder appears whole or not at all, and of several processes one fetches while the others wait for it.
func fetched(ctx context.Context, o Options) (string, error) {
	if o.CacheDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("cache folder: %w", err)
		}
		o.CacheDir = filepath.Join(cache, "prism-access")
	}
	dir := filepath.Join(o.CacheDir, "dynamodb-local-"+Version)
	if isThere(dir) {
		return dir, nil
	}
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return "", errors.New("maven: mvn not found")
	}
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return "", fmt.Errorf("cache folder: %w", err)
	}
	unlock, err := lock(ctx, dir+".lock")
	if err != nil {
		return "", fmt.Errorf("cache folder: %w", err)
	}
	defer unlock()
	if isThere(dir) { // somebody fetched it while we waited
		return dir, nil
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil { // of one who was killed
		return "", fmt.Errorf("cache folder: %w", err)
	}
	defer os.RemoveAll(part)
	fmt.Fprintf(o.Log, "Fetching DynamoDB Local %s (51 MB) with Maven into %s ...\n", Version, dir)
	if err := fetch(ctx, mvn, part, o); err != nil {
		return "", fmt.Errorf("maven: %w", err)
	}
	if err := os.Rename(filepath.Join(part, "lib"), dir); err != nil {
		return "", fmt.Errorf("cache folder: %w", err)
	}
	return dir, nil
}

func isThere(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "DynamoDBLocal-"+Version+".jar"))
	return err == nil
}

// fetch lets Maven copy what pom.xml names into the folder lib below dir, and tells how far it is.
func fetch(ctx context.Context, mvn, dir string, o Options) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	project := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(project, pom, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, mvn, "--batch-mode", "--file", project,
		"dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(dir, "lib"))
	cmd.SysProcAttr = endsWithParent()
	cmd.WaitDelay = time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // see startChild
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return err
	}
	var firstError string
	files, told := 0, time.Now()
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		line := lines.Text()
		if e, ok := strings.CutPrefix(line, "[ERROR] "); ok {
			firstError = cmp.Or(firstError, e)
		}
		if strings.Contains(line, "Downloaded from") {
			files++
		}
		if files > 0 && time.Since(told) >= progressInterval {
			told = time.Now()
			fmt.Fprintf(o.Log, "... %d files downloaded\n", files)
		}
	}
	if err := cmd.Wait(); err != nil {
		return errors.New(cmp.Or(firstError, err.Error()))
	}
	if !isThere(filepath.Join(dir, "lib")) {
		return errors.New("did not deliver DynamoDB Local")
	}
	return nil
}

// lock waits until nobody else holds the lock of that file. The system lets go of it when its holder dies.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(lockInterval):
		}
	}
}
