"""The playground in a real browser, with and without JavaScript, with the shipped model."""

import json
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import select

from emoji_api.database.extension import Database
from emoji_api.database.tables import Feedback
from tests.browser.chromium import WAIT_SECONDS, missing_programs, requested_hosts
from tests.browser.pages import accessibility_violations, axe_installed, console_messages, overflow, show_as

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())

JOY = "finally home, best feeling in the world!!"
HOSTILE = "<img src=x onerror=\"document.title='run'\"> '\"><svg onload=alert(1)> so happy"
ARABIC = "مرحبا بالجميع، القهوة رائعة اليوم"
STATES = {
    "welcome": {},
    "answer": {"text": JOY},
    "explanation": {"text": "oh great, my train is cancelled AGAIN", "explain": "true"},
    "no emotion": {"text": "The meeting is at 3pm."},
    "finance": {"text": "$TSLA beats estimates, shares jump 8% in premarket trading", "explain": "true"},
    "other language": {"text": ARABIC},
    "long words": {"text": "so happy " * 150 + "x" * 300, "explain": "true"},
    "error": {"text": " "},
}
MAX_BYTES = 60_000
"""Size of everything that the first page loads, compressed."""


@pytest.fixture
def browser(chrome, server):
    """A browser on the playground, without messages and requests of other tests."""
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    chrome.execute_cdp_cmd("Browser.grantPermissions", {"permissions": permissions})
    show_as(chrome, 1280, "light")
    chrome.get("about:blank")
    chrome.get_log("browser")
    requested_hosts(chrome)
    chrome.get(server.url)
    return chrome


