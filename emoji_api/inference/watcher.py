"""A look at regular times, beside the requests."""

import logging
import threading
from collections.abc import Callable


class Watcher:
    """Calls `look` at once, in a thread of its own, and then every `seconds`, if they are not 0, until it is stopped.

    Start it in the process that answers: threads do not outlive a fork. An error of `look` is logged, not the end.
    """

    def __init__(self, look: Callable[[], None], seconds: float, logger: logging.Logger):
        self._look = look
        self._seconds = seconds
        self._logger = logger
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, once a look that has begun is done."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._look()
            except Exception:
                self._logger.exception("a look failed")
            if not self._seconds or self._stopped.wait(self._seconds):
                return
