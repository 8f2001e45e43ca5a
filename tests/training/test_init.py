"""Importing the training package imports nothing heavy, and sets what TensorFlow reads."""

import os
import subprocess
import sys


def run(code: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "XLA_"))}
    command = [sys.executable, "-c", f"import os, sys, emoji_api.training; {code}"]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=True).stdout.strip()


def test_legacy_keras_is_chosen() -> None:
    assert run("print(os.environ['TF_USE_LEGACY_KERAS'])") == "1"


def test_tensorflow_is_not_imported() -> None:
    assert run("print('tensorflow' in sys.modules)") == "False"


def test_what_the_user_set_stays() -> None:
    assert run("print(os.environ['XLA_FLAGS'])", XLA_FLAGS="--mine") == "--mine"
