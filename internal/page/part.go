package page

import (
	"encoding/json"
	"slices"
)

// Bound is how much one file holds at most. Bytes are counted as the answer of a function carries them, as a JSON text.
type Bound struct{ Rows, Bytes int }

// PartBound is what fits one answer with room to spare: Lambda's are at most 6 MB, and have to be read in time.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
var PartBound = Bound{Rows: 10000, Bytes: 4 << 20}

// Part is a stretch of a list as a CSV file.
type Part struct {
	File []byte
	Rows int
	Last string // the first cell of its last row, which tells that row from all others
	Next string // the cursor at which the list goes on, empty at its end
}

// Part reads a list from a cursor on, as far as it fits the bound: list returns a page of at most so many items. With through, the part ends
// with this row, which was its last one before things changed; Next then says nothing.
func (s Sheet[T]) Part(bound Bound, from, through string, list func(limit int, cursor string) (List[T], error)) (Part, error) {
	p := Part{File: s.CSV(nil), Next: from}
	header, size, limit := len(p.File), weight(p.File), MaxLimit
	for {
		found, err := list(min(limit, bound.Rows-p.Rows), p.Next)
		if err != nil {
			return Part{}, err
		}
		ends := -1
		if through != "" {
			ends = slices.IndexFunc(found.Items, func(item T) bool { return s.Row(item)[0] == through })
		}
		if ends >= 0 {
			found = List[T]{Items: found.Items[:ends+1]}
		}
		lines := s.CSV(found.Items)[header:]
		more := weight(lines)
		switch fits := size+more <= bound.Bytes; {
		case !fits && p.Rows > 0:
			return p, nil
		case !fits && limit > 1: // some of them may fit
			limit = max(1, limit/10)
			continue
		}
		p.File, p.Rows, p.Next = append(p.File, lines...), p.Rows+len(found.Items), found.NextCursor
		size += more
		if n := len(found.Items); n > 0 {
			p.Last = s.Row(found.Items[n-1])[0]
		}
		if p.Next == "" || p.Rows >= bound.Rows {
			return p, nil
		}
	}
}

// weight is how many bytes a text takes as JSON.
func weight(text []byte) int {
	written, _ := json.Marshal(string(text)) // a text can always be written
	return len(written)
}
