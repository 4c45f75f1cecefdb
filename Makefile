# All that this project is asked to do. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
BIN := .venv/bin
PRODUCT := .venv/.product
READY := .venv/.ready
# Python compiles what the first run imports; later starts are two to three times faster. Some machines switch that off.
export PYTHONDONTWRITEBYTECODE :=
# Nothing here phones home.
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export GX_ANALYTICS_ENABLED := false

.PHONY: help env demo test cover test-slow test-browser fuzz check format lint types contracts lock lock-check golden docs docs-check bench clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/' | expand -t 20

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: CPython 3.11 or newer is needed; try: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make virtual environments; install its venv module" >&2; exit 1; }

# The tools' lock holds the product's: where the tools are installed, it is the one to install.
$(PRODUCT): requirements.lock requirements-dev.lock pyproject.toml | $(BIN)/pip
	@[ ! -e $(READY) ] || exec .ci/install requirements-dev.lock
	.ci/install requirements.lock

$(READY): requirements.lock requirements-dev.lock pyproject.toml | $(BIN)/pip
	@.ci/install requirements-dev.lock

env: $(READY) ## make .venv and install product and tools (only when a lock has changed)

demo: $(PRODUCT) ## the main job on the embedded archive, into ./lake; installs the product alone
	@$(BIN)/vaxwatch demo
	command -v vaxwatch >/dev/null || echo "To type these: source $(BIN)/activate"

# One process more than there are cores, four at most, since tests wait for servers. A file stays in one, with what its tests
# share; the files marked `long` begin first.
PROCESSES := $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$(( cores < 3 ? 3 : 4 )))
PYTEST := $(BIN)/python -m pytest --quiet --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
# THOROUGH=1: every case, every example and all real snapshots, as `make cover` tries them.
TIER = not slow and not browser$(if $(THOROUGH),, and not thorough and not corpus)
test: $(READY) ## the tests, the real S3 server and the Prefect server included
	@$(PYTEST) -m "$(TIER)"

cover: export THOROUGH := 1
cover: $(READY) ## every case of them, and which lines and branches no test reaches
	@$(PYTEST) -m "$(TIER)" --cov --cov-report term-missing:skip-covered

test-slow: $(READY) ## every test and example, the longer proofs, and every source and table bent in every way
	@VAXWATCH_CHROMIUM=$$(.ci/chromium)
	VAXWATCH_POSTGRES=$$(.ci/postgres)
	export VAXWATCH_CHROMIUM VAXWATCH_POSTGRES
	export THOROUGH=1
	$(PYTEST) -m "slow or not browser"

STACK ?=
.PHONY: stack
stack: $(READY) ## PostgreSQL, Prefect's server, a worker and S3 as processes here, until Ctrl-C (STACK="--keep FOLDER --every 30")
	@VAXWATCH_POSTGRES=$$(.ci/postgres)
	export VAXWATCH_POSTGRES
	exec $(BIN)/python -m tests.stack $(STACK)

MINUTES ?= 30
EVERY ?= 10
.PHONY: soak
soak: $(READY) ## the same pieces for MINUTES=30 at an ingest each EVERY=10 seconds; fails where memory grows or something is lost
	@VAXWATCH_POSTGRES=$$(.ci/postgres)
	export VAXWATCH_POSTGRES
	exec $(BIN)/python -m tests.stack.soak --minutes $(MINUTES) --every $(EVERY)

test-browser: $(READY) ## Data Docs and the site of the demo in a real Chromium; no request may leave a page
	@VAXWATCH_CHROMIUM=$$(.ci/chromium)
	export VAXWATCH_CHROMIUM
	$(BIN)/python -m pytest --quiet -m browser tests/browser

# The readers that BI developers use, with another pandas and a Spark: an environment of their own, made again when its list changes.
READERS := .bi-venv/.ready
$(READERS): tests/bi/requirements.txt tests/bi/package.json | $(READY)
	@echo "Installing the readers into .bi-venv: 700 MB to download." >&2
	.ci/uv venv --quiet --clear --python $(BIN)/python .bi-venv
	while read -r package _; do
	  case $$package in ''|\#*) continue ;; esac
	  .ci/uv pip install --quiet --python .bi-venv/bin/python "$$package" || echo "$$package cannot be installed here; the matrix will say so." >&2
	done < tests/bi/requirements.txt
	mkdir -p .bi-venv/node
	cp tests/bi/package.json .bi-venv/node/
	if command -v npm >/dev/null; then
	  npm install --prefix .bi-venv/node --no-audit --no-fund --silent || echo "npm cannot install hyparquet here; the matrix will say so." >&2
	else
	  echo "There is no npm here, so hyparquet is not tried." >&2
	fi
	touch $@

