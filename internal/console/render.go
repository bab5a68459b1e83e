package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// templates parses all templates when the first page is shown: a function that starts has nothing to wait for.
var templates = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{"asset": asset, "choices": choices, "fold": fold, "parts": parts}).ParseFS(templateFiles, "templates/*.html")
})

// radio is a group of choices of which one is taken.
type radio struct {
	Name    string
	Options []option
}

func choices(name string, options []option) radio { return radio{Name: name, Options: options} }

// parts returns an address in its two parts, between which a line may end.
func parts(address string) []string { return strings.SplitAfterN(address, "@", 2) }

// render executes a template into a buffer, so that a page is answered whole or not at all.
func render(name string, page any) ([]byte, error) {
	all, err := templates()
	if err != nil {
		return nil, fmt.Errorf("parse the templates: %w", err)
	}
	var text bytes.Buffer
	if err := all.ExecuteTemplate(&text, name, page); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return text.Bytes(), nil
}

// statusHeader tells our script the status that the page would have had for the browser.
const statusHeader = "Prism-Status"

// show answers with a page.
func (v *visit) show(status int, name string, page any) error {
	text, err := render(name, page)
	if err != nil {
		return err
	}
	if v.byScript() && name != "failure" {
		v.w.Header().Set(statusHeader, strconv.Itoa(status))
		status = http.StatusOK // the form itself says what is wrong; browsers put other answers to a script on their list of errors
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	v.w.WriteHeader(status)
	_, _ = v.w.Write(text) // whoever asked is gone when this fails
	return nil
}

// static is a file that pages use, and its version: a digest, which stands in its address, so that browsers may keep it for ever.
type static struct {
	text    []byte
	version string
}

// statics holds the static files by name. What others have made is kept compressed: it is large, and nobody edits it.
var statics = sync.OnceValue(func() map[string]static {
	found := map[string]static{}
	entries, _ := staticFiles.ReadDir("static") // embedded, so it is there
	for _, entry := range entries {
		text, _ := staticFiles.ReadFile("static/" + entry.Name())
		name, packed := strings.CutSuffix(entry.Name(), ".gz")
		if packed {
			text = unpacked(text)
		}
		sum := sha256.Sum256(text)
		found[name] = static{text, hex.EncodeToString(sum[:8])}
	}
	return found
})

// asset returns the address of a static file.
func asset(name string) (string, error) {
	file, found := statics()[name]
	if !found {
		return "", fmt.Errorf("there is no static file %s", name)
	}
	return "/static/" + file.version + "/" + name, nil
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".LICENSE": "text/plain; charset=utf-8",
}

// serveStatic answers with a static file in the version that the address names.
func serveStatic(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	file, found := statics()[name]
	if !found || file.version != r.PathValue("version") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Length", strconv.Itoa(len(file.text)))
	_, _ = w.Write(file.text) // whoever asked is gone when this fails
}

// favicon leads browsers to our mark where a page names none, as those that are no HTML.
func favicon(w http.ResponseWriter, r *http.Request) {
	mark, err := asset("mark.svg")
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	http.Redirect(w, r, mark, http.StatusFound)
}
