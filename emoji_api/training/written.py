"""A folder, or a file, appears whole or not at all."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(out: Path, *, replace: bool) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well, and goes away when it does not.

    What a process that was killed left there is cleared away, and a bundle that it had put aside is put back.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    tidy(out)
    beside = out.with_name(f".{out.name}.{os.getpid()}.partial")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    shutil.rmtree(beside, ignore_errors=True)  # of a process that had this number before
    try:
        beside.mkdir()
        yield beside
        if replace and out.exists():
            out.rename(old)
        beside.rename(out)
    finally:
        if old.exists() and not out.exists():
            old.rename(out)
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file, its folder made where it is missing, which takes the place of one that is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def tidy(out: Path) -> None:
    """Undo what processes that were killed left of writing `out`."""
    for left in out.parent.glob(f".{glob.escape(out.name)}.*.*"):
        process, kind = left.name.split(".")[-2:]
        if kind not in ("partial", "old") or not process.isdigit() or lives(int(process)):
            continue
        if kind == "old" and not out.exists():
            left.rename(out)
        else:
            shutil.rmtree(left, ignore_errors=True)


def lives(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
