"""The dashboard of a company: figures, filters, and states without figures."""

import json
import re
from datetime import UTC, datetime

import pytest

from emoji_api.pages import vega
from tests.pages.conftest import BROWSER

ALL = "/companies/acme?days=all"


def texts_of(page: str) -> list[str]:
    """Return the HTML of the posts' texts."""
    return re.findall(r'<p class="text"[^>]*>(.*?)</p>', page, re.DOTALL)


def spec_of(page: str, name: str) -> dict:
    """Return the specification of a chart."""
    return json.loads(re.search(rf'id="{name}-spec">(.*?)</script>', page, re.DOTALL)[1])


def test_figures_of_the_period(get_page):
    page = get_page(ALL)
    assert "2–4 Nov 2026" in page
    assert "<dd>44</dd>" in page and "2 not classified" in page
    assert "<dd>71\u202f% <small>56–83\u202f%</small></dd>" in page, "share of positive posts with its interval"
    assert re.search(r"corrected \d+\u202f%", page)
    assert "<dd>+45 <small>points</small></dd>" in page


def test_quick_ranges_end_on_the_last_day_with_posts(get_page):
    assert "29 Oct – 4 Nov 2026" in get_page("/companies/acme?days=7")
    assert "6 Oct – 4 Nov 2026" in get_page("/companies/acme")


def test_a_period_is_compared_with_the_one_before(get_page):
    page = get_page("/companies/acme?from=2026-11-04&to=2026-11-04")
    assert "no earlier period" in page, "nobody posted on the day before"
    page = get_page("/companies/acme?from=2026-11-04&to=2026-11-05")
    assert "−53\u202f% against 2–3 Nov 2026" in page and "−192 points against the period before" in page


def test_charts_have_a_bar_for_each_day_with_posts(get_page):
    bars, tooltips = spec_of(get_page(ALL), "sentiment")["layer"]
    assert [row["label"] for row in bars["data"]["values"]] == ["negative", "neutral", "positive"] * 2
    starts = [datetime.fromtimestamp(row["start"] / 1000, UTC).isoformat()[:10] for row in bars["data"]["values"]]
    assert starts == ["2026-11-02"] * 3 + ["2026-11-04"] * 3
    assert [row["posts"] for row in tooltips["data"]["values"]] == ["30", "0", "14"]


def test_tables_have_the_figures_of_the_charts(get_page):
    page = get_page(ALL)
    assert re.search(r'<th scope="row">3 Nov 2026</th>\s*<td colspan="3" class="muted">no posts</td>', page)
    row = re.search(r'<th scope="row">4 Nov 2026</th>\s*<td>14</td><td>12</td><td>2</td>', page)
    assert row, "posts, classified, not classified"


def test_days_after_the_last_collection_are_shown_as_not_collected(get_page):
    page = get_page("/companies/acme?from=2026-11-01&to=2026-11-08")
    assert re.search(r'<th scope="row">8 Nov 2026</th>\s*<td colspan="3" class="muted">not collected</td>', page)
    assert "The grey area is not collected yet" in page
    band = spec_of(page, "volume")["layer"][1]["data"]["values"][0]
    assert datetime.fromtimestamp(band["start"] / 1000, UTC) == datetime(2026, 11, 7, tzinfo=UTC)


def test_long_periods_are_shown_by_week(get_page):
    page = get_page("/companies/acme?days=365")
    assert "Shares of the classified posts by week" in page
    assert len(spec_of(page, "volume")["layer"][-1]["data"]["values"]) == 53


def test_one_day_has_a_bar_instead_of_charts_over_time(get_page):
    page = get_page("/companies/acme?from=2026-11-02&to=2026-11-02")
    assert "sentiment-spec" not in page and "charts.js" not in page
    assert 'aria-label="negative 0\u202f%, neutral 0\u202f%, positive 100\u202f%"' in page


def test_days_without_posts_lead_to_those_with_posts(get_page):
    page = get_page("/companies/acme?from=2026-11-03&to=2026-11-03")
    assert "Nobody posted about acme on this day" in page and "days=all" in page
    assert "not collected yet" in get_page("/companies/acme?from=2027-01-01&to=2027-02-01")


