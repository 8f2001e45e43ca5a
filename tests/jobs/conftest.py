"""A queued training job in a database of each kind, and a process that looks like its trainer."""

import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from emoji_api.database.extension import Database
from emoji_api.jobs import queue


@pytest.fixture
def database(database_url) -> Database:
    return Database(database_url)


@pytest.fixture
def job_id(database) -> UUID:
    """The id of a queued job."""
    with database.session() as session:
        return queue.order(session, {"epochs": 1})[0].id


@pytest.fixture
def fake_trainer(job_id) -> Iterator[subprocess.Popen]:
    """A process whose command line contains the id of the job, as its trainer's does."""
    code = "import time; print(flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", code, str(job_id)], stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()
