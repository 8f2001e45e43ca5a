"""The `emoji-api` command as a whole: version, module, and errors as messages and exit codes."""

import subprocess
import sys

from click.testing import CliRunner

from emoji_api import __version__
from emoji_api.cli.main import main
from tests.cli.conftest import Run


def test_version_option_prints_the_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"emoji-api, version {__version__}\n"


def test_package_runs_as_a_module(run_process: Run) -> None:
    result = run_process("--help")
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: emoji-api [OPTIONS] COMMAND")


def test_closed_output_pipe_is_no_error() -> None:
    command = [sys.executable, "-m", "emoji_api", "models", "show", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
