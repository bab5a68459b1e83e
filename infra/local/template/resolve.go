package template

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// resolver replaces intrinsic functions by what they stand for in the local stack.
type resolver struct {
	options    Options
	parameters *node
	conditions *node
	resources  *node
}

// absent stands for AWS::NoValue: whatever holds it loses it.
var absent = &node{}

// resolve returns n without intrinsics; n itself stays as it is.
func (r *resolver) resolve(n *node) (*node, error) {
	if n == nil {
		return nil, nil
	}
	switch value := n.value.(type) {
	case fields:
		if len(value) == 1 && (value[0].key == "Ref" || value[0].key == "Condition" && isText(value[0].value) || strings.HasPrefix(value[0].key, "Fn::")) {
			return r.intrinsic(n.line, value[0].key, value[0].value)
		}
		object := fields{}
		for _, p := range value {
			inner, err := r.resolve(p.value)
			if err != nil {
				return nil, err
			}
			if inner != absent {
				object = append(object, pair{key: p.key, line: p.line, value: inner})
			}
		}
		return &node{line: n.line, value: object}, nil
	case []*node:
		items := []*node{}
		for _, item := range value {
			inner, err := r.resolve(item)
			if err != nil {
				return nil, err
			}
			if inner != absent {
				items = append(items, inner)
			}
		}
		return &node{line: n.line, value: items}, nil
	case string:
		if strings.Contains(value, "{{resolve:") {
			return nil, n.errorf("dynamic references are not known to the local stack")
		}
		return n, nil
	default:
		return n, nil
	}
}

func isText(n *node) bool {
	_, ok := n.value.(string)
	return ok
}

func (r *resolver) intrinsic(line int, name string, argument *node) (*node, error) {
	fail := func(format string, a ...any) (*node, error) {
		return nil, &Error{Line: line, Reason: fmt.Sprintf(format, a...)}
	}
	switch name {
	case "Ref":
		return r.ref(line, argument.text())
	case "Fn::Sub":
		return r.sub(line, argument)
	case "Fn::If":
		items := argument.items()
		if len(items) != 3 {
			return fail("Fn::If takes a condition and two values")
		}
		holds, err := r.condition(line, items[0].text())
		if err != nil {
			return nil, err
		}
		if holds {
			return r.resolve(items[1])
		}
		return r.resolve(items[2])
	case "Condition":
		holds, err := r.condition(line, argument.text())
		return &node{line: line, value: holds}, err
	}
	resolved, err := r.resolve(argument)
	if err != nil {
		return nil, err
	}
	items := resolved.items()
	answer := func(value any) (*node, error) { return &node{line: line, value: value}, nil }
	switch name {
	case "Fn::GetAtt":
		if len(items) != 2 {
			return fail("Fn::GetAtt takes a resource and an attribute")
		}
		return r.attribute(line, items[0].text(), items[1].text())
	case "Fn::Join":
		if len(items) != 2 {
			return fail("Fn::Join takes a separator and a list")
		}
		var parts []string
		for _, item := range items[1].items() {
			parts = append(parts, item.text())
		}
		return answer(strings.Join(parts, items[0].text()))
	case "Fn::Split":
		if len(items) != 2 {
			return fail("Fn::Split takes a separator and a text")
		}
		var parts []*node
		for part := range strings.SplitSeq(items[1].text(), items[0].text()) {
			parts = append(parts, &node{line: line, value: part})
		}
		return answer(parts)
	case "Fn::Select":
		if len(items) != 2 {
			return fail("Fn::Select takes an index and a list")
		}
		index, err := strconv.Atoi(items[0].text())
		if list := items[1].items(); err == nil && index >= 0 && index < len(list) {
			return list[index], nil
		}
		return fail("Fn::Select takes the index of something in the list")
	case "Fn::Equals":
		if len(items) != 2 {
			return fail("Fn::Equals takes two values")
		}
		return answer(items[0].text() == items[1].text())
	case "Fn::Not":
		return answer(!slices.ContainsFunc(items, isTrue))
	case "Fn::Or":
		return answer(slices.ContainsFunc(items, isTrue))
	case "Fn::And":
		return answer(!slices.ContainsFunc(items, func(n *node) bool { return !isTrue(n) }))
	default:
		return fail("the intrinsic function %s is not known to the local stack", name)
	}
}

