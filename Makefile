# commands of the project; `make run` is enough to serve, `make help` lists all
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run dev help install check quick test train pipeline mlflow notebooks airflow test-dags lock image clean

run: .venv/serving ## serve the shipped model; the port is PORT, default 5000
	@echo "Starting the service; it says where to open it when it is ready"
	@$(BIN)/python -m emoji_api serve

dev: .venv/serving ## serve with Flask's server, which reloads changed code and pages; not for production
	$(BIN)/python -m flask --app emoji_api.app run --debug --port $(or $(PORT),5000) --extra-files "$(STATIC)"

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/all ## install everything: serving, training, notebooks, tests

check: .venv/all ## check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

quick: .venv/all ## run the tests of everything but the training code
	$(BIN)/pytest -q $(PARALLEL) -m "not training"

test: check ## run all checks and tests, as before every merge
	$(BIN)/pytest -q $(PARALLEL)

train: .venv/all ## train a model with params.yaml; options in ARGS, such as ARGS="--data FOLDER"
	$(BIN)/emoji-api train $(ARGS)

pipeline: .venv/all ## run the stages of dvc.yaml whose inputs have changed
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro $(ARGS)

mlflow: .venv/all ## show MLflow runs and registry at http://127.0.0.1:5001
	MLFLOW_DISABLE_TELEMETRY=true $(BIN)/mlflow ui --port 5001 \
		--backend-store-uri $(or $(MLFLOW_TRACKING_URI),sqlite:///instance/mlflow.db)

notebooks: .venv/all ## execute the notebooks and keep their outputs
	$(BIN)/jupyter nbconvert --config notebooks/nbconvert.json --inplace --execute notebooks/*.ipynb

airflow: .venv-airflow/all ## start Airflow with the DAGs of this repository at http://127.0.0.1:8080
	$(AIRFLOW) airflow standalone

test-dags: .venv/all .venv-airflow/all ## run the tests of the DAGs, and a round through all services of deploy/compose.yaml
	cd dags && ../.venv-airflow/bin/python -m pytest -q
	$(BIN)/pytest -q tests/test_company_round.py

lock: .venv/all ## resolve the lock files from pyproject.toml and dags/requirements.in
	$(LOCK) --all-extras --output-file requirements.txt
	$(LOCK) --extra postgresql --constraints requirements.txt --no-annotate --output-file emoji_api/requirements.txt
	$(LOCK) dags/requirements.in --extra watch --extra postgresql --no-annotate --output-file dags/requirements.txt

image: ## build the serving image; TARGET=trainer builds the training image
	docker build --target $(TARGET) --tag emoji-$(TARGET) .

clean: ## remove the virtual environments and all caches
	rm -rf .venv .venv-airflow .mypy_cache .pytest_cache .ruff_cache

TARGET ?= api
# static files, which a process reads once, separated by colons
STATIC = $(subst $() ,:,$(wildcard emoji_api/pages/static/*))
# one worker for each core; a file's tests stay together, because they share fixtures
PARALLEL := --numprocesses auto --dist loadfile
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
# the folder of the DAGs is on the path of the triggerer too, which runs the trigger of a training
AIRFLOW = PATH="$(CURDIR)/.venv-airflow/bin:$$PATH" PYTHONPATH="$(CURDIR)/dags" AIRFLOW_HOME="$(CURDIR)/instance/airflow" \
	AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$(CURDIR)/instance/airflow/airflow.db?timeout=60" \
	AIRFLOW__CORE__DAGS_FOLDER="$(CURDIR)/dags" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__API__HOST=127.0.0.1

.venv/serving: emoji_api/requirements.txt pyproject.toml
	@echo "Installing the serving environment into .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --requirement emoji_api/requirements.txt
	@$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

.venv/all: requirements.txt pyproject.toml
	@echo "Installing everything into .venv (several minutes, once)"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch .venv/serving $@

.venv-airflow/all: dags/requirements.txt pyproject.toml
	@echo "Installing Airflow into .venv-airflow (several minutes, once)"
	$(PYTHON) -m venv .venv-airflow
	.venv-airflow/bin/pip install --quiet uv
	.venv-airflow/bin/uv pip install --quiet --python .venv-airflow/bin/python --requirement dags/requirements.txt
	.venv-airflow/bin/uv pip install --quiet --python .venv-airflow/bin/python --no-deps --editable .
	touch $@
