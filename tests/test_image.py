"""The Dockerfile, checked without building an image. test_compose.py checks the Compose files."""

import ast
import fnmatch
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from emoji_api.settings import Settings
from tests.server import serve

ROOT = Path(__file__).parents[1]
LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
INSTRUCTIONS = [tuple(line.split(maxsplit=1)) for line in LINES if line and not line.startswith("#")]
# modules that the stage `served` removes
REMOVED = {"huggingface_hub", "hf_xet", "numpy.distutils", "numpy.f2py", "sqlalchemy.testing"}
REMOVED |= {f"onnxruntime.{name}" for name in ("quantization", "tools", "transformers")}


def stage(name: str) -> list[tuple[str, str]]:
    """Return the instructions of the stage `name` as pairs of keyword and arguments."""
    starts = [place for place, (keyword, _) in enumerate(INSTRUCTIONS) if keyword == "FROM"] + [len(INSTRUCTIONS)]
    for start, end in pairwise(starts):
        if INSTRUCTIONS[start][1].endswith(f" AS {name}"):
            return INSTRUCTIONS[start:end]
    raise LookupError(name)


def health_check() -> list[str]:
    """Return the command of the image's health check."""
    (arguments,) = (arguments for keyword, arguments in stage("api") if keyword == "HEALTHCHECK")
    return ast.literal_eval(arguments.partition("CMD ")[2])


@pytest.mark.parametrize("name", ["api", "trainer", "mlflow", "airflow"])
def test_image_does_not_run_as_root(name):
    users = [arguments for keyword, arguments in stage(name) if keyword == "USER"]
    assert users == ["10001"]  # Kubernetes can compare a number with root's


def test_dockerfile_has_no_secret_and_no_index_url():
    forbidden = re.compile(r"(?i)password|secret|token|admin_keys|index-url|://(?!127\.|/)")  # or a path
    assert [line for line in LINES if forbidden.search(line)] == []


def test_dockerignore_lets_copied_files_through():
    copied = [arguments for keyword, arguments in INSTRUCTIONS if keyword == "COPY" and "--from" not in arguments]
    ignore = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    kept = {line[1:] for line in ignore if line.startswith("!")}
    sources = {source.partition("/")[0] for arguments in copied for source in arguments.split()[:-1]}
    assert ignore[0] == "*"
    assert sources <= kept
    assert [source for source in sources if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("path", ["emoji_api/models/tweets/saved_model", "tests/__pycache__"])
def test_dockerignore_excludes_large_and_compiled_files(path):
    patterns = (ROOT / ".dockerignore").read_text().split()
    assert any(fnmatch.fnmatch(path, pattern) for pattern in patterns if pattern != "*")


def test_trainer_image_has_the_behaviour_tests_of_the_gate():
    assert ("COPY", "tests tests") in stage("trainer")
    assert Settings().training_tests.partition("/")[0] == "tests"  # relative to the working directory /app


def test_health_check_fails_when_the_service_is_down(tmp_path):
    command = [sys.executable, *health_check()[1:]]
    assert health_check()[0] == "python"
    with serve(tmp_path / "log", EMOJI_API_WORKERS="1") as server:
        environment = os.environ | {"PORT": str(server.port)}
        assert subprocess.run(command, env=environment).returncode == 0
    assert subprocess.run(command, env=environment, stderr=subprocess.DEVNULL).returncode != 0


def test_serving_uses_nothing_that_the_image_removes(tmp_path):
    code = """
import sys
from emoji_api.app import create_app
client = create_app({"DATABASE_URL": "sqlite:///" + sys.argv[1]}).test_client()
correction = {"text": "so happy", "task": "emotion", "label": "anger", "consent": True}
assert client.get("/tweets/analysis?text=so+happy").status_code == 200
assert client.post("/feedback", json=correction).status_code == 201
print(*sys.modules, sep="\\n")
print(*(str(getattr(module, "__file__", "")) for module in [*sys.modules.values()]), sep="\\n")
print(*{line.split()[-1] for line in open("/proc/self/maps")}, sep="\\n")
"""
    database = str(tmp_path / "feedback.db")
    done = subprocess.run([sys.executable, "-c", code, database], cwd=ROOT, capture_output=True, text=True, check=True)
    used = done.stdout.splitlines()
    assert REMOVED.isdisjoint(used)
    assert [name for name in used if "libonnxruntime.so" in name or "/tests/" in name] == []
