"""Queries of companies and phrases."""

from datetime import date, timedelta

import pytest

from emoji_api.database.tables import Company, CompanyDay
from emoji_api.errors import InvalidRange, UnknownCompany
from emoji_api.watch.queries import read_companies, read_company, read_phrases
from emoji_api.watch.rollup import day_without_posts
from tests.watch.conftest import NAME

DAY = date(2026, 10, 1)
NEXT_DAY = DAY + timedelta(1)


@pytest.fixture
def add_day(session, company):
    """Return a function that stores the statistics of a day with phrases: count, z-score and sentiment by phrase."""

    def add(day, **phrases):
        entries = [
            {"phrase": phrase, "count": count, "z": z, "sentiment": sentiment, "posts": []}
            for phrase, (count, z, sentiment) in phrases.items()
        ]
        statistics = day_without_posts() | {"phrases": entries}
        session.add(CompanyDay(company_id=company.id, date=day, statistics=statistics))
        session.flush()

    return add


def summary(phrases):
    return {phrase.phrase: (phrase.count, phrase.z, phrase.sentiment, phrase.dates) for phrase in phrases}


def test_companies_have_their_first_and_last_day(session, company, add_day):
    session.add(Company(name="other", query="o", source="x"))
    session.flush()
    add_day(NEXT_DAY)
    add_day(DAY)
    companies, total = read_companies(session, limit=10)
    assert [(row.name, row.first_day, row.last_day) for row in companies] == [
        (NAME, DAY, NEXT_DAY),
        ("other", None, None),
    ]
    assert total == 2
    assert read_company(session, NAME) == companies[0]


def test_companies_are_read_in_pages(session, company):
    session.add_all(Company(name=name, query="q", source="x") for name in ("b", "c"))
    session.flush()
    companies, total = read_companies(session, limit=1, offset=1)
    assert ([row.name for row in companies], total) == (["b"], 3)


@pytest.mark.parametrize("name", ["nobody", "\0", "\ud800", "a/b", ""])
def test_unknown_company_is_an_error(session, company, name):
    with pytest.raises(UnknownCompany):
        read_company(session, name)


def test_phrases_of_several_days_are_one(session, company, add_day):
    add_day(DAY, latte=(2, 1.7, "positive"), queue=(3, 2.0, "negative"))
    add_day(NEXT_DAY, latte=(5, 1.9, "neutral"))
    phrases = read_phrases(session, company, limit=10)
    assert [phrase.phrase for phrase in phrases] == ["queue", "latte"]
    assert summary(phrases) == {
        "queue": (3, 2.0, "negative", [DAY]),
        "latte": (7, 1.9, "neutral", [DAY, NEXT_DAY]),
    }


def test_phrases_are_limited_to_a_range_and_a_number(session, company, add_day):
    add_day(DAY, latte=(2, 1.7, "positive"))
    add_day(NEXT_DAY, latte=(5, 1.9, "neutral"), queue=(3, 1.9, "negative"))
    assert summary(read_phrases(session, company, DAY, DAY, limit=10)) == {"latte": (2, 1.7, "positive", [DAY])}
    assert [phrase.phrase for phrase in read_phrases(session, company, NEXT_DAY, limit=1)] == ["latte"]


def test_company_without_statistics_has_no_phrases(session, company):
    assert read_phrases(session, company, limit=10) == []


def test_range_upside_down_is_an_error(session, company):
    with pytest.raises(InvalidRange):
        read_phrases(session, company, NEXT_DAY, DAY, limit=10)
