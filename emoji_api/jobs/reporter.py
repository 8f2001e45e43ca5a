"""Reports of a trainer to the database: heartbeat, progress and result of its job."""

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from emoji_api import processes
from emoji_api.database.extension import REFUSING_SECONDS, Database
from emoji_api.errors import DatabaseUnavailable
from emoji_api.jobs import queue

RETRY_SECONDS = 120
"""Seconds for which an unavailable database is retried before a promotion and at the end of a job."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Reporter:
    """Heartbeat of a trainer: a thread that stores the job's progress every `interval` seconds.

    `on_stop` is called from that thread at each heartbeat after the job was cancelled or ended by another process. A
    heartbeat is skipped while the database is unavailable.
    """

    def __init__(self, database: Database, job_id: UUID, interval: float, on_stop: Callable[[], None]):
        self._database = database
        self._job_id = job_id
        self._interval = interval
        self._on_stop = on_stop
        self._values: dict[str, Any] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def claim(self) -> dict[str, Any] | None:
        """Claim the job and start the heartbeat. Return the job's parameters, or None if it is not queued."""
        with self._database.session() as session:
            parameters = queue.claim(session, self._job_id, os.getpid(), processes.host_name())
        if parameters is not None:
            self._thread.start()
        return parameters

    def update(self, **values: Any) -> None:
        """Set columns of the job, which are stored at the next heartbeat."""
        self._values = self._values | values

    def may_promote(self) -> bool:
        """Return whether the job is still active and was not cancelled.

        Raise DatabaseUnavailable if the database stays unavailable for `RETRY_SECONDS`.
        """
        return self._retry(lambda session: queue.may_promote(session, self._job_id, self._values))

    def end(self, state: str, **values: Any) -> None:
        """Stop the heartbeat and store the job's final state and columns, unless another process ended the job.

        Raise DatabaseUnavailable if the database stays unavailable for `RETRY_SECONDS`.
        """
        self._end(lambda cancelling: (state, values))

    def end_stopped(self, **values: Any) -> None:
        """End the job as cancelled if its cancellation was requested, else as failed with these `values`."""
        self._end(lambda cancelling: ("cancelled", {}) if cancelling else ("failed", values))

    def _end(self, result: Callable[[bool], tuple[str, dict[str, Any]]]) -> None:
        self._ended.set()
        self._thread.join()

        def store(session: Session) -> str | None:
            cancelling = queue.record_heartbeat(session, self._job_id, self._values)
            if cancelling is None:
                return None
            state, values = result(cancelling)
            return state if queue.end(session, self._job_id, state, values) else None

        state = self._retry(store)
        logger.info("the job ended: %s", state or "another process had ended it before")

    def _retry(self, transaction: Callable[[Session], T]) -> T:
        def attempt() -> T:
            with self._database.session() as session:
                return transaction(session)

        unavailable = retry_if_exception_type(DatabaseUnavailable)
        stop, wait = stop_after_delay(RETRY_SECONDS), wait_fixed(REFUSING_SECONDS)
        return Retrying(stop=stop, wait=wait, retry=unavailable, reraise=True)(attempt)

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            try:
                with self._database.session() as session:
                    cancelling = queue.record_heartbeat(session, self._job_id, self._values)
            except DatabaseUnavailable:
                continue
            except Exception:  # without heartbeats the job would be ended as failed
                logger.exception("a heartbeat failed; the next one follows")
                continue
            if cancelling is None or cancelling:
                self._on_stop()
