# `make` says what there is. Needs Python 3.11 or newer, and nothing else; deploying needs gcloud and terraform too.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

# `make demo -- --with-faults`: make takes what follows the dashes for a goal of its own.
WITH_FAULTS := $(filter --with-faults,$(MAKECMDGOALS))
CAMPAIGN := $(filter --campaign,$(MAKECMDGOALS))

.DEFAULT_GOAL := help
.PHONY: help demo run test faults check audit format requirements clean --with-faults --campaign
.PHONY: deploy settings secret key rollback remove doctor

help:
	@echo 'make demo      a campaign of ten residents over HTTP, checked at its end (make demo -- --with-faults: with faults)'
	@echo 'make run       the same machinery, to play with at http://127.0.0.1:$${PORT:-8080}/'
	@echo '               (make run -- --campaign: with a campaign of 300 invented residents, to show the staff pages)'
	@echo 'make test      every test, the fault tests in their short form'
	@echo 'make faults    the fault tests in full, each named as it ends'
	@echo 'make check     lint and types'
	@echo 'make audit     known weaknesses, our own code, licences, secrets; needs the network (SECURITY.md)'
	@echo
	@echo 'make deploy PROJECT=my-project      install or update the link in Google Cloud (to try it: ENVIRONMENT=staging)'
	@echo 'make settings PROJECT=my-project    put another cooperations.yaml to use (SETTINGS=… names another file)'
	@echo 'make secret PROJECT=… NAME=…        a new value for one secret of the settings'
	@echo 'make key                            a new key for Econobis, Hoomdossier or a feed (Power BI)'
	@echo 'make doctor PROJECT=my-project      is everything set up well? (in Dutch)'
	@echo 'make rollback PROJECT=my-project    back to the release before'
	@echo 'make remove PROJECT=my-project      take the link away; documents, files and secrets stay'

demo: $(INSTALLED)
	@$(BIN)/python -m infra.local.demo $(WITH_FAULTS)

--with-faults --campaign:
	@:

run: $(INSTALLED)
	@$(BIN)/python -m infra.local $(CAMPAIGN)

test: $(INSTALLED)
	$(BIN)/pytest -n auto --dist loadgroup -m 'not slow and not timed'
	$(BIN)/pytest -m 'timed and not slow'

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

# `YES=1` asks nothing, `FROM_ENV=1` takes secrets from environment variables of their names.
ENVIRONMENT ?= production
# Staging has settings of its own: those of production lead to the real Econobis and Hoomdossier.
SETTINGS ?= $(if $(filter staging,$(ENVIRONMENT)),cooperations.staging.yaml,cooperations.yaml)
PLACE = --project '$(PROJECT)' --environment '$(ENVIRONMENT)' $(if $(YES),--yes)
FROM = $(if $(FROM_ENV),--from-env)

deploy: $(INSTALLED)
	@$(BIN)/python -m infra.deploy deploy $(PLACE) $(FROM) --settings '$(SETTINGS)'

settings: $(INSTALLED)
	@$(BIN)/python -m infra.deploy settings $(PLACE) $(FROM) --settings '$(SETTINGS)'

secret: $(INSTALLED)
	@$(BIN)/python -m infra.deploy secret $(PLACE) $(FROM) --name '$(NAME)'

key: $(INSTALLED)
	@$(BIN)/python -m infra.deploy key

rollback: $(INSTALLED)
	@$(BIN)/python -m infra.deploy rollback $(PLACE) $(FROM)

remove: $(INSTALLED)
	@$(BIN)/python -m infra.deploy remove $(PLACE)

doctor: $(INSTALLED)
	@$(BIN)/python -m infra.doctor --project '$(PROJECT)'

COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make requirements'
requirements: $(INSTALLED)
	$(COMPILE) --upgrade requirements.in -o requirements.txt
	$(COMPILE) --upgrade requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed. Install it, and name it: make PYTHON=python3.12 …'; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
