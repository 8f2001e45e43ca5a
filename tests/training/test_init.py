"""The public names of the training package, and its import."""

import os
import subprocess
import sys

import pytest

from emoji_api import training
from emoji_api.training.train import FineTuning


def run(code: str, **environment: str) -> str:
    """Return the output of `code` after the import, without the variables of TensorFlow and MLflow set here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "MLFLOW_"))}
    command = [sys.executable, "-c", f"import os, sys, emoji_api.training; {code}"]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=True).stdout.strip()


def test_import_selects_legacy_keras() -> None:
    assert run("print(os.environ['TF_USE_LEGACY_KERAS'])") == "1"


def test_import_loads_neither_tensorflow_nor_mlflow_nor_matplotlib() -> None:
    assert run("print({'tensorflow', 'mlflow', 'matplotlib', 'great_expectations'} & sys.modules.keys())") == "set()"


def test_variables_set_by_the_user_are_kept() -> None:
    code = "print(os.environ['TF_CPP_MIN_LOG_LEVEL'], os.environ['MLFLOW_HTTP_REQUEST_MAX_RETRIES'])"
    assert run(code) == "3 2"
    assert run(code, TF_CPP_MIN_LOG_LEVEL="0", MLFLOW_HTTP_REQUEST_MAX_RETRIES="7") == "0 7"


@pytest.mark.parametrize("name", training.__all__)
def test_public_names_are_imported_on_first_use(name: str) -> None:
    assert getattr(training, name).__name__.rpartition(".")[2] == name
    assert name in dir(training)


def test_public_names_are_those_of_the_modules() -> None:
    assert training.FineTuning is FineTuning


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        training.nothing  # noqa: B018