def test_a_company_that_was_never_collected_says_how_to_collect(get_page):
    page = get_page("/companies/new")
    assert "Nothing is collected yet" in page and "emoji-api watch collect new" in page


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 20),
        ("sentiment=negative", 11),
        ("emotion=anger", 11),
        ("emotion=fear", 0),
        ("language=de", 1),
        ("q=REFUND", 10),
        ("q=refund&sentiment=positive", 0),
        ("sentiment=&emotion=&language=&q=", 20),
    ],
)
def test_filters_choose_the_posts(get_page, query, number):
    page = get_page(f"{ALL}&{query}")
    assert len(texts_of(page)) == number
    assert ("No post of this period matches" in page) == (number == 0)
    assert ("Show the posts without filters" in page) == (number != 20)


def test_filters_stay_in_links_and_forms(get_page):
    page = get_page(f"{ALL}&q=refund+denied&sentiment=negative")
    assert "days=7&amp;sentiment=negative&amp;q=refund+denied" in page
    assert "<option selected>negative</option>" in page and 'value="refund denied"' in page
    assert '<input type="hidden" name="days" value="all">' in page


def test_older_posts_are_on_the_next_page(get_page):
    texts, address = [], ALL
    for _ in range(3):
        page = get_page(address)
        texts += texts_of(page)
        link = re.search(r'rel="next" href="([^"]+)#posts"', page)
        address = link[1].replace("&amp;", "&") if link else ""
    assert len(texts) == 44 and not address


def test_phrase_is_marked_at_its_place(get_page):
    page = get_page(ALL)
    assert "everything <mark>works well</mark>" in get_page(f"{ALL}&sentiment=positive")
    assert "😀 😀 so <mark>angry</mark> now" in page, "offsets count code points"
    assert "refund denied again" in texts_of(page), "a phrase that is the whole text is not marked"


def test_posts_have_emoji_language_and_link(get_page):
    page = get_page(ALL)
    assert 'dir="auto" lang="ar">هذا جيد</p>' in page
    assert 'href="https://posts.example/1?a=1&amp;b=2" rel="noopener noreferrer nofollow ugc"' in page
    assert '<span aria-hidden="true">😠</span>' in page
    assert "not classified" in page


def test_phrases_link_to_their_posts(get_page):
    page = get_page(ALL)
    assert "q=refund+denied+again&amp;days=all#posts" in page


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("from=01.11.2026", "“from” is no date, such as 2026-11-30"),
        ("to=2026-02-30", "“to” is no date"),
        ("from=0001-01-01", "“from” is not from 1900-01-01"),
        ("from=2026-11-04&to=2026-11-02", "The first day, 2026-11-04, is after the last one, 2026-11-02"),
        ("from=2000-01-01&to=2026-11-02", "are more than 3660 days"),
        ("days=8", "“days” is none of 7, 30, 90, 365, all"),
        ("sentiment=good", "“sentiment” is none of negative, neutral, positive"),
        ("emotion=pride", "“emotion” is none of sadness"),
        ("language=%3Cb%3E", "“language” is no language code"),
        ("q=" + "x" * 201, "“q” has more than 200 characters"),
        ("q=%00", "“q” Has a NUL character"),
        ("before=x", "wrong position in the list of posts"),
    ],
)
def test_wrong_filters_are_explained_on_a_page(get_page, query, message):
    page = get_page(f"/companies/acme?{query}", 400)
    assert message in page and 'href="/companies"' in page


def test_an_unknown_company_is_a_page_with_a_way_back(get_page):
    page = get_page("/companies/nobody", 404)
    assert "there is no company" in page and 'href="/companies"' in page


def test_unknown_parameters_are_ignored(get_page):
    assert "44" in get_page(f"{ALL}&utm_source=mail&before=")


def test_without_the_chart_library_the_tables_are_open(get_page, monkeypatch):
    monkeypatch.setattr(vega, "PACKAGE", "not-installed")
    vega.vega_version.cache_clear()
    try:
        page = get_page(ALL)
    finally:
        monkeypatch.undo()
        vega.vega_version.cache_clear()
    assert "pip install" in page and page.count("<details open>") == 2
    assert "charts.js" not in page


def test_page_is_not_cached_without_asking(client):
    assert client.get(ALL, headers=BROWSER).headers["Cache-Control"] == "private, no-cache"
