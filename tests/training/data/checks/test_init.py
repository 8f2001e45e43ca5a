"""Import of the package: no import of Great Expectations, and no usage reports."""

import subprocess
import sys

CODE = """
import os, sys
os.environ.pop("GX_ANALYTICS_ENABLED", None)
import emoji_api.training.data.checks.guard
print("great_expectations" in sys.modules, os.environ["GX_ANALYTICS_ENABLED"])
"""


def test_guard_does_not_import_great_expectations_and_turns_off_its_reports() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "false"]
