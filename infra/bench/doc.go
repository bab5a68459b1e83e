// Package bench measures the figures that the README states, and fails where one leaves its bound: make bench.
package bench
