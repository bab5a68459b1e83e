// Package browser holds the tests that use Prism Access as people do: a real browser, and the API, before a built local stack.
package browser
