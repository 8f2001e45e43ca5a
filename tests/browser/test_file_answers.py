"""The file tab in a real browser, with and without JavaScript."""

import csv

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import WAIT_SECONDS, missing_programs, requested_hosts
from tests.browser.pages import accessibility_violations, axe_installed, console_messages, overflow, show_as

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())

HAPPY, SAD = (
    "finally home after the longest week ever; best feeling in the world!!",
    "i miss you so much, i cry all night",
)
HOSTILE = "<script>document.title = 'run'</" + "script> <img src=x onerror=\"document.title='run'\"> so happy"
ARABIC = "مرحبا بالجميع، القهوة رائعة اليوم"
WIDTHS = (360, 768, 1280)
THEMES = ("light", "dark")


@pytest.fixture
def page(chrome, server, tmp_path):
    """The form, in a browser that saves downloads to a folder of the test, without earlier messages."""
    show_as(chrome, 1280, "light")
    folder = tmp_path / "downloads"
    folder.mkdir()
    chrome.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    chrome.get(f"{server.url}/file")
    chrome.get_log("browser")
    requested_hosts(chrome)
    return FilePage(chrome, folder)


@pytest.fixture
def page_without_javascript(page):
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.browser.refresh()
    yield page
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


class FilePage:
    """The file tab. `folder` has the downloads."""

    def __init__(self, browser, folder):
        self.browser = browser
        self.folder = folder

    def wait(self, condition):
        # the page may replace an element between two steps of a condition
        ignored = [StaleElementReferenceException]
        return WebDriverWait(self.browser, WAIT_SECONDS, ignored_exceptions=ignored).until(lambda _: condition())

    def elements(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def choose(self, path):
        self.browser.find_element(By.NAME, "file").send_keys(str(path))

    def drop(self, path):
        """Drop a file on the heading, outside the form: the whole page takes it."""
        place = self.browser.find_element(By.TAG_NAME, "h1").rect
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            event = {"type": kind, "x": place["x"] + 5, "y": place["y"] + 5, "data": data}
            self.browser.execute_cdp_cmd("Input.dispatchDragEvent", event)

    def press(self, label):
        (button,) = [button for button in self.elements("button, a.button") if button.text == label]
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def answered(self, name):
        """Wait for the answers for the file `name`, and return the texts of the table's rows."""
        self.wait(lambda: any(name in heading.text for heading in self.elements("#summary")))
        return [row.text for row in self.elements(".answers tbody tr")]

    def problem(self, message=""):
        """Wait for a problem with this message, and return its text."""

        def texts():
            found = [problem.text for problem in self.elements("#answers .problem")]
            return [text for text in found if message in text]

        return self.wait(texts)[0]

    def downloaded(self, name):
        """Wait for a download, and return its text."""
        self.wait(lambda: (self.folder / name).exists())
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture
def tweets(tmp_path):
    path = tmp_path / "my tweets.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], [1, HAPPY], [2, SAD], [3, HOSTILE], [4, ARABIC], [5], [6, "=1+1"]])
    return path


def test_chosen_file_is_answered_without_a_new_page(page, tweets, server):
    page.browser.execute_script("window.samePage = true")
    page.choose(tweets)
    rows = page.answered("my tweets.csv")
    assert len(rows) == 6 and "😂 joy >99" in rows[0] and "1 instead of 2 columns." in rows[4]
    assert page.browser.execute_script("return window.samePage") and page.browser.current_url.endswith("/file")
    status = page.browser.find_element(By.ID, "status").get_attribute("textContent")
    assert status == "Answers: 5 tweets of my tweets.csv"
    assert not page.elements("#working:not([hidden])")
    assert console_messages(page.browser) == []
    assert requested_hosts(page.browser) == {f"127.0.0.1:{server.port}"}


def test_dropped_file_is_answered_and_can_be_saved(page, tweets):
    page.drop(tweets)
    assert len(page.answered("my tweets.csv")) == 6
    assert page.browser.execute_script("return document.forms[0].elements.file.files[0].name") == "my tweets.csv"
    page.press("Save as CSV")
    rows = list(csv.DictReader(page.downloaded("my tweets answers.csv").splitlines()))
    assert [row["emotion"] for row in rows[:2]] == ["joy", "sadness"] and rows[5]["text"] == "'=1+1"
    page.press("Save as JSON lines")
    assert page.downloaded("my tweets answers.jsonl").count("\n") == 6
    assert len(page.elements(".answers tbody tr")) == 6, "the page stays"
    assert console_messages(page.browser) == []


def test_another_file_replaces_the_answers(page, tweets, tmp_path):
    page.choose(tweets)
    page.answered("my tweets.csv")
    (tmp_path / "other.txt").write_text(SAD)
    page.drop(tmp_path / "other.txt")
    assert len(page.answered("other.txt")) == 1


def test_chart_and_table_have_the_shares(page, tweets):
    page.choose(tweets)
    page.answered("my tweets.csv")
    joy = page.elements(".bars tr")[1]
    assert joy.text.startswith("😂 joy")
    bar, track = (element.rect["width"] for element in reversed(joy.find_elements(By.TAG_NAME, "rect")))
    count = int(joy.find_element(By.CSS_SELECTOR, "td.muted").text)
    assert count > 0 and abs(bar / track - count / 5) < 0.01, "of five answers"


def test_column_is_chosen_by_a_button(page, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text(f"id,notes\n1,{HAPPY}\n")
    page.choose(path)
    assert "Which column has the tweets?" in page.problem()
    page.press("notes")
    assert HAPPY in page.answered("notes.csv")[0]


def test_problems_are_announced_in_the_page(page, tmp_path):
    for name, content, message in [
        ("empty.csv", b"", "file has no tweets"),
        ("large.txt", b"x" * 1_000_001, "emoji-api classify --file tweets.txt"),
        ("many.txt", b"x\n" * 257, "more than 256 tweets"),
        ("latin.txt", b"caf\xe9", "is not UTF-8"),
        ("picture.png", b"\x89PNG", "neither CSV, JSON lines nor plain text"),
    ]:
        (tmp_path / name).write_bytes(content)
        page.choose(tmp_path / name)
        page.problem(message)
        assert page.browser.find_element(By.CSS_SELECTOR, "#answers .problem").get_attribute("role") == "alert"
    page.browser.get_log("browser")  # Chromium reports each status above 400


def test_service_that_does_not_answer_is_a_problem(page, tweets):
    conditions = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.browser.execute_cdp_cmd("Network.enable", {})
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)
    try:
        page.choose(tweets)
        assert "does not answer" in page.problem()
    finally:
        page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions | {"offline": False})
    page.press("Show answers")
    assert len(page.answered("my tweets.csv")) == 6


