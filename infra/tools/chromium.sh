#!/usr/bin/env bash
# Makes sure that the browser tests find a Chromium or Chrome.
set -euo pipefail

for name in chromium chromium-browser google-chrome google-chrome-stable \
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
  if command -v "$name" >/dev/null; then
    exit 0
  fi
done
exec "$(dirname "$0")/apt-install.sh" chromium "The browser tests need Chromium"
