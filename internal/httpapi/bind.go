package httpapi

import (
	"encoding"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// maxBody is the largest body that is read (R27).
const maxBody = 64 << 10

// bind fills the input from a request by the tags of its fields: json for the body, path, query and header. It returns all that
// does not fit, or an error for a request that cannot be read at all.
func bind(in events.APIGatewayV2HTTPRequest, out any) ([]fault.Field, error) {
	target := reflect.ValueOf(out).Elem()
	tagged := tagged(target)
	fields := checkKey(in)
	ifMatch, taken := tagged["header"]["If-Match"]
	if taken {
		fields = append(fields, bindIfMatch(in.Headers["if-match"], ifMatch)...)
	}
	if in.RequestContext.HTTP.Method != http.MethodGet { // whose body has no meaning (RFC 9110, 9.3.1)
		found, err := bindBody(in, tagged["json"])
		if err != nil {
			return nil, err
		}
		fields = append(fields, found...)
	}
	fields = append(fields, bindQuery(in.QueryStringParameters, tagged["query"])...)
	for name, field := range tagged["path"] {
		if name == "scope" {
			field.Set(reflect.ValueOf(access.Scope{Organization: in.PathParameters["o"], Brand: in.PathParameters["b"], Workspace: in.PathParameters["w"]}))
			continue
		}
		field.SetString(in.PathParameters[name])
	}
	return fields, nil
}

// tagged returns the fields of a struct, embedded ones included, by tag and name.
func tagged(target reflect.Value) map[string]map[string]reflect.Value {
	all := map[string]map[string]reflect.Value{"json": {}, "path": {}, "query": {}, "header": {}}
	for i := range target.NumField() {
		field := target.Type().Field(i)
		if field.Anonymous {
			for tag, fields := range tagged(target.Field(i)) {
				maps.Copy(all[tag], fields)
			}
			continue
		}
		for tag, fields := range all {
			if name, has := field.Tag.Lookup(tag); has && name != "-" {
				name, _, _ = strings.Cut(name, ",")
				fields[name] = target.Field(i)
			}
		}
	}
	return all
}

// checkKey returns what is wrong with the Idempotency-Key, which every POST takes.
func checkKey(in events.APIGatewayV2HTTPRequest) []fault.Field {
	key, sent := in.Headers["idempotency-key"]
	if !sent || in.RequestContext.HTTP.Method != http.MethodPost || request.IsToken(key) {
		return nil
	}
	return []fault.Field{{
		Pointer: "#Idempotency-Key", Code: "malformed", Detail: "An Idempotency-Key has 1 to 128 letters, digits, dashes, underscores, dots or colons.",
	}}
}

// bindIfMatch reads an If-Match header: 0 when there is none or it is "*", which matches whatever is there, -1 for an entity tag that is
// none of ours and so stale. Whoever changes a thing has read one version of it, so a list of tags (RFC 9110, 13.1.1) is refused.
func bindIfMatch(header string, target reflect.Value) []fault.Field {
	header = strings.TrimSpace(header)
	if strings.Contains(header, ",") { // which also joins several headers; no tag of ours has one
		return []fault.Field{{Pointer: "#If-Match", Code: "too_many", Detail: "If-Match takes one entity tag here: the ETag of what you have read."}}
	}
	number, err := strconv.ParseInt(strings.Trim(header, `"`), 10, 32)
	switch {
	case header == "" || header == "*":
		number = 0
	case err != nil || number < 1:
		number = -1
	}
	target.SetInt(number)
	return nil
}

// bindBody reads the body, also of an operation that takes none: what it would do without its fields is not what was asked for.
func bindBody(in events.APIGatewayV2HTTPRequest, targets map[string]reflect.Value) ([]fault.Field, error) {
	text, err := bodyOf(in)
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxBody:
		return nil, fault.New(fault.TooLarge, "body_too_large", "A body has at most 64 KiB.")
	case len(text) == 0 && (len(targets) == 0 || in.Headers["content-type"] == "" || isJSON(in.Headers["content-type"])):
		text = []byte("{}") // an operation that needs something of it says what
	case !isJSON(in.Headers["content-type"]):
		return nil, fault.New(fault.UnsupportedMedia, "unsupported_media_type", "Send the body as application/json.")
	}
	value, fields, err := parse(text)
	if err != nil {
		return nil, err
	}
	return append(fields, bindObject("", value, targets)...), nil
}

