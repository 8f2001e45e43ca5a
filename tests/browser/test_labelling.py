"""The labelling page in a real browser: keys, undo, skip, errors, and posts as text."""

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select

from emoji_api.database.extension import Database
from emoji_api.database.tables import PostLabel, WatchedPost
from emoji_api.watch import store
from tests.browser.chromium import chromium, missing_programs, requested_hosts
from tests.browser.labelling import LabellingPage
from tests.server import serve
from tests.watched import add_company

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())

KEY = "an-admin-key-of-the-tests"
HTML = [
    '<script>document.title = "run"</script>',
    "<img src=x onerror=\"document.title='run'\">",
    "<svg onload=\"document.title='run'\"></svg>",
    '" autofocus onfocus="document.title=\'run\'" x="',
]


@pytest.fixture(scope="module")
def server(tiny_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    settings = {
        "EMOJI_API_MODEL_PATH": str(tiny_bundle),
        "EMOJI_API_DATABASE_URL": f"sqlite:///{folder}/file.db",
        "EMOJI_API_ADMIN_KEYS": KEY,
        "EMOJI_API_WORKERS": "1",
    }
    with serve(folder / "log", EMOJI_API_GRACEFUL_TIMEOUT="1", **settings) as server:
        yield server


@pytest.fixture(scope="module")
def database(server):
    database = Database(f"sqlite:///{server.log.parent}/file.db")
    yield database
    database.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(browser, server, database, request):
    """The page of a company of the test's own, with 24 posts. The tab has no key."""
    name = request.node.name[:100].replace("/", " ")
    add_company(database, name, [f"post {number}" for number in range(24)])
    browser.get(f"{server.url}/companies/x/label")
    browser.execute_script("sessionStorage.clear()")
    return LabellingPage(browser, server.url, name)


def stored(database, page_name):
    """Return the labels of a company's posts, by the text of the post, in the order in which they were given."""
    with database.session() as session:
        company = store.get_company(session, page_name)
        query = select(WatchedPost.text, PostLabel.label).join(PostLabel, PostLabel.post == WatchedPost.id)
        return dict(session.execute(query.where(WatchedPost.company_id == company.id).order_by(PostLabel.id)).all())


def test_one_key_gives_a_label_and_shows_the_next_post(page, database, request):
    page.open(KEY)
    assert page.choices() == ["🙁\nnegative\n1", "😐\nneutral\n2", "🙂\npositive\n3"]
    shown = []
    for key in "123s":
        shown.append(page.text("text"))
        page.press(key)
    assert stored(database, request.node.name) == dict(
        zip(shown, ["negative", "neutral", "positive", None], strict=True)
    )
    assert page.text("text") not in shown
    assert page.announced() == f"Skipped. Next post: {page.text('text')}"
    assert page.text("progress").startswith("3 labelled, 2 of them drawn at random")
    assert "accuracy so far 0 % (0 to " in page.text("progress") or "accuracy so far 50 %" in page.text("progress")


def test_model_answer_is_not_on_the_page(page, browser):
    page.open(KEY)
    assert "confidence" not in browser.page_source and "0.9" not in page.text("work")


def test_undo_shows_the_post_again(page, database, request):
    page.open(KEY)
    first = page.text("text")
    page.press("1")
    second = page.text("text")
    page.press("3")
    page.press("u")
    assert page.text("text") == second
    page.press("u")
    assert page.text("text") == first
    assert stored(database, request.node.name) == {}
    page.press("u")  # nothing is left to undo
    page.press("2")
    assert stored(database, request.node.name) == {first: "neutral"}


def test_buttons_do_what_the_keys_do(page, database, request):
    page.open(KEY)
    first = page.text("text")
    page.browser.find_elements(By.CSS_SELECTOR, ".choice")[2].click()
    page.wait()
    page.element("skip").click()
    page.wait()
    page.element("undo").click()
    page.wait()
    assert stored(database, request.node.name) == {first: "positive"}


def test_keys_with_a_modifier_and_keys_switched_off_do_nothing(page, database, request):
    page.open(KEY)
    body = page.browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.CONTROL + "u")
    body.send_keys(Keys.NULL)
    body.send_keys("9x")
    page.element("shortcuts").click()
    page.press("1")
    assert stored(database, request.node.name) == {}
    page.element("shortcuts").click()
    page.press("1")
    assert len(stored(database, request.node.name)) == 1


def test_keys_in_quick_succession_label_a_post_once(page, database, request):
    page.open(KEY)
    page.browser.execute_script(
        "for (let i = 0; i < 9; i++) document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: '1', bubbles: true}))"
    )
    page.wait()
    assert len(stored(database, request.node.name)) == 1


def test_key_that_is_held_down_labels_one_post(page, database, request):
    page.open(KEY)
    event = "new KeyboardEvent('keydown', {key: '1', bubbles: true, repeat: true})"
    page.browser.execute_script(f"document.body.dispatchEvent({event})")
    page.wait()
    assert stored(database, request.node.name) == {}


def test_key_is_removed_from_the_address_and_kept_in_the_tab(page, browser):
    page.open(KEY)
    assert browser.current_url == page.address
    page.open()
    assert page.text("text").startswith("post ")
    browser.switch_to.new_window("tab")
    page.open()
    assert page.element("key-form").is_displayed()
    close_tab(browser)


