"""Collection of posts: stored once, classified in bulk, and complete after it was killed at any moment."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from sqlalchemy import func, select

from emoji_api.database.extension import Database
from emoji_api.database.tables import Company, WatchedPost
from emoji_api.errors import SourceError, UnknownCompany
from emoji_api.inference.classifier import load_classifier, packaged_bundle
from emoji_api.rest.analysis import to_json
from emoji_api.watch import store
from emoji_api.watch.collect import collect, reclassify
from emoji_api.watch.day import MEASURED
from tests.server import ROOT

SAMPLE = files("emoji_api").joinpath("watch", "sample.jsonl")
POSTS = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
IN_OTHER_LANGUAGES = 12
LAUNCH_DAY = datetime(2026, 10, 20, tzinfo=UTC)

KILLED_COLLECTION = """
import os, signal, sys
sys.modules["mlflow"] = None  # its import takes seconds
from sqlalchemy import Engine, event
from emoji_api.database.extension import Database
from emoji_api.inference.classifier import load_classifier
from emoji_api.watch import store
from emoji_api.watch.collect import collect
from emoji_api.watch.sources import file

url, moment, remaining = sys.argv[1], sys.argv[2], int(sys.argv[3])
file.PAGE_SIZE = 7
store.unclassified.__kwdefaults__["limit"] = 20

def kill(*_):
    global remaining
    remaining -= 1
    if remaining == 0:
        os.kill(os.getpid(), signal.SIGKILL)

classifier, database = load_classifier(batch_size=8), Database(url)
with database.session():
    pass  # the schema is complete before the process is killed
