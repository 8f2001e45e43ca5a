"""Requests to a platform: retried where that helps, and failures turned into the errors of a source."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from emoji_api.errors import SourceError, SourceRateLimited, SourceUnauthorized

T = TypeVar("T")
TIMEOUT = 30.0
"""Seconds to wait for an answer."""
ATTEMPTS = 5
LONGEST_WAIT = 60.0
"""Seconds until the end of a rate limit for which a collection waits; for a later end it raises SourceRateLimited."""
BACKOFF = wait_exponential_jitter(initial=1, max=30, jitter=1)
RESET_HEADERS = ("x-rate-limit-reset", "ratelimit-reset")
"""Headers with the end of a rate limit in seconds since 1970."""

sleep = time.sleep
"""Waits between two attempts, in seconds. Tests replace it."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a request failed.

    `status` is the HTTP status; `None` for a timeout, a lost connection or an unreadable answer. `reset` is the end of
    the rate limit.
    """

    reason: str
    status: int | None = None
    reset: datetime | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status in (408, 429) or self.status >= 500


class _TemporaryFailure(Exception):
    """A failure after which the request is sent again."""

    def __init__(self, failure: Failure):
        self.failure = failure
        super().__init__(failure.reason)


@dataclass(frozen=True, kw_only=True)
class Requests:
    """Sends the requests of a source.

    `read_failure` turns an exception of the platform's library into a failure, or into `None` if it is none.
    `variable` names the environment variables of the credentials, `where` the page that issues them; without
    `variable`, the source needs no credentials.
    """

    source: str
    read_failure: Callable[[Exception], Failure | None]
    variable: str | None = None
    where: str = ""

    def send(self, request: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Return the result of `request`, after at most ATTEMPTS attempts.

        Raises SourceRateLimited, SourceUnauthorized and SourceError.
        """
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=retry_if_exception_type(_TemporaryFailure),
            sleep=lambda seconds: sleep(seconds),
            reraise=True,
        )
        try:
            return retrying(self._attempt, request, *args, **kwargs)
        except _TemporaryFailure as error:
            raise self._permanent(error.failure) from error

    def unauthorized(self) -> SourceUnauthorized:
        """Return the error for missing or refused credentials."""
        return SourceUnauthorized(self.source, self.variable or "other options", self.where)

    def _attempt(self, request: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        try:
            return request(*args, **kwargs)
        except Exception as error:
            failure = self.read_failure(error)
            if failure is None:
                raise
            if failure.is_temporary and not (failure.status == 429 and _seconds_until(failure.reset) > LONGEST_WAIT):
                raise _TemporaryFailure(failure) from error
            raise self._permanent(failure) from error

    def _permanent(self, failure: Failure) -> SourceError:
        if failure.status == 429:
            return SourceRateLimited(self.source, failure.reset)
        if failure.status in (401, 403) and self.variable:
            return self.unauthorized()
        if failure.is_temporary:
            return SourceError(f"{self.source} cannot be read now, after {ATTEMPTS} attempts: {failure.reason}")
        return SourceError(f"{self.source} refuses the request: {failure.reason}")


def rate_limit_reset(headers: Mapping[str, str]) -> datetime | None:
    """Return the end of the rate limit that response headers name; `None` if they name none.

    The names of the headers are matched in lower case, unless the mapping ignores case.
    """
    try:
        for name in RESET_HEADERS:
            if value := headers.get(name):
                return datetime.fromtimestamp(float(value), UTC)
        if value := headers.get("retry-after"):
            if value.strip().isdigit():
                return datetime.now(UTC) + timedelta(seconds=int(value))
            return parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def read_requests_failure(error: Exception) -> Failure | None:
    """Return the failure that an exception of requests is; `None` if it is another exception."""
    if not isinstance(error, requests.RequestException):
        return None
    if isinstance(error, requests.TooManyRedirects | ValueError) and not isinstance(error, requests.JSONDecodeError):
        return Failure(reason=str(error), status=400)  # an address that is wrong
    if error.response is None or isinstance(error, requests.JSONDecodeError):
        return Failure(reason=str(error))
    status = error.response.status_code
    reset = rate_limit_reset(error.response.headers)
    return Failure(reason=f"{status} {error.response.reason}", status=status, reset=reset)


def _wait(state: RetryCallState) -> float:
    """Return the seconds before the next attempt: until the rate limit ends, else exponential backoff."""
    error = state.outcome.exception() if state.outcome else None
    seconds = _seconds_until(error.failure.reset) if isinstance(error, _TemporaryFailure) else 0.0
    return seconds + 1 if 0 < seconds <= LONGEST_WAIT else BACKOFF(state)


def _seconds_until(time: datetime | None) -> float:
    return (time - datetime.now(UTC)).total_seconds() if time else 0.0
