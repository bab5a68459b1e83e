#!/usr/bin/env bash
# Makes a client of openapi.yaml in Go and one in TypeScript, compiles them, and goes through the first flow with each at a local stack of its own.
# All of it happens in .build/clients; the generators are pinned in go/go.mod and typescript/package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v curl >/dev/null || infra/tools/apt-install.sh curl "Trying the clients"
command -v npm >/dev/null || infra/tools/apt-install.sh npm "A TypeScript client"

contract=$PWD/internal/httpapi/openapi.yaml
dir=$PWD/.build/clients
rm -rf "$dir"
mkdir -p "$dir"
cp -R infra/clients/go infra/clients/typescript "$dir"

echo "Making a client in Go ..."
mkdir "$dir/go/prism"
(cd "$dir/go" && go tool oapi-codegen -config oapi-codegen.yaml "$contract" && go vet ./... && go build -o flow .)

echo "Making a client in TypeScript ..."
(cd "$dir/typescript" && npm ci --silent --no-audit --no-fund --ignore-scripts &&
  npx openapi-typescript "$contract" --output prism.d.ts >/dev/null && npx tsc)

echo "Starting the local stack ..."
go build -o .build/bin/local ./infra/local
log=$dir/stack.log
: >"$log"
PORT=0 .build/bin/local >"$log" 2>&1 &
stack=$!
trap 'kill "$stack" 2>/dev/null && wait "$stack" || true' EXIT
base=
until [ "$base" ] && curl --silent --fail --output /dev/null "$base/dev/ready"; do
  if ! kill -0 "$stack" 2>/dev/null || [ "$SECONDS" -gt 900 ]; then
    cat "$log" >&2
    exit 1
  fi
  sleep 0.2
  base=$(grep -m 1 -o 'http://localhost:[0-9]*' "$log" || true)
done

echo "The first flow, in Go ..."
"$dir/go/flow" "$base"
echo "The first flow, in TypeScript ..."
node "$dir/typescript/flow.js" "$base"
