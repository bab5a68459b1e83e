#!/usr/bin/env bash
# Runs a Go tool in the version pinned here: go-tool.sh NAME [ARGUMENT ...]
# It is built once, into the user's cache folder, apart from go.mod: a linter's dependencies are none of ours.
set -euo pipefail

name=${1:?a tool to run}
shift
case $name in
gofumpt) package=mvdan.cc/gofumpt version=v0.12.0 takes="some seconds" ;;
golangci-lint) package=github.com/golangci/golangci-lint/v2/cmd/golangci-lint version=v2.15.0 takes="one to two minutes" ;;
*)
  echo "go-tool.sh: no version of $name is pinned" >&2
  exit 2
  ;;
esac

# A linter built by an older Go refuses newer code, hence Go's version in the name.
dir=${XDG_CACHE_HOME:-$HOME/.cache}/prism-access/tools
tool=$dir/$name-$version-$(go env GOVERSION)
if [ ! -x "$tool" ]; then
  echo "Building $name $version into $dir (once, $takes) ..." >&2
  mkdir -p "$dir"
  part=$(mktemp -d "$dir/part.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  if ! GOBIN=$part GOFLAGS= go install "$package@$version" 2>"$part/log"; then
    tail -n 5 "$part/log" >&2
    exit 1
  fi
  mv "$part/$name" "$tool"
  rm -rf "$part"
fi
exec "$tool" "$@"