@contextmanager
def no_javascript(browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(browser.current_url)
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def find(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def wait_for(browser, selector, text=""):
    """Wait until an element has the text, and return the element. Answers that are replaced meanwhile are no error."""

    def found(browser):
        elements = browser.find_elements(By.CSS_SELECTOR, selector)
        return next((element for element in elements if text in (element.get_attribute("textContent") or "")), None)

    wait = WebDriverWait(browser, WAIT_SECONDS, 0.02, [StaleElementReferenceException])
    return wait.until(found, f"{selector}: {text}")


def query(browser):
    return parse_qs(urlsplit(browser.current_url).query)


def stored(server):
    with Database(f"sqlite:///{server.log.parent}/file.db").session() as session:
        return {tuple(row) for row in session.execute(select(Feedback.text, Feedback.task, Feedback.label))}


def test_answers_follow_the_typing(browser, server):
    find(browser, "#text").send_keys("best day ever")
    wait_for(browser, "#emotion-title", "Joy")
    assert query(browser) == {"text": ["best day ever"]}
    find(browser, "#text").send_keys(Keys.CONTROL + "a")
    find(browser, "#text").send_keys("my cat died and i cannot stop crying")
    wait_for(browser, "#emotion-title", "Sadness")
    find(browser, "#text").send_keys(Keys.CONTROL + "a")
    find(browser, "#text").send_keys(Keys.BACKSPACE)
    wait_for(browser, ".welcome h2", "The answer appears here")
    assert query(browser) == {}
    assert console_messages(browser) == []
    assert requested_hosts(browser) == {f"127.0.0.1:{server.port}"}


def test_the_address_can_be_shared(browser, server):
    find(browser, "#text").send_keys("a & b = 100% #joy +1")
    wait_for(browser, "#emotion-title")
    browser.get(browser.current_url)
    assert find(browser, "#text").get_attribute("value") == "a & b = 100% #joy +1"
    assert find(browser, "#emotion-title").text


def test_the_answer_of_the_last_text_is_shown(browser):
    browser.execute_script(
        "for (const text of ['so sad', 'so angry', 'best day ever']) {"
        " document.getElementById('text').value = text; document.getElementById('ask').requestSubmit(); }"
    )
    wait_for(browser, "#emotion-title", "Joy")
    assert find(browser, "#answer").get_attribute("aria-busy") == "false"
    assert query(browser) == {"text": ["best day ever"]} and console_messages(browser) == []


def test_screen_readers_are_told_once_after_a_pause(browser):
    browser.execute_script(
        "window.told = []; const status = document.getElementById('status');"
        "new MutationObserver(() => told.push(status.textContent)).observe(status, {childList: true})"
    )
    find(browser, "#text").send_keys("best ")
    wait_for(browser, "#emotion-title")
    find(browser, "#text").send_keys("day ever")
    WebDriverWait(browser, WAIT_SECONDS).until(lambda browser: browser.execute_script("return told.length"))
    told = browser.execute_script("return told")
    assert len(told) == 1 and told[0].startswith("joy, ") and "Sentiment positive" in told[0]


def test_words_are_marked_on_demand(browser):
    find(browser, "#text").send_keys("i am so sad today")
    wait_for(browser, "#emotion-title", "Sadness")
    assert not browser.find_elements(By.CSS_SELECTOR, "[class^='for-']")
    find(browser, "#explain").click()
    assert wait_for(browser, ".hero mark", "sad").get_attribute("class") in ("for-3", "for-4")
    assert query(browser)["explain"] == ["true"]
    assert console_messages(browser) == []


def test_example_is_answered(browser):
    link = find(browser, "[data-example]")
    text = link.text
    link.click()
    wait_for(browser, "#emotion-title", "Joy")
    assert find(browser, "#text").get_attribute("value") == text and query(browser) == {"text": [text]}


def test_keyboard_reaches_everything(browser):
    browser.get(f"{browser.current_url}?{urlencode({'text': JOY})}")
    reached = []
    for _ in range(40):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        focused = browser.switch_to.active_element
        reached.append(focused.get_attribute("id") or focused.text or focused.tag_name)
        if focused.text == "This is wrong":
            break
    assert reached[0] == "Skip to content"
    for name in ("text", "explain", "Answer", "ich bin so wütend", "The same as code", "This is wrong"):
        assert name in reached


def test_code_is_copied_and_stays_open(browser):
    find(browser, "#text").send_keys("it's <b>fine")
    wait_for(browser, "#emotion-title")
    find(browser, "#code summary").click()
    find(browser, "[data-copy='code-2']").click()
    wait_for(browser, "[data-copy='code-2']", "Copied")
    script = "navigator.clipboard.readText().then(arguments[arguments.length - 1])"
    copied = browser.execute_async_script(script)
    assert copied == find(browser, "#code-2").text and 'text = "it\'s <b>fine"' in copied
    find(browser, "#text").send_keys(" today")
    wait_for(browser, "#code-2", "fine today")
    assert console_messages(browser) == []


def test_correction_is_sent(browser, server):
    find(browser, "#text").send_keys("so happy for you, not")
    wait_for(browser, "#emotion-title")
    find(browser, "#correction summary").click()
    Select(find(browser, "#correct select")).select_by_visible_text("anger")
    find(browser, "#correct button").click()
    assert not browser.find_elements(By.ID, "correction-result"), "the browser asks for the consent"
    find(browser, "#correct [name=consent]").click()
    find(browser, "#correct button").click()
    result = wait_for(browser, "#correction-result", "Thank you")
    assert browser.switch_to.active_element == result
    assert ("so happy for you, not", "emotion", "anger") in stored(server)
    assert console_messages(browser) == []


def test_without_javascript_everything_works(browser, server):
    with no_javascript(browser):
        find(browser, "#text").send_keys("first line\ni am so sad")
        find(browser, "#explain").click()
        find(browser, "#ask button").click()
        wait_for(browser, "#emotion-title", "Sadness")
        assert wait_for(browser, ".hero mark", "sad")
        assert query(browser) == {"text": ["first line\r\ni am so sad"], "explain": ["true"]}
        assert find(browser, "#text").get_attribute("value") == "first line\ni am so sad"
        find(browser, "#code summary").click()
        assert "curl" in find(browser, "#code").text and not find(browser, "[data-copy]").is_displayed()
        find(browser, "#correction summary").click()
        Select(find(browser, "#correct select")).select_by_visible_text("fear")
        find(browser, "#correct [name=consent]").click()
        find(browser, "#correct button").click()
        assert wait_for(browser, "#correction-result", "Thank you").is_displayed()
        assert ("first line\ni am so sad", "emotion", "fear") in stored(server)
        find(browser, "[data-example]").click()
        wait_for(browser, "#emotion-title", "Joy")


def test_text_is_shown_as_text(browser):
    browser.get(f"{browser.current_url}?{urlencode({'text': HOSTILE, 'explain': 'true'})}")
    find(browser, "#text").send_keys("!")
    wait_for(browser, "#code-2", "so happy!")
    assert browser.title == "Playground · emoji API"
    assert not browser.find_elements(By.CSS_SELECTOR, "main img, main [onload], main [onerror]")
    assert console_messages(browser) == []


def test_text_from_right_to_left(browser):
    browser.get(f"{browser.current_url}?{urlencode({'text': ARABIC, 'explain': 'true'})}")
    directions = "return [...document.querySelectorAll('#text, .text')].map((e) => getComputedStyle(e).direction)"
    assert set(browser.execute_script(directions)) == {"rtl"}


def test_text_too_long_for_an_address_is_answered(browser):
    script = "const box = document.getElementById('text'); box.value = '🎉 '.repeat(1500); box.form.requestSubmit()"
    browser.execute_script(script)
    wait_for(browser, ".warning", "Only the beginning was read")
    assert query(browser) == {}


def test_service_that_does_not_answer(browser):
    connection = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", connection | {"offline": True})
    try:
        find(browser, "#text").send_keys("best day ever")
        wait_for(browser, ".problem", "The service cannot be reached")
    finally:
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", connection | {"offline": False})
    find(browser, "#ask button").click()
    wait_for(browser, "#emotion-title", "Joy")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_the_window_and_axe_finds_no_violation(browser, server, theme):
    for name, parameters in STATES.items():
        browser.get(f"{server.url}/?{urlencode(parameters)}")
        browser.execute_script("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        for width in (360, 768, 1280):
            show_as(browser, width, theme)
            assert overflow(browser) == 0, (name, width)
        if axe_installed():
            assert accessibility_violations(browser) == [], name


def test_first_page_is_light(browser, server):
    browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    try:
        browser.get("about:blank")
        browser.get_log("performance")
        browser.get(f"{server.url}/?{urlencode({'text': JOY})}")
        messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    finally:
        browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": False})
    finished = [message["params"] for message in messages if message["method"] == "Network.loadingFinished"]
    size = sum(params["encodedDataLength"] for params in finished)
    print(f"\nfirst page: {len(finished)} requests, {size:.0f} bytes with headers")
    assert len(finished) >= 5 and size < MAX_BYTES
