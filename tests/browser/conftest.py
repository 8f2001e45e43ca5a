"""A service with the shipped model, and a browser for it. A module may have a `server` of its own."""

import pytest

from tests.browser.chromium import chromium
from tests.server import serve


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    settings = {"EMOJI_API_DATABASE_URL": f"sqlite:///{folder}/file.db", "EMOJI_API_WORKERS": "1"}
    with serve(folder / "log", EMOJI_API_GRACEFUL_TIMEOUT="1", **settings) as server:
        yield server


@pytest.fixture(scope="module")
def chrome(server, tmp_path_factory):  # closed before the server, which waits for open connections
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser
