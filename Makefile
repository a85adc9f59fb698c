# make help      what there is
# TORCH_INDEX    on x86_64 Linux, pip's ordinary index holds a build of torch with several GB of GPU libraries.
#                Give the address of PyTorch's own index of CPU builds here to download about 200 MB instead:
#                make install TORCH_INDEX=<address from PyTorch's "Get started" page, compute platform CPU>

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=
TORCH := torch==2.13.0
STAMP := $(VENV)/.installed
FUZZ_CASES ?= 20000

.PHONY: help install demo test lint bench fuzz fit tune train lock clean
.DEFAULT_GOAL := help

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

install: $(STAMP) ## own virtual environment with locked dependencies; leaves .venv/bin/anbudslots

$(STAMP): pyproject.toml config/requirements/lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Anbudslots needs Python 3.11 or newer: make install PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r config/requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q anbudslots config crawler matcher notifier portal register
	@touch $(STAMP)

demo: install ## the whole way once, on invented examples, on this machine only
	$(BIN)/anbudslots demo

test: install ## all tests on all cores; nothing outside loopback is contacted
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: install ## style, types, the directions of the house, the knowledge files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## the figures, as ratios within one run
	$(BIN)/python -m benchmarks

fuzz: install ## 20,000 hostile inputs for each reader (an hour); FUZZ_CASES=2000 for fewer
	ANBUDSLOTS_FUZZ_CASES=$(FUZZ_CASES) $(BIN)/python -m pytest -s tests/crawler/test_fuzz_*.py

fit: install ## fit the ranker anew on config/training/matching
	$(BIN)/python -m matcher.fitting data/model

tune: install ## teach the bundled encoder the work of tenders anew (an hour), before `make fit`
	$(BIN)/python -m matcher.tuning data/model
	$(BIN)/python -m matcher.tuning data/model --continue

train: install ## train the learned reader of social clauses anew on config/training/screening
	$(BIN)/python -m matcher.screening.training data/model

lock: install ## renew config/requirements/lock.txt from pyproject.toml (torch stays out: it has a step of its own)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --overrides config/requirements/overrides.txt --extra dev \
		pyproject.toml config/requirements/torch-needs.in -o config/requirements/lock.txt

clean: ## remove the environment and caches; the data folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
