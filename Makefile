# Every command sets up what it needs, and nothing is installed twice: the stamps in .venv remember.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --quiet
ROOMS := bot handlers services domain storage locales webchat

.DEFAULT_GOAL := help
.PHONY: help demo test check chaos bench format migration translate lock clean browser

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUNTIME) ## Start the bot and the web chat with an invented school: no token, this machine only
	@$(BIN)/compagnon demo

test: $(DEV) browser ## Pass the whole suite, real PostgreSQL included (ARGS="-k word" to choose)
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: $(DEV) ## Check format, lint, types, import contracts, house rules and catalogues
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/architecture

chaos: $(DEV) ## Prove the promises the long way: kill loops, floods, the failure matrix
	@$(BIN)/python -m bench.chaos $(ARGS)

bench: $(DEV) ## Measure speeds and memory as ratios within one run
	@$(BIN)/python -m bench $(ARGS)

format: $(DEV) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format .

migration: $(DEV) ## Write a schema step from the models: make migration m="add the meeting"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add the meeting"' >&2; exit 1; }
	@$(BIN)/python -m tools.write_migration "$(m)"

translate: $(DEV) ## Bring the sentences of the code into every catalogue, ready for translators
	@mkdir -p var
	@$(BIN)/pybabel --quiet extract --no-location --sort-output --keywords=_ --keywords=ngettext:1,2 \
		--project=Compagnon --output-file=var/messages.pot handlers services locales
	@for language in fr en tr ar pt; do \
		$(BIN)/pybabel --quiet update --init-missing --no-fuzzy-matching --ignore-pot-creation-date --omit-header \
			--input-file=var/messages.pot --output-dir=locales --locale=$$language || exit 1; done

lock: $(VENV) ## Pin every dependency again, by hash and without any registry address (ARGS=--upgrade for newer ones)
	@$(PIP) uv
	@$(LOCK) --extra dev --output-file requirements-dev.txt $(ARGS)
	@cp requirements-dev.txt requirements.txt  # its pins are preferred, so that both files agree
	@$(LOCK) --extra build --extra excel --extra fallback --extra postgres --extra voice --output-file requirements.txt

clean: ## Remove everything that can be made again (never var/, where a demo keeps its school)
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find $(wildcard $(ROOMS) tests bench tools) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV):
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install 3.11 or newer, or say make PYTHON=path" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Compagnon needs Python 3.11 or newer, and this is $$($(PYTHON) -V): make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNTIME): requirements.txt pyproject.toml | $(VENV)
	@echo "Installing what Compagnon runs on (once)…"
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.txt pyproject.toml | $(VENV)
	@echo "Installing what Compagnon is built with (once)…"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(RUNTIME)

browser:
	@if command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests (once)…"; \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends chromium; } \
			>/dev/null 2>&1; \
		if command -v chromium >/dev/null; then exit 0; fi; \
		why="apt could not install chromium"; \
	else why="chromium is not installed, and only root may (apt install chromium)"; fi; \
	if [ "$$CI" = true ]; then echo "The browser tests must run in CI, but $$why." >&2; exit 1; fi; \
	echo "The browser tests are left out: $$why."
