"""A headless Chromium without network access of its own, and steps of browser tests."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import element_to_be_clickable, visibility_of_element_located
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
WAIT_SECONDS = 30


def missing_programs() -> str:
    """Return what to install before a browser can be started; empty if nothing is missing."""
    names = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"needs {' and '.join(names)}: apt-get install chromium chromium-driver" if names else ""


@contextmanager
def chromium(profile: Path, width: int = 1200, height: int = 1000) -> Iterator[Chrome]:
    """Start a browser with the profile folder `profile` and a window of the given size in CSS pixels."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = Chrome(options, ChromeService(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


def operations(browser: Chrome, url: str) -> list[str]:
    """Open Swagger UI, and return the HTML ids of the operations that it shows."""
    browser.get(f"{url}/swagger-ui")
    WebDriverWait(browser, WAIT_SECONDS).until(visibility_of_element_located((By.CSS_SELECTOR, ".opblock")))
    return [str(block.get_attribute("id")) for block in browser.find_elements(By.CSS_SELECTOR, ".opblock")]


def try_out(browser: Chrome, url: str, operation: str, text: str) -> str:
    """Open Swagger UI, send a request with `text` from the form of `operation`, and return the answer shown."""
    browser.get(f"{url}/swagger-ui")
    wait = WebDriverWait(browser, WAIT_SECONDS)
    block = wait.until(visibility_of_element_located((By.ID, operation)))
    block.find_element(By.CSS_SELECTOR, ".opblock-summary-control").click()
    _click(wait, f"#{operation} .try-out__btn")
    field = wait.until(visibility_of_element_located((By.CSS_SELECTOR, f"#{operation} input[placeholder='text']")))
    browser.execute_script("arguments[0].select()", field)
    field.send_keys(text)
    _click(wait, f"#{operation} .execute")
    answer = (By.CSS_SELECTOR, f"#{operation} .live-responses-table .response-col_description .highlight-code")
    return wait.until(visibility_of_element_located(answer)).text


def requested_hosts(browser: Chrome) -> set[str]:
    """Return host and port of every request that the pages made since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
    urls = [urlsplit(params["request"]["url"]) for params in sent]
    return {url.netloc for url in urls if url.scheme in ("http", "https", "ws", "wss")}


def _click(wait: WebDriverWait[Chrome], selector: str) -> None:
    wait.until(element_to_be_clickable((By.CSS_SELECTOR, selector))).click()
