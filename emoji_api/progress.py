"""Progress of work that takes a while: the library reports it, and a listener such as the command line shows it.

Without a listener a report costs a look-up and does nothing. Threads have no listener unless they set one.
"""

from collections.abc import Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

TEXTS = "texts"
"""The unit of stages that a classifier or a network advances by itself, batch by batch."""

Item = TypeVar("Item")


class Stage(Protocol):
    """A part of the work, such as one epoch, that is under way."""

    unit: str

    def advance(self, amount: float = 1) -> None:
        """Report that `amount` more of the stage's units are done."""

    def expect(self, total: float) -> None:
        """Set the number of units, which was not known at the start."""


class Listener(Protocol):
    """A display of stages. Stages may be nested; one that starts later ends earlier."""

    def stage(self, name: str, total: float | None, unit: str) -> AbstractContextManager[Stage]:
        """Show a stage of `total` units while the block runs; `None` if their number is not known."""


class _IgnoredStage:
    unit = ""

    def advance(self, amount: float = 1) -> None:
        pass

    def expect(self, total: float) -> None:
        pass


_IGNORED = _IgnoredStage()
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_innermost: ContextVar[Stage] = ContextVar("innermost", default=_IGNORED)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let `listener` show the stages that start inside the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def is_shown() -> bool:
    """Return whether there is a listener."""
    return _listener.get() is not None


@contextmanager
def stage(name: str, total: float | None = None, unit: str = "") -> Iterator[Stage]:
    """Report a stage of the work, which lasts as long as the block.

    Inside it, `advance` reports what is done; without a `total`, no time left can be computed.
    """
    listener = _listener.get()
    if listener is None:
        yield _IGNORED
        return
    with listener.stage(name, total, unit) as started:
        outer = _innermost.get()
        _innermost.set(started)
        try:
            yield started
        finally:
            _innermost.set(outer)  # no token: a generator may end in another context than it started in


def advance(amount: float, unit: str) -> None:
    """Report that `amount` more of `unit` are done, if that is what the innermost stage counts."""
    innermost = _innermost.get()
    if innermost.unit == unit:
        innermost.advance(amount)


def track(items: Iterable[Item], name: str, total: int | None = None) -> Iterator[Item]:
    """Yield `items`, and report each as done when the next one is asked for; `total` is their number by default."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    with stage(name, total) as started:
        for item in items:
            yield item
            started.advance()
