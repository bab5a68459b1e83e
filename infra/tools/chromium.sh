#!/usr/bin/env bash
# Makes sure that the browser tests find a Chromium or Chrome. Its headless shell is the same engine without the windows, and takes half the time.
set -euo pipefail

for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable \
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
  if command -v "$name" >/dev/null; then
    exit 0
  fi
done
exec "$(dirname "$0")/apt-install.sh" chromium-headless-shell "The browser tests need Chromium"
