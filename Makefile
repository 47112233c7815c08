# `make run` and `make test` need only Python 3.11 and a package registry.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# make mutate N=10 SEED=3 JOBS=2
N ?= 100
SEED ?= 1
JOBS ?= 1
FUZZ ?= 2000
export PIP_DISABLE_PIP_VERSION_CHECK = 1

PRESET ?=

.PHONY: rows messages experiments workshop bench-workshop run test test-cluster baseline fuzz mutate bench check setup clean
run: setup
	$(BIN)/asmsim run posterior=mongolia

workshop: setup  # the what-if page for a room: make workshop PRESET=mongolia_2005
	$(BIN)/asmsim workshop $(PRESET)

test: setup
	$(BIN)/python -m pytest -n auto --dist loadscope --durations 15

test-cluster: setup  # a real Dask scheduler; a real SLURM, which needs root on Debian
	$(BIN)/python -m tests.cluster.dask_cluster
	PYTHON=$(abspath $(BIN)/python) tests/cluster/slurm.sh

baseline: setup  # pins the outcomes of the canonical scenarios as they now are: review the difference
	$(BIN)/python -m tests.baseline

rows: setup  # types of the rows that kernels read, from their declarations
	$(BIN)/python -m tests.row_types

messages: setup  # what people read, collected for translation: asmsim/languages
	$(BIN)/python -m tests.messages

mutate: setup  # deliberate errors in the rules, and whether the tests notice
	$(BIN)/python -m tests.mutate --number $(N) --seed $(SEED) --jobs $(JOBS)

fuzz: setup  # random command lines and configurations: make fuzz FUZZ=2000 SEED=1
	$(BIN)/python -m tests.fuzz --number $(FUZZ) --seed $(SEED)

experiments: setup  # hours of both cores: asmsim experiment list says how many minutes each is meant to take
	$(BIN)/asmsim experiment run all

bench: setup
	$(BIN)/python -m benchmarks

bench-workshop: setup  # lever to first estimate, 200 paired runs, start, contributions
	$(BIN)/python -m benchmarks.workshop

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(VENV)/.done

$(VENV)/.done: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("asmsim needs Python 3.11 or newer, not " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=26.0" "setuptools>=78.1.1"  # what venv brings has known advisories
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) results/runs results/compare
