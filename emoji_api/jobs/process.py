"""The process of a training: started afresh, recognised, and asked to end."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import UUID

MODULE = "emoji_api.jobs.trainer"
PROC = Path("/proc")
NOT_INHERITED = ("PROMETHEUS_MULTIPROC_DIR", "EMOJI_API_ADMIN_KEYS")
"""What of a worker's environment a trainer has no use for."""


def start(number: UUID, log: Path, environment: Mapping[str, str]) -> int:
    """Starts the trainer of a training with this `environment` beside its own; returns its process id.

    It is a new interpreter in a session of its own: nothing that is sent to the service's processes reaches it, and it
    outlives them. While they live a thread waits for its end, that it be no zombie; after them the system does. Raises
    OSError.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(number)],
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    return process.pid


def lives(pid: int, number: UUID) -> bool | None:
    """Whether the process `pid` is the trainer of that training; `None` where this system does not tell."""
    if not (PROC / "self").exists():
        return None
    try:
        # that of a zombie is empty; a process that has the number now has others
        return str(number).encode() in (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return None


def terminate(pid: int, number: UUID) -> None:
    """Asks the trainer to end, if it is there."""
    if lives(pid, number):
        # it is gone, or another user's: the database asks it too
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
