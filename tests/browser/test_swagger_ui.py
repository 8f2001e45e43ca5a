"""Swagger UI in a real browser."""

import pytest

from tests.browser.chromium import chromium, missing, requested_hosts, try_out
from tests.server import serve

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def server(tiny_bundle, tmp_path_factory):
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with serve(log, EMOJI_API_MODEL_PATH=str(tiny_bundle)) as server:
        yield server


@pytest.fixture
def browser(tmp_path):
    with chromium(tmp_path / "profile") as browser:
        yield browser


def test_request_sent_from_the_page_shows_its_emoji(browser, server):
    answer = try_out(browser, server.url, "operations-tweets-get_tweets", "i feel so happy today")
    assert '"emoji": "😂"' in answer and '"emotion": "joy"' in answer
    assert requested_hosts(browser) == {f"127.0.0.1:{server.port}"}
