"""The Dockerfile, and what deploy/ makes of its images: what can be told of them without building one."""

import ast
import dataclasses
import fnmatch
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from emoji_api.settings import Settings, environment_variable
from tests.server import serve

ROOT = Path(__file__).parents[1]
LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
INSTRUCTIONS = [tuple(line.split(maxsplit=1)) for line in LINES if line and not line.startswith("#")]
COMPOSE = [yaml.safe_load((ROOT / "deploy" / name).read_text()) for name in ("compose.yaml", "compose.postgresql.yaml")]
SERVICES = [(name, service) for file in COMPOSE for name, service in file["services"].items()]
# modules that the stage `served` takes away
LACKING = {"huggingface_hub", "hf_xet", "numpy.distutils", "numpy.f2py", "sqlalchemy.testing"}
LACKING |= {f"onnxruntime.{name}" for name in ("quantization", "tools", "transformers")}


def stage(name: str) -> list[tuple[str, str]]:
    """The instructions of the stage `name`, as (instruction, what it is told)."""
    starts = [place for place, one in enumerate(INSTRUCTIONS) if one[0] == "FROM"] + [len(INSTRUCTIONS)]
    for start, end in pairwise(starts):
        if INSTRUCTIONS[start][1].endswith(f" AS {name}"):
            return INSTRUCTIONS[start:end]
    raise LookupError(name)


def health_check() -> list[str]:
    (told,) = (told for instruction, told in stage("api") if instruction == "HEALTHCHECK")
    return ast.literal_eval(told.partition("CMD ")[2])


@pytest.mark.parametrize("name", ["api", "trainer"])
def test_an_image_runs_as_a_user_of_its_own(name):
    users = [told for instruction, told in stage(name) if instruction == "USER"]
    assert users == ["10001"]  # by number, which Kubernetes can tell from root's


def test_no_secret_and_no_place_to_download_from_is_in_the_images():
    told = re.compile(r"(?i)password|secret|token|admin_keys|index-url|://(?!127\.)")
    assert [line for line in LINES if told.search(line)] == []


def test_what_is_copied_into_the_images_is_let_through():
    copied = [told for instruction, told in INSTRUCTIONS if instruction == "COPY" and "--from" not in told]
    ignore = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    kept = {line[1:] for line in ignore if line.startswith("!")}
    sources = {source.partition("/")[0] for told in copied for source in told.split()[:-1]}
    assert ignore[0] == "*"
    assert sources <= kept
    assert [source for source in sources if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("path", ["emoji_api/models/tweets/saved_model", "tests/__pycache__"])
def test_what_no_image_needs_is_left_out(path):
    patterns = (ROOT / ".dockerignore").read_text().split()
    assert any(fnmatch.fnmatch(path, pattern) for pattern in patterns if pattern != "*")


def test_the_trainer_has_the_tests_that_the_gate_asks_for():
    assert ("COPY", "tests tests") in stage("trainer")
    assert Settings().training_tests.partition("/")[0] == "tests"  # from the working directory, which is above it


def test_the_health_check_tells_whether_the_service_answers(tmp_path):
    command = [sys.executable, *health_check()[1:]]
    assert health_check()[0] == "python"
    with serve(tmp_path / "log", EMOJI_API_WORKERS="1") as server:
        environment = os.environ | {"PORT": str(server.port)}
        assert subprocess.run(command, env=environment).returncode == 0
    assert subprocess.run(command, env=environment, stderr=subprocess.DEVNULL).returncode != 0


def test_what_the_image_lacks_is_not_used_to_serve(tmp_path):
    code = """
import sys
from emoji_api.app import create_app
client = create_app({"DATABASE_URL": "sqlite:///" + sys.argv[1]}).test_client()
told = {"text": "so happy", "task": "emotion", "label": "anger", "consent": True}
assert client.get("/tweets/analysis?text=so+happy").status_code == 200
assert client.post("/feedback", json=told).status_code == 201
print(*sys.modules, sep="\\n")
print(*(str(getattr(module, "__file__", "")) for module in [*sys.modules.values()]), sep="\\n")
print(*{line.split()[-1] for line in open("/proc/self/maps")}, sep="\\n")
"""
    database = str(tmp_path / "feedback.db")
    done = subprocess.run([sys.executable, "-c", code, database], cwd=ROOT, capture_output=True, text=True, check=True)
    used = done.stdout.splitlines()
    assert LACKING.isdisjoint(used)
    assert [name for name in used if "libonnxruntime.so" in name or "/tests/" in name] == []


def test_compose_sets_nothing_that_is_no_setting():
    settings = {environment_variable(field.name) for field in dataclasses.fields(Settings)}
    text = "".join(path.read_text() for path in (ROOT / "deploy").glob("*.yaml"))
    named = {name for _, service in SERVICES for name in service.get("environment", {})}
    assert {name for name in named if name.startswith("EMOJI_API_")} <= settings
    images_and_data = {"EMOJI_API_IMAGE", "EMOJI_API_TRAINER_IMAGE", "EMOJI_API_DATA"}
    assert set(re.findall(r"EMOJI_API_\w+", text)) <= settings | images_and_data


def test_compose_builds_targets_that_there_are():
    targets = [service["build"]["target"] for _, service in SERVICES if "build" in service]
    assert targets == ["api", "trainer"]
    assert [stage(target)[0][0] for target in targets] == ["FROM", "FROM"]


def test_compose_asks_for_health_as_the_image_does():
    (service,) = (service for name, service in SERVICES if name == "api" and "healthcheck" in service)
    port = health_check()[2].replace("' + os.environ['PORT'] + '", "5000").replace("import os, ", "import ")
    assert service["healthcheck"]["test"] == ["CMD", "python", "-c", port.replace("'", '"')]


def test_a_variable_of_compose_that_has_no_default_is_required():
    text = (ROOT / "deploy" / "compose.postgresql.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)[^}]*\}", text)) == {"POSTGRES_PASSWORD"}
    assert set(re.findall(r"\$\{\w+(..)", text)) == {":?"}
