"""The behaviour tests of a clone, run on any bundle in a separate pytest process."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from emoji_api.errors import DataError, DependencyMissing
from emoji_api.files import write_atomically
from emoji_api.progress import stage

TESTS = Path("tests/behaviour")
MODEL_VARIABLE = "EMOJI_API_BEHAVIOUR_MODEL"
"""The environment variable that names the bundle for the tests."""
DATA_VARIABLE = "EMOJI_API_DATA"
"""The environment variable that names the folder of the public data for the tests."""
EXCLUDED_FILES = ("test_rows.py", "test_shipped_bundle.py")
"""Test files that do not depend on the bundle, or that test what the shipped bundle reports about itself."""
SOME_FAILED = 1
"""Exit code of pytest when tests ran and some failed."""
PROGRESS = re.compile(r"\[ *(\d+)/(\d+)\]$")
"""The end of a line of pytest's verbose output: the tests that have run, and all of them."""


@dataclass(frozen=True, kw_only=True)
class BehaviourResult:
    """The result of one behaviour test: its number of rows, and how many of them failed."""

    rows: int
    failed: int


def run_behaviour_tests(bundle: Path, tests: Path = TESTS, data: Path | None = None) -> dict[str, BehaviourResult]:
    """Return the result of each behaviour test in the folder `tests` on `bundle`, by test name.

    `data` is the folder of the public data. Tests that need data or a task that is missing are skipped and left out.
    Expected failures (xfail) of the shipped bundle count as failures here. A test without rows counts as one row.
    Raises DependencyMissing without pytest, and DataError if the tests cannot be run.
    """
    if find_spec("pytest") is None:
        raise DependencyMissing("pytest", "test")
    tests = tests.absolute()
    if not tests.is_dir():
        raise DataError(f"{tests}: there are no behaviour tests; pass the folder tests/behaviour of a clone")
    variables = {MODEL_VARIABLE: str(bundle.absolute())} | ({DATA_VARIABLE: str(data.absolute())} if data else {})
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-v", "-o", "console_output_style=count", "--runxfail", "-p", "no:cacheprovider"]
        options += [f"--junitxml={report}"]
        options += [f"--ignore={tests / name}" for name in EXCLUDED_FILES]
        command = [sys.executable, "-u", "-m", "pytest", str(tests), *options]
        code, output = run_with_progress(command, tests.parent.parent, os.environ | variables)
        if code not in (0, SOME_FAILED):
            raise DataError(f"{tests}: the behaviour tests cannot be run: {output[-2000:]}")
        return read_report(report)


def run_with_progress(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run pytest in `folder`, report the tests that have run as progress, and return its exit code and output."""
    lines = []
    with (
        stage("behaviour tests", unit="tests") as running,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if match := PROGRESS.search(line.rstrip()):
                running.expect(int(match[2]))
                running.advance()
    return process.returncode, "".join(lines)


def read_report(path: Path) -> dict[str, BehaviourResult]:
    """Return the result of each test in a JUnit XML report of pytest, without skipped tests.

    Raises DataError for a test that ended with an error instead of a failure.
    """
    results = {}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"
        if (error := case.find("error")) is not None:
            raise DataError(f"the behaviour test {name} is broken: {error.text}")
        if case.find("skipped") is not None:
            continue
        properties = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
        failed = int(case.find("failure") is not None)
        results[name] = BehaviourResult(
            rows=int(properties.get("rows") or 1), failed=int(properties.get("failed") or failed)
        )
    return results


def write_counts(results: Mapping[str, BehaviourResult], path: Path) -> None:
    """Write the counts as a JSON file."""
    write_atomically(path, json.dumps(counts(results), indent=2, ensure_ascii=False) + "\n")


def counts(results: Mapping[str, BehaviourResult]) -> dict[str, Any]:
    """Return the number of rows and of failed rows, in total and by test, as a JSON object."""
    total = {name: sum(getattr(result, name) for result in results.values()) for name in ("rows", "failed")}
    return total | {"tests": {test: asdict(result) for test, result in sorted(results.items())}}
