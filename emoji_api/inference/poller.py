"""A background thread that calls a function at regular intervals."""

import logging
import threading
from collections.abc import Callable


class Poller:
    """Calls `poll` in a thread of its own: once immediately, then every `seconds` until it is stopped.

    With `seconds=0`, it calls `poll` once only. Exceptions are logged and do not stop the polling. Start it after any
    fork: a forked process does not inherit threads.
    """

    def __init__(self, poll: Callable[[], None], seconds: float, logger: logging.Logger):
        self._poll = poll
        self._seconds = seconds
        self._logger = logger
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)

    def start(self) -> None:
        """Start polling."""
        self._thread.start()

    def stop(self) -> None:
        """Stop polling, and wait until a running call has returned."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._poll()
            except Exception:
                self._logger.exception("polling failed")
            if not self._seconds or self._stopped.wait(self._seconds):
                return
