"""What is installed where: the groups of pyproject.toml, their lock files, and what serving imports."""

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


def normal(name: str) -> str:
    """The name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: list[str]) -> set[str]:
    return {normal(re.match(r"[\w.-]+", line).group()) for line in requirements}


def lines(lock: Path) -> list[str]:
    return [line for line in lock.read_text().splitlines() if line and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("lock", [SERVING, EVERYTHING])
def test_every_line_of_a_lock_file_is_one_exact_version(lock):
    assert [line for line in lines(lock) if not re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; .+)?", line)] == []


def test_the_serving_lock_has_what_serving_names():
    assert named(PROJECT["dependencies"]) <= named(lines(SERVING))


def test_the_serving_lock_has_nothing_of_training():
    heavy = {"tensorflow", "tensorflow-cpu", "keras", "transformers", "torch", "pandas", "scikit-learn", "scipy"}
    assert named(lines(SERVING)) & heavy == set()


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_the_whole_lock_has_every_extra(extra):
    assert named(PROJECT["optional-dependencies"][extra]) <= named(lines(EVERYTHING))


def test_both_locks_have_the_same_versions():
    assert set(lines(SERVING)) <= set(lines(EVERYTHING))


@pytest.mark.parametrize("lock", [SERVING, EVERYTHING])
def test_a_lock_file_names_no_place_to_download_from(lock):
    assert re.findall(r"://|--(?:extra-)?index|--find-links", lock.read_text()) == []


@pytest.mark.parametrize("module", ["emoji_api", "emoji_api.app", "emoji_api.cli.main", "emoji_api.gunicorn_conf"])
def test_serving_imports_nothing_of_training(module):
    code = f"import sys, {module}; print(*({TRAINING_ONLY} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_command_line_answers_under_the_name_that_the_package_gives_it():
    module, function = PROJECT["scripts"]["emoji-api"].split(":")
    code = f"import sys; from {module} import {function}; sys.argv = ['emoji-api', '--version']; {function}()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"emoji-api, version {__version__}"
