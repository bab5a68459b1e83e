package template

import (
	"strings"

	"prism-access/infra/local/iam"
)

// role returns the statements of the role that a function names; without one SAM would make a role, which nothing is known of here.
func (r *reader) role(named *node) ([]iam.Statement, error) {
	if named == nil {
		return nil, nil
	}
	resolved, err := r.resolve(named)
	if err != nil {
		return nil, err
	}
	id, err := r.resourceOf(resolved)
	if err != nil {
		return nil, err
	}
	policies, err := r.resolve(r.resources.get(id, "Properties", "Policies"))
	if err != nil {
		return nil, err
	}
	out := []iam.Statement{}
	for _, policy := range policies.items() {
		for _, item := range policy.get("PolicyDocument", "Statement").items() {
			if effect := item.get("Effect"); effect.text() != "Allow" {
				return nil, item.errorf("the effect %q is not known to the local stack", effect.text())
			}
			s := iam.Statement{
				Sid: item.get("Sid").text(), Actions: list(item.get("Action")), Conditions: map[string]map[string][]string{},
			}
			for _, resource := range list(item.get("Resource")) {
				s.Resources = append(s.Resources, strings.TrimPrefix(resource, r.arn("")))
			}
			for _, operator := range item.get("Condition").pairs() {
				s.Conditions[operator.key] = map[string][]string{}
				for _, condition := range operator.value.pairs() {
					s.Conditions[operator.key][condition.key] = list(condition.value)
				}
			}
			if err := s.Check(); err != nil {
				return nil, item.errorf("%v", err)
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// list reads a list that may be written as its only element.
func list(n *node) []string {
	if n == nil {
		return nil
	}
	if _, several := n.value.([]*node); !several {
		return []string{n.text()}
	}
	var out []string
	for _, item := range n.items() {
		out = append(out, item.text())
	}
	return out
}
