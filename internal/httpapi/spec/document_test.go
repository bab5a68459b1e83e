package spec

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/httpapi"
)

func load(t *testing.T) *Contract {
	t.Helper()
	contract, err := Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

func TestDocumentIsOpenAPI31(t *testing.T) {
	t.Parallel()
	document, err := openapi3.NewLoader().LoadFromData(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1.") {
		t.Errorf("got version %q, want 3.1", document.OpenAPI)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPermissionsAreTheCatalogues keeps the two from drifting apart.
func TestPermissionsAreTheCatalogues(t *testing.T) {
	t.Parallel()
	documented := map[access.Permission]bool{}
	names, _ := load(t).value("/components/schemas/Permission/enum").([]any)
	for _, name := range names {
		text, _ := name.(string)
		documented[access.Permission(text)] = true
	}
	catalogued := map[access.Permission]bool{}
	for _, kind := range []access.Kind{access.KindOrganization, access.KindBrand, access.KindWorkspace} {
		maps.Copy(catalogued, access.All(kind))
	}
	if diff := cmp.Diff(catalogued, documented); diff != "" {
		t.Errorf("permissions (-catalogue +document):\n%s", diff)
	}
}

// TestBodiesHaveExamplesThatFit checks every body in the document: it has an example, and each fits its schema.
func TestBodiesHaveExamplesThatFit(t *testing.T) {
	t.Parallel()
	contract := load(t)
	checked := 0
	walk(contract.document, "", func(at string, node map[string]any) {
		content, _ := node["content"].(map[string]any)
		for media := range content {
			at := at + pointer("content", media)
			examples := contract.examples(at)
			if len(examples) == 0 {
				t.Errorf("%s has no example", at)
			}
			for _, example := range examples {
				checked++
				if err := contract.check("the example "+example, at+"/schema", contract.value(example)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	if checked == 0 {
		t.Error("found no bodies")
	}
}

// examples returns the pointers of the examples of a body.
func (c *Contract) examples(media string) []string {
	if c.value(media+"/example") != nil {
		return []string{media + "/example"}
	}
	var found []string
	named, _ := c.value(media + "/examples").(map[string]any)
	for name := range named {
		found = append(found, c.resolve(media+"/examples"+pointer(name))+"/value")
	}
	return found
}

// TestOperationsSayWhatAlwaysCanHappen holds the answers that do not depend on the operation, so that none is forgotten.
func TestOperationsSayWhatAlwaysCanHappen(t *testing.T) {
	t.Parallel()
	contract := load(t)
	ids := map[string]bool{}
	for _, operation := range contract.Operations() {
		if ids[operation.ID] {
			t.Errorf("operation %s is there twice", operation.ID)
		}
		ids[operation.ID] = true
		if !strings.HasPrefix(operation.ID, operation.Function) {
			t.Errorf("operation %s does not begin with its function %s", operation.ID, operation.Function)
		}
		// Unknown query parameters are refused by all.
		want := []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
		if !operation.Open {
			want = append(want, http.StatusUnauthorized, http.StatusForbidden)
		}
		if strings.Contains(operation.Path, "{") {
			want = append(want, http.StatusNotFound)
		}
		if strings.HasPrefix(operation.ID, "list-") {
			want = append(want, http.StatusBadRequest)
		}
		if operation.Method != http.MethodGet { // also those that take no body refuse one
			want = append(want, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
		}
		for _, status := range want {
			if contract.value(operation.at+"/responses/"+strconv.Itoa(status)) == nil {
				t.Errorf("operation %s does not document %d", operation.ID, status)
			}
		}
		takes := contract.headersOf(operation)
		if got, want := slices.Contains(takes, "Idempotency-Key"), operation.Method == http.MethodPost; got != want {
			t.Errorf("operation %s takes an Idempotency-Key: got %v, want %v", operation.ID, got, want)
		}
		stale := contract.value(operation.at+"/responses/412") != nil
		if takes := slices.Contains(takes, "If-Match"); takes != stale {
			t.Errorf("operation %s takes If-Match: %v, answers 412: %v", operation.ID, takes, stale)
		}
	}
}

func (c *Contract) headersOf(operation Operation) []string {
	var names []string
	parameters, _ := c.value(operation.at + "/parameters").([]any)
	for i := range parameters {
		at := c.resolve(operation.at + "/parameters/" + strconv.Itoa(i))
		if name, _ := c.value(at + "/name").(string); c.value(at+"/in") == "header" {
			names = append(names, name)
		}
	}
	return names
}

func walk(node any, at string, visit func(at string, node map[string]any)) {
	switch value := node.(type) {
	case map[string]any:
		visit(at, value)
		for name, item := range value {
			walk(item, at+pointer(name), visit)
		}
	case []any:
		for i, item := range value {
			walk(item, at+pointer(strconv.Itoa(i)), visit)
		}
	}
}
