"""Fixtures: Airflow with an empty SQLite database, a running service, and an SMTP server that keeps the e-mails."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HOME = tempfile.TemporaryDirectory(prefix="airflow-home-")
# before the first import of Airflow, which reads them
os.environ |= {
    "AIRFLOW_HOME": HOME.name,
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
}

from mails import Mails, receive_mails  # noqa: E402

RunDag = Callable[..., tuple[str, dict[str, str]]]
Connect = Callable[..., None]
ADMIN_KEY = "an-admin-key-of-the-tests"
RECIPIENT = "ml-team@example.org"


@dataclass(frozen=True)
class Service:
    """A running service: its address, and its settings as environment variables."""

    url: str
    environment: dict[str, str]


def json_connection(kind: str, **values: Any) -> str:
    """Return a connection as the value of an environment variable AIRFLOW_CONN_..."""
    return json.dumps({"conn_type": kind, **values})


@pytest.fixture(scope="session", autouse=True)
def airflow_database() -> None:
    """Create the tables of Airflow's database."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[Service]:
    """The service in the project's own environment, whose trainings take seconds."""
    command = [ROOT / ".venv" / "bin" / "python", Path(__file__).with_name("run_service.py")]
    folder = tmp_path_factory.mktemp("service")
    with subprocess.Popen([*command, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Service(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


@pytest.fixture
def mails(monkeypatch) -> Iterator[Mails]:
    """The e-mails that Airflow sends during the test."""
    with receive_mails() as (port, mails):
        extra = {"disable_tls": True, "disable_ssl": True, "from_email": "airflow@example.org"}
        connection = json_connection("smtp", host="127.0.0.1", port=port, extra=extra)
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection)
        monkeypatch.setenv("AIRFLOW_VAR_ALERT_RECIPIENTS", RECIPIENT)
        yield mails


@pytest.fixture
def connect(monkeypatch) -> Connect:
    """Return a function that sets the connection to the service at an address."""

    def set_connection(url: str, key: str = ADMIN_KEY) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_EMOJI_API", json_connection("http", host=url, password=key))

    return set_connection


@pytest.fixture
def connected(connect, service) -> Service:
    """The running service, to which the connection leads."""
    connect(service.url)
    return service


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """The DAGs by name. Importing them must not fail."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(ROOT / "dags")
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture
def run_dag(dags, monkeypatch) -> RunDag:
    """Return a function that runs a DAG with `dag.test()` and returns the states of the run and of its tasks."""

    def run(name: str, logical_date: datetime | None = None) -> tuple[str, dict[str, str]]:
        # dag.test() cannot end a successful run with a deadline: https://github.com/apache/airflow/issues/73428
        monkeypatch.setattr(dags[name], "deadline", None)
        options = {} if logical_date is None else {"logical_date": logical_date}
        dag_run = dags[name].test(**options)
        states = {}
        for ti in dag_run.get_task_instances():
            key = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
            states[key] = str(ti.state)
        return str(dag_run.state), states

    return run
