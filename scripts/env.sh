# Where the tools are. Every script sources this, so that `make` and a hand-typed script see the same machine.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 1

# Ours first (a version that differs from the user's own), the user's own after that; rustup's folder last, because a
# shell that was open while rustup was installed does not have it yet.
export PATH="$ROOT/.tools/bin:$ROOT/node_modules/.bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" > /dev/null 2>&1; }

# The first of these commands that exists.
first() {
  local name
  for name in "$@"; do command -v "$name" && return 0; done
  return 1
}

# Set one of these to test with a browser of your own.
find_browsers() {
  CHROME=${CHROME:-$(first chromium chromium-browser google-chrome-stable google-chrome)}
  FIREFOX=${FIREFOX:-$(first firefox-esr firefox)}
  export CHROME FIREFOX
}
