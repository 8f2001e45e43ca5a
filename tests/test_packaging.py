"""Dependencies: the extras of pyproject.toml, the lock files, and the modules that serving imports."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from emoji_api import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SERVING = ROOT / "emoji_api" / "requirements.txt"
EVERYTHING = ROOT / "requirements.txt"
TRAINING_ONLY = {"tensorflow", "tf_keras", "transformers", "torch", "pandas", "sklearn", "scipy", "matplotlib"}


def normalized(name: str) -> str:
    """Return a distribution name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    """Return the distribution names in requirement lines."""
    return {normalized(re.match(r"[\w.-]+", line).group()) for line in requirements}


def lines(lock: Path) -> list[str]:
    """Return the requirement lines of a lock file."""
    return [line for line in lock.read_text().splitlines() if line and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("lock", [SERVING, EVERYTHING])
def test_lock_file_pins_exact_versions(lock):
    assert [line for line in lines(lock) if not re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; .+)?", line)] == []


def test_serving_lock_has_all_dependencies():
    assert names(PROJECT["dependencies"]) <= names(lines(SERVING))


def test_serving_lock_has_no_training_library():
    heavy = {"tensorflow", "tensorflow-cpu", "keras", "transformers", "torch", "pandas", "scikit-learn", "scipy"}
    assert names(lines(SERVING)) & heavy == set()


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_full_lock_has_every_extra(extra):
    assert names(PROJECT["optional-dependencies"][extra]) <= names(lines(EVERYTHING))


def test_lock_files_agree_on_versions():
    assert set(lines(SERVING)) <= set(lines(EVERYTHING))


@pytest.mark.parametrize("lock", [SERVING, EVERYTHING])
def test_lock_file_names_no_index(lock):
    assert re.findall(r"://|--(?:extra-)?index|--find-links", lock.read_text()) == []


def test_serving_imports_no_training_library():
    commands = [f"emoji_api.cli.{file.stem}" for file in (ROOT / "emoji_api" / "cli").glob("[a-z]*.py")]
    modules = ", ".join(["emoji_api.inference", "emoji_api.app", "emoji_api.gunicorn_conf", *commands])
    code = f"import sys, {modules}; print(*({TRAINING_ONLY} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_console_script_starts_the_command_line():
    module, function = PROJECT["scripts"]["emoji-api"].split(":")
    code = f"import sys; from {module} import {function}; sys.argv = ['emoji-api', '--version']; {function}()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"emoji-api, version {__version__}"