func bindObject(at string, value any, targets map[string]reflect.Value) []fault.Field {
	o, isObject := value.(object)
	if !isObject {
		return wrongType(at, "an object")
	}
	var fields []fault.Field
	for _, name := range o.names {
		pointer := at + "/" + escape(name)
		target, known := targets[name]
		if !known {
			fields = append(fields, fault.Field{Pointer: pointer, Code: "unknown_field", Detail: "There is no such field."})
			continue
		}
		fields = append(fields, bindValue(pointer, o.values[name], target)...)
	}
	return fields
}

// bindValue sets target from a JSON value. null is no value: what is not wanted is left out.
func bindValue(at string, value any, target reflect.Value) []fault.Field {
	if text, ok := reflect.TypeAssert[encoding.TextUnmarshaler](target.Addr()); ok {
		written, isString := value.(string)
		if !isString {
			return wrongType(at, "a text")
		}
		return bindText(at, written, text)
	}
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return bindValue(at, value, target.Elem())
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return wrongType(at, "a text")
		}
		target.SetString(text)
	case reflect.Bool:
		flag, ok := value.(bool)
		if !ok {
			return wrongType(at, "true or false")
		}
		target.SetBool(flag)
	case reflect.Int:
		number, ok := value.(json.Number)
		whole, err := strconv.ParseInt(number.String(), 10, 32)
		if !ok || err != nil {
			return wrongType(at, "a whole number")
		}
		target.SetInt(whole)
	case reflect.Slice:
		return bindSlice(at, value, target)
	case reflect.Struct:
		return bindObject(at, value, tagged(target)["json"])
	case reflect.Map:
		return bindMap(at, value, target)
	default:
		panic("an input has a field of kind " + target.Kind().String())
	}
	return nil
}

func bindSlice(at string, value any, target reflect.Value) []fault.Field {
	list, ok := value.([]any)
	target.Set(reflect.MakeSlice(target.Type(), len(list), len(list))) // something was sent, even if it is no list
	if !ok {
		return wrongType(at, "a list")
	}
	var fields []fault.Field
	for i, item := range list {
		fields = append(fields, bindValue(at+"/"+strconv.Itoa(i), item, target.Index(i))...)
	}
	return fields
}

// bindMap sets a map from names to pointers; here null has a meaning, which is for the operation to say.
func bindMap(at string, value any, target reflect.Value) []fault.Field {
	o, isObject := value.(object)
	target.Set(reflect.MakeMap(target.Type()))
	if !isObject {
		return wrongType(at, "an object")
	}
	var fields []fault.Field
	for _, name := range o.names {
		item := reflect.New(target.Type().Elem()).Elem()
		if o.values[name] != nil {
			fields = append(fields, bindValue(at+"/"+escape(name), o.values[name], item)...)
		}
		target.SetMapIndex(reflect.ValueOf(name), item)
	}
	return fields
}

func wrongType(at, wanted string) []fault.Field {
	return []fault.Field{{Pointer: at, Code: "wrong_type", Detail: "This has to be " + wanted + "."}}
}

func bindQuery(given map[string]string, targets map[string]reflect.Value) []fault.Field {
	var fields []fault.Field
	for _, name := range slices.Sorted(maps.Keys(given)) {
		target, known := targets[name]
		if !known {
			fields = append(fields, fault.Field{Pointer: "?" + name, Code: "unknown_parameter", Detail: "There is no such parameter."})
			continue
		}
		fields = append(fields, bindParameter("?"+name, given[name], target)...)
	}
	return fields
}

// bindText has a value read its text. What it says of what it cannot read is for callers, but for a time.
func bindText(at, written string, target encoding.TextUnmarshaler) []fault.Field {
	err := target.UnmarshalText([]byte(written))
	if err == nil {
		return nil
	}
	detail := err.Error()
	if _, isTime := target.(*time.Time); isTime {
		detail = "This cannot be read. A time looks like 2026-11-22T09:05:00Z."
	}
	return []fault.Field{{Pointer: at, Code: "malformed", Detail: detail}}
}

func bindParameter(at, text string, target reflect.Value) []fault.Field {
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	if written, ok := reflect.TypeAssert[encoding.TextUnmarshaler](target.Addr()); ok {
		return bindText(at, text, written)
	}
	switch target.Kind() {
	case reflect.Int:
		number, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return wrongType(at, "a whole number")
		}
		target.SetInt(number)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return wrongType(at, "true or false")
		}
		target.SetBool(text == "true")
	default:
		target.SetString(text)
	}
	return nil
}
