"""Runs the behaviour tests, which are beside the package and not in it, on any bundle."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from emoji_api.errors import DataError, DependencyMissing
from emoji_api.files import write_atomically

TESTS = Path("tests/behaviour")
MODEL = "EMOJI_API_BEHAVIOUR_MODEL"
"""The environment variable that tells the tests which bundle to load."""
DATA = "EMOJI_API_DATA"
"""The environment variable that tells the tests where the public data are."""
OF_NO_BUNDLE = ("test_rows.py", "test_shipped_bundle.py")
"""Tests of their own files, and of what the bundle that ships says of itself."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How one test went: of so many `rows`, those that `failed`."""

    rows: int
    failed: int


def run_behaviour_tests(bundle: Path, tests: Path = TESTS, data: Path | None = None) -> dict[str, Behaviour]:
    """How the bundle does in each behaviour test in the folder `tests`, in a process of its own.

    What the network that ships is excused from is not excused here. A test without rows counts as one; one that the
    bundle lacks the task for, or the machine the data, in `data` or where the tests look for them, is left out. Raises
    DataError where the tests cannot be run.
    """
    if find_spec("pytest") is None:
        raise DependencyMissing("pytest", "test")
    tests = tests.absolute()
    if not tests.is_dir():
        raise DataError(f"{tests}: there are no behaviour tests")
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "--runxfail", "-p", "no:cacheprovider", f"--junitxml={report}"]
        options += [f"--ignore={tests / name}" for name in OF_NO_BUNDLE]
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", str(tests), *options],
            cwd=tests.parent.parent,
            env=os.environ | {MODEL: str(bundle.absolute())} | ({DATA: str(data.absolute())} if data else {}),
            capture_output=True,
            text=True,
        )
        if ran.returncode not in (0, 1):  # 1: some failed
            raise DataError(f"{tests}: the behaviour tests cannot be run: {(ran.stdout + ran.stderr)[-2000:]}")
        return read_report(report)


def read_report(path: Path) -> dict[str, Behaviour]:
    """What pytest's JUnit XML says of each test that was not skipped. Raises DataError for one that broke."""
    behaviours = {}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"
        if (error := case.find("error")) is not None:
            raise DataError(f"{name} is broken: {error.text}")
        if case.find("skipped") is not None:
            continue
        said = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
        failed = int(case.find("failure") is not None)
        behaviours[name] = Behaviour(rows=int(said.get("rows") or 1), failed=int(said.get("failed") or failed))
    return behaviours


def write_counts(found: Mapping[str, Behaviour], path: Path) -> None:
    """Write how many rows there are and how many of them failed, over all and test by test, as JSON."""
    total = {name: sum(getattr(one, name) for one in found.values()) for name in ("rows", "failed")}
    document = total | {"tests": {test: asdict(one) for test, one in sorted(found.items())}}
    write_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
