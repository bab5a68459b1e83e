package browser

import (
	"fmt"
	"testing"
)

// The reference is far longer than a picture can be: its beginning and one operation are.
func TestReference(t *testing.T) {
	t.Parallel()
	reader := somebody(t)
	reader.open("/docs")
	reader.accessible("docs", none)
	for _, place := range []struct{ name, path string }{{"docs", "/docs"}, {"docs-operation", "/docs#create-invitations"}} {
		reader.uses(wide, light)
		reader.open(place.path)
		reader.sees("Prism Access API", "POST /v1/organizations/{o}/invitations", "idempotency_key_reused")
		for _, w := range []width{wide, narrow} {
			for _, s := range []scheme{light, dark} {
				reader.uses(w, s)
				what := fmt.Sprintf("%s-%d-%s", place.name, w, s)
				reader.laidOut(what, w)
				reader.shoot(what, w)
			}
		}
	}
}
