# make run    prepare and serve at http://127.0.0.1:$(PORT)     make test   every check
# make bench  measurements, one JSON object a line             make lint   lint and types only
PORT ?= 8000
export PORT

python := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help run test bench lint fmt migrate lock

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

run: ## prepare what is missing and serve, with worker and clock
	@scripts/bootstrap run
	@exec $(python) manage.py serve

test: ## every check: lint, types, both databases, browser journeys
	@scripts/bootstrap test
	@exec $(python) scripts/check

bench: ## measurements, one JSON object a line (ONLY=name for one)
	@scripts/bootstrap test
	@exec $(python) -m bench.run $(ONLY)

lint: ## lint and types only
	@scripts/bootstrap test
	@exec $(python) scripts/check lint

fmt: ## put the code in its format
	@scripts/bootstrap test
	@$(python) -m ruff check --fix --quiet .
	@$(python) -m ruff format .

migrate: ## bring the database to the present models
	@scripts/bootstrap run
	@exec $(python) manage.py migrate

lock: ## resolve requirements*.in again, keeping the pins that still fit
	@for name in requirements requirements-dev; do \
		uv pip compile $$name.in -o $$name.txt --quiet --universal --python-version 3.11 \
			--generate-hashes --no-header --no-emit-index-url --no-emit-find-links || exit 1; \
	done
