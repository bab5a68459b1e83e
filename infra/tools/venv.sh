#!/usr/bin/env bash
# Makes a virtual environment that holds what a file pins, unless it does: venv.sh REQUIREMENTS FOLDER WHAT
set -euo pipefail

pins=$1 venv=$2 what=$3
cmp -s "$pins" "$venv/requirements.txt" && exit # the copy is made last
echo "Installing $what ..." >&2
if ! python3 -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  "$(dirname "$0")/apt-install.sh" python3-venv "This needs Python 3.10 or newer with venv" >&2
fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins"
cp "$pins" "$venv/requirements.txt"
