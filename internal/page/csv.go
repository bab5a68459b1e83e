package page

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// Sheet says how the items of a list stand in a CSV file.
type Sheet[T any] struct {
	Name   string // of the file
	Header []string
	Row    func(T) []string // a cell per column
}

// MaxRows is how many rows a CSV file has at most; it says when there are more.
const MaxRows = 1000

// CSV returns a file as in RFC 4180: the header and a row per item. No cell is taken for a formula by a program that opens it.
func (s Sheet[T]) CSV(items []T) []byte {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	_ = w.Write(s.Header) // a buffer takes all
	for _, item := range items {
		row := s.Row(item)
		for i := range row {
			row[i] = neutral(row[i])
		}
		_ = w.Write(row)
	}
	w.Flush()
	return file.Bytes()
}

// formulas are the characters that make spreadsheets calculate a cell that begins with them, in all widths.
// Source: https://owasp.org/www-community/attacks/CSV_Injection
const formulas = "=+-@＝＋－＠"

// neutral returns a cell as text: a quote before it keeps spreadsheets from calculating it.
func neutral(cell string) string {
	start := strings.TrimLeft(cell, " \t\r\n\u00a0\ufeff")
	if start != cell && strings.ContainsAny(cell[:1], "\t\r\n") || start != "" && strings.ContainsRune(formulas, []rune(start)[0]) {
		return "'" + cell
	}
	return cell
}
