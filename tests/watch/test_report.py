"""Reports as JSON, CSV and HTML."""

import csv
import io
import json
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import update

from emoji_api.database.tables import WatchedPost
from emoji_api.errors import UnknownCompany
from emoji_api.watch.report import MAX_DAYS, read_report, to_csv, to_html, to_json
from emoji_api.watch.rollup import roll_up
from tests.watch.conftest import NAME

DAY = date(2026, 11, 1)
NEXT = DAY + timedelta(days=1)
INJECTIONS = [
    "<script>alert(1)</script>",
    '<svg onload="alert(1)"><animate onbegin=alert(1)></svg>',
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)' autofocus='",
    "</style><img src=x onerror=alert(1)>",
    "</title></head><iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7 * 7 }}{% for x in [] %}",
    "<!-- <a href=javascript:alert(1)>",
]
ELEMENTS = set(
    "html head meta title style body h1 h2 h3 h4 p div table caption thead tbody tr th td blockquote mark a dl dt dd"
    .split()
)  # fmt: skip
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "scope", "href", "rel"}


class Page(HTMLParser):
    """The elements, attributes, links, table cells and text of a page."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.links, self.text, self.quotes = set(), set(), [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]
        if tag == "blockquote":
            self.quotes.append("")
        self.inside = tag

    def handle_data(self, data):
        self.text += data
        if self.quotes and self.inside in ("blockquote", "mark"):
            self.quotes[-1] += data

    def handle_endtag(self, tag):
        self.inside = "blockquote" if tag == "mark" else None


@pytest.fixture
def report(session, company, add_post, bundle):
    """Return a function that stores posts, each a text or a text with a link, and makes the report of their day."""

    def make(*posts):
        for number, post in enumerate(posts):
            text, link = post if isinstance(post, tuple) else (post, None)
            add_post(DAY, text, link=link, confidence=0.8 + number / 1_000)
        roll_up(session, company, [DAY], bundle)
        return read_report(session, NAME)

    return make


def rows(report):
    return list(csv.DictReader(io.StringIO(to_csv(report), newline="")))


def test_json_has_the_company_and_its_days(session, report):
    posts = json.loads(to_json(report("so good 😂")))
    assert posts["company"] == NAME
    (day,) = posts["days"]
    assert (day["date"], day["posts"], day["sentiment"]["neutral"]["count"]) == ("2026-11-01", 1, 1)
    assert [post["text"] for post in day["typical"]] == ["so good 😂"]
    assert "Forman 2008" in posts["methods"]["corrected"]


def test_the_stored_days_are_reported_by_default(session, company, add_post, bundle):
    add_post(DAY)
    add_post(DAY + timedelta(days=2))
    roll_up(session, company, [DAY, DAY + timedelta(days=2)], bundle)
    assert [day["posts"] for day in read_report(session, NAME).days] == [1, 0, 1]
    assert [day["posts"] for day in read_report(session, NAME, first=NEXT).days] == [0, 1]
    assert [day["posts"] for day in read_report(session, NAME, last=NEXT).days] == [1, 0]
    assert [day["posts"] for day in read_report(session, NAME, NEXT, NEXT).days] == [0]
    assert read_report(session, NAME, first=DAY + timedelta(days=9)).days == []


def test_a_company_without_posts_has_a_report_in_every_format(session, company):
    report = read_report(session, NAME)
    assert json.loads(to_json(report))["days"] == []
    assert to_csv(report).startswith("date,posts,") and to_csv(report).count("\n") == 1
    assert "No posts" in to_html(report)


def test_an_unknown_company_is_refused(session, company):
    with pytest.raises(UnknownCompany, match="nobody"):
        read_report(session, "nobody")


@pytest.mark.parametrize(("first", "last"), [(NEXT, DAY), (DAY, DAY + timedelta(days=MAX_DAYS)), (date.min, date.max)])
def test_a_range_upside_down_or_too_long_is_refused(session, company, first, last):
    with pytest.raises(ValueError):
        read_report(session, NAME, first, last)


def test_forgotten_posts_are_not_shown_even_before_the_next_roll_up(session, report):
    report("to be kept", "to be forgotten")
    session.execute(update(WatchedPost).where(WatchedPost.text == "to be forgotten").values(text=None))
    assert [post["text"] for post in read_report(session, NAME).days[0]["typical"]] == ["to be kept"]


def test_many_examples_are_read(session, company, add_post, bundle):
    days = [DAY + timedelta(days=number) for number in range(340)]
    for day in days:
        for confidence in (0.7, 0.8, 0.9):
            add_post(day, confidence=confidence)
    roll_up(session, company, days, bundle)
    assert {len(day["typical"]) for day in read_report(session, NAME).days} == {3}


def test_csv_has_one_row_per_day(session, report, company, add_post, bundle):
    report("fine")
    add_post(DAY + timedelta(days=2), sentiment="negative", offensive=True, emotion="anger")
    roll_up(session, company, [DAY + timedelta(days=2)], bundle)
    first, gap, last = rows(read_report(session, NAME))
    assert [row["date"] for row in (first, gap, last)] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert (gap["posts"], gap["negative_share"], gap["typical"]) == ("0", "", "")
    assert (last["negative_share"], last["offensive_share"], last["anger_count"]) == ("1.0", "1.0", "1")
    assert float(last["negative_low"]) < 1 and 0 <= float(last["negative_corrected"]) <= 1


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_neutralised_in_csv(report, text):
    (row,) = rows(report(text))
    assert row["typical"] == f"'{text}".replace("\r", "\n")


def test_formulas_in_phrases_are_neutralised_in_csv(session, company, add_post, bundle):
    add_post(DAY, "fine")
    for number in range(5):
        add_post(NEXT, "=cmd|calc", confidence=0.8 + number / 1_000)
    roll_up(session, company, [DAY, NEXT], bundle)
    report = read_report(session, NAME)
    report.days[1]["phrases"] = [{"phrase": "=cmd|calc"}]
    assert rows(report)[1]["phrases"] == "'=cmd|calc"


def test_posts_with_quotes_and_newlines_stay_one_csv_cell(report):
    (row,) = rows(report('a "quoted", text\nof two lines'))
    assert row["typical"] == 'a "quoted", text\nof two lines'


@pytest.mark.parametrize("text", INJECTIONS)
def test_posts_are_text_in_html(report, text):
    page = Page(to_html(report(text)))
    assert page.elements <= ELEMENTS and page.attributes <= ATTRIBUTES
    assert [quote.strip() for quote in page.quotes] == [text]


def test_phrases_and_company_names_are_text_in_html(session, company, add_post, bundle):
    company.name = "<b onclick=alert(1)>acme"
    for number in range(30):
        add_post(DAY, "fine", confidence=0.7 + number / 1_000)
        add_post(NEXT, "<i>refund</i> <script>denied", confidence=0.7 + number / 1_000)
    roll_up(session, company, [DAY, NEXT], bundle)
    report = read_report(session, company.name)
    assert report.days[1]["phrases"][0]["phrase"] == "<i>refund</i> <script>denied"
    page = Page(to_html(report))
    assert page.elements <= ELEMENTS and page.attributes <= ATTRIBUTES
    assert "<b onclick=alert(1)>acme" in page.text and "<i>refund</i> <script>denied" in page.text


@pytest.mark.parametrize("link", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "//x", ""])
def test_only_web_links_are_linked_in_html(report, link):
    assert Page(to_html(report(("fine", link)))).links == []


def test_links_are_escaped_in_html(report):
    link = "https://example.org/1?a=1&b=\"'><script>"
    page = Page(to_html(report(("fine", link))))
    assert page.links == [link] and "script" not in page.elements


def test_the_phrase_is_marked_in_html(session, company, add_post, bundle):
    add_post(DAY, "oh 😂 my train is late & cold", phrase="train is late")
    roll_up(session, company, [DAY], bundle)
    assert "oh 😂 my <mark>train is late</mark> &amp; cold" in to_html(read_report(session, NAME))


def test_a_phrase_that_is_the_whole_text_is_not_marked_in_html(report):
    assert "<mark>" not in to_html(report("my train is late"))


def test_html_needs_nothing_from_elsewhere(report):
    html = to_html(report("fine"))
    page = Page(html)
    assert page.elements.isdisjoint({"script", "link", "img", "iframe"}) and "style" not in page.attributes
    assert "url(" not in html and "@import" not in html and "default-src 'none'" in html
