"""Waiting for events, with a limit that a loaded machine does not reach."""

import time
from collections.abc import Callable

WAIT_SECONDS = 900
"""Limit of a wait. A passing test waits only until the event."""


def wait_until(holds: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait until `holds()` is true. Fail after that many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not true within {seconds} seconds"
        time.sleep(0.05)
