"""Fixtures: retries do not wait, and the environment has no credentials."""

import pytest

from emoji_api.watch.sources import retries

CREDENTIALS = (
    "EMOJI_API_X_BEARER_TOKEN",
    "EMOJI_API_BLUESKY_HANDLE",
    "EMOJI_API_BLUESKY_PASSWORD",
    "EMOJI_API_MASTODON_TOKEN",
)


@pytest.fixture(autouse=True)
def waits(monkeypatch) -> list[float]:
    """The waits between attempts, in seconds, which are recorded instead."""
    recorded: list[float] = []
    monkeypatch.setattr(retries, "sleep", recorded.append)
    return recorded


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch):
    """The environment without the credentials of any platform."""
    for variable in CREDENTIALS:
        monkeypatch.delenv(variable, raising=False)
