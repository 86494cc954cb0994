# One word each; `make` lists them. CI runs `make test` too, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1
# Compiled once: hundreds of processes that compile all of it anew take minutes.
unexport PYTHONDONTWRITEBYTECODE

INSTALL = $(BIN)/python -m pip install --quiet
# The package itself, in place. Its build backend comes from the lock as well, so no isolation.
INSTALL_SELF = $(NPM) && $(INSTALL) --no-deps --no-build-isolation --editable .
# What browsers load comes from npm, which comes from where pip looks where there is none.
NPM = { command -v npm >/dev/null || $(INSTALL) --require-hashes --requirement requirements/node.txt; }
FRONT_END = $(BIN)/python -m tools.front_end

.DEFAULT_GOAL := help
.PHONY: help demo test check style bench kills browser screenshots lock docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Install, then send three releases of two associations to their 1,500 members
	@$(FRONT_END)
	$(BIN)/communique demo

# Types take a minute of one core, so the tests begin beside them; what they found is said at the end.
# Three processes keep two cores busy. In a fresh clone all is compiled once before they begin: each
# of them would do it, for twenty seconds.
test: $(VENV)/.dev browser style ## Check everything: style, imports, types, tests on both databases
	@$(FRONT_END)
	@$(BIN)/mypy > $(VENV)/types.txt 2>&1 & checking=$$!; trap 'kill $$checking' INT TERM; \
	  [ -d tests/unit/__pycache__ ] || $(BIN)/pytest --collect-only -qq > /dev/null; \
	  $(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder; tested=$$?; \
	  wait $$checking; checked=$$?; cat $(VENV)/types.txt; exit $$((tested || checked))

check: style ## Check only what takes a minute: style, imports, types
	$(BIN)/mypy

style: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## Measure a release of 20,000 beside two others (ARGS=--million, ARGS=--help)
	$(BIN)/python -m bench $(ARGS)

kills: $(VENV)/.dev ## Kill a sending service 200 times and account for everybody (ARGS="--kills 50 --engine distributed")
	$(BIN)/python -m tests.acceptance.kills $(ARGS)

screenshots: $(VENV)/.dev browser ## Take a picture of every page of the desk (ARGS="--only log")
	@$(FRONT_END)
	$(BIN)/python -m tests.browser.pictures $(ARGS)

docs: $(VENV)/.dev ## Write docs/settings.md and docs/json.md anew from the settings and the schema
	$(BIN)/python -c 'from pathlib import Path; from communique.settings.reference import settings_reference; \
	  Path("docs/settings.md").write_text(settings_reference(), encoding="utf-8")'
	$(BIN)/python -m tools.json_page

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE)
LOCK = $(COMPILE) pyproject.toml --group build

lock: $(VENV)/.dev ## Write requirements/ anew from pyproject.toml (UPGRADE=--upgrade to renew all)
	$(LOCK) --extra distributed --output-file requirements/runtime.txt
	$(LOCK) --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(COMPILE) --group node --output-file requirements/node.txt
	cd frontend && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

clean: ## Remove what these commands made (never a desk's own var/)
	rm -rf $(VENV) build dist demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf frontend/node_modules service/communique/web/desk/static
	find service tests bench tools -name __pycache__ -prune -exec rm -rf {} +

# The rest is how the above is made ready; each stamp is renewed when what it rests on changes.

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Communiqué needs Python 3.11 or newer, and $(PYTHON) is not:" \
	    "try \`make PYTHON=python3.11 $(MAKECMDGOALS)\`." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements/runtime.txt pyproject.toml
	@echo "Installing what Communiqué runs with (about a minute, the first time)"
	$(INSTALL) --require-hashes --requirement requirements/runtime.txt
	$(INSTALL_SELF)
	@touch $@

# pip takes a minute and a half of CPU for all this, uv some seconds; uv is itself in the lock. It is
# told where pip looks, and where it finds nothing there, pip does it all.
QUICKLY = sed -n '/^uv==/,/[^\\]$$/p' requirements/dev.txt > $(VENV)/uv.txt \
  && $(INSTALL) --require-hashes --requirement $(VENV)/uv.txt \
  && index=$$($(BIN)/python -m pip config list | sed -n "s/^[^=]*\.index-url='\(.*\)'$$/\1/p" | tail -n 1) \
  && UV_FIND_LINKS="$${UV_FIND_LINKS:-$$PIP_FIND_LINKS}" $(BIN)/uv pip install --quiet \
    --python $(BIN)/python $${index:+--default-index "$$index"} \
    --require-hashes --requirement requirements/dev.txt

$(VENV)/.dev: $(VENV)/.python requirements/dev.txt pyproject.toml
	@echo "Installing what Communiqué is tested with (a minute, the first time)"
	@$(QUICKLY) || $(INSTALL) --require-hashes --requirement requirements/dev.txt
	$(INSTALL_SELF)
	@touch $@

# The browser tests need a real one. It is installed only where that is this command's to do, and
# when no other program is installing something.
APT_GET = DEBIAN_FRONTEND=noninteractive apt-get --quiet -o DPkg::Lock::Timeout=600
browser:
	@command -v chromium || command -v chromium-browser || command -v google-chrome || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && $(APT_GET) update && \
	  $(APT_GET) install --yes --no-install-recommends chromium fonts-liberation; \
	} || { echo "The tests need a browser: install Chromium or Google Chrome, then run again." >&2; exit 1; }
