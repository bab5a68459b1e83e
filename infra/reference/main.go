// Command reference writes the reference page of the API, the part of the console's page /docs that says what openapi.yaml says, and beside it
// the contract itself, both compressed.
// `make reference` runs it after the contract has changed, and a test here fails until it is run.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: reference openapi.yaml reference.html.gz openapi.yaml.gz")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(from, page, contract string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	rendered, err := Render(text)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return errors.Join(pack(page, rendered), pack(contract, text))
}

func pack(to string, text []byte) error {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := writer.Write(text); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return os.WriteFile(to, packed.Bytes(), 0o644)
}
