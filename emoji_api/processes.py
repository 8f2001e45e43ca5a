"""Which process is which: names that stay unique when process ids are reused, across containers and machines."""

import os
import socket
from pathlib import Path

PROC = Path("/proc")


def host_name() -> str:
    """A name of what process ids are unique in: a container on this machine, or the machine."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {boot} {os.readlink(PROC / 'self/ns/pid')}"[:255]
    except OSError:  # not Linux
        return socket.gethostname()[:255]


def process_mark() -> str | None:
    """A name of this process that no other has, also when its number is given again; `None` where none is known."""
    birth = _birth(os.getpid())
    return birth and f"{host_name()} {os.getpid()} {birth}"


def is_gone(marked: str) -> bool:
    """Whether the process of that `mark` ran here, and does no more."""
    host, _, process = marked.rpartition(" ")[0].rpartition(" ")
    return host == host_name() and process.isdigit() and _birth(int(process)) != marked.rpartition(" ")[2]


def _birth(pid: int) -> str | None:
    """When the process began, in the system's own ticks; `None` where it is gone, or the system does not tell."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the command, in brackets, may have any character
    return None if state == "Z" else fields[18]
