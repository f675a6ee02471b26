# Short verbs; what they do is in scripts/, and is quick when there is nothing to do.

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

serve: build ## build what is stale and serve the page (without Rust where pkg is current)
	@node scripts/serve.mjs

test: ## every test: native, lints, in both browsers, and the page itself
	@scripts/test.sh

test-rust: ## native tests: laws, goldens, walls between rooms, stamp of pkg
	@scripts/test.sh rust

test-walls: ## only the walls between rooms
	@scripts/test.sh walls

test-page: ## the page's modules and the scripts, in Node
	@scripts/test.sh page

test-python: ## the Python package that writes model files (needs PyTorch)
	@scripts/test.sh python

test-browser: ## the wasm tests in Chromium and Firefox
	@scripts/test.sh chrome firefox

test-e2e: ## the page in Chromium
	@scripts/test.sh e2e

lint: ## format and clippy, natively and for the page; types of the page's scripts
	@scripts/test.sh lint

build: ## pkg, if the sources changed
	@node scripts/stamp.mjs --check || scripts/build.sh
	@node scripts/bundle.mjs --check && node scripts/halves.mjs --check || scripts/build.sh page

pkg: ## pkg, in any case
	@scripts/build.sh

setup: ## install what is missing
	@scripts/setup.sh test

bench: build ## the benchmark against its rivals
	@scripts/bench.sh

clean: ## remove what was built (not pkg, which is committed)
	rm -rf target

.DEFAULT_GOAL := help
.PHONY: help serve test test-rust test-walls test-page test-python test-browser test-e2e lint build pkg setup bench clean