def test_key_is_asked_for_and_a_wrong_one_is_refused(page, browser):
    page.open()
    assert page.element("key-form").is_displayed() and not page.text("text")
    page.element("key").send_keys("a-wrong-key" + Keys.ENTER)
    page.wait()
    assert page.text("problem") == "This admin key is not valid."
    assert page.element("key-form").is_displayed() and page.element("key").get_attribute("value") == ""
    page.element("key").send_keys(KEY + Keys.ENTER)
    page.wait()
    assert not page.element("key-form").is_displayed() and not page.element("problem").is_displayed()
    assert page.text("text").startswith("post ")
    assert KEY not in browser.page_source


def test_task_can_be_changed(page, browser, database, request):
    page.open(KEY)
    page.element("task").send_keys("emotion")
    page.wait()
    assert browser.current_url.endswith("?task=emotion")
    assert [choice.splitlines()[1] for choice in page.choices()] == "sadness joy love anger fear surprise".split()
    first = page.text("text")
    page.press("6")
    assert stored(database, request.node.name) == {first: "surprise"}


def test_task_in_the_address_is_shown_and_an_unknown_one_is_replaced(page):
    page.open(KEY, query="?task=hate")
    assert [choice.splitlines()[1] for choice in page.choices()] == ["not-hate", "hate"]
    page.open(KEY, query="?task=weather")
    assert len(page.choices()) == 3


def test_post_that_another_tab_labelled_is_left_out(page, browser, database, request):
    page.open(KEY)
    first = page.text("text")
    browser.switch_to.new_window("tab")
    page.open(KEY)
    assert page.text("text") == first
    page.press("1")
    close_tab(browser)
    page.press("3")
    assert page.text("problem") == "Somebody has labelled this post meanwhile."
    assert page.text("text") != first
    assert stored(database, request.node.name) == {first: "negative"}
    page.press("2")
    assert not page.element("problem").is_displayed()


def test_post_that_was_forgotten_is_left_out(page, database, request):
    page.open(KEY)
    first = page.text("text")
    with database.session() as session:
        store.forget_post(session, store.get_company(session, request.node.name), first.removeprefix("post "))
    page.press("1")
    assert page.text("problem") == "This post was deleted."
    assert page.text("text") != first and stored(database, request.node.name) == {}


def test_failed_request_is_repeated_on_demand(page, browser, database, request):
    page.open(KEY)
    first = page.text("text")
    offline(browser, True)
    page.press("1")
    assert page.text("problem").startswith("The service does not answer.")
    assert page.text("text") == first
    offline(browser, False)
    page.browser.find_element(By.CSS_SELECTOR, "#problem button").click()
    page.wait()
    assert not page.element("problem").is_displayed()
    assert stored(database, request.node.name) == {first: "negative"}


def test_queue_ends_with_nothing_to_label(page, database, request):
    page.open(KEY)
    page.press("1" * 24)
    assert page.text("nothing").startswith("Nothing to label")
    assert len(stored(database, request.node.name)) == 24
    page.press("u")
    assert page.text("text").startswith("post ")
    assert len(stored(database, request.node.name)) == 23


def test_html_in_a_post_is_text(page, browser, server, database):
    add_company(database, "<b>injected", HTML)
    page = LabellingPage(browser, server.url, "<b>injected").open(KEY)
    shown = set()
    for _ in HTML:
        shown.add(page.element("text").get_attribute("textContent"))
        page.press("s")
    assert shown == set(HTML)
    assert browser.title.startswith("Label <b>injected")
    assert not browser.find_elements(By.CSS_SELECTOR, "#labelling img, #labelling svg, #labelling script, #labelling b")


def test_unknown_company_is_an_error(browser, server, page):
    LabellingPage(browser, server.url, "Nobody").open(KEY)
    assert "there is no company 'Nobody'" in page.text("problem")


def test_page_asks_no_other_host_and_logs_no_error(page, browser, server):
    browser.get_log("browser")
    requested_hosts(browser)
    page.open(KEY)
    page.press("1su")
    assert requested_hosts(browser) == {f"127.0.0.1:{server.port}"}
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("task", ["sentiment", "emotion", "offensive"])
def test_page_fits_on_a_phone(page, browser, task):
    metrics = {"width": 360, "height": 780, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        page.open(KEY, query=f"?task={task}")
        assert browser.execute_script("return document.documentElement.scrollWidth") == 360
        overflowing = "return [...document.querySelectorAll('.choice')].some((x) => x.scrollWidth > x.clientWidth)"
        assert not browser.execute_script(overflowing)
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_key_is_not_in_the_log_of_the_service(page, server):
    page.open(KEY)
    assert KEY not in server.log.read_text()


def test_without_javascript_the_page_explains(server):
    page = httpx.get(f"{server.url}/companies/Acme/label").text
    assert "<noscript>" in page and "Labelling needs JavaScript" in page


def offline(browser, state):
    """Cut the tab off the network, or connect it again."""
    conditions = {"offline": state, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


def close_tab(browser):
    """Close the tab, and go back to the first one."""
    browser.close()
    browser.switch_to.window(browser.window_handles[0])
