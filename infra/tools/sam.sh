#!/usr/bin/env bash
# Runs the SAM CLI in the version pinned in requirements.txt, from a virtual environment in .venv: sam.sh [ARGUMENT ...]
set -euo pipefail

tools=$(dirname "$0")
venv=$tools/../../.venv
"$tools/venv.sh" "$tools/requirements.txt" "$venv" "the SAM CLI into .venv (once, half a minute, 350 MB)"
# Neither validating nor building needs an account; a region has to be named.
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-eu-central-1}
exec "$venv/bin/sam" "$@"
