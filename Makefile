# `make demo` and `make test` need python3 (3.11 or newer), pip and make; they set up the rest in .venv by themselves.
# `make help` lists everything.

PYTHON ?= python3
VENV ?= .venv
SCENARIO ?= long-haul
PEOPLE ?= 8000
PYTEST_ARGS ?= -n 2 --dist loadfile

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
# Where Python is told to write no bytecode, as in many containers, pip leaves none either, and each start costs seconds more.
# Some packages carry templates that are no Python: they cannot be compiled, and need not be.
BYTECODE = $(BIN)/python -m compileall -q -j 0 $(VENV)/lib popsim plugins dashboards >/dev/null 2>&1 || true
EXPORT := $(BIN)/uv export --quiet --frozen --format requirements-txt --no-emit-project --no-header
CHROMIUM := command -v chromium || command -v chromium-browser || command -v google-chrome

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types bench lock clean setup setup-dev chromium

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Variables: PYTHON=$(PYTHON) VENV=$(VENV) SCENARIO=$(SCENARIO) PEOPLE=$(PEOPLE) PYTEST_ARGS='$(PYTEST_ARGS)'"

demo: setup ## run a shipped scenario and show what comes of it
	@echo "make: $(PEOPLE) people live the scenario $(SCENARIO); the first run also compiles"
	@$(BIN)/popsim run $(SCENARIO) --people $(PEOPLE)

test: setup-dev chromium ## run the tests
	@echo "make: running the tests"
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup-dev ## check style and format
	@echo "make: ruff"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

format: setup-dev ## put imports in order and format the code
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format .

types: setup-dev ## check types, strictly
	@echo "make: mypy"
	@$(BIN)/mypy

bench: setup-dev ## measure speed and memory
	@for benchmark in tests/benchmarks/bench_*.py; do \
		echo "make: $$benchmark"; $(BIN)/python -m "tests.benchmarks.$$(basename "$$benchmark" .py)" || exit 1; done

lock: $(BIN)/python ## resolve the newest allowed packages and write both lock files
	@echo "make: resolving"
	@$(PIP) install 'uv>=0.9'
	@rm -f uv.lock
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv lock --quiet --python $(BIN)/python
	@$(EXPORT) --python $(BIN)/python --no-default-groups --group build --output-file requirements.lock >/dev/null
	@$(EXPORT) --python $(BIN)/python --all-groups --all-extras --output-file requirements-dev.lock >/dev/null
	@! grep -nE '://|^-' requirements.lock requirements-dev.lock

clean: ## remove the virtual environment and everything that tools leave; runs are kept
	@rm -rf $(VENV) .ruff_cache .mypy_cache .pytest_cache .hypothesis .coverage build dist
	@find popsim plugins dashboards tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

# A stamp is older than the lock or pyproject.toml when something must be installed anew.
$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "make: installing the pinned packages into $(VENV) (only once)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BYTECODE)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo "make: installing the pinned packages and the tools for tests into $(VENV) (only once)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BYTECODE)
	@touch $(VENV)/.installed $@

# Debian's python3 comes without ensurepip unless python3-venv is installed; pip can then put itself into the environment.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: popsim needs Python 3.11 or newer; name one with make PYTHON=python3.12" >&2; exit 1; }
	@echo "make: creating $(VENV) for $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
		{ rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) && \
		$(PYTHON) -m pip --quiet --python $(BIN)/python install pip; } || \
		{ rm -rf $(VENV); echo "make: cannot create $(VENV); is pip or python3-venv installed?" >&2; exit 1; }

chromium:
	@if $(CHROMIUM); then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
		echo "make: installing chromium for the tests of the dashboard" >&2; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium || \
		echo "make: chromium could not be installed; the tests in the browser are skipped" >&2; \
	else echo "make: no chromium here; the tests in the browser are skipped" >&2; fi >/dev/null
