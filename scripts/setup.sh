#!/usr/bin/env bash
# Installs what is missing, at pinned versions, and nothing else; a second run only looks (about a second).
#
#   scripts/setup.sh rust     what compiles: the wasm32 target and a linker
#   scripts/setup.sh packages what bundles the page: packages of Node
#   scripts/setup.sh lint     Rust and that, and its formatter and linter
#   scripts/setup.sh build    Rust, the packages, and what builds the page: wasm-pack, wasm-bindgen, wasm-opt
#   scripts/setup.sh test     that, and the browsers with their drivers
#
# rustup, Node and Python are expected. A tool that is there in another version is left alone: ours goes to .tools/.
set -uo pipefail
source "$(dirname "$0")/env.sh"

WASM_PACK=0.15.1
GECKODRIVER=0.37.1
# wasm-bindgen refuses to work with a library of another version than its own: the lock file decides.
WASM_BINDGEN=$(awk '$3 == "\"wasm-bindgen\"" { getline; gsub(/"/, "", $3); print $3 }' Cargo.lock)
# The versions of wasm-opt and Playwright stand in package.json.

fail() { say "setup: $*"; exit 1; }

# apt as the one who may use it: root, or a user whom sudo lets. Fails for everybody else.
apt_install() {
  have apt-get || return 1
  local as=()
  if [ "$(id -u)" != 0 ]; then
    have sudo || return 1
    if [ -t 0 ]; then as=(sudo); else as=(sudo -n); fi
    "${as[@]}" true 2> /dev/null || return 1
  fi
  say "setup: apt-get install $*"
  export DEBIAN_FRONTEND=noninteractive
  "${as[@]}" apt-get update -qq && "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}

rust() {
  have cargo || fail "no Rust: install it from https://rustup.rs"
  have cc || apt_install gcc libc6-dev || fail "Rust needs a C linker: install gcc"
  [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] || {
    have rustup || fail "this Rust has no target wasm32-unknown-unknown and no rustup to add it"
    rustup target add wasm32-unknown-unknown || fail "rustup cannot add the target wasm32-unknown-unknown"
  }
}

# The formatter and the linter, which a minimal Rust lacks.
linter() {
  cargo fmt --version > /dev/null 2>&1 && cargo clippy --version > /dev/null 2>&1 && return 0
  have rustup || fail "this Rust has no rustfmt and clippy and no rustup to add them"
  rustup component add rustfmt clippy || fail "rustup cannot add rustfmt and clippy"
}

# crate NAME VERSION COMMAND: a tool out of the crate registry.
crate() {
  local found where=()
  found=$("$3" --version 2> /dev/null | awk 'NR == 1 { print $2 }')
  [ "$found" = "$2" ] && return 0
  [ -n "$found" ] && where=(--root "$ROOT/.tools")
  say "setup: compiling $1 $2 (some minutes, once)"
  # The tool's own lock file first. It stops working when one of its entries is withdrawn from the registry.
  cargo install --quiet "$1" --version "$2" --locked "${where[@]}" 2> /dev/null ||
    cargo install --quiet "$1" --version "$2" "${where[@]}" || fail "cannot install $1 $2"
}

packages() {
  have npm || fail "no Node: install version 20 or newer from https://nodejs.org"
  cmp -s package-lock.json node_modules/.installed && return 0
  say "setup: npm ci"
  npm ci --silent && cp package-lock.json node_modules/.installed || fail "npm cannot install what package-lock.json names"
}

browsers() {
  local missing=()
  find_browsers
  [ -n "$CHROME" ] || missing+=(chromium)
  have chromedriver || missing+=(chromium-driver)
  [ -n "$FIREFOX" ] || missing+=(firefox-esr)
  [ ${#missing[@]} = 0 ] && return 0
  apt_install "${missing[@]}" || scripts/unpack-debs.sh "${missing[@]}" ||
    say "setup: please install ${missing[*]}; until then the tests in that browser are skipped"
}

case ${1:-test} in
  rust) rust ;;
  packages) packages ;;
  lint) rust && packages && linter ;;
  build) rust && packages && crate wasm-pack "$WASM_PACK" wasm-pack && crate wasm-bindgen-cli "$WASM_BINDGEN" wasm-bindgen ;;
  test)
    "$0" build || exit 1
    (crate geckodriver "$GECKODRIVER" geckodriver) # without it only the tests in Firefox are skipped
    browsers
    ;;
  *) fail "rust, packages, lint, build or test?" ;;
esac