def test_sample_is_answered_by_keyboard(page):
    link = page.browser.find_element(By.LINK_TEXT, "CSV")
    page.browser.execute_script("arguments[0].focus()", link)
    ActionChains(page.browser).send_keys(Keys.ENTER).perform()
    assert len(page.answered("sample_tweets.csv")) == 12
    page.press("Save as CSV")
    assert page.downloaded("sample_tweets answers.csv").startswith("row,text,emotion,")


def test_without_javascript_the_form_answers_with_a_page(page_without_javascript, tweets, tmp_path):
    page = page_without_javascript
    page.choose(tweets)
    page.press("Show answers")
    assert len(page.answered("my tweets.csv")) == 6
    assert page.browser.current_url.endswith("/file#answers")
    assert "choose the file again" in page.text("#answers")
    page.choose(tweets)
    page.press("Save as CSV")
    assert HAPPY in page.downloaded("my tweets answers.csv")
    (tmp_path / "large.txt").write_bytes(b"x\n" * 10_000_000)
    page.choose(tmp_path / "large.txt")
    page.press("Show answers")
    assert "more than 1,000,000 bytes" in page.problem()


def test_html_in_a_file_is_text(page, tweets):
    page.choose(tweets)
    assert HOSTILE in page.answered("my tweets.csv")[2]
    assert page.browser.title == "A file of tweets · emoji API"
    assert not page.elements("#answers img, #answers script")
    assert console_messages(page.browser) == []


def test_text_that_is_written_from_right_to_left_starts_on_the_right(page, tweets):
    page.choose(tweets)
    page.answered("my tweets.csv")
    directions = [cell.value_of_css_property("direction") for cell in page.elements(".answers .text")]
    assert directions[:4] == ["ltr", "ltr", "ltr", "rtl"]


def test_texts_are_not_in_the_log_of_the_service(page, tweets, server):
    page.choose(tweets)
    page.answered("my tweets.csv")
    assert "longest week" not in server.log.read_text() and "my tweets" not in server.log.read_text()


@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_the_window(page, server, width, tmp_path):
    show_as(page.browser, width, "light")
    for address in ("/file", "/file?sample=sample_tweets.csv"):
        page.browser.get(server.url + address)
        assert overflow(page.browser) == 0, address
    (tmp_path / "wide.csv").write_text(f"id,{'long' * 100}\n1,2\n")
    (tmp_path / f"{'name' * 20}.txt").write_text(f"{'word' * 100}\n{HAPPY}\n{ARABIC}\n")
    for path in tmp_path.glob("*.*"):
        page.browser.get(f"{server.url}/file")
        page.choose(path)
        page.wait(lambda: page.elements("#answers > *"))
        assert overflow(page.browser) == 0, path.name


@pytest.mark.skipif(not axe_installed(), reason="needs axe-playwright-python")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", (360, 1280))
def test_axe_finds_no_violation(page, server, width, theme, tmp_path):
    show_as(page.browser, width, theme)
    page.browser.get(f"{server.url}/file?sample=sample_tweets.jsonl")  # has a row without an answer
    page.browser.execute_script("document.querySelector('details').open = true")
    assert accessibility_violations(page.browser) == []
    (tmp_path / "columns.csv").write_text("id,words\n1,2\n")
    page.choose(tmp_path / "columns.csv")
    page.problem()
    assert accessibility_violations(page.browser) == []
