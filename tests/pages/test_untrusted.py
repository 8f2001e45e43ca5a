"""Texts, links and names from outside are shown as text."""

from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from emoji_api.pages.security import CONTENT_SECURITY_POLICY
from tests.pages.conftest import BROWSER, HOSTILE_NAME, HOSTILE_TEXTS

ADDRESSES = [
    "/companies",
    f"/companies/{quote(HOSTILE_NAME)}?days=all",
    f"/companies/{quote(HOSTILE_NAME)}?q={quote(HOSTILE_TEXTS[1])}",
    "/companies/acme?days=all&q=%22%3E%3Csvg%20onload%3Dalert(1)%3E",
    f"/companies/{quote('<script>alert(1)')}",
    "/companies/acme?from=%3Cscript%3E",
]
FILES = ["/companies/acme/days.csv", f"/companies/{quote(HOSTILE_NAME)}/posts.csv"]


class Elements(HTMLParser):
    """The elements of a page, its text, and the attributes that could run a script."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.dangerous: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            if name.startswith("on") or name == "style" or (value or "").lower().startswith(("javascript:", "data:")):
                self.dangerous.append((name, value))
        if tag == "script":
            source = dict(attributes)
            assert source.get("src", "").startswith("/assets/") or source["type"] == "application/json"

    def handle_data(self, data: str) -> None:
        self.text += data


def parse(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    return elements


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_of_it_becomes_an_element_or_an_attribute(client, address):
    page = parse(client.get(address, headers=BROWSER).text)
    assert page.dangerous == []
    assert page.tags.count("img") == 1, "the icon of the site"
    assert "i" not in page.tags[page.tags.index("main") :], "the query <i>query</i>"


def test_it_is_shown_as_it_was_written(client):
    page = parse(client.get(ADDRESSES[1], headers=BROWSER).text)
    assert HOSTILE_NAME in page.text
    for text in HOSTILE_TEXTS:
        assert text in page.text
    assert "60481729" not in page.text, "the expression is not evaluated"


def test_links_with_other_schemes_are_left_out(client):
    page = client.get("/companies/acme?days=all&language=ar", headers=BROWSER).text
    assert "هذا جيد" in page and "javascript:" not in page


@pytest.mark.parametrize(
    "address", [*ADDRESSES, "/companies/acme/days.csv", f"/companies/{quote(HOSTILE_NAME)}/posts.csv"]
)
def test_every_response_has_the_security_headers(client, address):
    headers = client.get(address, headers=BROWSER).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_policy_allows_no_inline_code():
    assert "unsafe" not in CONTENT_SECURITY_POLICY and "default-src 'none'" in CONTENT_SECURITY_POLICY
