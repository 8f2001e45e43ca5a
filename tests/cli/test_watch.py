"""`emoji-api watch`: companies are added, collected, classified again, forgotten and removed."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.database.tables import WatchedPost

SAMPLE = str(files("emoji_api").joinpath("watch", "sample.jsonl"))
TEXTS = Path(SAMPLE).read_text(encoding="utf-8").splitlines()
FILE = ("--source", "file", "--option", f"path={SAMPLE}")


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch) -> Database:
    """The database of the settings."""
    url = f"sqlite:///{tmp_path}/instance/emoji_api.db"
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", url)
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "models"))
    return Database(url)


def watch(*arguments):
    return CliRunner().invoke(main, ["watch", *arguments])


def printed(*arguments):
    result = watch(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def nimbus():
    return printed("add", "Nimbus", "--query", "nimbus coffee", *FILE)[0]


def posts(database):
    with database.session() as session:
        return session.scalars(select(WatchedPost)).all()


def test_added_company_is_listed(nimbus):
    assert nimbus == {"name": "Nimbus", "query": "nimbus coffee", "source": "file", "options": {"path": SAMPLE}}
    assert printed("list") == [nimbus | {"collected_at": None}]
    assert watch("list").stdout == "Nimbus\tfile\tnimbus coffee\tnever collected\n"


def test_collect_prints_found_new_and_classified(nimbus):
    first = watch("collect", "Nimbus", "--json")
    assert first.stdout == '{"found": 200, "new": 200, "classified": 188}\n'
    assert watch("collect", "Nimbus").stdout == "found 200, new 0, classified 0\n"
    assert printed("list")[0]["collected_at"]


def test_collect_of_a_range_of_dates(nimbus):
    (counts,) = printed("collect", "Nimbus", "--since", "2026-10-09", "--until", "2026-10-10T00:00:00Z")
    assert counts["found"] == 25


def test_collect_without_a_name_collects_all_companies(nimbus):
    printed("add", "Launch", "--query", "cloud brew", *FILE)
    counts = printed("collect")
    assert [line["company"] for line in counts] == ["Launch", "Nimbus"]
    found = sum("cloud brew" in text.lower() for text in TEXTS)
    assert [line["found"] for line in counts] == [found, len(TEXTS)]
    assert watch("collect").stdout.startswith(f"Launch: found {found}, new 0")


def test_company_that_fails_does_not_stop_the_others(nimbus, tmp_path):
    path = tmp_path / "posts.jsonl"
    path.touch()
    printed("add", "Gone", "--query", "x", "--source", "file", "--option", f"path={path}")
    path.unlink()
    result = watch("collect", "--json")
    assert result.exit_code == 1
    assert [json.loads(line)["company"] for line in result.stdout.splitlines()] == ["Nimbus"]
    assert "Gone: there is no file" in result.stderr and "1 of 2 companies failed: Gone" in result.stderr


def test_collect_without_companies_says_what_to_do(database):
    with database.session():
        pass
    result = watch("collect")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "watch add" in result.stderr


def test_malformed_rows_are_reported_on_standard_error(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("id,time,text\n1,2026-10-01,a good post it is\n" + "2,never,x\n" * 25)
    printed("add", "Nimbus", "--query", "*", "--source", "file", "--option", f"path={path}")
    result = watch("collect", "Nimbus", "--json")
    assert (result.exit_code, result.stdout) == (0, '{"found": 1, "new": 1, "classified": 1}\n')
    lines = result.stderr.splitlines()
    assert lines[0].startswith("Nimbus: rejected row 3: the time 'never' is not ISO 8601")
    assert (len(lines), lines[-1]) == (21, "Nimbus: rejected 5 more")


def test_reclassify_leaves_out_posts_of_the_served_model(nimbus, database):
    watch("collect", "Nimbus")
    assert printed("reclassify", "Nimbus") == [{"classified": 0}]
    with database.session() as session:
        for row in session.scalars(select(WatchedPost).where(WatchedPost.answers.is_not(None)).limit(3)):
            row.model_version = "older"
    assert printed("reclassify") == [{"company": "Nimbus", "classified": 3}]


def test_forgotten_post_is_erased_and_not_collected_again(nimbus, database):
    watch("collect", "Nimbus")
    assert printed("forget", "Nimbus", "--post", "nimbus-001") == [{"forgotten": "nimbus-001"}]
    assert printed("collect", "Nimbus") == [{"found": 200, "new": 0, "classified": 0}]
    assert [row.post_id for row in posts(database) if row.text is None] == ["nimbus-001"]


def test_report_after_a_post_was_forgotten_has_the_other_posts(nimbus):
    watch("collect", "Nimbus", "--since", "2026-10-30")
    (before,) = printed("report", "Nimbus")
    example = before["days"][0]["typical"][0]
    watch("forget", "Nimbus", "--post", example["post_id"])
    (after,) = printed("report", "Nimbus")
    assert after["days"][0]["posts"] == before["days"][0]["posts"] - 1 > 0
    assert example not in after["days"][0]["typical"] != []


def test_report_computes_what_a_killed_collection_left(nimbus, database, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("emoji_api.watch.collect.update_statistics", interrupt)
        assert watch("collect", "Nimbus").exit_code == 1
    assert sum(day["posts"] for day in printed("report", "Nimbus")[0]["days"]) == 200


def test_removed_company_is_gone_with_its_posts(nimbus, database):
    watch("collect", "Nimbus", "--since", "2026-10-30")
    assert len(posts(database)) == 6
    assert printed("remove", "Nimbus") == [{"removed": "Nimbus"}]
    assert (printed("list"), posts(database)) == ([], [])


def test_retention_period_is_that_of_the_settings(nimbus, database, monkeypatch):
    watch("collect", "Nimbus", "--since", "2026-10-30")
    assert printed("purge", "--days", "36500") == [{"deleted": 0}]
    monkeypatch.setenv("EMOJI_API_WATCH_DAYS", "1")
    assert printed("purge") == [{"deleted": 6}]
    assert printed("collect", "Nimbus") == [{"found": 0, "new": 0, "classified": 0}]


def test_authors_are_stored_if_the_setting_says_so(database, monkeypatch, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("id,time,text,author\n1,2026-10-01,a good post it is,anna\n")
    printed("add", "Nimbus", "--query", "*", "--source", "file", "--option", f"path={path}")
    monkeypatch.setenv("EMOJI_API_WATCH_AUTHORS", "true")
    watch("collect")
    assert [row.author for row in posts(database)] == ["anna"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["collect", "Nope"], 1, "there is no company 'Nope'"),
        (["reclassify", "Nope"], 1, "there is no company 'Nope'"),
        (["remove", "Nope"], 1, "there is no company 'Nope'"),
        (["forget", "Nope", "--post", "1"], 1, "there is no company 'Nope'"),
        (["forget", "Nimbus", "--post", "1"], 1, "Nimbus has no post '1'"),
        (["add", "Nimbus", "--query", "x", *FILE], 1, "there is a company 'Nimbus' already"),
        (["add", "a/b", "--query", "x", *FILE], 1, "cannot be a company's name"),
        (["add", "B", "--query", "x", "--source", "myspace"], 2, "'myspace' is not one of"),
        (["add", "B", "--query", "x", "--source", "file"], 1, "the source file needs the option path"),
        (["add", "B", "--query", "x", *FILE, "--option", "color=red"], 1, "has no option color; its options are path"),
        (["add", "B", "--query", "x", *FILE, "--option", "path"], 2, "give KEY=VALUE"),
        (["add", "B", "--query", "x", *FILE, "--option", "path=x"], 2, "--option path is given twice"),
        (["add", "B", "--query", "x", "--source", "file", "--option", "path=nope.csv"], 1, "there is no file"),
        (["collect", "--since", "2026-10-02", "--until", "2026-10-01"], 2, "is not before --until"),
        (["collect", "--since", "2026-10-01", "--until", "2026-10-01"], 2, "is not before --until"),
        (["collect", "--since", "yesterday"], 2, "'yesterday' is not a date such as"),
        (["collect", "--until", "2026-02-30"], 2, "'2026-02-30' is not a date such as"),
        (["purge"], 2, "set EMOJI_API_WATCH_DAYS or give --days"),
    ],
)
def test_wrong_input_is_an_error(nimbus, arguments, code, message):
    result = watch(*arguments)
    assert (result.exit_code, message in result.stderr) == (code, True), result.output


def test_missing_database_is_an_error():
    result = watch("list")
    assert result.exit_code == 1
    assert "there is no database" in result.stderr


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        ("csv", "id,time\n1,2026-10-01\n", "no column text; a file of posts has id, time, text"),
        ("parquet", "no Parquet", "not a Parquet file"),
    ],
)
def test_file_that_cannot_be_read_is_an_error(database, tmp_path, suffix, content, message):
    path = tmp_path / f"posts.{suffix}"
    path.write_text(content)
    printed("add", "Nimbus", "--query", "*", "--source", "file", "--option", f"path={path}")
    result = watch("collect", "Nimbus", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr and path.name in result.stderr


def test_missing_token_is_an_error_that_says_what_to_set(database, monkeypatch):
    monkeypatch.delenv("EMOJI_API_X_BEARER_TOKEN", raising=False)
    printed("add", "Nimbus", "--query", "nimbus", "--source", "x")
    check_token_error(watch("collect", "Nimbus"))


def test_refused_token_is_an_error_that_says_what_to_set(database, monkeypatch, httpserver):
    monkeypatch.setenv("EMOJI_API_X_BEARER_TOKEN", "expired")
    httpserver.expect_request("/2/tweets/search/recent").respond_with_json({"title": "Unauthorized"}, status=401)
    printed("add", "Nimbus", "--query", "nimbus", "--source", "x", "--option", f"base_url={httpserver.url_for('')}")
    result = watch("collect", "Nimbus")
    check_token_error(result)
    assert httpserver.log and "expired" not in result.output


def check_token_error(result):
    assert (result.exit_code, result.stdout) == (1, "")
    assert "X: the credentials are missing or refused; set EMOJI_API_X_BEARER_TOKEN; see https://" in result.stderr
