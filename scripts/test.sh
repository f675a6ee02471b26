#!/usr/bin/env bash
# Runs the stages of the test that are named, or all of them, and tells what each took.
#
#   scripts/test.sh [rust] [walls] [lint] [page] [python] [chrome] [firefox] [e2e]
#
# A stage that fails does not keep the later ones from running. A stage whose browser is missing is skipped, and says
# so; where CI is set it fails instead, because nobody would read that it was skipped. The stage `python` needs PyTorch,
# two gigabytes that no other stage needs: it is skipped without them everywhere.
set -uo pipefail
source "$(dirname "$0")/env.sh"
[ $# -gt 0 ] || set -- rust lint page python chrome firefox e2e

# Native tests: laws, goldens, walls between rooms, the stamp of pkg, examples in the documentation.
rust() { cargo test --no-fail-fast ${CI:+--locked}; }

# The part of that which reads the sources.
walls() { cargo test --test it tidy; }

# The form of the sources: about a minute and a half the first time, seconds after that.
lint() { scripts/lint.sh; }

# The same crate inside a browser, as served by hosts that set no headers.
export WASM_BINDGEN_TEST_NO_ORIGIN_ISOLATION=1
export WASM_BINDGEN_TEST_TIMEOUT=300
chrome() { needs "$CHROME" Chromium && needs "$(first chromedriver)" chromedriver && webdriver && wasm-pack test --headless --chrome; }
firefox() { needs "$FIREFOX" Firefox && needs "$(first geckodriver)" geckodriver && webdriver && wasm-pack test --headless --firefox; }

# The page's modules and the scripts, without a browser.
page() { node --test tests/scripts/*.test.mjs tests/www/*.test.mjs; }

# What writes model files. Set PYTHON to one that has the packages of python/requirements.txt.
python() {
  export KERAS_BACKEND=${KERAS_BACKEND:-torch} PYTHONPATH=python
  PYTHON=${PYTHON:-$(first python3)}
  needs "$("$PYTHON" -c 'import numpy, safetensors, torch; print(1)' 2> /dev/null)" "numpy, safetensors and torch in ${PYTHON:-PATH}" || return $LEFT_OUT
  "$PYTHON" -c 'import keras' 2> /dev/null || say "no keras in $PYTHON: exports of its models are not tested"
  "$PYTHON" -W ignore -m unittest discover -s python/tests
}

# The page as a person meets it.
e2e() { needs "$CHROME" Chromium && node --test tests/e2e/*.test.mjs; }

SKIPPED=77
LEFT_OUT=78
needs() { [ -n "$1" ] || { say "no $2 (make setup tells how to get browsers, python/README.md the rest)"; return $SKIPPED; }; }

# webdriver.json, with the browsers that were found: a driver looks for its browser in few places.
webdriver() {
  mkdir -p target
  export WASM_BINDGEN_TEST_WEBDRIVER_JSON=$ROOT/target/webdriver.json
  node -e '
    const config = JSON.parse(require("fs").readFileSync("webdriver.json", "utf8"));
    const { CHROME, FIREFOX } = process.env;
    if (CHROME) config["goog:chromeOptions"].binary = CHROME;
    if (FIREFOX) config["moz:firefoxOptions"].binary = FIREFOX;
    require("fs").writeFileSync(process.env.WASM_BINDGEN_TEST_WEBDRIVER_JSON, JSON.stringify(config));'
}

case " $* " in
  *" chrome "* | *" firefox "* | *" e2e "*) scripts/setup.sh test || exit 1 ;;
  *" rust "* | *" walls "*) scripts/setup.sh rust || exit 1 ;;
esac
find_browsers

failed=0
summary=()
for stage in "$@"; do
  printf '\n== %s ==\n' "$stage"
  start=$SECONDS
  "$stage"
  code=$?
  case $code in
    0) verdict=ok ;;
    "$SKIPPED") verdict=SKIPPED; [ -z "${CI:-}" ] || failed=1 ;;
    "$LEFT_OUT") verdict=SKIPPED ;;
    *) verdict=FAILED; failed=1 ;;
  esac
  summary+=("$(printf '%-8s %-8s %4d s' "$stage" "$verdict" $((SECONDS - start)))")
done
printf '\n'
printf '%s\n' "${summary[@]}"
exit $failed
