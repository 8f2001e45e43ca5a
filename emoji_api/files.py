"""Atomic writes of files and folders, and file locks."""

import errno
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import psutil
from filelock import FileLock, Timeout

WINDOWS = os.name == "nt"


@contextmanager
def atomic_file(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """Write a UTF-8 text file that replaces `path` when the block ends without an exception.

    The block writes to a temporary file in the same folder. It is synchronised to disk before it replaces `path`, and
    deleted if the block raises. Temporary files left by killed processes are deleted. `newline` is passed to `open`.
    Raise OSError if the file cannot be written.
    """
    path = path.absolute()
    remove_leftovers(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(temporary, "w", encoding="utf-8", newline=newline) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_path(path.parent)


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to the file `path` atomically. Create its folder if needed. Raise OSError if that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, newline="") as file:
        file.write(text)


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """Create an empty folder next to `out` for the block, and delete it afterwards.

    Leftovers of killed processes that wrote `out` are cleaned up first, see `remove_leftovers`.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(out)
    staging = out.with_name(f".{out.name}.{os.getpid()}.partial")
    shutil.rmtree(staging, ignore_errors=True)  # of an earlier process with the same id
    try:
        staging.mkdir()
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def atomic_folder(out: Path, *, replace: bool) -> Iterator[Path]:
    """Write a folder that becomes `out` when the block ends without an exception.

    The block writes to a staging folder next to `out`, which is deleted if the block raises. With `replace` an existing
    folder is replaced, else OSError is raised.
    """
    out = out.absolute()
    backup = out.with_name(f".{out.name}.{os.getpid()}.old")
    with staging_folder(out) as staging:
        try:
            yield staging
            if replace and out.exists():
                out.rename(backup)
            staging.rename(out)
        finally:
            if backup.exists() and not out.exists():
                backup.rename(out)
            shutil.rmtree(backup, ignore_errors=True)


def remove_leftovers(out: Path) -> None:
    """Delete temporary files and folders of processes that were killed while they wrote `out`.

    A folder that such a process had moved aside is moved back if `out` is missing.
    """
    for leftover in out.parent.glob(f".{glob.escape(out.name)}.*.*"):
        pid, suffix = leftover.name.split(".")[-2:]
        if suffix not in ("partial", "old") or not pid.isdigit() or psutil.pid_exists(int(pid)):
            continue
        if suffix == "old" and not out.exists():
            leftover.rename(out)
        elif leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def fsync_path(path: Path) -> None:
    """Wait until a file's contents, or a folder's list of files, are on disk.

    Does nothing for a folder on Windows, which cannot open folders as files.
    """
    if WINDOWS and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDWR if WINDOWS else os.O_RDONLY)  # Windows synchronises writable files only
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` during the block, against other processes and other threads.

    The file and its folder are created if needed. The operating system releases the lock when the process ends, even if
    it is killed. Raise BlockingIOError if the lock is held elsewhere and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=wait)
    except Timeout as error:
        raise BlockingIOError(errno.EWOULDBLOCK, "the lock is held by another process", str(path)) from error
    try:
        yield
    finally:
        lock.release()