.PHONY: test-bi
test-bi: $(READY) $(READERS) ## ask polars, pandas, Spark, ClickHouse and others the same questions; writes docs/bi.md
	@$(BIN)/python -m tests.bi.matrix

SUPERSET := .superset/.ready
$(SUPERSET): tests/bi/superset-requirements.txt | $(READY)
	@echo "Installing Superset into .superset: 250 MB to download, 700 MB on disk." >&2
	.ci/uv venv --quiet --clear --python $(BIN)/python .superset/venv
	.ci/uv pip install --quiet --python .superset/venv/bin/python --requirement tests/bi/superset-requirements.txt
	touch $@

.PHONY: superset superset-serve
superset: $(READY) $(SUPERSET) ## set up Superset with a dashboard over the marts, check its data, take its picture
	@VAXWATCH_CHROMIUM=$$(.ci/chromium)
	export VAXWATCH_CHROMIUM
	$(BIN)/python -m tests.bi.superset_dashboard

superset-serve: $(READY) $(SUPERSET) ## the same, and leave it running on loopback
	@$(BIN)/python -m tests.bi.superset_dashboard --serve

SECONDS_EACH ?= 20
fuzz: $(READY) ## spoilt bytes to every parser (SECONDS_EACH=20), then the vault against its model, for longer
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS_EACH) --seed $$RANDOM
	VAXWATCH_FUZZ=1 $(BIN)/python -m pytest --quiet tests/tasks/vault/proof

check: format lint types contracts lock-check docs-check cover ## what CI runs: format, lint, types, contracts, lock, docs, tests

format: $(READY) ## is the layout as the formatter wants it? (`make tidy` mends it)
	@$(BIN)/ruff format --check --quiet .

lint: $(READY) ## ruff, all rules
	@$(BIN)/ruff check --quiet .

types: $(READY) ## pyright, strict in the packages
	@$(BIN)/basedpyright

contracts: $(READY) ## who may import whom
	@$(BIN)/lint-imports

.PHONY: tidy
tidy: $(READY) ## mend layout and what ruff can mend
	@$(BIN)/ruff check --quiet --fix . || true
	$(BIN)/ruff format --quiet .

# A version that is locked stays while it fits; LOCK_WITH=--upgrade takes the newest ones.
LOCK_WITH ?=
COMPILE := .ci/uv pip compile pyproject.toml --group install --override overrides.txt \
  --generate-hashes --universal --no-header --python-version 3.11 --quiet
lock: $(READY) ## resolve the dependencies anew into both locks (LOCK_WITH=--upgrade for newer versions)
	@$(COMPILE) --extra dask --extra dev $(LOCK_WITH) --output-file requirements-dev.lock
	cp requirements-dev.lock requirements.lock # so that the product gets the same versions
	$(COMPILE) --output-file requirements.lock

lock-check: $(READY) ## do the locks satisfy pyproject.toml, with the same versions and no addresses?
	@$(BIN)/python -m tests.lock

golden: $(READY) ## rewrite the golden tables of the sources; review the diff
	@$(BIN)/python -m tests.golden

.PHONY: reader-contract
reader-contract: $(READY) ## write down the columns of a new table version; never overwrites an old one
	@$(BIN)/python -m tests.reader_contract

KIND ?=
.PHONY: new-source
new-source: $(READY) ## a new source by example that passes the tests: NAME=publisher_subject KIND=file|odata|sdmx|ckan|powerbi
	@$(BIN)/python -m tests.new_source "$(NAME)" "$(KIND)"

docs: $(READY) ## write the generated parts of README and docs anew
	@$(BIN)/python -m tests.documents

docs-check: $(READY) ## are the generated parts as a run makes them?
	@$(BIN)/python -m tests.documents --check

bench: $(READY) ## measure, and write benchmarks/results/*.json
	@$(BIN)/python -m benchmarks

clean: ## remove environment, caches and the demo's lake
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .coverage lake
