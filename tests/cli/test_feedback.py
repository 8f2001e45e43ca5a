"""`emoji-api feedback`: list, accept, reject, export and purge."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.database.feedback import receive
from emoji_api.database.tables import Feedback
from emoji_api.tasks import SENTIMENT
from emoji_api.watch.labelling import record_label
from emoji_api.watch.store import forget_post, get_company
from tests.server import ROOT
from tests.watched import add_company

TEXTS = ["so happy 😂", '=HYPERLINK("http://x")', "two\nlines \x1b[31m, \u2028", "@you never call"]


@pytest.fixture(autouse=True)
def database(database_url, monkeypatch):
    """The database of the settings, with feedback for each of `TEXTS` and one without a stored text."""
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", database_url)
    database = Database(database_url)
    with database.session() as session:
        for text in TEXTS:
            receive(session, text=text, task="emotion", label="joy", consent=True)
        receive(session, text="secret", task="hate", label="hate", consent=False)
    return database


def feedback(*arguments):
    return CliRunner().invoke(main, ["feedback", *arguments])


def read_jsonl(output):
    return [json.loads(line) for line in output.split("\n")[:-1]]


def test_list_prints_one_printable_line_per_feedback():
    lines = [line.split("\t") for line in feedback("list").stdout.splitlines()]
    assert [(line[0], line[1], line[3], line[4]) for line in lines[:1]] == [("1", "new", "emotion", "joy")]
    assert [line[5] for line in lines] == [TEXTS[0], TEXTS[1], "two lines  [31m,  ", TEXTS[3], "(not kept)"]


def test_list_can_be_filtered_and_limited():
    assert feedback("list", "--task", "hate").stdout.count("\n") == 1
    assert feedback("list", "--limit", "2").stdout.count("\n") == 2


def test_accepted_feedback_is_exported():
    assert feedback("export").stdout == ""
    assert feedback("accept", "1", "3").stdout == "accepted 2\n"
    assert feedback("reject", "2").exit_code == 0
    assert [row["text"] for row in read_jsonl(feedback("export").stdout)] == [TEXTS[0], TEXTS[2]]
    assert [row["id"] for row in read_jsonl(feedback("export", "--state", "rejected").stdout)] == [2]
    assert [row["id"] for row in read_jsonl(feedback("export", "--state", "all").stdout)] == [1, 2, 3, 4]


@pytest.mark.parametrize("ids", [["1", "99"], ["1", "5"]])
def test_review_with_an_unusable_id_changes_nothing(ids):
    result = feedback("accept", *ids)
    assert result.exit_code == 1
    assert f"no feedback with a stored text under {ids[1]}; nothing was changed" in result.stderr
    assert feedback("export").stdout == ""


def test_json_lines_contain_the_texts_unchanged():
    rows = read_jsonl(feedback("export", "--state", "new").stdout)
    assert [row["text"] for row in rows] == TEXTS
    assert list(rows[0]) == ["id", "text", "task", "label", "created_at", "source"]


def test_csv_escapes_formulas():
    rows = list(csv.DictReader(io.StringIO(feedback("export", "--state", "new", "--format", "csv").stdout, newline="")))
    assert [row["text"] for row in rows] == [TEXTS[0], f"'{TEXTS[1]}", TEXTS[2], f"'{TEXTS[3]}"]
    assert list(rows[0]) == ["id", "text", "task", "label", "created_at", "source"]


@pytest.fixture
def labelled(database):
    """Two labelled posts and a skipped one."""
    add_company(database, "acme", TEXTS[:3])
    with database.session() as session:
        company = get_company(session, "acme")
        for post, label in ((1, "positive"), (2, "negative"), (3, None)):
            record_label(session, company, post=post, task=SENTIMENT, label=label)


def test_labels_of_posts_are_exported_as_accepted_feedback(labelled):
    feedback("accept", "1")
    rows = read_jsonl(feedback("export").stdout)
    assert [(row["source"], row["id"], row["text"], row["task"], row["label"]) for row in rows] == [
        ("feedback", 1, TEXTS[0], "emotion", "joy"),
        ("post", 1, TEXTS[0], "sentiment", "positive"),
        ("post", 2, TEXTS[1], "sentiment", "negative"),
    ]
    assert {tuple(row) for row in rows} == {("id", "text", "task", "label", "created_at", "source")}
    assert [row["source"] for row in read_jsonl(feedback("export", "--no-posts").stdout)] == ["feedback"]
    assert [row["source"] for row in read_jsonl(feedback("export", "--task", "sentiment").stdout)] == ["post", "post"]
    assert read_jsonl(feedback("export", "--state", "rejected").stdout) == []
    rows = csv.DictReader(io.StringIO(feedback("export", "--format", "csv").stdout, newline=""))
    assert [row["text"] for row in rows] == [TEXTS[0], TEXTS[0], f"'{TEXTS[1]}"]


def test_label_of_a_forgotten_post_is_not_exported(labelled, database):
    with database.session() as session:
        assert forget_post(session, get_company(session, "acme"), "0")
    assert [row["text"] for row in read_jsonl(feedback("export").stdout)] == [TEXTS[1]]


def test_output_file_is_utf8_and_written_atomically(tmp_path):
    out = tmp_path / "feedback.jsonl"
    assert feedback("export", "--state", "new", "--out", str(out)).exit_code == 0
    assert [row["text"] for row in read_jsonl(out.read_bytes().decode("utf-8"))] == TEXTS
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".db" and path.is_file()] == ["feedback.jsonl"]


def test_standard_output_is_utf8_in_any_locale():
    code = "from emoji_api.cli.main import main; main(['feedback', 'export', '--state', 'new'])"
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert TEXTS[0] in done.stdout.decode("utf-8")


def test_purge_uses_the_setting_or_the_option(database, monkeypatch):
    with database.session() as session:
        session.query(Feedback).filter_by(id=1).update({"created_at": datetime.now(UTC) - timedelta(days=31)})
    assert feedback("purge").exit_code == 2
    assert feedback("purge", "--days", "60").stdout == "deleted 0\n"
    monkeypatch.setenv("EMOJI_API_FEEDBACK_DAYS", "30")
    assert feedback("purge").stdout == "deleted 1\n"
    assert feedback("list").stdout.startswith("2\t")


@pytest.mark.parametrize("command", [["list"], ["accept", "1"], ["reject", "1"], ["export"], ["purge", "--days", "1"]])
def test_missing_sqlite_file_is_reported_and_not_created(tmp_path, monkeypatch, command):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/none/file.db")
    result = feedback(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"there is no database {tmp_path}/none/file.db" in result.stderr
    assert "set EMOJI_API_DATABASE_URL" in result.stderr
    assert not (tmp_path / "none").exists()


def test_export_from_a_missing_database_keeps_the_old_output_file(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/none/file.db")
    (tmp_path / "out.jsonl").write_text("old")
    assert feedback("export", "--out", str(tmp_path / "out.jsonl")).exit_code == 1
    assert (tmp_path / "out.jsonl").read_text() == "old"


def test_file_that_is_no_database_is_reported(tmp_path, monkeypatch):
    (tmp_path / "file.db").write_text("this is a text file, and no database" * 10)
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/file.db")
    result = feedback("list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database cannot be used" in result.stderr
