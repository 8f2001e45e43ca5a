"""The logging configuration of a process: one JSON object per line on standard error."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.server import ROOT

PREPARE = """
import logging, warnings
from emoji_api.logs import configure_logging
configure_logging({level!r})
logger = logging.getLogger("emoji_api.test")
"""


def log(code: str, level: str = "info") -> list[dict[str, Any]]:
    """Return the log entries of a new process that configures logging and runs `code`."""
    command = [sys.executable, "-c", PREPARE.format(level=level) + code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b""
    return [json.loads(line) for line in done.stderr.decode("utf-8").split("\n")[:-1]]


def test_entry_has_time_level_logger_and_message() -> None:
    (entry,) = log("logger.info('serving %s', 'first 😂')")
    assert list(entry) == ["time", "level", "logger", "message"]
    assert (entry["level"], entry["logger"], entry["message"]) == ("INFO", "emoji_api.test", "serving first 😂")


def test_time_is_utc_with_milliseconds() -> None:
    (entry,) = log("logger.info('now')")
    time = datetime.fromisoformat(entry["time"])
    assert time.utcoffset() == timedelta(0)
    assert entry["time"] == time.isoformat(timespec="milliseconds")
    assert abs(datetime.now(time.tzinfo) - time) < timedelta(minutes=1)


def test_emoji_are_not_escaped() -> None:
    command = [sys.executable, "-c", PREPARE.format(level="info") + "logger.info('😂')"]
    assert "😂" in subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stderr.decode("utf-8")


def test_traceback_is_in_the_entry_of_its_error() -> None:
    (entry,) = log("try:\n    1 / 0\nexcept ZeroDivisionError:\n    logger.exception('failed')")
    assert (entry["level"], entry["message"]) == ("ERROR", "failed")
    assert entry["exc_info"].startswith("Traceback") and entry["exc_info"].endswith("division by zero")


def test_extra_fields_are_added() -> None:
    (entry,) = log("logger.info('failed', extra={'request_id': 'mine'})")
    assert entry["request_id"] == "mine"


def test_warnings_are_logged() -> None:
    (entry,) = log("warnings.warn('this is deprecated', DeprecationWarning)")
    assert (entry["level"], entry["logger"]) == ("WARNING", "py.warnings")
    assert "this is deprecated" in entry["message"]


@pytest.mark.parametrize(
    ("level", "messages"),
    [
        ("debug", ["debug", "info", "warning", "error", "library warning"]),
        ("info", ["info", "warning", "error", "library warning"]),
        ("error", ["error"]),
    ],
)
def test_level_limits_this_package_and_libraries_log_from_warnings_on(level: str, messages: list[str]) -> None:
    code = (
        "for name in ('debug', 'info', 'warning', 'error'):\n    getattr(logger, name)(name)\n"
        "library = logging.getLogger('library')\n"
        "for name in ('debug', 'info', 'warning'):\n    getattr(library, name)('library ' + name)"
    )
    assert [entry["message"] for entry in log(code, level)] == messages


def test_mlflow_logs_in_the_same_format() -> None:
    pytest.importorskip("mlflow", reason="MLflow is not installed")
    entries = log("import mlflow\nlogging.getLogger('mlflow.tracking').warning('a retry')")
    assert entries[-1]["logger"] == "mlflow.tracking"
