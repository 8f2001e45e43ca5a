"""Trainer process of a training job: start it, check that it runs, ask it to end."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil

MODULE = "emoji_api.jobs.trainer"
NOT_INHERITED = ("PROMETHEUS_MULTIPROC_DIR", "EMOJI_API_ADMIN_KEYS", "EMOJI_API_WATCH_KEYS")
"""Environment variables of the service that are not passed on to the trainer, nor those with `_FILE` appended."""


def start(job_id: UUID, log: Path, environment: Mapping[str, str]) -> int:
    """Start the trainer of a job and return its process id. Its output is appended to the file `log`.

    The trainer is a new Python interpreter with the service's environment, updated by `environment`. It runs in its own
    session: signals for the service's process group do not reach it, and it outlives the service. A daemon thread reaps
    it. Raise OSError if it cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    files = {f"{name}_FILE" for name in (*NOT_INHERITED, *environment)}  # a setting is either a value or a file
    inherited = {name: value for name, value in os.environ.items() if name not in files.union(NOT_INHERITED)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(job_id)],
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **_own_session(),
        )
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    return process.pid


def is_trainer_running(pid: int, job_id: UUID) -> bool | None:
    """Return whether process `pid` is the trainer of this job, or None if the system does not show its command line.

    The command line contains the job's id, so that another process with a reused id is not mistaken for the trainer.
    """
    try:
        return str(job_id) in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:  # includes zombies
        return False
    except psutil.AccessDenied:
        return None


def terminate(pid: int, job_id: UUID) -> None:
    """Send SIGTERM to the trainer if it runs.

    Does nothing on Windows, where a process cannot clean up after it. The trainer also sees the cancellation at its
    next heartbeat.
    """
    if sys.platform != "win32" and is_trainer_running(pid, job_id):
        with suppress(ProcessLookupError, PermissionError):  # it has just ended, or another user runs it
            os.kill(pid, signal.SIGTERM)


def _own_session() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
