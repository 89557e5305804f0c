# The doors of the project; README.md says what each one does.
PYTHON ?= python3
DATA_DIR ?= ./var
CHROMIUM ?= chromium
export DATA_DIR CHROMIUM

VENV := .venv
BIN := $(VENV)/bin

# What gettext reads, made of what people write.
WORDS := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))

.PHONY: run test check format words bench chaos screenshots chromium lock clean

run: $(VENV)/.run $(WORDS)
	@exec $(BIN)/python -m config.supervisor

test: $(VENV)/.dev $(WORDS) chromium
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev $(WORDS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint templates --check --lint --quiet
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	ORIGIN=https://rightcall.example $(BIN)/python manage.py check --deploy --fail-level WARNING

# The browser of the tests. Whoever may not install it tests without: those tests are then skipped, and say why.
chromium:
	@command -v $(CHROMIUM) >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || { \
	  echo "Installing Chromium from Debian, for the tests in a browser"; \
	  { apt-get install -qq --yes --no-install-recommends chromium >/dev/null 2>&1 \
	    || { apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium; } >/dev/null; } || true; }

screenshots: $(VENV)/.dev $(WORDS) chromium
	@$(BIN)/python -m tests.browser.screenshots

bench: $(VENV)/.dev $(WORDS)
	@$(BIN)/python -m bench $(ARGS)

# Kill parts of a running Rightcall at random moments, for a quarter of an hour; ARGS is the seed of an earlier run.
chaos: $(VENV)/.dev $(WORDS)
	@$(BIN)/python -m tests.recovery.chaos $(ARGS)

format: $(VENV)/.dev
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix-only .
	@$(BIN)/djlint templates --reformat --quiet

# uv resolves for every platform at once; it is not needed to run or test.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) staticfiles $(WORDS)

# Read anew what is marked for translation; what has no Spanish yet stands there empty.
words: $(VENV)/.run
	@for domain in django djangojs; do \
	  PYTHONPATH=. $(BIN)/pybabel --quiet extract --mapping-file locale/$$domain.cfg --no-location --sort-output --no-wrap \
	    --project Rightcall --keyword gettext_lazy --keyword gettext_noop --keyword ngettext_lazy:1,2 --keyword pgettext:1c,2 --keyword pgettext_lazy:1c,2 \
	    --output-file locale/$$domain.pot . && \
	  PYTHONPATH=. $(BIN)/pybabel --quiet update --domain $$domain --input-file locale/$$domain.pot --output-dir locale \
	    --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	done

%.mo: %.po | $(VENV)/.run
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rightcall needs Python 3.11 or later; set PYTHON=")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
