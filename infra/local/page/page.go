// Package page renders the local stack's own pages: one look, one stylesheet, no scripts, and a policy that forbids the rest.
package page

import (
	"bytes"
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
)

//go:embed style.css
var style []byte

// StylePath is where Style has to be served.
const StylePath = "/dev/style.css"

// Style serves the stylesheet.
func Style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(style) // a client gone does not matter
}

// Render writes a page, or a 500 when its template fails. Forms may lead to this server and to the named origins.
func Render(w http.ResponseWriter, status int, t *template.Template, name string, data any, formTargets ...string) {
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, name, data); err != nil {
		slog.Error("render a page", "page", name, "error", err)
		http.Error(w, "This page could not be shown. The terminal says why.", http.StatusInternalServerError)
		return
	}
	forms := strings.Join(append([]string{"'self'"}, formTargets...), " ")
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "+forms)
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // a client gone does not matter
}
