#!/usr/bin/env bash
# Installs a Debian package, or says in one line that somebody has to: apt-install.sh PACKAGE WHAT-FOR
set -euo pipefail

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "$2: please install $1 (Debian, Ubuntu: sudo apt-get install $1)" >&2
  exit 1
fi
echo "$2: installing $1 with apt-get ..."
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -qq --no-install-recommends "$1"; } >/tmp/apt-install.$$ 2>&1; then
  tail -n 3 /tmp/apt-install.$$ >&2
  rm -f /tmp/apt-install.$$
  echo "$2: $1 cannot be installed with apt-get, please install it by hand" >&2
  exit 1
fi
rm -f /tmp/apt-install.$$
