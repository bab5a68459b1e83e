#!/usr/bin/env bash
# Runs each fuzz test on so many inputs: fuzz.sh INPUTS. What fails stays in the package's testdata as a seed, which make test tries from then on.
# It counts inputs, since Go 1.26 now and then reports its own end of time as a failure (https://go.dev/issue/75804).
set -euo pipefail
cd "$(dirname "$0")/../.."

inputs=${1:?how many inputs}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
while IFS=: read -r file test; do
  package=./$(dirname "$file")
  began=$SECONDS
  if ! go test "$package" -vet=off -run '^$' -fuzz "^${test#func }\$" -fuzztime "${inputs}x" -fuzzminimizetime 100x >"$log" 2>&1; then
    cat "$log"
    exit 1
  fi
  echo "  $((SECONDS - began)) s  $package ${test#func }"
done < <(grep -roE --include='*_test.go' '^func Fuzz\w+' internal infra | sort)
