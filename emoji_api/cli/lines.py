"""Tweets read from a file, one per line."""

from collections.abc import Iterable, Iterator
from typing import TextIO

import click

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
