"""The command line in a pseudo-terminal: what the process writes, and what a person sees."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from tests.server import ROOT

CONTROL = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


@dataclass(frozen=True)
class Written:
    """The output of a process in a terminal, and its exit code.

    `raw` has all control sequences.
    """

    raw: str
    code: int

    @property
    def screen(self) -> str:
        """The text that is left on the terminal, scrolled lines included, without colours and trailing spaces."""
        return render(self.raw)


def run_in_terminal(
    *arguments: str,
    rows: int = 24,
    columns: int = 80,
    stdin: int | IO[bytes] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    **environment: str,
) -> Written:
    """Run `python -m emoji_api` in a pseudo-terminal of this size; a stream that is given is not the terminal."""
    terminal, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "emoji_api", *arguments],
            cwd=ROOT,
            env=terminal_environment() | environment,
            stdin=line if stdin is None else stdin,
            stdout=line if stdout is None else stdout,
            stderr=line if stderr is None else stderr,
        )
    finally:
        os.close(line)
    with process, os.fdopen(terminal, "rb", buffering=0) as output:
        chunks = []
        try:
            while chunk := output.read(65536):
                chunks.append(chunk)
        except OSError:  # Linux ends the reading of a terminal whose other side is closed with EIO
            pass
        code = process.wait(timeout=120)
    return Written(b"".join(chunks).decode(), code)


def terminal_environment() -> Mapping[str, str]:
    """Return the environment with a terminal that has colours, whatever the tests run in."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    return kept | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}


def render(raw: str) -> str:
    """Return the text that a terminal shows after `raw` was written to it.

    Knows the sequences that rich writes: colours, carriage return, cursor up, and clearing of a line.
    """
    lines: list[list[str]] = [[]]
    row = column = 0
    for match in CONTROL.finditer(raw):
        parameter, command = match[1], match[2]
        if match[0] == "\r":
            column = 0
        elif match[0] == "\n":
            row += 1
            if row == len(lines):
                lines.append([])
        elif command == "A":
            row = max(row - int(parameter or 1), 0)
        elif command == "K":
            lines[row] = []
        elif command is None:
            line = lines[row]
            line += [" "] * (column - len(line))
            line[column : column + len(match[0])] = match[0]
            column += len(match[0])
    return "\n".join("".join(line).rstrip() for line in lines).rstrip("\n") + "\n"
