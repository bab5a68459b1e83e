package boot

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	secretAttempts = 3               // of reading a secret, together well under the 10 seconds that Lambda gives a start
	secretTimeout  = 2 * time.Second // of one of them
)

// secret returns the text of the secret with that ARN. It asks by one signed request: with the service's own client, functions that
// people wait for would be larger and slower to start. China's regions, whose hosts do not end with amazonaws.com, are not provided for.
// Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
func (e *Env) secret(arn string) (string, error) {
	var text string
	var err error
	for range secretAttempts {
		ctx, cancel := context.WithTimeout(context.Background(), secretTimeout)
		text, err = e.readSecret(ctx, arn)
		cancel()
		if err == nil {
			break
		}
	}
	return text, err
}

func (e *Env) readSecret(ctx context.Context, arn string) (string, error) {
	config := e.AWS()
	endpoint := cmp.Or(e.getenv("AWS_ENDPOINT_URL_SECRETS_MANAGER"), "https://secretsmanager."+config.Region+".amazonaws.com")
	body, err := json.Marshal(map[string]string{"SecretId": arn})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	credentials, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(hash[:]), "secretsmanager", config.Region, time.Now()); err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer struct {
		SecretString string
		Type         string `json:"__type"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("secrets manager answered %s %s", response.Status, answer.Type)
	}
	return answer.SecretString, nil
}

// linkKeys returns the keys of links as invitation.NewLinks reads them, the one that signs first, or "" and what is wrong is noted.
// LINK_KEYS is the ARN of the secret that has them, which is read once; where there is none (sam local, tests) it has them itself.
func (e *Env) linkKeys() string {
	value := e.Required("LINK_KEYS")
	if !strings.HasPrefix(value, "arn:") {
		return value
	}
	if e.keys == "" {
		text, err := e.secret(value)
		if err == nil {
			e.keys, err = parseKeys(text)
		}
		if err != nil {
			e.Refuse("LINK_KEYS: " + err.Error())
		}
	}
	return e.keys
}

// parseKeys turns {"signs": "2", "1": "<key>", "2": "<key>"} into "2:<key>,1:<key>".
func parseKeys(text string) (string, error) {
	keys := map[string]string{}
	if json.Unmarshal([]byte(text), &keys) != nil {
		return "", errors.New("the secret is no JSON object of texts")
	}
	signs := keys["signs"]
	parts := []string{signs + ":" + keys[signs]}
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		if id != "signs" && id != signs {
			parts = append(parts, id+":"+keys[id])
		}
	}
	return strings.Join(parts, ","), nil
}
