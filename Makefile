# newswire: `make` lists the targets. Every target makes the virtual environment when it is missing or stale.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CHECKED := schemas pipeline agents tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help install demo serve browser test check lint bench bench-peers bench-scale figures evaluate chaos fuzz services pins schemas gazetteer clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "newswire needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@# twice quiet: the pip of Python 3.11 warns of an extra that trafilatura spells in another way than lxml; errors are shown
	$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

install: $(STAMP) ## make the virtual environment with the pinned versions

demo: $(STAMP) ## the seeds through the whole embedded pipeline, then a report
	$(BIN)/newswire demo

serve: $(STAMP) ## the search pages and the JSON API on http://127.0.0.1:8720/
	$(BIN)/newswire serve

browser: ## make Chromium available for the browser tests (Debian or Ubuntu, as root)
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing Chromium for the browser tests" >&2; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	elif [ "$$CI" = true ]; then echo "the browser tests need Chromium: install it, or run make as root on Debian" >&2; exit 1; \
	else echo "no Chromium here: the browser tests will be skipped (install it, or run make browser as root on Debian)" >&2; fi

test: $(STAMP) browser ## all tests, those on real services included
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered --cov-report=json:.coverage.json
	$(BIN)/python tests/coverage_floor.py .coverage.json

lint: $(STAMP) ## style, types and import contracts, without tests
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint ## everything that must hold before a commit
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -m "not slow and not service"

bench: $(STAMP) ## measure against baselines in the same run; prints JSON lines
	$(BIN)/python -m benchmarks

bench-peers: $(STAMP) ## the same pages through newswire, news-please, newspaper4k, trafilatura and a plain script
	$(BIN)/python -m benchmarks peers

bench-scale: $(STAMP) ## measure what an article costs each stage, and plan for 10, 100 and 1,000 times the traffic
	$(BIN)/python -m benchmarks.scale $(OPTIONS)

figures: $(STAMP) ## measure anew what the README shows, all or NAME=throughput, and write its tables
	$(BIN)/python -m benchmarks.renew $(NAME)

evaluate: $(STAMP) ## score each step on the gold files in ../shared/data
	$(BIN)/python -m benchmarks.scores

chaos: $(STAMP) ## kill, suspend and replace everything for ten minutes (MINUTES=, SEED=, SCENARIO=), and print what was lost
	$(BIN)/python -m tests.faults.chaos $(SCENARIO) --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) $(OPTIONS)

fuzz: $(STAMP) ## a million inputs for everything that reads what strangers send (TARGET=, RUNS=, SECONDS=); findings become tests
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fuzz]'
	$(BIN)/python -m tests.fuzz $(TARGET) $(if $(RUNS),--runs $(RUNS)) $(if $(SECONDS),--seconds $(SECONDS))

services: $(STAMP) ## start a real Kafka and Elasticsearch on loopback, without Docker
	$(BIN)/python tests/services/run.py

gazetteer: $(STAMP) ## renew the table of populated places from GeoNames data
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,gazetteer]'
	$(BIN)/python -m pipeline.enrich.build_gazetteer

schemas: $(STAMP) ## write the JSON Schemas for producers in other languages
	$(BIN)/python -m schemas

pins: $(STAMP) ## rewrite constraints.txt from the versions installed now, but for those that depend on Python's
	$(BIN)/pip install -qq --disable-pip-version-check -e '.[dev,fuzz,gazetteer]'
	@{ echo '# Every exact version that make installs; regenerate with `make pins`. No registry address may stand here.'; \
	  { grep ' ; ' constraints.txt; $(BIN)/pip freeze --exclude-editable | grep -v '^-e'; } \
	  | awk -F== '/ ; / { held[$$1] } / ; / || !($$1 in held)' | sort -f; } > constraints.new && mv constraints.new constraints.txt

clean: ## remove what the targets made (not your articles in .newswire)
	rm -rf $(VENV) .peers .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.json build *.egg-info
