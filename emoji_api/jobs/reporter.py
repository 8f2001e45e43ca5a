"""The trainer's side of a job: its heartbeat, and what the database shall know of it."""

import logging
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from emoji_api import processes
from emoji_api.database.extension import REFUSING_SECONDS, Database
from emoji_api.errors import DatabaseUnavailable
from emoji_api.jobs import queue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PATIENCE = 120
"""Seconds for which a database that cannot be used is asked again at the end of a training."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Reporter:
    """Tells the database every `seconds` that the trainer of the training `number` lives, and what it is told to tell.

    `stop` is called, from a thread, as long as the training is to end: it was cancelled, or given up by others. A
    database that cannot be used for a while changes nothing.
    """

    def __init__(self, database: Database, number: UUID, seconds: float, stop: Callable[[], None]):
        self._database = database
        self._number = number
        self._seconds = seconds
        self._stop = stop
        self._facts: dict[str, Any] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def claim(self) -> dict[str, Any] | None:
        """Takes the training; its parameters, or `None` where it is not queued. The heart begins to beat."""
        with self._database.session() as session:
            parameters = queue.claim(session, self._number, os.getpid(), processes.host_name())
        if parameters is not None:
            self._thread.start()
        return parameters

    def tell(self, **facts: Any) -> None:
        """What the next heartbeat says, and those after it."""
        self._facts = self._facts | facts

    def may_promote(self) -> bool:
        """Whether nobody has cancelled the training, or given it up.

        Raises `DatabaseUnavailable` where the database is away for long.
        """
        return self._patiently(lambda session: queue.pass_fence(session, self._number, self._facts))

    def end(self, state: str, **facts: Any) -> None:
        """How the training ended; nothing where others told its end before."""
        self._end(lambda asked: (state, facts))

    def end_stopped(self, **facts: Any) -> None:
        """The same where it was stopped: as cancelled, or as failed with these `facts` where nobody cancelled it."""
        self._end(lambda asked: ("cancelled", {}) if asked else ("failed", facts))

    def _end(self, outcome: Callable[[bool], tuple[str, dict[str, Any]]]) -> None:
        self._ended.set()
        self._thread.join()

        def tell(session: "Session") -> str | None:
            asked = queue.beat(session, self._number, self._facts)
            state, facts = outcome(bool(asked))
            return state if asked is not None and queue.end(session, self._number, state, facts) else None

        logger.info("%s", self._patiently(tell) or "others have told of an end before")

    def _patiently(self, step: "Callable[[Session], T]") -> T:
        def attempt() -> T:
            with self._database.session() as session:
                return step(session)

        away = retry_if_exception_type(DatabaseUnavailable)
        stop, wait = stop_after_delay(PATIENCE), wait_fixed(REFUSING_SECONDS)
        return Retrying(stop=stop, wait=wait, retry=away, reraise=True)(attempt)

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                with self._database.session() as session:
                    asked = queue.beat(session, self._number, self._facts)
            except DatabaseUnavailable:
                continue
            except Exception:  # a heart that stops for a fault of its own would end a training of hours
                logger.exception("a heartbeat failed; there will be another")
                continue
            if asked is None or asked:
                self._stop()
