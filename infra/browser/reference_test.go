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
				if width, err := value[int64](reader, "document.documentElement.scrollWidth"); err != nil || width > int64(w) {
					t.Errorf("%s is %d wide and reaches over the edge (%v)", place.name, width, err)
				}
				writeShot(t, fmt.Sprintf("%s-%d-%s.png", place.name, w, s), reader.screen())
			}
		}
	}
}