event.listen(Engine, moment, kill)
collect(database, "Nimbus", classifier)
"""


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(batch_size=8)


@pytest.fixture
def database(database_url) -> Database:
    return Database(database_url)


@pytest.fixture
def watch(database):
    """Watch a company whose posts are in a file."""

    def add(path=SAMPLE, query="nimbus coffee", name="Nimbus"):
        with database.session() as session:
            store.add_company(session, name, query, "file", {"path": str(path)})

    return add


@pytest.fixture
def rows(database):
    def read():
        with database.session() as session:
            return session.scalars(select(WatchedPost).order_by(WatchedPost.time, WatchedPost.post_id)).all()

    return read


def write(path, *texts, first=1, **more):
    """Append posts to a file."""
    with path.open("a", encoding="utf-8") as file:
        for number, text in enumerate(texts, start=first):
            file.write(json.dumps({"id": number, "time": "2026-10-01", "text": text, **more}) + "\n")
    return path


def counts(result):
    return result.found, result.new, result.classified


def test_posts_are_stored_and_those_in_english_are_classified(database, watch, rows, classifier):
    watch()
    result = collect(database, "Nimbus", classifier)
    assert counts(result) == (200, 200, 200 - IN_OTHER_LANGUAGES)
    assert result.rejected == []
    by_language = {row.language: row.answers is not None for row in rows()}
    assert by_language == {"en": True, None: True, "de": False, "es": False}


def test_answers_are_those_of_the_analysis_with_scores_of_measured_tasks(database, watch, rows, classifier, tmp_path):
    watch(write(tmp_path / "posts.jsonl", "I love this coffee so much", "worst coffee ever, I am furious"), "*")
    collect(database, "Nimbus", classifier)
    for row in rows():
        (answers,) = classifier.analyse([row.text])
        plain, with_scores = (to_json(answers, {"scores": scores})["answers"] for scores in (False, True))
        assert row.answers == {task: (with_scores if task in MEASURED else plain)[task] for task in plain}
        assert row.answers.keys() == classifier.bundle.tasks.keys()
        assert row.model_version == classifier.bundle.version


def test_collecting_again_changes_nothing(database, watch, rows, classifier):
    watch()
    collect(database, "Nimbus", classifier)
    before = [(row.id, row.answers) for row in rows()]
    assert counts(collect(database, "Nimbus", classifier)) == (200, 0, 0)
    assert [(row.id, row.answers) for row in rows()] == before


def test_file_that_has_grown_gives_its_new_posts(database, watch, rows, classifier, tmp_path):
    path = write(tmp_path / "posts.jsonl", "the first post is here")
    watch(path, "*")
    collect(database, "Nimbus", classifier)
    write(path, "the second post is here", first=2)
    assert counts(collect(database, "Nimbus", classifier)) == (2, 1, 1)
    assert [row.post_id for row in rows()] == ["1", "2"]


def test_collection_of_a_range_of_dates(database, watch, rows, classifier):
    watch()
    result = collect(database, "Nimbus", classifier, since=LAUNCH_DAY, until=LAUNCH_DAY.replace(day=21))
    assert result.found == result.new == 22
    assert {row.time.date() for row in rows()} == {LAUNCH_DAY.date()}


def test_posts_before_the_retention_period_are_skipped(database, watch, rows, classifier):
    watch()
    result = collect(database, "Nimbus", classifier, since=datetime(2026, 10, 1, tzinfo=UTC), oldest=LAUNCH_DAY)
    assert result.found == len(rows()) == sum(post["time"] >= "2026-10-20" for post in POSTS)
    assert min(row.time for row in rows()) >= LAUNCH_DAY


def test_authors_are_kept_only_on_request(database, watch, rows, classifier, tmp_path):
    path = write(tmp_path / "posts.jsonl", "the first post is here", author="anna")
    watch(path, "*")
    collect(database, "Nimbus", classifier)
    write(path, "the second post is here", first=2, author="bob")
    collect(database, "Nimbus", classifier, keep_authors=True)
    assert [row.author for row in rows()] == [None, "bob"]


def test_malformed_rows_are_reported_and_the_others_are_kept(database, watch, classifier, tmp_path):
    path = write(tmp_path / "posts.jsonl", "the first post is here", "", "the third post is here")
    watch(path, "*")
    result = collect(database, "Nimbus", classifier)
    assert (counts(result), result.rejected) == ((2, 2, 2), ["row 2: no text"])


def test_text_that_the_classifier_cannot_read_does_not_stop_the_others(database, watch, rows, classifier, tmp_path):
    watch(write(tmp_path / "posts.jsonl", "a good post it is", "\u200b\u0001", "a bad post it is"), "*")
    assert counts(collect(database, "Nimbus", classifier)) == (3, 3, 2)
    assert {row.post_id: row.answers is None for row in rows()} == {"1": False, "2": True, "3": False}
    assert collect(database, "Nimbus", classifier).classified == 0


def test_posts_stored_before_the_source_fails_are_classified(database, watch, rows, classifier, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("id,time,text\n1,2026-10-01,the first post is here\n")
    watch(path, "*")
    collect(database, "Nimbus", classifier)
    with database.session() as session:  # as if the collection had been interrupted
        session.scalars(select(WatchedPost)).one().model_version = None
    path.write_text("id,text\n")
    with pytest.raises(SourceError, match="no column time"):
        collect(database, "Nimbus", classifier)
    assert [row.model_version for row in rows()] == [classifier.bundle.version]


def test_time_of_the_last_collection_is_stored(database, watch, classifier):
    watch()
    before = datetime.now(UTC)
    collect(database, "Nimbus", classifier)
    with database.session() as session:
        assert before <= store.get_company(session, "Nimbus").collected_at <= datetime.now(UTC)


def test_unknown_company_is_an_error(database, classifier):
    with pytest.raises(UnknownCompany):
        collect(database, "Nimbus", classifier)


def test_new_model_version_classifies_all_posts_again(database, watch, rows, classifier, tmp_path):
    watch()
    collect(database, "Nimbus", classifier)
    bundle = shutil.copytree(packaged_bundle(), tmp_path / "second")
    manifest = json.loads((bundle / "bundle.json").read_text())
    (bundle / "bundle.json").write_text(json.dumps(manifest | {"version": "second"}))
    second = load_classifier(bundle, batch_size=8)
    assert collect(database, "Nimbus", second).classified == 0
    assert reclassify(database, "Nimbus", second) == 200 - IN_OTHER_LANGUAGES
    assert {row.model_version for row in rows() if row.answers} == {"second"}
    assert reclassify(database, "Nimbus", second) == 0


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute", "commit"])
def test_killed_collection_is_completed_by_the_next(database, database_url, watch, rows, classifier, moment):
    watch()
    rng = random.Random(moment)
    partial = []
    for _ in range(4):
        number = rng.randrange(1, 30 if moment == "commit" else 60)
        command = [sys.executable, "-c", KILLED_COLLECTION, database_url, moment, str(number)]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
        with database.session() as session:
            count = select(func.count(WatchedPost.id), func.count(WatchedPost.model_version))
            partial.append(tuple(session.execute(count).one()))
    assert any((stored, classified) != (200, 188) and stored for stored, classified in partial)
    collect(database, "Nimbus", classifier)
    stored = rows()
    assert [(row.post_id, row.text) for row in stored] == [(post["id"], post["text"]) for post in POSTS]
    assert [row.answers is None for row in stored] == [row.language in ("de", "es") for row in stored]
    with database.session() as session:
        assert session.scalars(select(func.count(Company.id))).one() == 1
