# Two commands do everything: `make run` and `make test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run full data test test-quick test-long test-live lint examples lock clean

run: $(VENV)/.run
	@$(BIN)/twin serve --prepare

# What PostgreSQL, Snowflake and traces need as well.
full: $(VENV)/.run
	@$(PIP) --require-hashes -r requirements-full.lock

# A million customers as CSV into $(DATA); for example: make data FORMAT=parquet CUSTOMERS=100000
CUSTOMERS ?= 1000000
FORMAT ?= csv
SEED ?= 42
DATA ?= data

data: $(VENV)/.run
	@$(BIN)/python -m data_generator --customers $(CUSTOMERS) --seed $(SEED) --format $(FORMAT) \
	  --out $(DATA)

# Where there is Node.js, a client in TypeScript is tried too.
NODE := $(if $(shell command -v npm),$(VENV)-judges/.node)

# Three at a time also on two processors: many tests wait, for servers and for clocks.
test: $(VENV)/.dev $(VENV)-fakesnow/.ready $(VENV)-judges/.ready $(NODE)
	$(BIN)/pytest -n 3 --dist loadfile

# While one room is changed: its tests, and what finds that it broke another: types, contracts and
# doors. For example: make test-quick ROOM=domain/choice, or ROOM="domain/levers domain/choice"
ROOM ?=

test-quick: $(VENV)/.dev
	@ls -d $(or $(addprefix tests/,$(ROOM)),?) > /dev/null 2>&1 || { \
	  echo "Say which folders or files of tests/, such as ROOM=domain/choice"; exit 2; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -n 2 --dist loadfile tests/test_rooms.py $(addprefix tests/,$(ROOM))

# What takes hours: a thousand processes killed in the middle of their work and two hundred runs of
# the generator, four seeds of schemathesis with twice the draws, every hostile text in every spot,
# every damage to every column, every nonsense in every option, every promise of a build in Snowflake.
test-long: $(VENV)/.dev $(VENV)-fakesnow/.ready $(VENV)-connector4/.ready $(VENV)-judges/.ready $(NODE)
	CDT_LONG=1 $(BIN)/pytest $(sort $(shell grep -rl "^from tests.long import" tests/))

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

# The answers shown in the OpenAPI document, asked of a service over the reference market.
examples: $(VENV)/.dev
	$(BIN)/python -m tests.examples

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

# Snowflake's connector as it was before version 5, which the lock has, for the tests of both.
$(VENV)-connector4/.ready: tests/fakes/connector4.lock | $(VENV)/.python
	@$(PIP) --require-hashes --upgrade --target $(VENV)-connector4 -r tests/fakes/connector4.lock
	@touch $@

# Programs that read the OpenAPI document and hold the service to it, with versions of their own.
$(VENV)-judges/.ready: tests/hostile/judges.lock | $(VENV)/.python
	@echo "Installing programs that try the API (once)"
	@$(PYTHON) -m venv $(VENV)-judges
	@$(VENV)-judges/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes -r tests/hostile/judges.lock
	@touch $@

# No lock: a lock of npm names where its packages came from. What is asked for has its exact version.
$(VENV)-judges/.node: tests/hostile/typescript/package.json | $(VENV)-judges/.ready
	@mkdir -p $(VENV)-judges/node
	@cp tests/hostile/typescript/package.json $(VENV)-judges/node
	@npm install --prefix $(VENV)-judges/node --package-lock=false --silent --no-audit --no-fund
	@touch $@

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	  "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 run")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Needs uv. No index address enters the locks: whoever installs chooses the index.
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --no-header -q
OPTIONAL := --extra build --extra postgres --extra snowflake --extra telemetry

lock:
	$(COMPILE) pyproject.toml $(OPTIONAL) --extra dev -o requirements-dev.lock
	$(COMPILE) pyproject.toml --extra build -c requirements-dev.lock -o requirements.lock
	$(COMPILE) pyproject.toml $(OPTIONAL) -c requirements-dev.lock -o requirements-full.lock
	$(COMPILE) tests/fakes/fakesnow.in -o tests/fakes/fakesnow.lock
	$(COMPILE) tests/fakes/connector4.in -o tests/fakes/connector4.lock
	$(COMPILE) tests/hostile/judges.in -o tests/hostile/judges.lock

clean:
	rm -rf $(VENV) $(VENV)-connector4 $(VENV)-fakesnow $(VENV)-judges .data .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