func isTrue(n *node) bool { return n.value == true }

func (r *resolver) condition(line int, name string) (bool, error) {
	definition := r.conditions.get(name)
	if definition == nil {
		return false, &Error{Line: line, Reason: fmt.Sprintf("there is no condition %s", name)}
	}
	resolved, err := r.resolve(definition)
	if err != nil {
		return false, err
	}
	return isTrue(resolved), nil
}

func (r *resolver) ref(line int, name string) (*node, error) {
	pseudo := map[string]string{
		"AWS::Region": r.options.Region, "AWS::AccountId": r.options.Account, "AWS::Partition": "aws",
		"AWS::StackName": "local", "AWS::URLSuffix": "amazonaws.com",
	}
	if name == "AWS::NoValue" {
		return absent, nil
	}
	if value, ok := pseudo[name]; ok {
		return &node{line: line, value: value}, nil
	}
	if definition := r.parameters.get(name); definition != nil {
		if value, ok := r.options.Parameters[name]; ok {
			return &node{line: line, value: value}, nil
		}
		if fallback := definition.get("Default"); fallback != nil {
			return &node{line: line, value: fallback.text()}, nil
		}
		return nil, &Error{Line: line, Reason: fmt.Sprintf("the parameter %s has no default, and the local stack gives it no value", name)}
	}
	return r.attribute(line, name, "")
}

// attribute returns what a Ref (with the attribute "") or a GetAtt of a resource stands for.
func (r *resolver) attribute(line int, resource, name string) (*node, error) {
	key := resource
	if name != "" {
		key += "." + name
	}
	if value, ok := r.options.Attributes[key]; ok {
		return &node{line: line, value: value}, nil
	}
	definition := r.resources.get(resource)
	if definition == nil {
		// SAM makes this one when a function has routes and no API of its own.
		if resource != implicitAPI {
			return nil, &Error{Line: line, Reason: fmt.Sprintf("there is no resource %s", resource)}
		}
		definition = &node{line: line, value: fields{}}
	}
	switch name {
	case "", "QueueName":
		if definition.get("Type").text() == "AWS::SecretsManager::Secret" {
			return &node{line: line, value: r.arn(resource)}, nil
		}
		for _, property := range []string{"Name", "TableName", "QueueName"} {
			if named := definition.get("Properties", property); named != nil {
				return r.resolve(named)
			}
		}
		return &node{line: line, value: resource}, nil
	case "Arn", "QueueArn", "TableArn":
		return &node{line: line, value: r.arn(resource)}, nil
	case "StreamArn":
		return &node{line: line, value: r.arn(resource) + "/stream/local"}, nil
	default:
		return &node{line: line, value: "local-" + key}, nil
	}
}

// arn gives every resource a name that leads back to it: see resourceOf.
func (r *resolver) arn(resource string) string {
	return fmt.Sprintf("arn:aws:local:%s:%s:%s", r.options.Region, r.options.Account, resource)
}

// resourceOf returns the logical id in a name that arn made.
func (r *resolver) resourceOf(n *node) (string, error) {
	rest, ok := strings.CutPrefix(n.text(), r.arn(""))
	if !ok {
		return "", n.errorf("%q does not name a resource of this template", n.text())
	}
	id, _, _ := strings.Cut(rest, "/")
	return id, nil
}

var placeholder = regexp.MustCompile(`\$\{([^{}]+)\}`)

func (r *resolver) sub(line int, argument *node) (*node, error) {
	format, own := argument, (*node)(nil)
	if items := argument.items(); len(items) == 2 {
		format, own = items[0], items[1]
	}
	var failed error
	text := placeholder.ReplaceAllStringFunc(format.text(), func(match string) string {
		name := match[2 : len(match)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		var (
			value *node
			err   error
		)
		if mapped := own.get(name); mapped != nil {
			value, err = r.resolve(mapped)
		} else if resource, attribute, ok := strings.Cut(name, "."); ok {
			value, err = r.attribute(line, resource, attribute)
		} else {
			value, err = r.ref(line, name)
		}
		if err != nil {
			failed = err
			return ""
		}
		return value.text()
	})
	if failed != nil {
		return nil, failed
	}
	return r.resolve(&node{line: line, value: text})
}
