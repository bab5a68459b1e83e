package boot_test

import (
	"os"
	"strings"
	"testing"

	"prism-access/internal/testbed/roles"
)

// TestMain has all functions of this package do what their roles allow. What the console does in the table its own tests see, which send all of its
// forms.
func TestMain(m *testing.M) {
	os.Exit(roles.Run(m, func(function, action string) bool {
		return function != "console" || !strings.HasPrefix(action, "dynamodb:")
	}))
}
