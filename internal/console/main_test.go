package console

import (
	"os"
	"strings"
	"testing"

	"prism-access/internal/testbed/roles"
)

// TestMain has the pages do in the table what the role of the console allows.
func TestMain(m *testing.M) {
	os.Exit(roles.Run(m, func(function, action string) bool {
		return function == "console" && strings.HasPrefix(action, "dynamodb:")
	}))
}
