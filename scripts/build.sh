#!/usr/bin/env bash
# Builds pkg, which is committed: a clone, or a static host, shows the page without any toolchain.
#
# The build happens beside pkg and replaces it at the end, so that one that fails leaves the page as it was. The stamp
# is taken before, so that a source which is edited meanwhile counts as not built.
set -euo pipefail
source "$(dirname "$0")/env.sh"

# scripts/build.sh page: the halves of the module and the page's scripts; that takes no Rust.
if [ "${1:-}" = page ]; then
  scripts/setup.sh packages && node scripts/halves.mjs && node scripts/bundle.mjs && say "pkg/split and pkg/page are built"
  exit
fi

scripts/setup.sh build
cargo metadata --format-version 1 > /dev/null # brings Cargo.lock up to date, which is part of the stamp
stamp=$(node scripts/stamp.mjs)

# Messages of panics hold file names; the ones in pkg must not tell whose machine it was.
map() { printf '"--remap-path-prefix=%s=%s"' "$1" "$2"; }
remap="$(map "${CARGO_HOME:-$HOME/.cargo}" cargo), $(map "$(rustc --print sysroot)" rust), $(map "$ROOT" .)"

out=target/pkg-$$
trap 'rm -rf "$out"' EXIT
# module <folder> <feature> <name>
module() { wasm-pack build --target web --out-dir "$1" --out-name "$3" --no-gitignore -- --no-default-features --features "$2" --config "target.wasm32-unknown-unknown.rustflags=[$remap]"; }
module "$out" page rnnscope
module "$out/formats" formats formats
rm -f "$out"/formats/{package.json,README.md,LICENSE-*}
printf '%s\n' "$stamp" > "$out/STAMP"
rm -rf pkg
mv "$out" pkg
node scripts/halves.mjs
node scripts/bundle.mjs
node scripts/size.mjs || true # too large is still worth looking at; a test fails
say "pkg is built"
