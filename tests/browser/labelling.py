"""Steps of the labelling page in a browser."""

from urllib.parse import quote

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import WAIT_SECONDS


class LabellingPage:
    """The labelling page of a company at the service `url`."""

    def __init__(self, browser: Chrome, url: str, company: str):
        self.browser = browser
        self.address = f"{url}/companies/{quote(company, safe='')}/label"

    def open(self, key: str | None = None, query: str = "") -> "LabellingPage":
        """Open the page, with the admin key in the fragment, and wait until it is idle."""
        self.browser.get("about:blank")  # a new fragment alone would not load the page again
        self.browser.get(self.address + query + (f"#key={key}" if key else ""))
        self.wait()
        return self

    def wait(self) -> None:
        """Wait until no request is running."""
        WebDriverWait(self.browser, WAIT_SECONDS, 0.02).until(
            lambda browser: self.element("labelling").get_attribute("aria-busy") != "true"
        )

    def press(self, keys: str) -> None:
        """Press keys, one after the other, each when the page is idle."""
        for key in keys:
            self.browser.find_element(By.TAG_NAME, "body").send_keys(key)
            self.wait()

    def element(self, id: str) -> WebElement:
        """Return the element with the HTML id `id`."""
        return self.browser.find_element(By.ID, id)

    def text(self, id: str) -> str:
        """Return the visible text of an element; empty if it is hidden."""
        return self.element(id).text

    def announced(self) -> str:
        """Return the text of the live region, which is invisible."""
        return str(self.element("status").get_attribute("textContent"))

    def choices(self) -> list[str]:
        """Return the texts of the label buttons."""
        return [button.text for button in self.browser.find_elements(By.CSS_SELECTOR, ".choice")]
