#!/usr/bin/env bash
# Format and lints. The page is linted too: half of the wasm room does not exist natively.
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/setup.sh build

cargo fmt --check
cargo clippy --all-targets -- -D warnings
cargo clippy --target wasm32-unknown-unknown --all-targets -- -D warnings
if [ -f www/jsconfig.json ]; then tsc -p www/jsconfig.json --noEmit; fi
