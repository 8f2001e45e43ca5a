"""The dashboard in a real browser, with posts that were collected by the command line."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import WAIT_SECONDS, missing_programs, requested_hosts
from tests.browser.pages import (
    accessibility_violations,
    axe_installed,
    charts_drawn,
    console_messages,
    fills,
    overflow,
    show_as,
)
from tests.browser.watched_service import HOSTILE_POSTS, watched_service

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())
pytest.importorskip("vl_convert", reason="needs vl-convert-python")

PAGES = {
    "list": "/companies",
    "dashboard": "/companies/Nimbus",
    "one day": "/companies/Nimbus?from=2026-10-09&to=2026-10-09",
    "gap": "/companies/Nimbus?from=2026-10-20&to=2027-01-05",
    "no posts": "/companies/Nimbus?from=2026-09-01&to=2026-09-02",
    "never collected": "/companies/Aurora",
    "unknown": "/companies/nobody",
}
WIDTHS = (360, 768, 1280)
THEMES = {"light": "rgb(246, 247, 249)", "dark": "rgb(17, 20, 24)"}
"""The colour of the page in each theme."""
POSITIVE = {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}
"""The colour of positive posts in each theme."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with watched_service(tmp_path_factory.mktemp("service")) as server:
        yield server


@pytest.fixture
def browser(chrome, server):
    """A browser without messages, requests and settings of other tests."""
    show_as(chrome, 1280, "light")
    chrome.get(f"{server.url}/companies")
    chrome.execute_script("localStorage.clear()")
    chrome.get_log("browser")
    requested_hosts(chrome)
    return chrome


def background(browser):
    return browser.execute_script("return getComputedStyle(document.body).backgroundColor")


def shown_texts(browser):
    return [element.text for element in browser.find_elements(By.CSS_SELECTOR, ".post-list .text")]


def test_charts_are_drawn_without_messages_and_requests_elsewhere(browser, server):
    browser.get(server.url + PAGES["dashboard"])
    assert charts_drawn(browser) == 2
    assert len(fills(browser, ".sentiment-spec")) > 60, "bars of 30 days"
    assert console_messages(browser) == []
    assert requested_hosts(browser) == {f"127.0.0.1:{server.port}"}


def test_chart_shows_the_figures_of_a_day(browser, server):
    browser.get(server.url + PAGES["dashboard"])
    charts_drawn(browser)
    plot = browser.find_element(By.CSS_SELECTOR, ".sentiment-spec")
    ActionChains(browser).scroll_to_element(plot).move_to_element(plot).perform()
    wait = WebDriverWait(browser, WAIT_SECONDS)
    shown = wait.until(lambda browser: browser.find_element(By.CSS_SELECTOR, "#vg-tooltip-element.visible"))
    assert "Oct 2026" in shown.text and "positive" in shown.text
    assert console_messages(browser) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_window(browser, server, width, theme):
    show_as(browser, width, theme)
    for name, address in PAGES.items():
        browser.get(server.url + address)
        charts_drawn(browser)
        assert overflow(browser) == 0, name
        assert background(browser) == THEMES[theme], name
    browser.get(server.url + PAGES["dashboard"])
    charts_drawn(browser)
    assert POSITIVE[theme] in fills(browser, ".sentiment-spec")


def test_theme_of_the_reader_is_kept_and_charts_follow_it(browser, server):
    browser.get(server.url + PAGES["dashboard"])
    charts_drawn(browser)
    button = browser.find_element(By.CSS_SELECTOR, "[data-theme-button]")
    button.click()
    button.click()
    assert "dark" in button.text and background(browser) == THEMES["dark"]
    WebDriverWait(browser, WAIT_SECONDS).until(lambda browser: POSITIVE["dark"] in fills(browser, ".sentiment-spec"))
    browser.refresh()
    assert background(browser) == THEMES["dark"]


def test_filters_work_by_keyboard(browser, server):
    browser.get(server.url + PAGES["dashboard"])
    ActionChains(browser).send_keys(Keys.TAB).perform()
    assert browser.switch_to.active_element.text == "Skip to content"
    for _ in range(40):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        if browser.switch_to.active_element.get_attribute("name") == "sentiment":
            break
    ActionChains(browser).send_keys("neg", Keys.TAB, Keys.TAB, Keys.TAB, "outage", Keys.ENTER).perform()
    WebDriverWait(browser, WAIT_SECONDS).until(lambda browser: "q=outage" in browser.current_url)
    assert "sentiment=negative" in browser.current_url
    assert shown_texts(browser) and all("outage" in text for text in shown_texts(browser))


def test_table_below_a_chart_opens_by_keyboard(browser, server):
    browser.get(server.url + PAGES["dashboard"])
    summary = browser.find_element(By.CSS_SELECTOR, "figure summary")
    browser.execute_script("arguments[0].focus()", summary)
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    assert "30 Oct 2026" in browser.find_element(By.CSS_SELECTOR, "figure table").text


def test_without_javascript_everything_but_the_charts_is_there(browser, server):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(server.url + PAGES["dashboard"])
        assert len(shown_texts(browser)) == 20
        assert "The chart needs JavaScript" in browser.find_element(By.CSS_SELECTOR, "figure").text
        browser.find_element(By.CSS_SELECTOR, "figure summary").click()
        assert "30 Oct 2026" in browser.find_element(By.CSS_SELECTOR, "figure table").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_html_in_posts_is_text(browser, server):
    browser.get(f"{server.url}/companies/Hostile?days=all")
    charts_drawn(browser)
    assert browser.title == "Hostile · emoji API"
    assert set(shown_texts(browser)) == set(HOSTILE_POSTS)
    assert not browser.find_elements(By.CSS_SELECTOR, ".post-list a, .post-list svg, .post-list img")
    assert console_messages(browser) == []


def test_text_that_is_written_from_right_to_left_starts_on_the_right(browser, server):
    browser.get(f"{server.url}/companies/Hostile?days=all")
    directions = "return [...document.querySelectorAll('.post-list .text')].map((e) => getComputedStyle(e).direction)"
    assert sorted(browser.execute_script(directions)) == ["ltr"] * 4 + ["rtl"]


@pytest.mark.skipif(not axe_installed(), reason="needs axe-playwright-python")
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_violation(browser, server, theme):
    show_as(browser, 1280, theme)
    for name, address in PAGES.items():
        browser.get(server.url + address)
        charts_drawn(browser)
        browser.execute_script("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert accessibility_violations(browser) == [], name
