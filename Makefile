# every command of the project; `make run` is all that a newcomer needs
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run install check test train pipeline mlflow notebooks lock image clean

run: .venv/serving ## serve the bundle that ships; PORT is 5000 unless set
	$(BIN)/python -m gunicorn --config python:emoji_api.gunicorn_conf

install: .venv/all ## everything: serving, training, notebooks, tests

check: .venv/all ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check ## what must be green before a change goes in
	$(BIN)/pytest -q

train: .venv/all ## train the bundle that ships; ARGS="--data FOLDER" and the like
	$(BIN)/emoji-api train $(ARGS)

pipeline: .venv/all ## from the data to a measured bundle, as dvc.yaml says; only what has changed is done
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro $(ARGS)

mlflow: .venv/all ## the runs and the registry, in a browser at http://127.0.0.1:5001
	MLFLOW_DISABLE_TELEMETRY=true $(BIN)/mlflow ui --port 5001 \
		--backend-store-uri $(or $(MLFLOW_TRACKING_URI),sqlite:///instance/mlflow.db)

notebooks: .venv/all ## run them, their outputs kept
	$(BIN)/jupyter nbconvert --config notebooks/nbconvert.json --inplace --execute notebooks/*.ipynb

lock: .venv/all ## both lock files, from pyproject.toml
	$(LOCK) --all-extras --output-file requirements.txt
	$(LOCK) --extra postgresql --constraints requirements.txt --no-annotate --output-file emoji_api/requirements.txt

image: ## the image that serves; TARGET=trainer is the one that trains
	docker build --target $(TARGET) --tag emoji-$(TARGET) .

clean: ## what the others made, the environment included
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

TARGET ?= api
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.venv/serving: emoji_api/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement emoji_api/requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

.venv/all: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch .venv/serving $@
