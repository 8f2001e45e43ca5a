"""A round of company watch with the services of deploy/compose.yaml as processes, and a real SMTP server.

Collect, classify, report, label, an e-mail about the accuracy, retrain on the labels, gate, reload, classify again,
report again. Airflow runs the DAGs of dags/; PostgreSQL has all three databases.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from mlflow import MlflowClient

from dags.tests.mails import Mails, receive_mails
from emoji_api.inference.store import ModelStore
from emoji_api.training.data.sources import resolve_params
from emoji_api.training.train import train
from tests.airflow_api import AirflowApi
from tests.company_set import AIRFLOW, CompanySet
from tests.compose import DEPLOY, VARIABLES
from tests.postgresql import binaries
from tests.trainings import BEHAVIOUR, FIT_PARAMS, GATE_PARAMS
from tests.waiting import wait_until

COMPANY = "Nimbus"
DAYS = [datetime(2026, 10, day, tzinfo=UTC) for day in (20, 21)]
WORDS = {"positive": ("sweet", "tender", "adore", "loving"), "negative": ("terrified", "scared", "nervous", "afraid")}
"""Words of the posts by sentiment. The training data of the first model have them for other tasks only, so that it
answers them wrongly."""
POSTS_A_DAY = 40
SERVICES = ("airflow-api-server", "api", "trainer", "airflow-dag-processor", "airflow-scheduler", "airflow-triggerer")


@pytest.fixture(scope="module", autouse=True)
def airflow() -> None:
    """Skip the tests where Airflow is not installed."""
    if not (AIRFLOW / "airflow").exists():
        pytest.skip("needs Airflow in an environment of its own: make test-dags")


@pytest.fixture
def mails() -> Iterator[tuple[int, Mails]]:
    """The port of an SMTP server, and the e-mails that it has received."""
    with receive_mails() as server:
        yield server


@pytest.fixture
def services(tmp_path, tiny_checkpoint, tiny_data, postgresql, mails) -> Iterator[CompanySet]:
    """All services, with empty databases and a first model that is not registered."""
    write_parameters(tmp_path / "params.yaml", tiny_checkpoint, tiny_data)
    settings = {
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "2",
        "AIRFLOW_VAR_TRAINING_POLL_SECONDS": "1",
        "AIRFLOW_VAR_TRAINING_PARAMS": str(tmp_path / "params.yaml"),
        "EMOJI_API_TRAINING_PARAMS": str(tmp_path / "params.yaml"),
        "EMOJI_API_RELOAD_SECONDS": "0.5",
        "EMOJI_API_TRAINING_HEARTBEAT": "1",
        "EMOJI_API_WORKERS": "1",
    }
    with CompanySet(tmp_path, tiny_data, settings) as services:
        write_secrets(services, postgresql.port, mails[0])
        services.start("mlflow")
        services.start("airflow-migration")
        behaviour = tmp_path / "app" / "tests" / "behaviour"
        behaviour.mkdir(parents=True)
        (behaviour / "test_answers.py").write_text(BEHAVIOUR)
        first = train(resolve_params(tmp_path / "params.yaml", None, None), tmp_path / "first")
        store = ModelStore(tmp_path / "app" / "instance" / "models")
        store.serve(store.add(first))
        add_feedback(tmp_path / "params.yaml", services.folder / "app" / "instance" / "feedback.jsonl")
        for name in SERVICES:
            services.start(name)
        for name in SERVICES:
            services.wait(name)
        yield services


def write_parameters(path: Path, checkpoint: Path, data: Path) -> None:
    """Write the parameters of a training that takes seconds, for emotion and sentiment."""
    params = {
        "encoder": str(checkpoint),
        "tasks": ["emotion", "sentiment"],
        "max_length": 32,
        "data": {"emotion": str(data / "emotion"), "tweeteval": str(data / "tweeteval")},
        "fit": FIT_PARAMS | {"patience": 5},
        "tweets": {
            "rows": {"tweeteval/sentiment": 200, "tweeteval/hate": 1, "tweeteval/offensive": 1, "tweeteval/emoji": 1},
            "class_priors": {},
            "pseudo_label_weight": 0.0,
            "annotated_weight": 0.0,
        },
        "calibration": {"macro_f1_tasks": [], "annotated_weight": 0.0, "no_emotion_weight": 0.0},
        "gate": GATE_PARAMS,
    }
    path.write_text(yaml.safe_dump(params))


def add_feedback(path: Path, feedback: Path) -> None:
    """Let the next trainings use the labels in the file `feedback`."""
    params = yaml.safe_load(path.read_text())
    params["data"]["feedback"] = str(feedback)
    path.write_text(yaml.safe_dump(params))


def write_secrets(services: CompanySet, database_port: int, smtp_port: int) -> None:
    """Write the secrets for the addresses of this machine, and create the databases as PostgreSQL's image does."""
    folder = services.folder / "secrets"
    subprocess.run(["sh", DEPLOY / "make_secrets.sh", folder], check=True)
    for path in folder.glob("*_database_url"):
        path.write_text(path.read_text().replace("@database/", f"@127.0.0.1:{database_port}/"))
    connections = json.loads((folder / "airflow_connections.json").read_text())
    connections["emoji_api"] |= {"host": "127.0.0.1", "port": services.ports["trainer"]}
    connections["smtp_default"] |= {"host": "127.0.0.1", "port": smtp_port, "login": None, "password": None}
    connections["smtp_default"]["extra"] |= {"disable_tls": True, "disable_ssl": True}
    (folder / "airflow_connections.json").write_text(json.dumps(connections))
    environment = {"SECRETS": str(folder), "PGHOST": "127.0.0.1", "PGPORT": str(database_port)}
    environment["PATH"] = f"{binaries()}:{os.environ['PATH']}"
    subprocess.run(["sh", DEPLOY / "databases.sh"], env=os.environ | environment, check=True)


