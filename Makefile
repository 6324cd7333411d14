# Two commands are enough: `make up` (see it work) and `make test` (see that it is right).
# Settings: WANGGE_* (docs/reference/settings.md); UP_REPLAY=no leaves the replay out.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up down status venv check test faults bench mutants lock

# The first Python that is new enough; its name alone says little (it may be a broken shim).
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# The tests' services have a folder of their own beside a running `make up`.
TEST_HOME := .wangge-test/1

help: ## show this
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

up: venv ## install and start everything, show what it does, leave it running
	@$(BIN)/wangge up --install

down: venv ## stop what `make up` started, and nothing else
	@$(BIN)/wangge down

status: venv ## show what runs
	@$(BIN)/wangge status

venv: ## make or renew the virtual environment from the lock file
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing; on a Debian-like system \`apt-get install python3 python3-venv\` installs it." >&2; exit 5; }
	@$(PYTHON) wangge/environment.py

check: venv ## style, types, import rules and the unit tests, in a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>&1 | tail -n 3
	@$(BIN)/pytest -q tests/unit

test: venv ## the whole suite against Kafka and PostGIS of its own
	@env WANGGE_HOME=$(TEST_HOME) $(BIN)/wangge services prepare
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q

faults: venv ## thirty kills with -9 under load; is anything lost?
	@env WANGGE_HOME=$(TEST_HOME) $(BIN)/wangge services prepare
	@$(BIN)/python -m tests.faults

bench: venv ## the numbers in docs/, measured here
	@env WANGGE_HOME=$(TEST_HOME) $(BIN)/wangge services prepare
	@$(BIN)/python -m bench

mutants: venv ## put small faults into the rules; do the tests notice? (an hour and more)
	@$(BIN)/python -m bench.mutants

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --strip-extras --allow-unsafe --no-header --no-annotate

lock: venv ## choose the newest versions again and pin them by hash
	@$(LOCK) --upgrade --all-extras --output-file=requirements.lock pyproject.toml
	@$(LOCK) --constraint=requirements.lock --build-deps-for=wheel --output-file=requirements-run.lock pyproject.toml
