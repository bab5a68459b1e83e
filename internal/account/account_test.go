package account_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"prism-access/internal/account"
)

// TestOthersMakeTheSameIDs: what the README has other systems do makes the ids that are here, today and tomorrow.
func TestOthersMakeTheSameIDs(t *testing.T) {
	t.Parallel()
	const issuer, subject, want = "https://issuer.example", "c3a45812-5091-70a2-5f0e-1a2b3c4d5e6f", "usr_NGA0ASD45RM1WP8XMTK6CC65KH"
	if got := account.UserID(issuer, subject); got != want {
		t.Errorf("it is %s, and was always %s", got, want)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^ +echo usr_.*$`).Find(readme)
	script := exec.CommandContext(t.Context(), "bash", "-c", string(line))
	script.Env = append(os.Environ(), "ISSUER="+issuer, "SUBJECT="+subject)
	if said, err := script.CombinedOutput(); err != nil || strings.TrimSpace(string(said)) != want {
		t.Errorf("%s says %s, %v; want %s", line, said, err, want)
	}
}

func TestIsUserID(t *testing.T) {
	t.Parallel()
	id := account.UserID("https://issuer.example", "ada")
	for text, want := range map[string]bool{
		id: true, "usr_0123456789ABCDEFGHJKMNPQRS": true, "usr_TVWXYZ00000000000000000000": true,
		"": false, "me": false, "ada@example.com": false, "usr_": false, id[:29]: false, id + "0": false, id[4:]: false, strings.ToLower(id): false,
		"org_" + id[4:]: false, id[:29] + "U": false, id[:29] + "-": false, id[:15] + "@" + id[16:]: false,
	} {
		if got := account.IsUserID(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
