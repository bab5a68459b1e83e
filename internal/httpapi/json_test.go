package httpapi

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/fault"
)

func TestParse(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for text, ok := range map[string]bool{
		`{}`: true, `[]`: true, `null`: true, `"a"`: true, `1e9`: true, " \n{\"a\" : [1, true, null]}\t": true, `{"a":{"b":"\u0000"}}`: true, deep(16): true,
		``: false, ` `: false, `{`: false, `}`: false, `{"a"}`: false, `{"a":}`: false, `{"a":1,}`: false, `[1,]`: false, `[1 2]`: false, `{"a":1 "b":2}`: false, `{'a':1}`: false,
		`{a:1}`: false, `{}{}`: false, `{} {}`: false, `{},`: false, `1 2`: false, `nul`: false, `NaN`: false, `01`: false, `+1`: false, `"a`: false, "\"\n\"": false, `"\x"`: false,
		"\xff": false, "{\"a\":\"\xc3\x28\"}": false, "\ufeff{}": false, `{"a":1}//`: false, deep(18): false, deep(10_000): false, strings.Repeat(`{"a":`, 100_000): false, "{1:2}": false,
	} {
		_, fields, err := parse([]byte(text))
		if (err == nil) != ok || len(fields) > 0 || err != nil && !fault.HasCode(err, "invalid_json") {
			t.Errorf("%.40q: got %v, %v, want well-formed %v", text, fields, err, ok)
		}
	}
}

func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{"a":1,"b":2}`:                            nil,
		`{"a":1,"a":1}`:                            {"/a"},
		`{"a":1,"\u0061":2}`:                       {"/a"},
		`{"a":{"b":1,"b":2,"b":3},"a":{}}`:         {"/a/b", "/a/b", "/a"},
		`[{"x":1},{"x":1,"y":2,"x":3}]`:            {"/1/x"},
		`{"a/b":1,"a~c":[{"d":1,"d":2}],"a/b":2}`:  {"/a~1b", "/a~0c/0/d"},
		`{"A":1,"a":2}`:                            nil, // names are told apart as they are written
		`{"":1,"":2}`:                              {"/"},
		`{"__proto__":1,"__proto__":2,"__defs":3}`: {"/__proto__"},
	} {
		_, fields, err := parse([]byte(text))
		var got []string
		for _, field := range fields {
			got = append(got, field.Pointer)
			if field.Code != "duplicate_name" {
				t.Errorf("%s: got %+v", text, field)
			}
		}
		if err != nil || !sameSet(got, want) {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func sameSet(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// plain returns a parsed value as encoding/json would have read it.
func plain(value any) any {
	switch v := value.(type) {
	case object:
		out := map[string]any{}
		for name, member := range v.values {
			out[name] = plain(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	default:
		return value
	}
}

// FuzzParse: our reading of JSON is that of encoding/json, but for what we refuse on purpose.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"name":"Acme"}`, `{"a":1,"a":2}`, `[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]`, `{"a":[1,2,{"b":null}]} x`, `"\ud800"`, "\xff", `1e999`, `{"a":1,}`, `[1 2]`, ` `, `{"a"=1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, fields, err := parse(text)
		if err != nil {
			if !fault.HasCode(err, "invalid_json") {
				t.Errorf("got %v", err)
			}
			if json.Valid(text) && utf8.Valid(text) && depth(text) <= maxDepth {
				t.Errorf("%q is JSON and refused", text)
			}
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q is no JSON and read as %v", text, value)
		}
		if len(fields) > 0 { // names that stand twice
			return
		}
		var want any
		dec := json.NewDecoder(strings.NewReader(string(text)))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, plain(value)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}

// depth returns how deep brackets are nested at most, those in strings counted as well.
func depth(text []byte) int {
	now, most := 0, 0
	for _, c := range text {
		switch c {
		case '{', '[':
			now++
			most = max(most, now)
		case '}', ']':
			now--
		}
	}
	return most
}
