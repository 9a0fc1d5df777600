# make serve   the service on http://127.0.0.1:5000, with a sample model
# make test    format, lint, types, import contracts, tests
# make bench   figures, side by side with peers
#
# Each does all the set-up it needs. PYTHON= chooses the interpreter, PORT= the port of serve.

PYTHON ?= python3
PORT ?= 5000
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv/$(VERSION)
BIN := $(VENV)/bin
PEERS := $(VENV)-bench

.PHONY: serve test bench lint fix clean python-is-supported
.DEFAULT_GOAL := test

python-is-supported:
	@case "$(VERSION)" in \
	3.11|3.12|3.13) ;; \
	"") echo "make: '$(PYTHON)' can't be run. Name a Python 3.11, 3.12 or 3.13: make test PYTHON=python3.13" >&2; exit 2 ;; \
	*) echo "make: '$(PYTHON)' is Python $(VERSION), and TensorFlow and this project need 3.11, 3.12 or 3.13." >&2; \
	   echo "      Name one that you have: make test PYTHON=python3.13" >&2; exit 2 ;; \
	esac

# A stamp for each set of pins: it is made anew when the file has changed.
$(VENV)/%.installed: %.txt requirements.txt | python-is-supported
	@echo "make: installing $< into $(VENV) (a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

models/sample.keras: | $(VENV)/requirements.installed
	@echo "make: building the sample model"
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m app.sample 2>/dev/null

# Off a dyno the server stays on the loopback interface, and PORT is the shell's own affair.
serve: $(VENV)/requirements.installed models/sample.keras
	env -u PORT $(BIN)/python -m diag.gunicorn --bind 127.0.0.1:$(PORT) app.wsgi:app

lint: $(VENV)/requirements-dev.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Side by side what only computes, and file by file what mostly waits; alone what starts servers and measures.
COMPUTING := tests/diag tests/fuzz tests/test_causes.py tests/test_docs.py tests/test_house.py
WAITING := tests/app tests/test_models.py
test: lint models/sample.keras
	$(BIN)/python -m pytest --numprocesses 2 $(COMPUTING)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(WAITING)
	$(BIN)/python -m pytest tests $(patsubst %,--ignore=%,$(COMPUTING) $(WAITING))

fix: $(VENV)/requirements-dev.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The peers come into an environment of their own, so that no test sees them.
$(PEERS)/bench.installed: bench/requirements.txt requirements.txt requirements-litert.txt | python-is-supported
	@echo "make: installing the peers into $(PEERS) (a minute or two)"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r bench/requirements.txt
	@touch $@

bench: $(PEERS)/bench.installed models/sample.keras
	$(PEERS)/bin/python -m bench

clean:
	rm -rf .venv models build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
