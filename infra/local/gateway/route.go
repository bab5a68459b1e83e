package gateway

import (
	"strings"

	"prism-access/infra/local/template"
)

// match finds the route for a request: for each kind of path, first the one of the method, then the one of any method.
// Paths go before each other segment by segment: a plain one before {a}, {a} before {a+}, and all of them before $default.
// It returns false when there is none.
func (g *Gateway) match(method, path string) (template.Route, map[string]string, bool) {
	var (
		best       template.Route
		parameters map[string]string
		rank       string
	)
	for _, route := range g.routes {
		if route.Method != anyMethod && route.Method != method {
			continue
		}
		found, r, ok := matchPath(route.Path, path)
		if route.Method == anyMethod {
			r += "1"
		} else {
			r += "0"
		}
		if ok && (rank == "" || r < rank) {
			best, parameters, rank = route, found, r
		}
	}
	return best, parameters, rank != ""
}

const anyMethod = "ANY"

// Ranks of a path segment, compared as text: the smaller goes first.
const (
	plainSegment  = "a"
	namedSegment  = "b"
	greedySegment = "c"
	defaultRoute  = "d"
)

// matchPath compares a decoded path with a route's path. It returns the parameters and the rank of the match.
func matchPath(pattern, path string) (parameters map[string]string, rank string, ok bool) {
	if pattern == template.DefaultPath {
		return nil, defaultRoute, true
	}
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, segment := range want {
		name, isParameter := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(name, "}")
		greedyName, greedy := strings.CutSuffix(name, "+")
		switch {
		case i >= len(got):
			return nil, "", false
		case !isParameter:
			if segment != got[i] {
				return nil, "", false
			}
			rank += plainSegment
			continue
		case greedy:
			rest := strings.Join(got[i:], "/")
			if rest == "" {
				return nil, "", false
			}
			return with(parameters, greedyName, rest), rank + greedySegment, true
		case got[i] == "":
			return nil, "", false
		}
		parameters, rank = with(parameters, name, got[i]), rank+namedSegment
	}
	return parameters, rank, len(want) == len(got)
}

func with(parameters map[string]string, name, value string) map[string]string {
	if parameters == nil {
		parameters = map[string]string{}
	}
	parameters[name] = value
	return parameters
}
