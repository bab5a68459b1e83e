// Package structure holds no code. Its tests hold folders, template, routes, recorded inputs, imports and dependencies
// against each other, so that none of them is forgotten when another one changes.
package structure
