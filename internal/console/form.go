package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/authn"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/request"
)

// maxBody is the most a form may hold (R27).
const maxBody = 64 << 10

// form is a form on a page: what was typed, and what is wrong with it.
type form struct {
	Action   string
	Key      string // recognises the form when it is sent twice
	Problem  string // what is wrong with the whole
	Unmailed bool   // nobody is told by mail of what it does
	Values   url.Values
	Errors   map[string]string // by field
}

// newForm returns an empty form.
func newForm(action string) form {
	return form{Action: action, Key: authn.NewSecret(), Values: url.Values{}}
}

// Value returns what was typed into a field.
func (f form) Value(name string) string { return f.Values.Get(name) }

// Has reports whether a value of a field is chosen.
func (f form) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Error returns what is wrong with a field, or nothing.
func (f form) Error(name string) string { return f.Errors[name] }

// read returns the form that was sent. fault.TooLarge for one that is larger than any of ours.
func (v *visit) read() (form, error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxBody)
	if err := v.r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return form{}, fault.New(fault.TooLarge, "too_large", "A form holds at most 64 KiB.")
		}
		return form{}, fault.New(fault.BadRequest, "invalid_form", "This form could not be read.")
	}
	f := form{Action: v.r.URL.Path, Key: v.r.PostForm.Get("key"), Values: v.r.PostForm}
	if !request.IsToken(f.Key) {
		f.Key = authn.NewSecret()
	}
	return f, nil
}

// asks returns the caller with what tells this form from another one.
func (v *visit) asks(f form) request.Caller {
	caller := v.caller
	values := url.Values{}
	for name, value := range f.Values {
		if name != "key" {
			values[name] = value
		}
	}
	caller.Request.IdempotencyKey = f.Key
	caller.Request.Fingerprint = request.Fingerprint("console", v.r.Pattern, v.r.URL.Path, values.Encode())
	return caller
}

// reject returns the form with what is wrong with it, and whether err is something that a form can show. What is wrong with a
// field stands at the field; fields that the form does not have are told at its head. The key stays: should the change have been
// made all the same, sending the form again finds it.
func (f form) reject(err error, fields ...string) (form, bool) {
	var known *fault.Error
	if !errors.As(err, &known) {
		return f, false
	}
	switch known.Kind {
	case fault.Invalid, fault.Conflict, fault.Stale, fault.TooMany, fault.Gone, fault.Forbidden, fault.Unavailable:
	case fault.BadRequest, fault.Unauthenticated, fault.NotFound, fault.TooLarge, fault.UnsupportedMedia:
		return f, false
	}
	if known.Code == "idempotency_key_reused" {
		f.Key, f.Problem = authn.NewSecret(), "This form was sent before with something else in it. See what became of that, then send it again."
		return f, true
	}
	f.Errors = map[string]string{}
	var elsewhere []string
	for _, field := range known.Fields {
		name := fieldOf(field.Pointer)
		switch {
		case !slices.Contains(fields, name):
			elsewhere = append(elsewhere, field.Detail)
		case f.Errors[name] == "":
			f.Errors[name] = field.Detail
		}
	}
	switch {
	case known.Kind == fault.TooMany && known.RetryAfter > 0:
		f.Problem = known.Message + " Try again " + relative(known.RetryAfter) + "."
	case len(elsewhere) > 0:
		f.Problem = strings.Join(elsewhere, " ")
	case len(f.Errors) == 0:
		f.Problem = because(access.ActionFrom(known)).Reason
	}
	return f, true
}

// fieldOf returns the field of a form that a JSON pointer into an operation's input, or a parameter, means.
func fieldOf(pointer string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(pointer, "/?"), "/")
	return name
}

// number returns a field as a whole number: nil for an empty field, -1 for what is none.
func (f form) number(name string) *int {
	text := strings.TrimSpace(f.Value(name))
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		n = -1
	}
	return &n
}

// version returns the version of the thing that the form was made from.
func (f form) version() int {
	n := f.number("version")
	if n == nil {
		return 0
	}
	return *n
}

// submitted returns the scope of the address and the form that was sent there.
func (v *visit) submitted() (access.Scope, form, error) {
	scope, err := v.scope()
	if err != nil {
		return access.Scope{}, form{}, err
	}
	sent, err := v.read()
	return scope, sent, err
}

// perform does what a form asks for, unless something of it is not valid.
func perform[In httpapi.Input, Out any](v *visit, caller request.Caller, in In, do func(context.Context, request.Caller, In) (Out, error)) (Out, error) {
	if err := fault.Fields(in.Validate()); err != nil {
		var none Out
		return none, err
	}
	return do(v.r.Context(), caller, in)
}

// again shows a form that could not be carried out, with what was typed and what is wrong. What no form can show stays an error.
func (v *visit) again(err error, sent form, show func(form, int) error, fields ...string) error {
	rejected, can := sent.reject(err, fields...)
	if !can {
		return err
	}
	seenOf(v.r).err = err
	return show(rejected, httpapi.Status(err))
}

// changeScope does with a brand or a workspace what a form asks for, and says that it is done in the list of brands or the workspace's settings; when it
// cannot be done, it shows the form again.
func (v *visit) changeScope(again func(form, int) error, done, field string, do func(access.Scope, form) error) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	if err := do(scope, sent); err != nil {
		return v.again(err, sent, again, field)
	}
	at := scopePath(scope) + "/settings"
	if scope.Kind() == access.KindBrand {
		at = organizationPath(scope) + "/brands"
	}
	return v.redirect(at + "?done=" + done + "&fresh=" + scope.Brand + scope.Workspace)
}

// rename gives a brand or a workspace the name in a form. The version keeps it from being done twice.
func rename[In httpapi.Input, Out any](v *visit, again func(form, int) error, done string, in func(scope access.Scope, version int, name string) In,
	do func(context.Context, request.Caller, In) (Out, error),
) error {
	return v.changeScope(again, done, "name", func(scope access.Scope, sent form) error {
		_, err := perform(v, v.caller, in(scope, sent.version(), sent.Value("name")), do)
		return err
	})
}
