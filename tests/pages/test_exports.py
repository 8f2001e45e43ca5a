"""CSV files of days and posts."""

import csv
import io

import pytest

from emoji_api.pages import exports
from tests.pages.conftest import BROWSER, READ_KEY


@pytest.fixture
def get_rows(client):
    """Return a function that gets the rows of a CSV file."""

    def get(address: str) -> list[dict[str, str]]:
        response = client.get(address)
        assert (response.status_code, response.mimetype) == (200, "text/csv")
        return list(csv.DictReader(io.StringIO(response.text, newline="")))

    return get


def test_days_have_the_columns_of_the_report(get_rows):
    rows = get_rows("/companies/acme/days.csv?days=all")
    assert [(row["date"], row["posts"], row["positive_count"]) for row in rows] == [
        ("2026-11-02", "30", "30"),
        ("2026-11-03", "0", ""),
        ("2026-11-04", "14", "0"),
    ]


def test_days_are_those_of_the_filters(get_rows):
    rows = get_rows("/companies/acme/days.csv?from=2026-11-04&to=2026-11-05")
    assert [row["date"] for row in rows] == ["2026-11-04", "2026-11-05"]


def test_posts_have_their_answers(get_rows):
    rows = get_rows("/companies/acme/posts.csv?days=all&sentiment=positive")
    assert len(rows) == 30
    assert rows[0] | {"id": "", "time": ""} == {
        "id": "",
        "time": "",
        "language": "en",
        "sentiment": "positive",
        "emotion": "joy",
        "offensive": "not-offensive",
        "hate": "not-hate",
        "phrase": "works well",
        "text": "everything works well",
        "link": "",
    }


def test_posts_are_read_page_by_page(get_rows, monkeypatch):
    monkeypatch.setattr(exports, "POSTS_PER_QUERY", 7)
    rows = get_rows("/companies/acme/posts.csv?days=all")
    assert len({row["id"] for row in rows}) == len(rows) == 44
    assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)


def test_formulas_are_neutralised(get_rows):
    rows = get_rows("/companies/acme/posts.csv?days=all&q=hyperlink")
    assert [row["text"] for row in rows] == ["'=HYPERLINK(1)"]


@pytest.mark.parametrize("name", ["days", "posts"])
def test_a_company_without_posts_has_a_header_only(client, name):
    response = client.get(f"/companies/new/{name}.csv")
    assert response.status_code == 200 and response.text.count("\n") == 1


def test_file_is_named_after_the_company(client):
    assert (
        client.get("/companies/acme/days.csv").headers["Content-Disposition"] == 'attachment; filename="acme days.csv"'
    )


@pytest.mark.parametrize("name", ["days", "posts"])
def test_errors_are_pages(client, locked_client, name):
    assert client.get(f"/companies/nobody/{name}.csv", headers=BROWSER).status_code == 404
    assert client.get(f"/companies/acme/{name}.csv?from=x", headers=BROWSER).status_code == 400
    assert locked_client.get(f"/companies/acme/{name}.csv", headers=BROWSER).status_code == 401
    assert locked_client.get(f"/companies/acme/{name}.csv", auth=("me", READ_KEY)).status_code == 200
