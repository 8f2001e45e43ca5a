"""Calls of a function at regular intervals in the background."""

import logging
import threading
import time

import pytest

from emoji_api.inference.poller import Poller
from tests.waiting import WAIT_SECONDS

LOGGER = logging.getLogger(__name__)


def test_polls_once_immediately_without_an_interval() -> None:
    threads: list[str] = []
    poller = Poller(lambda: threads.append(threading.current_thread().name), 0, LOGGER)
    poller.start()
    poller.stop()
    assert threads == ["poller"]


def test_polls_until_it_is_stopped() -> None:
    enough = threading.Event()
    polls: list[int] = []

    def poll() -> None:
        polls.append(len(polls))
        if len(polls) == 3:
            enough.set()

    poller = Poller(poll, 0.01, LOGGER)
    poller.start()
    assert enough.wait(WAIT_SECONDS)
    poller.stop()
    count = len(polls)
    time.sleep(0.1)
    assert len(polls) == count


def test_exception_is_logged_and_does_not_stop_polling(caplog: pytest.LogCaptureFixture) -> None:
    again = threading.Event()
    polls: list[int] = []

    def poll() -> None:
        polls.append(len(polls))
        if len(polls) == 1:
            raise OSError("the disk is full")
        again.set()

    poller = Poller(poll, 0.01, LOGGER)
    poller.start()
    assert again.wait(WAIT_SECONDS)
    poller.stop()
    (record,) = caplog.records
    assert record.message == "polling failed" and "the disk is full" in str(record.exc_info)
