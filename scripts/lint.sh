#!/usr/bin/env bash
# Format and lints. The page is linted too: half of the wasm room does not exist natively.
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/setup.sh lint

# A compiler of another version has lints that nobody here has seen: they are shown and fail nothing.
SEEN=1.95
strict=()
if [[ "$(rustc --version)" == "rustc $SEEN."* ]]; then strict=(-D warnings); else say "lint: not Rust $SEEN, warnings are only shown"; fi

cargo fmt --check
cargo clippy --all-targets ${CI:+--locked} -- "${strict[@]}"
cargo clippy --target wasm32-unknown-unknown --all-targets ${CI:+--locked} -- "${strict[@]}"
tsc -p www/jsconfig.json --noEmit
