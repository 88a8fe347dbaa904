# One entry point for every task. A second call installs nothing again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: demo run test lint pictures bench bench-hostile bench-meaning bench-text lock clean help
.DEFAULT_GOAL := help

help:
	@echo "make demo    the product shows itself (KEEP=1 leaves it running)"
	@echo "make run     the service: daemon with config/clinicwatch.toml"
	@echo "make test    every test"
	@echo "make lint    ruff and mypy"
	@echo "make bench   the measured figures; make bench-hostile: what 300 misbehaving pages come to"
	@echo "make bench-meaning   changes in meaning and prices on the labelled sets, beside 'any text change alerts'"
	@echo "make bench-text      quiet and caught on real page histories (CLINICWATCH_EVAL_DIR), and cost, beside trafilatura"
	@echo "make pictures   the pictures of mails in docs/, taken with an installed Chromium"
	@echo "make lock    make requirements.lock anew"

# The lock has two parts; what runs the product stands above the line that starts with "# development".
$(VENV)/run.stamp: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV) ..."
	@sed '/^# development/,$$d' requirements.lock > $(VENV)/run.lock
	@$(PIP) install --require-hashes --no-deps -r $(VENV)/run.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	@echo "installing the development extra ..."
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@touch $@

demo: $(VENV)/run.stamp
	@$(BIN)/clinicwatch demo $(if $(KEEP),--keep)

run: $(VENV)/run.stamp
	@exec $(BIN)/clinicwatch run

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(PYTEST)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks

bench-meaning: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks meaning

bench-text: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks text

bench-hostile: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.hostile

pictures: $(VENV)/dev.stamp
	@PYTHONPATH=tests $(BIN)/python -m browser.pictures

# One lock for Linux and macOS, Python 3.11 to 3.14: hashes, no addresses. The development part is what it has beyond
# the running part.
COMPILE = $(BIN)/uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links --extra build
lock: $(VENV)/dev.stamp
	$(COMPILE) -o $(VENV)/run.lock
	$(COMPILE) --extra dev -c $(VENV)/run.lock -o $(VENV)/all.lock
	@{ echo "# Made by make lock. What runs the product:"; cat $(VENV)/run.lock; \
	   echo "# development: what make test and make lint need besides"; \
	   awk 'NR == FNR { if (/^[^ ]/) have[$$1] = 1; next } /^[^ ]/ { keep = !($$1 in have) } keep' \
	     $(VENV)/run.lock $(VENV)/all.lock; } > requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build dist
