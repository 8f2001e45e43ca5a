"""Daily statistics in the database."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from emoji_api.database.tables import Company, CompanyDay
from emoji_api.watch.rollup import read_days, roll_up, stored_range

DAY = date(2026, 11, 1)


def after(days):
    return DAY + timedelta(days=days)


@pytest.fixture
def statements(engine):
    """The SQL statements that were executed."""
    executed = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: executed.append(arguments[2]))
    return executed


def test_statistics_are_stored_and_read(session, company, add_post, bundle):
    post = add_post(DAY, sentiment="negative", offensive=True)
    add_post(DAY, language="de")
    assert roll_up(session, company, [DAY], bundle) == [DAY]
    session.commit()
    (day,) = read_days(session, company, DAY, DAY)
    assert (day["date"], day["posts"], day["classified"], day["other_languages"]) == ("2026-11-01", 2, 1, {"de": 1})
    assert day["sentiment"]["negative"]["share"] == day["offensive"]["offensive"]["share"] == 1
    assert (day["typical"], day["surprising"], day["phrases"]) == ([post.id], [], [])


def test_days_are_read_in_order_with_gaps_as_days_of_zero_posts(session, company, add_post, bundle):
    add_post(after(3))
    add_post(DAY)
    roll_up(session, company, [after(3), DAY], bundle)
    days = read_days(session, company, after(-1), after(4))
    assert [day["posts"] for day in days] == [0, 1, 0, 0, 1, 0]
    assert [day["date"][-2:] for day in days] == ["31", "01", "02", "03", "04", "05"]
    assert all(day.keys() == days[1].keys() for day in days)
    assert stored_range(session, company) == (DAY, after(3))


def test_a_company_without_statistics_has_no_range(session, company):
    assert stored_range(session, company) is None


def test_a_day_begins_and_ends_at_midnight_utc(session, company, add_post, bundle):
    add_post(after(-1), hour=23)
    add_post(DAY, hour=0)
    add_post(DAY, hour=23)
    roll_up(session, company, [after(-1), DAY], bundle)
    assert [day["posts"] for day in read_days(session, company, after(-1), after(1))] == [1, 2, 0]


def test_rolling_up_again_replaces_the_statistics(session, company, add_post, bundle):
    add_post(DAY)
    roll_up(session, company, [DAY], bundle)
    before = read_days(session, company, DAY, DAY)
    roll_up(session, company, [DAY], bundle)
    assert read_days(session, company, DAY, DAY) == before
    add_post(DAY)
    roll_up(session, company, [DAY], bundle)
    assert read_days(session, company, DAY, DAY)[0]["posts"] == 2


def test_forgotten_posts_do_not_count(session, company, add_post, bundle):
    add_post(DAY)
    forgotten = [add_post(DAY), add_post(after(1))]
    roll_up(session, company, [DAY, after(1)], bundle)
    for post in forgotten:
        post.text = None
    roll_up(session, company, [DAY, after(1)], bundle)
    assert [day["posts"] for day in read_days(session, company, DAY, after(1))] == [1, 0]
    assert stored_range(session, company) == (DAY, DAY), "a day without posts is not stored"


def test_phrases_are_compared_with_the_previous_28_days(session, company, add_post, bundle):
    def add(day, text, number):
        for position in range(number):
            # different scores: posts with equal ones count as copies
            add_post(day, text, confidence=0.8 + position / 1_000)

    add(after(-29), "refund denied", 50)  # too old
    for days in range(1, 29):
        add(after(-days), "new phone", 2)
    add(DAY, "new phone", 2)
    add(DAY, "refund denied", 8)
    roll_up(session, company, [after(-days) for days in range(30)], bundle)
    (day,) = read_days(session, company, DAY, DAY)
    assert [(phrase["phrase"], phrase["count"]) for phrase in day["phrases"]] == [("refund denied", 8)]
    assert len(day["surprising"]) == 3


def test_days_that_are_compared_with_a_changed_day_are_rolled_up_again(session, company, add_post, bundle):
    for day in (DAY, after(28), after(29)):
        add_post(day)
    assert roll_up(session, company, [DAY, after(28), after(29)], bundle) == [DAY, after(28), after(29)]
    assert read_days(session, company, after(29), after(29))[0]["surprising"] != []
    add_post(DAY, emotion="fear")
    assert roll_up(session, company, [DAY], bundle) == [DAY, after(28)]


def test_only_posts_of_the_company_count(session, company, add_post, bundle):
    other = Company(name="other", query="other", source="file")
    session.add(other)
    session.flush()
    add_post(DAY)
    add_post(DAY).company_id = other.id
    roll_up(session, other, [DAY], bundle)
    roll_up(session, company, [DAY], bundle)
    roll_up(session, company, [], bundle)
    assert [read_days(session, who, DAY, DAY)[0]["posts"] for who in (company, other)] == [1, 1]
    assert len(session.scalars(select(CompanyDay)).all()) == 2


def test_a_window_takes_three_statements_whatever_its_length(session, company, add_post, bundle, statements):
    days = [after(number) for number in range(60)]
    for day in days:
        add_post(day)
    session.flush()
    statements.clear()
    assert roll_up(session, company, days, bundle) == days
    assert [statement.split()[0] for statement in statements] == ["SELECT", "DELETE", "INSERT"]


def test_dates_far_apart_are_separate_windows(session, company, add_post, bundle, statements):
    add_post(DAY)
    add_post(after(1_000))
    session.flush()
    statements.clear()
    assert roll_up(session, company, [after(1_000), DAY], bundle) == [DAY, after(1_000)]
    assert sum(statement.startswith("SELECT") for statement in statements) == 2


def test_the_first_and_last_dates_of_the_calendar_are_accepted(session, company, add_post, bundle):
    add_post(date.max, hour=23)
    assert roll_up(session, company, [date.max, date.min], bundle) == [date.max]
    assert read_days(session, company, date.max, date.max)[0]["posts"] == 1
