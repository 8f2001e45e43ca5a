"""The guard over the model against a running service: accuracy of trainings and on labelled posts, and drift."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from trainings import send, start_training, wait_for

from emoji_api.database.extension import Database
from emoji_api.inference.classifier import load_classifier
from emoji_api.watch import store
from emoji_api.watch.collect import collect

SAMPLE = files("emoji_api").joinpath("watch", "sample.jsonl")
COMPANY = "Nimbus & <Co>"


@pytest.fixture(scope="module")
def company(service) -> str:
    """A company of the service whose posts are classified by the served model, the shipped one."""
    database = Database(service.environment["EMOJI_API_DATABASE_URL"])
    with database.session() as session:
        store.add_company(session, COMPANY, "nimbus", "file", {"path": str(SAMPLE)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", service.environment["MLFLOW_TRACKING_URI"])
        collect(database, COMPANY, load_classifier())
    return COMPANY


@pytest.fixture
def wrong_labels(service, company) -> Iterator[int]:
    """Label the posts of the queue as neutral, whatever they say. Yield the number of labelled posts of the sample."""
    path = "/companies/Nimbus & <Co>"
    posts = send(service, "GET", f"{path}/queue", params={"limit": 100}).json()["posts"]
    labels = [
        send(service, "POST", f"{path}/labels", json={"post": post["id"], "label": "neutral"}).json() for post in posts
    ]
    yield sum(label["drawn"] == "random" for label in labels)
    for label in labels:
        send(service, "DELETE", f"{path}/labels/{label['id']}")


@pytest.fixture
def wrong_training_data(service) -> Iterator[None]:
    """Give each training text the label of the next one, so that a network cannot learn it."""
    path = Path(service.environment["EMOJI_API_TRAINING_PARAMS"]).parents[1] / "data" / "emotion" / "train.txt"
    original = path.read_text(encoding="utf-8")
    texts, labels = zip(*(line.split(";") for line in original.splitlines()), strict=True)
    pairs = zip(texts, [*labels[1:], labels[0]], strict=True)
    path.write_text("".join(f"{text};{label}\n" for text, label in pairs), encoding="utf-8")
    yield
    path.write_text(original, encoding="utf-8")


def test_service_without_traffic_labels_and_trainings_passes_all_checks(run_dag, connected, company, mails):
    state, tasks = run_dag("model_performance")
    assert state == "success"
    assert tasks == dict.fromkeys(("check_trainings", "list_companies", "check_posts[0]", "check_drift"), "success")
    assert mails == []


def test_accuracy_on_labelled_posts_that_dropped_is_reported_once(run_dag, connected, wrong_labels, mails):
    state, tasks = run_dag("model_performance")
    assert state == "failed" and tasks["check_posts[0]"] == "failed"
    (mail,) = mails
    assert mail.recipients == ["ml-team@example.org"]
    assert mail.subject == "[emoji API] Accuracy on live posts dropped: Nimbus & <Co>"
    assert f"on {wrong_labels} posts labelled since" in mail.text
    assert "the upper bound is more than 0.05 below the accuracy on the test set" in mail.text
    assert "check_posts, attempt 1" in mail.text and "Nimbus &amp; &lt;Co&gt;" in mail.html


def test_training_whose_accuracy_dropped_is_reported_once(run_dag, connected, company, mails, request):
    good = wait_for(connected, start_training(connected))
    assert good["metrics"]["emotion_validation_accuracy"] > 0.5, good
    request.getfixturevalue("wrong_training_data")
    bad = wait_for(connected, start_training(connected))
    state, tasks = run_dag("model_performance")
    assert state == "failed" and tasks["check_trainings"] == "failed"
    (mail,) = mails
    assert mail.subject == f"[emoji API] Accuracy of the newest training dropped: training {bad['id']}"
    values = [job["metrics"]["emotion_validation_accuracy"] for job in (bad, good)]
    line = "emotion_validation_accuracy {:.4f}, median of 1 trainings before {:.4f}".format(*values)
    assert line in mail.text
    assert f"MLflow run {bad['mlflow_run']}" in mail.text


def test_drift_is_reported_once(run_dag, connected, company, mails, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_COMPARED_TRAININGS", "1")
    send(connected, "POST", "/tweets/batch", json={"texts": ["ok"] * 256})
    state, tasks = run_dag("model_performance")
    assert state == "failed" and tasks["check_drift"] == "failed"
    (mail,) = mails
    version = send(connected, "GET", "/models").json()["version"]
    assert mail.subject == f"[emoji API] Drift: the texts differ from the validation data of model {version}"
    assert "tokens: drifted, population stability index" in mail.text and "256 values" in mail.text
    assert "emotion/label: drifted" in mail.text


def test_wrong_key_is_reported_without_another_attempt(run_dag, connect, service, company, mails):
    connect(service.url, key="a-key-of-somebody-else")
    assert run_dag("model_performance")[0] == "failed"
    refused = [mail for mail in mails if mail.subject == "[emoji API] The service refuses a request"]
    assert len(refused) == 1 and "401" in refused[0].text and "check_trainings, attempt 1" in refused[0].text
