# the commands of the project; start with `make run`
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run install check test train pipeline mlflow notebooks lock image clean

run: .venv/serving ## serve the bundle that ships, on PORT or 5000
	$(BIN)/python -m gunicorn --config python:emoji_api.gunicorn_conf

install: .venv/all ## install everything: serving, training, notebooks, tests

check: .venv/all ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check ## check style and types, then run the tests
	$(BIN)/pytest -q

train: .venv/all ## train a bundle; options in ARGS, such as ARGS="--data FOLDER"
	$(BIN)/emoji-api train $(ARGS)

pipeline: .venv/all ## run the stages of dvc.yaml that have changed: data, training, export, evaluation
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro $(ARGS)

mlflow: .venv/all ## show MLflow's runs and registry at http://127.0.0.1:5001
	MLFLOW_DISABLE_TELEMETRY=true $(BIN)/mlflow ui --port 5001 \
		--backend-store-uri $(or $(MLFLOW_TRACKING_URI),sqlite:///instance/mlflow.db)

notebooks: .venv/all ## run the notebooks and save their outputs
	$(BIN)/jupyter nbconvert --config notebooks/nbconvert.json --inplace --execute notebooks/*.ipynb

lock: .venv/all ## write both lock files from pyproject.toml
	$(LOCK) --all-extras --output-file requirements.txt
	$(LOCK) --extra postgresql --constraints requirements.txt --no-annotate --output-file emoji_api/requirements.txt

image: ## build the serving image, or the training image with TARGET=trainer
	docker build --target $(TARGET) --tag emoji-$(TARGET) .

clean: ## remove the environment and caches
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
