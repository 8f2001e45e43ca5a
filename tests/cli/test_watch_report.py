"""`emoji-api watch report`: formats, date ranges and errors."""

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

import emoji_api
from emoji_api.cli.main import ErrorReportingGroup
from emoji_api.cli.watch_report import report
from emoji_api.database.base import Base
from emoji_api.database.engine import open_engine
from emoji_api.database.extension import Database
from emoji_api.database.tables import Company, WatchedPost
from emoji_api.inference.bundle import read_bundle
from emoji_api.watch.rollup import roll_up
from tests.watch.conftest import answers_of

DAY = date(2026, 11, 1)
watch = ErrorReportingGroup("watch", commands=[report])


@pytest.fixture(autouse=True)
def database(database_url, monkeypatch):
    """The database of the settings: "acme" has posts on the first and the third of three days, "new" has none."""
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", database_url)
    with Database(database_url).session():
        pass  # the migrations come first, they create tables of their own
    engine = open_engine(database_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    bundle = read_bundle(Path(emoji_api.__file__).parent / "models" / "tweets", verify=False)
    with Database(database_url).session() as session:
        company = Company(name="acme", query="acme", source="file")
        session.add_all([company, Company(name="new", query="new", source="file")])
        session.flush()
        for number in range(40):
            day = DAY if number < 20 else DAY + timedelta(days=2)
            text = "everything works well here, thanks" if number < 20 else "refund \x1b[31mdenied 😠"
            session.add(
                WatchedPost(
                    company_id=company.id,
                    source="file",
                    post_id=str(number),
                    time=datetime.combine(day, time(12), UTC),
                    text=text,
                    language="en",
                    model_version=bundle.version,
                    answers=answers_of(text, sentiment="negative", emotion="anger", confidence=0.7 + number / 1_000),
                )
            )
        session.flush()
        roll_up(session, company, [DAY, DAY + timedelta(days=2)], bundle)


def run(*arguments):
    return CliRunner().invoke(watch, ["report", *arguments])


def days_of(*arguments):
    result = run("acme", "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    return [(day["date"][-2:], day["posts"]) for day in json.loads(result.stdout)["days"]]


def test_table_has_one_aligned_line_per_day():
    result = run("acme")
    assert result.exit_code == 0, result.output
    header, first, gap, last = result.stdout.splitlines()
    assert header.split()[:4] == ["date", "posts", "other", "negative"]
    assert first.startswith("2026-11-01  20     0      100 % (84-100)")
    assert gap == "2026-11-02  0      0"
    assert last.endswith("😠 anger 100 %  refund  [31mdenied 😠"), "control characters are not printed"


def test_json_has_the_days():
    document = json.loads(run("acme", "--format", "json").stdout)
    assert document["company"] == "acme"
    assert [day["date"] for day in document["days"]] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert document["days"][0]["sentiment"]["negative"]["count"] == 20
    assert run("acme", "--json").stdout == run("acme", "--format", "json").stdout


def test_csv_has_one_row_per_day():
    rows = list(csv.DictReader(io.StringIO(run("acme", "--format", "csv").stdout, newline="")))
    assert [(row["date"], row["posts"]) for row in rows] == [
        ("2026-11-01", "20"),
        ("2026-11-02", "0"),
        ("2026-11-03", "20"),
    ]


def test_html_is_a_page():
    page = run("acme", "--format", "html").stdout
    assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n") and "<td>20</td>" in page


def test_range_can_be_given():
    assert days_of("--from", "2026-11-03") == [("03", 20)]
    assert days_of("--to", "2026-11-02") == [("01", 20), ("02", 0)]
    assert days_of("--from", "2026-10-31", "--to", "2026-11-01") == [("31", 0), ("01", 20)]
    assert days_of("--from", "2026-12-01") == []


@pytest.mark.parametrize("file_format", ["table", "json", "csv", "html"])
def test_a_company_without_posts_has_a_report(file_format):
    result = run("new", "--format", file_format)
    assert result.exit_code == 0 and result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2026-11-02", "--to", "2026-11-01"], "--from 2026-11-02 is after --to 2026-11-01"),
        (["--from", "01.11.2026"], "does not match the format"),
        (["--to", "2026-02-30"], "does not match the format"),
        (["--from", "0001-01-01"], "more than 3660 days"),
        (["--format", "pdf"], "'pdf' is not one of"),
    ],
)
def test_wrong_options_are_usage_errors(arguments, message):
    result = run("acme", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_an_unknown_company_is_an_error():
    result = run("nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no company 'nobody'" in result.stderr


def test_a_missing_database_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    result = run("acme")
    assert result.exit_code == 1 and "there is no database" in result.stderr
