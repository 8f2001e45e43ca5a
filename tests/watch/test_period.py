"""Statistics of periods: summed, and by day, week or month."""

from datetime import date, datetime, timedelta

import pytest

from emoji_api.inference.intervals import wilson_interval
from emoji_api.watch.period import buckets, net_sentiment, read_last_days, summarise, unit_of
from emoji_api.watch.queries import read_companies
from emoji_api.watch.rollup import day_without_posts, read_days, roll_up
from emoji_api.watch.statistics import add_corrected

DAY = date(2026, 9, 28)


def empty_days(first: date, number: int):
    return [{"date": (first + timedelta(days=day)).isoformat(), **day_without_posts()} for day in range(number)]


@pytest.fixture
def days(session, company, add_post, bundle):
    """Three days: 3 positive and 1 German post, none, 1 negative and 1 uncertain post."""
    for _ in range(3):
        add_post(DAY, sentiment="positive", emotion="joy")
    add_post(DAY, "alles gut", language="de")
    add_post(DAY + timedelta(days=2), sentiment="negative", emotion="anger", offensive=True)
    add_post(DAY + timedelta(days=2), sentiment="neutral", emotion="anger", confidence=0.3)
    roll_up(session, company, [DAY, DAY + timedelta(days=2)], bundle)
    return read_days(session, company, DAY, DAY + timedelta(days=2))


def test_counts_are_summed_and_shares_follow_from_them(days, bundle):
    total = summarise(days)
    assert (total["posts"], total["classified"], total["other_languages"]) == (6, 5, {"de": 1})
    assert total["model_versions"] == {bundle.version: 5}
    assert {label: entry["count"] for label, entry in total["sentiment"].items()} == {
        "negative": 1,
        "neutral": 1,
        "positive": 3,
    }
    assert total["sentiment"]["positive"]["share"] == 0.6
    assert total["sentiment"]["positive"]["interval"] == pytest.approx(wilson_interval(3, 5), abs=1e-4)
    assert total["emotion"]["uncertain"]["count"] == 1
    assert total["offensive"]["offensive"]["share"] == 0.2


def test_summary_of_one_day_has_the_shares_of_the_day(days):
    summary = summarise(days[:1])["sentiment"]
    assert all(entry["share"] == days[0]["sentiment"][label]["share"] for label, entry in summary.items())
    assert all(entry["interval"] == days[0]["sentiment"][label]["interval"] for label, entry in summary.items())


def test_sums_of_sums_are_sums(days):
    assert summarise(summarise([day]) for day in days) == summarise(days)


def test_corrected_shares_are_those_of_all_posts_together(days, bundle):
    one_day = summarise(days[:1])
    add_corrected(one_day["sentiment"], one_day["model_versions"], bundle)
    assert one_day["sentiment"]["positive"]["corrected"] == days[0]["sentiment"]["positive"]["corrected"]


def test_posts_of_another_model_are_not_corrected(days, bundle):
    total = summarise(days)
    add_corrected(total["sentiment"], {bundle.version: 4, "older": 1}, bundle)
    assert "corrected" not in total["sentiment"]["positive"]


def test_net_sentiment_is_positive_minus_negative(days):
    assert net_sentiment(summarise(days)) == pytest.approx(0.4)
    assert net_sentiment(summarise(days[1:2])) is None


@pytest.mark.parametrize(("days", "unit"), [(1, "day"), (92, "day"), (93, "week"), (365, "week"), (3660, "month")])
def test_long_periods_have_coarser_units(days, unit):
    assert unit_of(days) == unit
    assert len(buckets(empty_days(DAY, days), unit_of(days))) <= 122


def test_weeks_start_on_monday_and_end_with_the_period():
    weeks = buckets(empty_days(date(2026, 9, 30), 13), "week")  # a Wednesday
    assert [(week.first.isoformat(), week.last.isoformat()) for week in weeks] == [
        ("2026-09-30", "2026-10-04"),
        ("2026-10-05", "2026-10-11"),
        ("2026-10-12", "2026-10-12"),
    ]


def test_months_are_calendar_months():
    months = buckets(empty_days(date(2026, 1, 31), 30), "month")
    assert [(month.first.isoformat(), month.last.isoformat()) for month in months] == [
        ("2026-01-31", "2026-01-31"),
        ("2026-02-01", "2026-02-28"),
        ("2026-03-01", "2026-03-01"),
    ]


def test_last_days_end_with_the_last_stored_day(session, days, company):
    company.collected_at = datetime.now().astimezone()
    companies, _ = read_companies(session, limit=10)
    last = read_last_days(session, companies, 4)[company.name]
    assert [(day["date"], day["posts"]) for day in last] == [
        ("2026-09-27", 0),
        ("2026-09-28", 4),
        ("2026-09-29", 0),
        ("2026-09-30", 2),
    ]


def test_a_company_without_posts_has_no_last_days(session, company):
    assert read_last_days(session, read_companies(session, limit=10)[0], 4) == {}
