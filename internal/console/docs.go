package console

import (
	_ "embed" // the reference of the API
	"html/template"
	"net/http"
	"strconv"
)

// reference describes the API as its contract does: an HTML part that is made when the contract changes, so that no function has to
// read YAML. A test beside its maker holds the two together.
//
//go:generate go run ../../infra/reference ../httpapi/openapi.yaml reference.html
//go:embed reference.html
var reference string

// docsView is the reference of the API.
type docsView struct {
	frame
	Reference template.HTML
}

func docsPage() *docsView {
	return &docsView{frame: frame{Title: "API reference"}, Reference: template.HTML(reference)} //nolint:gosec // its maker has escaped it
}

// docs answers with the reference of the API. It is the same for everybody, signed in or not.
func (c *console) docs(w http.ResponseWriter, r *http.Request) {
	text, err := render("docs", docsPage())
	if err != nil {
		seenOf(r).err = err
		http.Error(w, "Something went wrong on our side. Request "+seenOf(r).id, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(text) // whoever asked is gone when this fails
}
