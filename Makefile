# GNU make. `make` alone lists every target.
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

STAGE ?= dev
# beside what an account brings with PARAMETERS
PARAMETERS_dev := SealLockMode=GOVERNANCE SealRetentionDays=1
PARAMETERS_prod := SealLockMode=COMPLIANCE SealRetentionDays=3650
BIN := .venv/bin
SETUP := infra/setup.sh
# the build needs no credentials, and SAM would ask for some it found
REGION := ap-northeast-2
SAM := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=$(REGION) PYTHON="$(CURDIR)/$(BIN)/python" .venv/sam/bin/sam
# what a stack takes from the others
DEPLOY := AWS_DEFAULT_REGION=$(REGION) $(BIN)/python -m infra.deploy.parameters

DEPLOY_APP = set -e; app=$$($(DEPLOY) app $(STAGE)); set -x; $(SAM) deploy --config-env $(STAGE) \
    --parameter-overrides Stage=$(STAGE) $(PARAMETERS_$(STAGE)) $$app $(PARAMETERS)

# silent when it succeeds
SAM_BUILD = log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && \
    if ! $(SAM) build --parallel >"$$log" 2>&1; then cat "$$log" >&2; exit 1; fi

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## install the development environment into .venv (once)
	@$(SETUP) local check

.PHONY: demo
demo: ## replay a sample market and serve the API at 127.0.0.1:8000 (ONCE=1 stops after the summary; SEED=2, SESSIONS=3, PORT=8001, INTRADAY=1)
	@$(SETUP) local
	@$(BIN)/nunchi demo $(if $(filter-out 0,$(ONCE)),--once) $(if $(filter-out 0,$(INTRADAY)),--intraday) $(if $(SEED),--seed $(SEED)) $(if $(SESSIONS),--sessions $(SESSIONS)) $(if $(PORT),--port $(PORT))

.PHONY: run
run: ## the live system on embedded stores kept in .local/ (PORT=8001)
	@$(SETUP) local
	@$(BIN)/nunchi run $(if $(PORT),--port $(PORT))

.PHONY: test
test: ## the tests (ARGS="-k seal" passes options to pytest)
	@$(SETUP) check client
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: client
client: ## write the TypeScript client's types again from the API's document, and compile it
	@$(SETUP) check client
	@$(BIN)/python -m infra.checks.typescript_client

.PHONY: e2e
e2e: ## deploy to LocalStack and play a trading day there, held against the local platform (CHAOS=1 SEED=2 kills at random, BUILT=1 takes what is built)
	@$(SETUP) local sam runtime localstack
	@$(if $(BUILT),,$(SAM_BUILD))
	@CHAOS=$(CHAOS) SEED=$(SEED) $(BIN)/python -m infra.localstack.run

.PHONY: sam-local
sam-local: ## the built Api under `sam local start-api`, or FUNCTION=SealFunction once (needs Docker, and `make run`)
	@$(SETUP) local sam
	@$(SAM_BUILD)
	@$(BIN)/python -m infra.checks.sam_local $(FUNCTION)

.PHONY: lint
lint: ## ruff, mypy, import-linter, cfn-lint on the expanded template
	@$(SETUP) check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m infra.checks.template_lint

.PHONY: security
security: ## checkov on the expanded templates, bandit, pip-audit on the locks, a scan for secrets
	@$(SETUP) check audit
	@$(BIN)/python -m infra.checks.security

.PHONY: sources-live
sources-live: ## do the real sites still look as expected? (needs a network, and CRAWLER_CONTACT=you@example.com)
	@$(SETUP) local
	@$(BIN)/python -m infra.checks.sources_live

.PHONY: bench
bench: build ## what is fast and what it costs, as ratios of one run (docs/development.md names the parts; about an hour)
	@$(BIN)/python -m tests.bench

.PHONY: build
build: ## build the functions, the layer and bills of materials, check sizes, and run each under Lambda's emulator
	@$(SETUP) check sam runtime audit
	@$(SAM_BUILD)
	@$(BIN)/python -m infra.checks.sbom
	@$(BIN)/python -m infra.checks.size
	@$(BIN)/python -m infra.checks.invoke_all

.PHONY: deploy
deploy: build ## deploy stores, functions and CloudFront to AWS, migrating before traffic (STAGE=dev or prod; PARAMETERS, STORES, EDGE)
	$(SAM) deploy --config-file $(CURDIR)/samconfig.toml --template-file infra/stores.yaml --config-env $(STAGE)-stores --parameter-overrides Stage=$(STAGE) $(STORES)
	@$(DEPLOY_APP)
	@set -e; edge=$$($(DEPLOY) edge $(STAGE)); set -x; $(SAM) deploy --config-file $(CURDIR)/samconfig.toml --template-file infra/edge.yaml \
	    --config-env $(STAGE)-edge --parameter-overrides Stage=$(STAGE) $$edge $(EDGE)
	@$(DEPLOY_APP) # with CloudFront's address, which only the first deployment did not know before

.PHONY: deploy-app
deploy-app: build ## deploy the functions alone, onto stores that are there (STAGE=dev or prod)
	@$(DEPLOY_APP)

.PHONY: rotate-keys
rotate-keys: ## rotate the keys that sign tokens (STAGE=dev or prod), at most once an hour
	@$(SETUP) local
	@AWS_DEFAULT_REGION=$(REGION) $(BIN)/python -m infra.deploy.keys $(STAGE)

.PHONY: migrate
migrate: ## bring a deployed stage's database to the newest revision (STAGE=dev or prod)
	@$(SETUP) sam
	$(SAM) remote invoke MigrateFunction --config-env $(STAGE) --event "{}"

.PHONY: clean
clean: ## remove what was built and the local state, but not .venv
	rm -rf .aws-sam .local build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