def write_posts(path: Path) -> dict[str, str]:
    """Write the posts of the days, and return the sentiment that people read in each text."""
    sentiments, lines = {}, []
    for day in DAYS:
        for number in range(POSTS_A_DAY):
            sentiment = list(WORDS)[number % 2]
            word = WORDS[sentiment][number // 2 % len(WORDS[sentiment])]
            text = f"nimbus {word} today {len(lines)}"
            time = (day + timedelta(minutes=number)).isoformat()
            sentiments[text] = sentiment
            lines.append(json.dumps({"id": str(len(lines)), "time": time, "text": text, "language": "en"}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return sentiments


class Analyst:
    """Requests to the service for readers with an admin key."""

    def __init__(self, services: CompanySet):
        key = (services.folder / "secrets" / "admin_keys").read_text().strip()
        self._client = httpx.Client(
            base_url=services.url("api"), headers={"Authorization": f"Bearer {key}"}, timeout=60
        )

    def __enter__(self) -> "Analyst":
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON document at a path."""
        response = self._client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def report(self) -> dict[str, dict[str, Any]]:
        """Return the statistics of each day by its date."""
        return {day["date"]: day for day in self.get(f"/companies/{COMPANY}/days")["days"]}

    def label(self, sentiments: dict[str, str], count: int) -> None:
        """Label the next posts in the queue, at most `count`."""
        for post in self.get(f"/companies/{COMPANY}/queue", limit=count)["posts"]:
            body = {"post": post["id"], "task": "sentiment", "label": sentiments[post["text"]]}
            response = self._client.post(f"/companies/{COMPANY}/labels", json=body)
            assert response.status_code == 201, response.text


def logged_days(client: MlflowClient) -> set[str]:
    """Return the days whose number of posts is logged to MLflow as it is expected."""
    experiment = client.get_experiment_by_name("company-watch")
    assert experiment
    days = set()
    for run in client.search_runs([experiment.experiment_id], f"tags.company = '{COMPANY}'"):
        for metric in client.get_metric_history(run.info.run_id, "posts"):
            assert metric.value == POSTS_A_DAY
            days.add(str(date(1970, 1, 1) + timedelta(days=metric.step)))
    return days


def test_posts_are_collected_labelled_and_answered_better_after_a_retraining(services, mails, tmp_path):
    _, received = mails
    sentiments = write_posts(tmp_path / "posts.jsonl")
    password = json.loads((tmp_path / "secrets" / "airflow_users.json").read_text())["admin"]
    with AirflowApi(services.url("airflow-api-server"), "admin", password) as airflow, Analyst(services) as analyst:
        wait_until(lambda: airflow.dags() == {"weekly_retraining", "model_performance", "sentiment_inspector"})
        assert airflow.import_errors() == []
        first = analyst.get("/models")["version"]

        # the DAG collects and classifies the posts of each day
        source = ("--source", "file", "--option", f"path={tmp_path / 'posts.jsonl'}")
        services.run("trainer", "emoji-api", "watch", "add", COMPANY, "--query", "nimbus", *source)
        airflow.unpause("sentiment_inspector")
        runs = [airflow.trigger("sentiment_inspector", day, day + timedelta(days=1)) for day in DAYS]
        assert [airflow.wait("sentiment_inspector", run)[0] for run in runs] == ["success", "success"]
        before = analyst.report()
        assert {date: day["posts"] for date, day in before.items()} == {f"{day:%Y-%m-%d}": POSTS_A_DAY for day in DAYS}
        assert logged_days(MlflowClient(services.url("mlflow"))) == set(before)

        # people disagree with the model, and an e-mail says so
        analyst.label(sentiments, 50)
        accuracy = analyst.get(f"/companies/{COMPANY}/accuracy", task="sentiment")
        assert accuracy["accuracy"] < 0.6 and accuracy["model"] == first
        airflow.unpause("model_performance")
        state, tasks = airflow.wait("model_performance")
        assert (state, tasks["check_posts"], tasks["check_trainings"]) == ("failed", "failed", "success")
        (mail,) = received
        assert mail.recipients == [VARIABLES["ALERT_RECIPIENTS"]]
        assert COMPANY in mail.subject and "accuracy" in mail.subject.lower()
        assert re.search(rf"sentiment accuracy {accuracy['accuracy']:.3f}", mail.text)

        # the labels are exported, and the retraining is promoted by the gate
        services.run("trainer", "emoji-api", "feedback", "export", "--out", "instance/feedback.jsonl")
        airflow.unpause("weekly_retraining")
        state, tasks = airflow.wait("weekly_retraining")
        assert (state, set(tasks.values())) == ("success", {"success"}), tasks
        (job,) = analyst.get("/training")["trainings"]
        new = job["version"]
        assert (job["state"], job["reasons"], new != first) == ("promoted", [], True)
        assert MlflowClient(services.url("mlflow")).get_model_version_by_alias("tweets", "champion").run_id
        wait_until(lambda: analyst.get("/models")["version"] == new)

        # the posts are classified again by the new model, which has learned from the labels
        done = json.loads(services.run("trainer", "emoji-api", "watch", "reclassify", COMPANY, "--json"))
        assert done == {"classified": len(sentiments)}
        after = analyst.report()
        assert {date: day["posts"] for date, day in after.items()} == {
            date: day["posts"] for date, day in before.items()
        }
        for day in after.values():
            shares = {label: entry["share"] for label, entry in day["sentiment"].items()}
            assert shares["positive"] == pytest.approx(0.5, abs=0.1) == shares["negative"]
        accuracy = analyst.get(f"/companies/{COMPANY}/accuracy", task="sentiment", since=f"{DAYS[0]:%Y-%m-%d}")
        assert accuracy["by_model_version"][new]["accuracy"] > 0.9
        assert len(received) == 1
