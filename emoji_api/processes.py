"""Process identities that stay unique when process ids are reused, and across containers and machines."""

import os
import socket
from pathlib import Path

import psutil

PROC = Path("/proc")
TOLERANCE_SECONDS = 2
"""Largest difference between two readings of one process's creation time: not every system's boot time is exact."""


def host_name() -> str:
    """Return a name for the scope in which process ids are unique: this container, or this machine since it booted."""
    try:
        boot_id = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {boot_id} {os.readlink(PROC / 'self/ns/pid')}"[:255]
    except OSError:  # not Linux
        return socket.gethostname()[:255]


def process_mark() -> str:
    """Return an identifier of this process: host name, process id and creation time, separated by spaces."""
    return f"{host_name()} {os.getpid()} {_creation_time(os.getpid()):.2f}"


def is_gone(mark: str) -> bool:
    """Return whether the process with this `mark` ran on this host and has ended.

    False for a process of another host, and for text that is no mark.
    """
    host, _, pid = mark.rpartition(" ")[0].rpartition(" ")
    if host != host_name() or not pid.isdigit():
        return False
    try:
        return abs(_creation_time(int(pid)) - float(mark.rpartition(" ")[2])) > TOLERANCE_SECONDS
    except ValueError:
        return False
    except psutil.NoSuchProcess:
        return True


def _creation_time(pid: int) -> float:
    """Return when a process was created, in seconds since the machine booted, which setting the clock does not change.

    Raise psutil.NoSuchProcess if it has ended, also if its parent has not reaped it yet.
    """
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.ZombieProcess(pid)
    return process.create_time() - psutil.boot_time()
