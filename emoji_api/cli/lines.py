"""Tweets read from a file, one per line."""

import os
from collections.abc import Iterable, Iterator
from typing import TextIO

import click

from emoji_api.progress import is_shown

CHUNK = 1024
"""Number of texts that are held in memory at a time."""


def read_lines(file: TextIO, source: str) -> Iterator[str]:
    """Yield the lines of `file`, which was opened with the error handler `surrogateescape`.

    Raise UsageError, which names the `source` of the file, at the first line that is not UTF-8.
    """
    for number, line in enumerate(file, start=1):
        try:
            line.encode("utf-8")
        except UnicodeEncodeError as error:
            raise click.UsageError(
                f"{source}: line {number} is not UTF-8; convert the input first, for example with iconv"
            ) from error
        yield line.rstrip("\n")


def count_lines(file: TextIO) -> int | None:
    """Return the number of lines of a file on disk, for the progress if it is shown; `None` for a pipe."""
    if not is_shown() or not os.path.isfile(file.name):
        return None
    with open(file.name, "rb") as content:
        return sum(1 for _ in content)


def chunked(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield `texts` in lists of at most `CHUNK`. If reading `texts` fails, yield those before the error first."""
    chunk = []
    try:
        for text in texts:
            chunk.append(text)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    except click.UsageError:
        yield chunk
        raise
    yield chunk
