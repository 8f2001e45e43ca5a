"""A whole Airflow: scheduler, triggerer, API server and DAG processor, with the commands of the README."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RECIPIENT, ROOT, json_connection
from mails import Mails, free_port, receive_mails

from emoji_api.database.extension import Database
from emoji_api.watch import store

README = (ROOT / "dags" / "README.md").read_text(encoding="utf-8")
SAMPLE = files("emoji_api").joinpath("watch", "sample.jsonl")
START_SECONDS = 180
TRAINING = {"id": "0a2bc171-6627-4426-9b52-2c002b7618d6", "mlflow_run": None, "version": None, "reasons": []}


@dataclass(frozen=True)
class Airflow:
    """A running Airflow: its address, home folder and environment, the database of the companies, and its e-mails."""

    url: str
    home: Path
    environment: dict[str, str]
    database: Database
    mails: Mails

    def run(self, command: str) -> str:
        """Run a shell command of the README with this Airflow's address and folder, and return its output."""
        command = command.replace("localhost:8080", self.url.removeprefix("http://"))
        command = command.replace("instance/airflow", str(self.home)).replace(f"$PWD/{self.home}", str(self.home))
        script = ["bash", "-euo", "pipefail", "-c", command]
        return subprocess.run(
            script, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def query(self, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
        """Run a statement in Airflow's database and return the rows."""
        with sqlite3.connect(self.home / "airflow.db", timeout=30) as connection:
            return connection.execute(sql, parameters).fetchall()

    def wait_until(self, condition: Callable[[], Any], what: str) -> None:
        """Wait until the condition is true. Fail with the end of the log if that takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                log = (self.home / "standalone.log").read_text(encoding="utf-8", errors="replace")
                pytest.fail(f"{what}: not within {START_SECONDS} seconds\n{log[-5000:]}")
            time.sleep(0.5)

    def states(self, dag: str) -> list[str]:
        """Return the states of the runs of a DAG."""
        return [state for (state,) in self.query("SELECT state FROM dag_run WHERE dag_id = ?", dag)]

    def is_healthy(self) -> bool:
        """Return whether all components answer and the DAGs are parsed."""
        try:
            health = httpx.get(f"{self.url}/api/v2/monitor/health").json()
        except (httpx.TransportError, ValueError):
            return False
        return (
            all(part["status"] == "healthy" for part in health.values()) and len(self.query("SELECT * FROM dag")) == 3
        )


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, make_httpserver, training_params) -> Iterator[Airflow]:
    """`airflow standalone`, as `make airflow` starts it, with a database of companies and a mail server."""
    home, port = tmp_path_factory.mktemp("standalone"), free_port()
    url = f"sqlite:///{home}/emoji_api.db"
    settings = {"EMOJI_API_DATABASE_URL": url, "EMOJI_API_MODEL_STORE": f"{home}/models"}
    with receive_mails() as (smtp_port, mails):
        extra = {"disable_tls": True, "disable_ssl": True, "from_email": "airflow@example.org"}
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "dags"),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW_CONN_SMTP_DEFAULT": json_connection("smtp", host="127.0.0.1", port=smtp_port, extra=extra),
            "AIRFLOW_CONN_EMOJI_API": json_connection("http", host=make_httpserver.url_for("/").rstrip("/")),
            "AIRFLOW_VAR_ALERT_RECIPIENTS": RECIPIENT,
            "AIRFLOW_VAR_EMOJI_API_ENVIRONMENT": json.dumps(settings | {"MLFLOW_TRACKING_URI": f"{url}.mlflow"}),
            "AIRFLOW_VAR_TRAINING_PARAMS": str(training_params),
            "AIRFLOW_VAR_CHECK_FOLDER": str(home / "checks"),
            "AIRFLOW_VAR_TRAINING_POLL_SECONDS": "1",
        }
        running = Airflow(f"http://localhost:{port}", home, environment, Database(url), mails)
        with (home / "standalone.log").open("wb") as log:
            process = subprocess.Popen(
                ["airflow", "standalone"], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            running.wait_until(running.is_healthy, "Airflow is healthy")
            yield running
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def training_params(tmp_path_factory) -> Path:
    """A parameter file with an emotion data set of a few sentences."""
    folder = tmp_path_factory.mktemp("data") / "emotion"
    folder.mkdir()
    labels = ("sadness", "joy", "love", "anger", "fear", "surprise")
    for part, size in (("train", 120), ("val", 30), ("test", 30)):
        lines = [f"i feel {part} number {number};{labels[number % 6]}\n" for number in range(size)]
        (folder / f"{part}.txt").write_text("".join(lines), encoding="utf-8")
    params = folder.with_name("params.yaml")
    params.write_text(json.dumps({"encoder": "unused", "data": {"emotion": str(folder)}}), encoding="utf-8")
    return params


def bash_of(section: str) -> str:
    """Return the shell commands in a section of the README."""
    text = README.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)[0]


def stored_posts(database: Database) -> list[str]:
    """Return the ids of the stored posts, by day and time."""
    from sqlalchemy import select

    from emoji_api.database.tables import WatchedPost

    with database.session() as session:
        return list(session.scalars(select(WatchedPost.post_id).order_by(WatchedPost.time)))


def test_commands_of_the_readme_unpause_trigger_and_backfill(airflow):
    with airflow.database.session() as session:
        store.add_company(session, "Nimbus", "nimbus", "file", {"path": str(SAMPLE)})
    output = airflow.run(bash_of("REST API"))
    assert '"is_paused":false' in output and output.count('"dag_run_id"') == 2
    airflow.run(bash_of("Backfill"))
    # a scheduled run, the triggered one, and three days
    airflow.wait_until(
        lambda: airflow.states("sentiment_inspector") == ["success"] * 5,
        "the runs of sentiment_inspector have succeeded",
    )
    rows = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    assert stored_posts(airflow.database) == [row["id"] for row in sorted(rows, key=lambda row: row["time"])]
    assert airflow.mails == []


def test_missed_deadline_is_reported_once_and_the_deferred_run_goes_on(airflow, make_httpserver):
    state = "running"
    make_httpserver.expect_request("/training", method="POST").respond_with_data(
        status=202, headers={"Location": f"/training/{TRAINING['id']}"}
    )
    make_httpserver.expect_request(f"/training/{TRAINING['id']}").respond_with_handler(
        lambda _: json_response(TRAINING | {"state": state, "version": "2026.11.28"})
    )
    airflow.run(bash_of("REST API").replace("sentiment_inspector", "weekly_retraining"))
    deferred = "SELECT run_id FROM task_instance WHERE task_id = 'wait_for_training' AND state = 'deferred'"
    airflow.wait_until(lambda: airflow.query(deferred), "the task is deferred")
    ((run,),) = airflow.query(deferred)  # the scheduled or the triggered run: only one is active at a time

    # the deadline of the run is 24 hours away: move it to now
    airflow.query(
        "UPDATE deadline SET deadline_time = ? WHERE dagrun_id = (SELECT id FROM dag_run WHERE run_id = ?)",
        time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime()),
        run,
    )
    airflow.wait_until(lambda: airflow.mails, "an e-mail is received")
    (mail,) = airflow.mails
    assert mail.recipients == [RECIPIENT]
    assert mail.subject == "[emoji API] Deadline missed: weekly_retraining"
    assert "its state is running" in mail.text and f"Run: {run}" in mail.text

    state = "promoted"
    airflow.wait_until(lambda: set(airflow.states("weekly_retraining")) == {"success"}, "the runs have succeeded")
    assert len(airflow.mails) == 1


def json_response(document: dict[str, Any]) -> Any:
    """Return a JSON document as a response of pytest-httpserver."""
    from werkzeug import Response

    return Response(json.dumps(document), content_type="application/json")
