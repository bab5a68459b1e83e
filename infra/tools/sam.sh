#!/usr/bin/env bash
# Runs the SAM CLI in the version pinned in requirements.txt, from a virtual environment in .venv: sam.sh [ARGUMENT ...]
set -euo pipefail

pins=$(dirname "$0")/requirements.txt
venv=$(dirname "$0")/../../.venv
if ! cmp -s "$pins" "$venv/requirements.txt"; then # the copy is made last
  echo "Installing the SAM CLI into .venv (once, half a minute, 350 MB) ..." >&2
  if ! python3 -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    "$(dirname "$0")/apt-install.sh" python3-venv "SAM needs Python 3.10 or newer with venv" >&2
  fi
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins"
  cp "$pins" "$venv/requirements.txt"
fi
# Neither validating nor building needs an account; a region has to be named.
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-eu-central-1}
exec "$venv/bin/sam" "$@"
