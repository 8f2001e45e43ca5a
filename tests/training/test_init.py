"""Import of the training package: environment variables are set, TensorFlow is not imported."""

import os
import subprocess
import sys


def run(code: str, **environment: str) -> str:
    """Return the output of `code` after the import, without the variables of TensorFlow and MLflow set here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "MLFLOW_"))}
    command = [sys.executable, "-c", f"import os, sys, emoji_api.training; {code}"]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=True).stdout.strip()


def test_legacy_keras_is_chosen() -> None:
    assert run("print(os.environ['TF_USE_LEGACY_KERAS'])") == "1"


def test_tensorflow_is_not_imported() -> None:
    assert run("print('tensorflow' in sys.modules)") == "False"


def test_variables_set_by_the_user_are_kept() -> None:
    code = "print(os.environ['TF_CPP_MIN_LOG_LEVEL'], os.environ['MLFLOW_HTTP_REQUEST_MAX_RETRIES'])"
    assert run(code) == "3 2"
    assert run(code, TF_CPP_MIN_LOG_LEVEL="0", MLFLOW_HTTP_REQUEST_MAX_RETRIES="7") == "0 7"
