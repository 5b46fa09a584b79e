# Everything a fresh machine needs is Python 3.11 and make; the rest is set up here, under this folder.

UV_VERSION := 0.13.8
UV := $(shell command -v uv || echo .tools/bin/uv)
PYTHON ?= python3
BIN := .venv/bin
HOME_DIR := $(abspath $(or $(WHOSAID_HOME),.whosaid))

export WHOSAID_HOME := $(HOME_DIR)
export PREFECT_HOME := $(HOME_DIR)/prefect
export PREFECT_LOCAL_STORAGE_PATH := $(HOME_DIR)/results
# With several connections to SQLite the server turns most requests for a slot away (a snapshot that has grown old
# cannot be written to), and each waits two seconds before the next try. Prefect opens a single connection, which has
# no such trouble, where the address of the database says :memory:. A Postgres that the environment names is used in its place.
export PREFECT_SERVER_DATABASE_CONNECTION_URL ?= sqlite+aiosqlite:///$(HOME_DIR)/prefect/prefect:memory:.db
export PREFECT_LOGGING_EXTRA_LOGGERS := whosaid
export PREFECT_WORKER_QUERY_SECONDS ?= 3
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export PYTHONUNBUFFERED := 1

.PHONY: help demo serve test check format bench ui lock clean

help: ## show this help
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.synced: requirements.lock pyproject.toml | $(filter .tools/bin/uv,$(UV))
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

# Prefect warns of a home whose parent is not there.
$(PREFECT_HOME):
	mkdir -p $@

demo: .venv/.synced | $(PREFECT_HOME) ## ingest the demo channel with the real engines, then search it
	$(BIN)/python -m deployments.demo

serve: .venv/.synced | $(PREFECT_HOME) ## Prefect's server and UI, the deployments and a worker; Ctrl-C ends them
	$(BIN)/python -m deployments.serve

test: .venv/.synced | $(PREFECT_HOME) ## every test, offline
	$(BIN)/python -m pytest

check: .venv/.synced ## what CI checks: ruff, pyright, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: .venv/.synced ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.synced | $(PREFECT_HOME) ## the benchmarks, as ratios and figures
	$(BIN)/python -m tests.benchmarks

ui: .venv/.synced | $(PREFECT_HOME) ## the Prefect UI over the runs of the demo, on loopback
	$(BIN)/prefect server start --host 127.0.0.1

lock: .venv/.synced ## compile requirements.lock again
	$(UV) pip compile --quiet --universal --python-version 3.11 --group dev --extra cuda --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --output-file requirements.lock pyproject.toml

clean: ## remove the environment, not the data
	rm -rf .venv .tools
