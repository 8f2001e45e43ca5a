"""Files and folders that are there whole or not at all, and locks that end with the process that holds them."""

import fcntl
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def atomic_file(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """A text file in UTF-8 beside `path` that takes its place, on the disk, when the block ends well.

    It goes away when the block does not; what a process that was killed left there is cleared away. `newline` is that
    of `open`. Raises OSError.
    """
    path = path.absolute()
    remove_leftovers(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(beside, "w", encoding="utf-8", newline=newline) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    fsync_path(path.parent)


def write_atomically(path: Path, text: str) -> None:
    """Write a text file whole or not at all; its folder is made where it is missing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, newline="") as file:
        file.write(text)


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """An empty folder beside `out`, which goes away when the block ends.

    What a process that was killed left there is cleared away, and a folder that it had put aside is put back.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(out)
    beside = out.with_name(f".{out.name}.{os.getpid()}.partial")
    shutil.rmtree(beside, ignore_errors=True)  # of a process that had this number before
    try:
        beside.mkdir()
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def atomic_folder(out: Path, *, replace: bool) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well, and goes away when it does not."""
    out = out.absolute()
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    with staging_folder(out) as beside:
        try:
            yield beside
            if replace and out.exists():
                out.rename(old)
            beside.rename(out)
        finally:
            if old.exists() and not out.exists():
                old.rename(out)
            shutil.rmtree(old, ignore_errors=True)


def remove_leftovers(out: Path) -> None:
    """Undo what processes that were killed left of writing `out`."""
    for left in out.parent.glob(f".{glob.escape(out.name)}.*.*"):
        process, kind = left.name.split(".")[-2:]
        if kind not in ("partial", "old") or not process.isdigit() or lives(int(process)):
            continue
        if kind == "old" and not out.exists():
            left.rename(out)
        elif left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def lives(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def fsync_path(path: Path) -> None:
    """Waits until a file, or which files a folder has, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Nobody else has the lock, which is the file `path`, meanwhile. It ends with its process, also when it is killed.

    Raises BlockingIOError where somebody has it and this is not to `wait`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
