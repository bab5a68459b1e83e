#!/usr/bin/env bash
# Prints an access token of the running local stack for EMAIL, whose account is made when it is new. PORT as for make run.
set -euo pipefail

email=${EMAIL:-}
case $email in
"" | *[\"\\]*)
  echo "usage: make token EMAIL=ada@example.com" >&2
  exit 2
  ;;
esac
stack=http://localhost:${PORT:-8080}
if ! answer=$(curl --silent --show-error --fail-with-body --header 'Content-Type: application/json' \
  --data "{\"email\": \"$email\"}" "$stack/dev/token" 2>&1); then
  echo "no token from $stack, does make run say that it is ready? $answer" >&2
  exit 1
fi
token=$(sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p' <<<"$answer")
echo "${token:?no access_token in the answer of $stack/dev/token}"
