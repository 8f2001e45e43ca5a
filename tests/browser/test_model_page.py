"""The model card and the pages of errors in a real browser."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import missing_programs, requested_hosts
from tests.browser.pages import accessibility_violations, axe_installed, console_messages, overflow, show_as
from tests.server import serve

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())

PAGES = {"model": "/model", "unknown address": "/nope", "failure": "/fail"}
WIDTHS = (360, 768, 1280)
THEMES = ("light", "dark")
APPLICATION = "tests.failing_app:create_app()"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    settings = {"EMOJI_API_DATABASE_URL": f"sqlite:///{folder}/emoji_api.db", "EMOJI_API_WORKERS": "1"}
    with serve(folder / "log", APPLICATION, EMOJI_API_GRACEFUL_TIMEOUT="1", **settings) as server:
        yield server


@pytest.fixture
def browser(chrome, server):
    """A browser without messages and requests of other tests."""
    show_as(chrome, 1280, "light")
    chrome.get(f"{server.url}/model")
    chrome.get_log("browser")
    requested_hosts(chrome)
    return chrome


def test_model_card_is_drawn_without_messages_and_requests_elsewhere(browser, server):
    browser.get(f"{server.url}/model")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".reliability .own")) > 50
    widths = [diagram.size["width"] for diagram in browser.find_elements(By.CSS_SELECTOR, ".reliability")]
    assert len(widths) == 8 and min(widths) > 150
    assert console_messages(browser) == []
    assert requested_hosts(browser) == {f"127.0.0.1:{server.port}"}


def test_figures_open_by_keyboard(browser):
    summary = browser.find_element(By.CSS_SELECTOR, "[aria-labelledby='calibration'] summary")
    browser.execute_script("arguments[0].focus()", summary)
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    table = browser.find_element(By.CSS_SELECTOR, "[aria-labelledby='calibration'] table")
    assert table.is_displayed() and "Emotion" in table.text


def test_failure_shows_the_request_id_of_the_log_and_a_way_back(browser, server):
    browser.get(f"{server.url}/fail")
    request_id = browser.find_element(By.CSS_SELECTOR, ".request-id").text
    assert any(entry.get("request_id") == request_id and "exc_info" in entry for entry in server.log_entries())
    browser.find_element(By.LINK_TEXT, "Start page").click()
    assert "/fail" not in browser.current_url


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_window(browser, server, width, theme):
    show_as(browser, width, theme)
    for name, address in PAGES.items():
        browser.get(server.url + address)
        browser.execute_script("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert overflow(browser) == 0, name


@pytest.mark.skipif(not axe_installed(), reason="needs axe-playwright-python")
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_no_violation(browser, server, theme, width):
    show_as(browser, width, theme)
    for name, address in PAGES.items():
        browser.get(server.url + address)
        browser.execute_script("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert accessibility_violations(browser) == [], name
