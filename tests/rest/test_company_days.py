"""A company's days and phrases over HTTP, from posts that were collected and classified."""

import json

import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.watch.report import MAX_DAYS

DAYS = "/companies/Nimbus/days"
PHRASES = "/companies/Nimbus/phrases"


@pytest.fixture
def get(posts_app):
    client = posts_app.test_client()
    return lambda path, **query: client.get(
        path, query_string={name.strip("_"): value for name, value in query.items()}
    )


@pytest.mark.parametrize("options", [{}, {"from": "2026-10-19", "to": "2026-10-21"}, {"from": "2026-10-28"}])
def test_days_are_those_of_the_report_on_the_command_line(posts_app, get, options, monkeypatch):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", posts_app.config["DATABASE_URL"])
    arguments = [argument for name, value in options.items() for argument in (f"--{name}", value)]
    printed = CliRunner().invoke(main, ["watch", "report", "Nimbus", "--format", "json", *arguments])
    response = get(DAYS, **options)
    assert response.get_json() == json.loads(printed.stdout)
    assert response.mimetype == "application/json"


def test_every_day_is_listed_by_default(get):
    days = get(DAYS).get_json()["days"]
    assert (len(days), days[0]["date"], days[-1]["date"]) == (30, "2026-10-01", "2026-10-30")
    assert sum(day["posts"] for day in days) == 200
    assert {"sentiment", "emotion", "offensive", "phrases", "typical", "surprising"} <= days[0].keys()


@pytest.mark.parametrize(
    ("first", "last", "posts"),
    [
        ("2026-10-30", "2026-11-01", {"2026-10-30": 6, "2026-10-31": 0, "2026-11-01": 0}),
        ("0001-01-01", "0001-01-02", {"0001-01-01": 0, "0001-01-02": 0}),
        ("9999-12-31", "9999-12-31", {"9999-12-31": 0}),
    ],
)
def test_days_without_posts_are_listed_too(get, first, last, posts):
    days = get(DAYS, from_=first, to=last).get_json()["days"]
    assert {day["date"]: day["posts"] for day in days} == posts


@pytest.mark.parametrize("path", [DAYS, PHRASES])
@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"from_": "2026-10-02", "to": "2026-10-01"}, "is after"),
        ({"from_": "0001-01-01", "to": "9999-12-31"}, str(MAX_DAYS)),
        ({"to": "9999-12-31"}, str(MAX_DAYS)),
        ({"from_": "2026-02-30"}, "Not a valid date"),
        ({"from_": "yesterday"}, "Not a valid date"),
        ({"to": ""}, "Not a valid date"),
        ({"to": "2026-10-01\0"}, "Not a valid date"),
        ({"until": "2026-10-01"}, "Unknown field"),
    ],
)
def test_wrong_range_is_refused(get, path, query, reason):
    response = get(path, **query)
    assert response.status_code == 422 and reason in response.text


def test_company_without_posts_has_no_days(posts_app, get, admin_headers):
    posts_app.test_client().post("/companies", json={"name": "Acme", "query": "acme"}, headers=admin_headers)
    assert get("/companies/Acme/days").get_json()["days"] == []
    assert get("/companies/Acme/phrases").get_json() == {"phrases": []}


def stored_phrases(app):
    """Return the stored phrases of each day, with their date."""
    with Database(app.config["DATABASE_URL"]).session() as session:
        rows = session.connection().exec_driver_sql("SELECT date, statistics FROM company_days ORDER BY date").all()
    return [phrase | {"date": date} for date, statistics in rows for phrase in json.loads(statistics)["phrases"]]


def test_phrases_of_all_days_are_summed(posts_app, get):
    stored = stored_phrases(posts_app)
    assert stored
    phrases = get(PHRASES, limit=200).get_json()["phrases"]
    assert {phrase["phrase"] for phrase in phrases} == {phrase["phrase"] for phrase in stored}
    for phrase in phrases:
        same = [other for other in stored if other["phrase"] == phrase["phrase"]]
        assert phrase["count"] == sum(other["count"] for other in same)
        assert phrase["z"] == max(other["z"] for other in same)
        assert phrase["dates"] == [other["date"] for other in same]
        assert phrase["sentiment"] in {other["sentiment"] for other in same}
    assert [phrase["z"] for phrase in phrases] == sorted((phrase["z"] for phrase in phrases), reverse=True)


def test_phrases_are_limited_to_a_range_and_a_number(posts_app, get):
    date = stored_phrases(posts_app)[-1]["date"]
    phrases = get(PHRASES, from_=date, to=date).get_json()["phrases"]
    assert phrases and all(phrase["dates"] == [date] for phrase in phrases)
    assert len(get(PHRASES, limit=1).get_json()["phrases"]) == 1


@pytest.mark.parametrize("limit", ["0", "201", "x", "9" * 30])
def test_wrong_limit_is_refused(get, limit):
    assert get(PHRASES, limit=limit).status_code == 422
