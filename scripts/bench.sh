#!/usr/bin/env bash
# The benchmark against the rivals (about four minutes): installs them, measures, writes bench/RESULTS.md.
#
# RNNSCOPE_PYTHON names a Python that has bench/requirements.txt; without it one is made in .venv.
# Close everything else first: one thread is measured, and a second busy one changes its clock.
set -euo pipefail
source "$(dirname "$0")/env.sh"
find_browsers
[ -n "$CHROME" ] || { say "bench: no Chromium (make setup tells how to get it)"; exit 1; }
have npm || { say "bench: no Node"; exit 1; }

[ -d node_modules/playwright-core ] || npm ci --silent
cmp -s bench/package-lock.json bench/node_modules/.installed || {
  say "bench: npm ci"
  npm ci --silent --prefix bench
  cp bench/package-lock.json bench/node_modules/.installed
}

if [ -z "${RNNSCOPE_PYTHON:-}" ]; then
  RNNSCOPE_PYTHON=$ROOT/.venv/bin/python
  cmp -s bench/requirements.txt .venv/.bench || {
    say "bench: PyTorch and Captum into .venv (some minutes, once)"
    [ -x "$RNNSCOPE_PYTHON" ] || python3 -m venv .venv
    # The build of PyTorch without GPU libraries where that index can be reached: a tenth of the download.
    "$RNNSCOPE_PYTHON" -m pip install --quiet --extra-index-url https://download.pytorch.org/whl/cpu -r bench/requirements.txt
    cp bench/requirements.txt .venv/.bench
  }
fi
export RNNSCOPE_PYTHON
node bench/run.mjs
