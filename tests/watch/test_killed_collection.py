"""A collection that is killed at random moments and run again: nothing is lost, doubled or counted wrongly."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from emoji_api.database.extension import Database
from emoji_api.database.tables import ChangedDay, CompanyDay, WatchedPost
from emoji_api.watch import store
from tests.server import ROOT
from tests.tiny import FEELINGS, sentence

KILLS = 30
SEED = 18
POSTS = 240
DAYS = 40
GERMAN = "das ist heute wirklich ein schöner Tag für uns alle"

COLLECTIONS = """
import os, sys
sys.modules["mlflow"] = None  # its import takes seconds
from emoji_api.database.extension import Database
from emoji_api.inference.classifier import load_classifier
from emoji_api.watch import store
from emoji_api.watch.collect import collect
from emoji_api.watch.language import identify_language
from emoji_api.watch.sources import file

file.PAGE_SIZE = 40
store.unclassified.__kwdefaults__["limit"] = 50
identify_language("loads its model")
# one text at a time: the last digits of the answers do not depend on the other texts of a batch
classifier = load_classifier(sys.argv[1], batch_size=1)
for url in sys.stdin:
    if not (pid := os.fork()):
        database = Database(url.strip())
        with database.session():
            pass
        print("started", os.getpid(), flush=True)
        collect(database, "Nimbus", classifier)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""
"""A process that imports everything once, and forks a child for each collection: kills do not hit the imports."""


@dataclass
class Collections:
    """The process that runs collections in children."""

    process: subprocess.Popen[str]

    def run(self, url: str, kill_after: float | None = None) -> tuple[int, float]:
        """Collect into the database `url`, and kill the child `kill_after` seconds later.

        Return its exit code and its seconds.
        """
        assert self.process.stdin
        print(url, file=self.process.stdin, flush=True)
        pid = self._read("started")
        started = time.perf_counter()
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):  # it has ended
                os.kill(pid, signal.SIGKILL)
        return self._read("ended"), time.perf_counter() - started

    def _read(self, event: str) -> int:
        assert self.process.stdout
        name, value = self.process.stdout.readline().split()
        assert name == event
        return int(value)


@pytest.fixture
def collections(tiny_bundle) -> Iterator[Collections]:
    command = [sys.executable, "-c", COLLECTIONS, str(tiny_bundle)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Collections(process)


@pytest.fixture
def path(tmp_path) -> Path:
    """A file of posts: in English and German, unreadable, malformed and repeated."""
    rng = random.Random(SEED)
    lines = []
    for number in range(POSTS):
        text = GERMAN if number % 20 == 7 else " ".join(sentence(" ".join(FEELINGS), rng))
        post = {"id": number, "time": f"2026-{9 + number % 2:02}-{1 + number % DAYS // 2:02}T12:00", "text": text}
        if number % 20 != 7:
            post["language"] = "en"
        lines.append(json.dumps(post))
    lines[50] = json.dumps({"id": 50, "time": "2026-09-03", "text": "\u200b\u0001", "language": "en"})
    lines[51] = "{"
    lines.append(lines[0])
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@contextmanager
def new_database(file: Path, posts: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}")
    with database.session() as session:
        store.add_company(session, "Nimbus", "*", "file", {"path": str(posts)})
    yield database
    database.close()


def contents(database: Database) -> dict[str, Any]:
    """Return the posts and the statistics, with the sources' ids instead of row ids."""
    with database.session() as session:
        posts = session.scalars(select(WatchedPost).order_by(WatchedPost.time, WatchedPost.post_id)).all()
        ids = {post.id: post.post_id for post in posts}
        days = {}
        for row in session.scalars(select(CompanyDay).order_by(CompanyDay.date)):
            examples = {kind: [ids[id] for id in row.statistics[kind]] for kind in ("typical", "surprising")}
            phrases = [phrase | {"posts": [ids[id] for id in phrase["posts"]]} for phrase in row.statistics["phrases"]]
            days[row.date] = row.statistics | examples | {"phrases": phrases}
        return {
            "posts": [(post.post_id, post.text, post.language, post.answers, post.model_version) for post in posts],
            "days": days,
            "changed": session.scalars(select(ChangedDay.date)).all(),
        }


def progress(database: Database) -> tuple[int, int, int]:
    """Return the numbers of stored posts, of classified posts, and of days with statistics."""
    with database.session() as session:
        posts = session.execute(select(func.count(WatchedPost.id), func.count(WatchedPost.model_version))).one()
        return (*posts, session.scalars(select(func.count()).select_from(CompanyDay)).one())


def test_collection_that_is_killed_is_completed_by_the_next(collections, path, tmp_path):
    durations = []
    for name in ("first", "second"):
        with new_database(tmp_path / f"{name}.db", path) as database:
            exit_code, seconds = collections.run(database.url)
            durations.append(seconds)
            expected, complete = contents(database), progress(database)
    in_english = POSTS - 1 - POSTS // 20 - 1  # without the malformed, German and unreadable ones
    assert (exit_code, complete) == (0, (POSTS - 1, in_english, DAYS))
    assert expected["changed"] == []

    rng = random.Random(SEED)
    moments, states = [], set()
    for number in range(KILLS):
        moments.append(rng.uniform(0, min(durations)))
        with new_database(tmp_path / f"{number}.db", path) as database:
            collections.run(database.url, kill_after=moments[-1])
            states.add(progress(database))
            assert collections.run(database.url)[0] == 0
            assert contents(database) == expected, f"seed {SEED}, killed after {moments} seconds"
    assert len(states - {(0, 0, 0), complete}) >= 5, f"no kill in the middle: {states}"
