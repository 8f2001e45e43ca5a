"""Swagger UI in a real browser."""

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import visibility_of_element_located
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import WAIT_SECONDS, missing_programs, operations, requested_hosts, try_out
from tests.browser.pages import accessibility_violations, axe_installed, console_messages, overflow, show_as
from tests.server import START_SECONDS, serve

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())


@pytest.fixture(scope="module")
def server(tiny_bundle, tmp_path_factory):
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with serve(log, EMOJI_API_MODEL_PATH=str(tiny_bundle)) as server:
        yield server


@pytest.fixture
def browser(chrome):
    """A browser without messages and requests of other tests."""
    show_as(chrome, 1280, "light")
    chrome.get("about:blank")
    chrome.get_log("browser")
    requested_hosts(chrome)
    return chrome


def test_all_operations_of_the_document_are_shown(browser, server):
    document = httpx.get(f"{server.url}/openapi.json", timeout=START_SECONDS).json()
    expected = [
        f"operations-{operation['tags'][0]}-{operation['operationId']}"
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert sorted(operations(browser, server.url)) == sorted(expected)
    assert console_messages(browser) == []


def test_groups_are_in_order_and_the_page_tells_that_no_key_is_needed(browser, server):
    operations(browser, server.url)
    groups = [heading.get_attribute("data-tag") for heading in browser.find_elements(By.CSS_SELECTOR, ".opblock-tag")]
    assert groups[:5] == ["tweets", "models", "training", "feedback", "companies"]
    assert "No key is needed to ask" in browser.find_element(By.CSS_SELECTOR, ".info").text


@pytest.mark.parametrize("operation", ["operations-tweets-get_tweets", "operations-tweets-get_analysis"])
def test_request_sent_from_the_page_shows_its_answer(browser, server, operation):
    answer = try_out(browser, server.url, operation, "i feel so happy today")
    assert '"emoji": "😂"' in answer and '"joy"' in answer
    assert requested_hosts(browser) == {f"127.0.0.1:{server.port}"}
    assert console_messages(browser) == []


def test_link_to_an_operation_opens_it(browser, server):
    browser.get(f"{server.url}/swagger-ui#/tweets/get_tweets")
    opened = (By.CSS_SELECTOR, "#operations-tweets-get_tweets.is-open .try-out__btn")
    WebDriverWait(browser, WAIT_SECONDS).until(visibility_of_element_located(opened))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_with_an_answer_fits_a_phone(browser, server, theme):
    show_as(browser, 360, theme)
    operations(browser, server.url)
    assert overflow(browser) == 0
    browser.get("about:blank")  # the address alone would not load the page again
    try_out(browser, server.url, "operations-tweets-get_analysis", "i feel so happy today")
    assert overflow(browser) == 0


@pytest.mark.skipif(not axe_installed(), reason="needs axe-playwright-python")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation_in_the_list_of_operations(browser, server, theme):
    show_as(browser, 1280, theme)
    operations(browser, server.url)
    assert accessibility_violations(browser) == []


def test_without_javascript_the_page_tells_how_to_ask(browser, server):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{server.url}/swagger-ui")
        assert "No key is needed to ask" in browser.find_element(By.ID, "main").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
