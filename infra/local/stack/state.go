package stack

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"prism-access/infra/local/bus"
	"prism-access/infra/local/oidc"
	"prism-access/infra/local/queue"
	"prism-access/infra/local/ses"
	"prism-access/infra/local/stream"
)

// state is what lives as long as the table's data, so that a restart for a change of code goes unnoticed.
type state struct {
	URL    string                     `json:"url"`    // of the stack; people's ids come of it
	Key    []byte                     `json:"key"`    // of the issuer
	Secret string                     `json:"secret"` // the key of links
	Seeded bool                       `json:"seeded"`
	People []oidc.Person              `json:"people"`
	Clock  time.Duration              `json:"clock"`
	Mails  []ses.Mail                 `json:"mails"`
	Events []bus.Record               `json:"events"`
	Queues map[string][]queue.Message `json:"queues"`
	Pushes map[string][]string        `json:"pushes"` // events on their way to an API destination
	Stream *stream.State              `json:"stream"`
}

const (
	stateFile    = "local-stack.json"
	secretLength = 64 // letters and digits, as the template has them generated
)

// load returns the state in the folder, a fresh one when there is none.
func load(folder, url string) (*state, *rsa.PrivateKey, error) {
	s := &state{URL: url}
	text, err := os.ReadFile(filepath.Join(folder, stateFile))
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read what was kept in %s: %w", folder, err)
	}
	if s.URL != url {
		return nil, nil, fmt.Errorf("the data in %s belong to %s: start with its port, or with another folder", folder, s.URL)
	}
	if s.Key != nil {
		key, err := x509.ParsePKCS1PrivateKey(s.Key)
		if err != nil {
			return nil, nil, fmt.Errorf("read the issuer's key in %s: %w", folder, err)
		}
		return s, key, nil
	}
	key, err := oidc.NewKey()
	if err != nil {
		return nil, nil, fmt.Errorf("make the issuer's key: %w", err)
	}
	s.Key, s.Secret = x509.MarshalPKCS1PrivateKey(key), (rand.Text() + rand.Text() + rand.Text())[:secretLength]
	return s, key, s.save(folder)
}

// save replaces what is kept as a whole.
func (s *state) save(folder string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	fresh := filepath.Join(folder, stateFile+".new")
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	return os.Rename(fresh, filepath.Join(folder, stateFile))
}
