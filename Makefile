# balancewatch: `make run` and `make test` work on a fresh machine with Python 3.11 or newer and make.

PYTHON ?= python3
VENV    = .venv
BIN     = $(VENV)/bin
PIP     = $(BIN)/python -m pip --disable-pip-version-check --quiet
# Tools in tests/ run the program of this folder, whatever is installed.
HERE    = PYTHONPATH=functions/watch:functions/relay:cli:.
LOCKS   = requirements/run.txt requirements/dev.txt pyproject.toml

.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
.PHONY: help run setup test thorough fuzz forecast noise bench cost histories mutants check format lint types imports template
.PHONY: page scale audit bom lock docs site sam build validate deploy package container e2e cloud cloud-stop clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp  ## Run the main job on embedded AWS (ACCOUNTS=file: your accounts, real providers)
	@$(BIN)/balancewatch check $(if $(ACCOUNTS),--accounts '$(ACCOUNTS)') || [ $$? -le 3 ]
	@$(if $(ACCOUNTS),,echo 'Next, with an account of yours: docs/first-ten-minutes.md')

setup: $(VENV)/dev.stamp  ## Make .venv with everything for development

test: setup  ## Run the tests, about two minutes: no SAM CLI, no network but loopback
	$(BIN)/pytest

thorough: setup  ## Run more cases of what the tests hold, which `make test` leaves out, half a minute
	$(BIN)/pytest -m thorough

fuzz: N = 200000
fuzz: setup  ## Read N=200000 recorded answers that were changed a little, a minute (SEED=1)
	$(HERE) $(BIN)/python -m tests.fuzz --count $(N) --seed $(SEED)

forecast: setup  ## Measure the forecast, five minutes (TRACES=folder: on its traces too)
	$(HERE) $(BIN)/python -m tests.benchmarks.forecast $(if $(TRACES),'$(TRACES)')

noise: setup  ## Compare the rules with those that people use, two minutes (TRACES=folder: recorded demand)
	$(HERE) $(BIN)/python -m tests.benchmarks.noise $(if $(TRACES),'$(TRACES)',--svg docs/noise.svg --page docs/noise.md)

bench: setup  ## Measure every budget of speed, five minutes, and write docs/performance.md (PART=asking: only that)
	$(HERE) $(BIN)/python -m tests.benchmarks.speed $(PART)

cost: setup  ## Count what a run asks of AWS, and write docs/cost.md
	$(HERE) $(BIN)/python -m tests.benchmarks.cost
	$(HERE) $(BIN)/python -m tests.pages

SEED = 1

histories: N = 500
histories: setup  ## Play N=500 random histories under faults, and say whether a promise broke (SEED=1)
	$(HERE) $(BIN)/python -m tests.reliability.histories --count $(N) --seed $(SEED) $(if $(WRITE),--write)

mutants: setup  ## Break the program on purpose in many ways: the histories must notice each
	$(HERE) $(BIN)/python -m tests.reliability.mutants $(if $(WRITE),--write)

scale: setup  ## Run one full team, then 100 of them by the queue, up to ten minutes
	$(HERE) $(BIN)/python -m tests.benchmarks.scale

# One after the other: they share one cloud.
e2e: setup .sam/sam.stamp .cloud/cloud.stamp  ## Build, deploy and use the stack on AWS emulated here, about four minutes
	E2E=1 $(BIN)/pytest -n0 -m '' tests/end_to_end

page: setup  ## Look at the page in a browser, and draw its pictures for docs/ (needs Chromium)
	$(BIN)/pytest -n0 tests/browser
	$(HERE) $(BIN)/python -m tests.browser.pictures

check: format lint types imports template audit bom site test thorough e2e  ## All that must hold before a change lands

format: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

template: setup
	$(BIN)/cfn-lint template.yaml
	$(BIN)/python tests/translation.py template.yaml $(VENV)/translated.json
	$(BIN)/cfn-lint $(VENV)/translated.json

# Checkov's exceptions stand at their resources in the template, each with its reason; bandit's in pyproject.toml.
audit: .audit/audit.stamp
	.audit/bin/checkov --file template.yaml --framework cloudformation --quiet --compact --skip-download
	.audit/bin/bandit --quiet --recursive --configfile pyproject.toml functions cli

.audit/audit.stamp: requirements/audit.txt
	@echo "Setting up checkov and bandit in .audit (once, about a minute) ..."
	@$(PYTHON) -m venv .audit
	@.audit/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement requirements/audit.txt
	@touch $@

# What ships to Lambda, as a bill of materials, from its lock.
BOM = $(BIN)/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --spec-version 1.6 \
	--output-reproducible layers/dependencies/requirements.txt
bom: setup
	@$(BOM) --output-file $(VENV)/bom.json
	@cmp docs/bom.json $(VENV)/bom.json || { echo "docs/bom.json is not of this lock: make docs writes it"; exit 1; }

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "balancewatch needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say which: make $(MAKECMDGOALS) PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# --no-deps: the locks are complete, and so nothing unlocked can come along.
$(VENV)/run.stamp: $(VENV)/python.stamp requirements/run.txt pyproject.toml
	@echo "Setting up .venv (once, some 20 seconds) ..."
	@$(PIP) install --no-deps --require-hashes --requirement requirements/run.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@echo "Setting up .venv for development (once, about a minute) ..."
	@$(PIP) install --no-deps --require-hashes --requirement requirements/dev.txt
	@touch $@

