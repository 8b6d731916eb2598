# `make` says what there is. Needs Python 3.11 or newer, and nothing else.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

# `make demo -- --with-faults`: make takes what follows the dashes for a goal of its own.
WITH_FAULTS := $(filter --with-faults,$(MAKECMDGOALS))

.DEFAULT_GOAL := help
.PHONY: help demo run test faults check format requirements audit clean --with-faults

help:
	@echo 'make demo      a campaign of ten residents over HTTP, checked at its end (make demo -- --with-faults: with faults)'
	@echo 'make run       the same machinery, to play with at http://127.0.0.1:$${PORT:-8080}/'
	@echo 'make test      every test, the fault tests in their short form'
	@echo 'make faults    the fault tests in full, each named as it ends'
	@echo 'make check     lint and types'
	@echo 'make audit     known weaknesses, our own code, licences, secrets; needs the network (SECURITY.md)'

demo: $(INSTALLED)
	@$(BIN)/python -m infra.local.demo $(WITH_FAULTS)

--with-faults:
	@:

run: $(INSTALLED)
	@$(BIN)/python -m infra.local

test: $(INSTALLED)
	$(BIN)/pytest -n auto --dist loadgroup -m 'not slow'

faults: $(INSTALLED)
	$(BIN)/pytest -vv -n auto --dist loadgroup --durations 15 tests/faults

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

audit: $(INSTALLED)
	@$(BIN)/python -m infra.audit --sbom build/dossierlink.cdx.json

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make requirements'
requirements: $(INSTALLED)
	$(COMPILE) --upgrade requirements.in -o requirements.txt
	$(COMPILE) --upgrade requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
