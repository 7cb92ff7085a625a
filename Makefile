# Two commands do everything: `make run` and `make test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run data test test-live lint lock clean

run: $(VENV)/.run
	@$(BIN)/twin serve --prepare

# A million customers as CSV into $(DATA); for example: make data FORMAT=parquet CUSTOMERS=100000
CUSTOMERS ?= 1000000
FORMAT ?= csv
SEED ?= 42
DATA ?= data

data: $(VENV)/.run
	@$(BIN)/python -m data_generator --customers $(CUSTOMERS) --seed $(SEED) --format $(FORMAT) \
	  --out $(DATA)

test: $(VENV)/.dev $(VENV)-fakesnow/.ready
	$(BIN)/pytest -n 2 --dist loadfile

# A real account: credentials in the environment, see tests/live/test_account.py.
test-live: $(VENV)/.dev
	CDT_LIVE_SNOWFLAKE=1 $(BIN)/pytest tests/live

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/hadolint Dockerfile

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "Installing the service (once; about a minute)"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing the test tools (once)"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# A local Snowflake for the tests, which pins versions of its own.
$(VENV)-fakesnow/.ready: tests/fakes/fakesnow.lock | $(VENV)/.python
	@echo "Installing a local Snowflake for the tests (once)"
	@$(PYTHON) -m venv $(VENV)-fakesnow
	@$(VENV)-fakesnow/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes -r tests/fakes/fakesnow.lock
	@touch $@

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	  "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 run")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Needs uv. No index address enters the locks: whoever installs chooses the index.
lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements-dev.lock
	uv pip compile tests/fakes/fakesnow.in --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o tests/fakes/fakesnow.lock

clean:
	rm -rf $(VENV) $(VENV)-fakesnow .data .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
