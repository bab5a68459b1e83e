package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// journal keeps beside the file which calls of an unfinished import were answered without an error. Without it, starting again would be
// as safe, but ask about everybody anew.
type journal struct {
	path string
	run  string // tells this import from a later one of the same file
	done map[string][]outcome
	file *os.File
}

// first is the journal's first line, answered each of the others.
type (
	first struct {
		Import string `json:"import"` // digest of what is imported to where
		Run    string `json:"run"`
	}
	answered struct {
		Key      string    `json:"key"`
		Outcomes []outcome `json:"outcomes"`
	}
)

// openJournal opens the journal of an import of that text to that place: the one of a run that broke off, or a new one.
func openJournal(path string, text []byte, place ...string) (*journal, error) {
	digest := sha256.Sum256(append([]byte(strings.Join(place, "\n")+"\n"), text...))
	head := first{Import: hex.EncodeToString(digest[:]), Run: rand.Text()}
	j := &journal{path: path, done: map[string][]outcome{}}
	kept, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	good := j.load(kept, head.Import)
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	// What a crash has cut off goes, and so does another import.
	if err = j.file.Truncate(int64(good)); err == nil {
		_, err = j.file.Seek(int64(good), 0)
	}
	if err == nil && good == 0 {
		j.run = head.Run
		err = j.write(head)
	}
	if err != nil {
		j.close()
		return nil, fmt.Errorf("keep the progress: %w", err)
	}
	return j, nil
}

// load reads what an earlier run has kept, and returns how many bytes of it are good: none when it was another import.
func (j *journal) load(kept []byte, digest string) (good int) {
	for {
		line, rest, whole := bytes.Cut(kept, []byte("\n"))
		if !whole {
			return good
		}
		if good == 0 {
			var head first
			if json.Unmarshal(line, &head) != nil || head.Import != digest || head.Run == "" {
				return 0
			}
			j.run = head.Run
		} else {
			var one answered
			if json.Unmarshal(line, &one) != nil {
				return good
			}
			j.done[one.Key] = one.Outcomes
		}
		good += len(line) + 1
		kept = rest
	}
}

// key returns the Idempotency-Key of a call: the same whenever the same import makes the same call.
func (j *journal) key(path string, body []byte) string {
	digest := sha256.Sum256([]byte(j.run + "\n" + path + "\n" + string(body)))
	return "import-" + hex.EncodeToString(digest[:16])
}

// record keeps what a call was answered.
func (j *journal) record(key string, outcomes []outcome) error {
	j.done[key] = outcomes
	if err := j.write(answered{key, outcomes}); err != nil {
		return fmt.Errorf("keep the progress: %w", err)
	}
	return nil
}

func (j *journal) write(line any) error {
	text, err := json.Marshal(line)
	if err == nil {
		_, err = j.file.Write(append(text, '\n'))
	}
	return err
}

func (j *journal) close() { j.file.Close() }

// finish removes the journal: the next import of the file is a new one.
func (j *journal) finish() error { return os.Remove(j.path) }
