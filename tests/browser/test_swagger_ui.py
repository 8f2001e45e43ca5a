"""Swagger UI in a real browser."""

import httpx
import pytest

from tests.browser.chromium import chromium, missing_programs, operations, requested_hosts, try_out
from tests.server import START_SECONDS, serve

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())


@pytest.fixture(scope="module")
def server(tiny_bundle, tmp_path_factory):
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with serve(log, EMOJI_API_MODEL_PATH=str(tiny_bundle)) as server:
        yield server


@pytest.fixture
def browser(tmp_path):
    with chromium(tmp_path / "profile") as browser:
        yield browser


def test_all_operations_of_the_document_are_shown(browser, server):
    document = httpx.get(f"{server.url}/openapi.json", timeout=START_SECONDS).json()
    expected = [
        f"operations-{operation['tags'][0]}-{operation['operationId']}"
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert sorted(operations(browser, server.url)) == sorted(expected)
    assert [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]] == []


@pytest.mark.parametrize("operation", ["operations-tweets-get_tweets", "operations-analysis-get_analysis"])
def test_request_sent_from_the_page_shows_its_answer(browser, server, operation):
    answer = try_out(browser, server.url, operation, "i feel so happy today")
    assert '"emoji": "😂"' in answer and '"joy"' in answer
    assert requested_hosts(browser) == {f"127.0.0.1:{server.port}"}
