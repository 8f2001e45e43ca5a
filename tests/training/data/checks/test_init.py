"""Great Expectations is not imported before there is something to check, and reports nothing."""

import subprocess
import sys

CODE = """
import os, sys
os.environ.pop("GX_ANALYTICS_ENABLED", None)
import emoji_api.training.data.checks.guard
print("great_expectations" in sys.modules, os.environ["GX_ANALYTICS_ENABLED"])
"""


def test_importing_the_gate_imports_little() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "false"]