# Needs uv. The layer's lock comes first and binds the others, so that what is tested is what is shipped.
# What the container needs not: `check --notify` imports none of it.
WITHOUT_AWS = $(addprefix --no-emit-package ,aws-lambda-powertools boto3 botocore python-dateutil s3transfer six)
UV_COMPILE = UV_CUSTOM_COMPILE_COMMAND='make lock' uv pip compile --quiet --generate-hashes $(UPGRADE)
lock:  ## Lock the dependencies again, as listed in pyproject.toml (UPGRADE=--upgrade for newer ones)
	$(UV_COMPILE) --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
		--output-file layers/dependencies/requirements.txt layers/dependencies/requirements.in
	$(UV_COMPILE) --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
		--constraint layers/dependencies/requirements.txt \
		--output-file layers/relay/requirements.txt layers/relay/requirements.in
	$(UV_COMPILE) --universal --python-version 3.11 --constraint layers/dependencies/requirements.txt \
		--constraint layers/relay/requirements.txt \
		--extra cli --extra notify --output-file requirements/run.txt pyproject.toml
	$(UV_COMPILE) --python-version 3.13 --python-platform linux --constraint requirements/run.txt \
		$(WITHOUT_AWS) --extra notify --output-file requirements/notify.txt pyproject.toml
	$(UV_COMPILE) --universal --python-version 3.11 --constraint requirements/run.txt \
		--extra cli --extra notify --group dev --output-file requirements/dev.txt pyproject.toml
	$(UV_COMPILE) --universal --python-version 3.11 --group audit --output-file requirements/audit.txt
	$(UV_COMPILE) --universal --python-version 3.11 --group sam --output-file requirements/sam.txt
	$(UV_COMPILE) --universal --python-version 3.11 --group cloud --output-file requirements/cloud.txt
	$(UV_COMPILE) --universal --python-version 3.11 --group site --output-file requirements/site.txt

site: .site/site.stamp  ## Build the documentation as a site, into .site/html
	@NO_MKDOCS_2_WARNING=1 $(HERE) .site/bin/mkdocs build --strict

.site/site.stamp: requirements/site.txt
	@echo "Setting up MkDocs in .site (once, some 20 seconds) ..."
	@$(PYTHON) -m venv .site
	@.site/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement requirements/site.txt
	@touch $@

docs: setup  ## Write the generated parts of the README and of docs/
	$(HERE) $(BIN)/python -m tests.pages
	$(BOM) --output-file docs/bom.json

sam: .sam/sam.stamp  ## Make .sam with the SAM CLI, apart from everything else

# The SAM CLI pins many packages, so it has an environment of its own.
.sam/sam.stamp: requirements/sam.txt
	@echo "Setting up the SAM CLI in .sam (once, about two minutes) ..."
	@$(PYTHON) -m venv .sam
	@.sam/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement requirements/sam.txt
	@touch $@

validate: sam  ## Lint the template as the SAM CLI does
	.sam/bin/sam validate --lint

build: sam  ## Build what is deployed, into .aws-sam
	PYTHON=$(CURDIR)/.sam/bin/python .sam/bin/sam build

cloud: PORT = 4566
cloud: $(VENV)/run.stamp .sam/sam.stamp .cloud/cloud.stamp  ## Deploy to AWS emulated on this machine, and show what happens (PORT=4566)
	@$(HERE) $(BIN)/python -m balancewatch_cloud --port $(PORT)

cloud-stop: $(VENV)/run.stamp  ## End what `make cloud` started; its state is kept
	@$(HERE) $(BIN)/python -m balancewatch_cloud stop

# The emulator pins botocore, so it too has an environment of its own; the functions run on its Python, so Lambda's
# version is taken where there is one.
.cloud/cloud.stamp: requirements/cloud.txt
	@echo "Setting up the local cloud in .cloud (once, about half a minute) ..."
	@rm -rf .cloud
	@if python3.13 -c '' 2>/dev/null; then python3.13 -m venv .cloud; else $(PYTHON) -m venv .cloud; fi
	@.cloud/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement requirements/cloud.txt
	@touch $@

# What is said on the command line is not asked.
given = $(if $(findstring command,$(origin $(1))),--$(2) '$($(1))')
deploy: build  ## Deploy to your AWS account, asking four things (or EMAIL= PHONE= REGION= STACK=)
	@PYTHONPATH=cli .sam/bin/python -m balancewatch_cli.deploy --sam .sam/bin/sam $(call given,EMAIL,email) \
		$(call given,PHONE,phone) $(call given,REGION,region) $(call given,STACK,stack)

package: build  ## Upload what is deployed to BUCKET=name, and write templates for many accounts
	$(if $(BUCKET),,$(error Say where to: make package BUCKET=name))
	.sam/bin/sam package --s3-bucket '$(BUCKET)' --output-template-file .aws-sam/packaged.yaml
	.sam/bin/python tests/translation.py .aws-sam/packaged.yaml .aws-sam/packaged.json

container:  ## Build the container that watches without AWS (needs podman or docker)
	$(or $(shell command -v podman),$(shell command -v docker),$(error this needs podman or docker)) \
		build --file Containerfile --tag balancewatch .

clean:  ## Remove all that was built or set up here
	rm -rf .venv .audit .sam .site .cloud .aws-sam .balancewatch .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
