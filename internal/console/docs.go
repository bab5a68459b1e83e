package console

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the reference of the API, and its contract
	"html/template"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// reference describes the API as its contract does: an HTML part that is made when the contract changes, so that no function has to
// read YAML. A test beside its maker holds the two together.
//
// Both are kept compressed: they would be a twentieth of the program.
//
//go:generate go run ../../infra/reference ../httpapi/openapi.yaml reference.html.gz openapi.yaml.gz
//go:embed reference.html.gz
var reference []byte

// contract is the contract of the API, made beside the reference.
//
//go:embed openapi.yaml.gz
var contract []byte

var (
	readReference = sync.OnceValue(func() []byte { return unpacked(reference) })
	readContract  = sync.OnceValue(func() []byte { return unpacked(contract) })
)

// unpacked returns what was packed when the program was made.
func unpacked(packed []byte) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		panic(err)
	}
	return text
}

// docsView is the reference of the API.
type docsView struct {
	frame
	Reference template.HTML
}

func docsPage() *docsView {
	return &docsView{frame: frame{Title: "API reference"}, Reference: template.HTML(readReference())} //nolint:gosec // its maker has escaped it
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
