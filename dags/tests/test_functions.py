"""Functions of the tasks on their own: comparisons, retries, the address of the service, and e-mails."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import Connection, RetryAction

from emoji_airflow.alerts import Alert, failure_message, mail_missed_deadline, send
from emoji_airflow.performance import compare_trainings, worsened
from emoji_airflow.service import client_options
from emoji_airflow.watch import CollectionFailed, RetryAtReset
from emoji_api.errors import SourceError, SourceRateLimited, SourceUnauthorized, UnknownCompany

TI = SimpleNamespace(task_id="inspect", dag_id="dag", run_id="run", try_number=1, log_url="http://airflow/log")


def training(accuracy: float | None, **parameters: int) -> dict:
    """Return the parts of a training's document that are compared; without accuracy, it failed in the first epoch."""
    metrics = {} if accuracy is None else {"emotion_validation_accuracy": accuracy, "loss": 1.0}
    return {"metrics": metrics, "parameters": parameters}


@pytest.mark.parametrize(
    ("trainings", "is_worse"),
    [
        ([], False),
        ([training(0.5)], False),
        ([training(0.84), training(0.9), training(0.9)], True),
        ([training(0.86), training(0.9), training(0.9)], False),
        ([training(0.84), training(0.1), training(0.9), training(0.9)], True),  # the median of the earlier ones
        ([training(None), training(0.84), training(0.9)], True),  # the newest with metrics
        ([training(0.1, rows=50), training(0.9)], False),  # other parameters
    ],
)
def test_newest_training_is_compared_with_the_median_of_like_trainings(trainings, is_worse):
    assert bool(compare_trainings(trainings, 0.05)[1]) is is_worse


def test_accuracy_has_worsened_if_the_upper_bound_is_below_the_threshold():
    assert worsened(0.69, 0.75, 0.05)
    assert not worsened(0.71, 0.75, 0.05)


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (SourceUnauthorized("x", "EMOJI_API_X_BEARER_TOKEN", "the page"), RetryAction.FAIL),
        (UnknownCompany("Nimbus"), RetryAction.FAIL),
        (SourceRateLimited("x", None), RetryAction.DEFAULT),
        (SourceError("no answer"), RetryAction.DEFAULT),
    ],
)
def test_collection_is_not_retried_where_that_does_not_help(error, action):
    failure = CollectionFailed("Nimbus", datetime(2026, 10, 19, tzinfo=UTC), error)
    assert RetryAtReset().evaluate(failure, 1, 3).action == action


def test_collection_is_retried_when_the_rate_limit_ends():
    error = SourceRateLimited("x", datetime.now(UTC) + timedelta(minutes=15))
    decision = RetryAtReset().evaluate(CollectionFailed("Nimbus", None, error), 1, 3)
    assert decision.action == RetryAction.RETRY
    assert timedelta(minutes=14, seconds=55) < decision.retry_delay < timedelta(minutes=15, seconds=2)


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ({"host": "127.0.0.1", "port": 5000}, "http://127.0.0.1:5000"),
        ({"host": "api.example.org", "schema": "https"}, "https://api.example.org"),
        ({"host": "https://api.example.org"}, "https://api.example.org"),
    ],
)
def test_address_of_the_service(values, address):
    options = client_options(Connection(conn_id="emoji_api", conn_type="http", password="key", **values))
    assert options["base_url"] == address
    assert options["headers"] == {"Authorization": "Bearer key"}


def test_unexpected_error_is_described_with_its_type():
    message = failure_message({"exception": ValueError("no such column"), "ti": TI})
    assert message.title == "Task failed: dag, inspect"
    assert message.reasons == ["ValueError: no such column"]


def test_text_from_outside_is_escaped_and_cannot_add_a_header(airflow_database, mails):
    alert = Alert("Drift\nBcc: somebody@example.org", ["<script>alert(1)</script>"], "act")
    send(failure_message({"exception": alert, "ti": TI}))
    (mail,) = mails
    assert mail.recipients == ["ml-team@example.org"]
    assert mail.subject == "[emoji API] Drift Bcc: somebody@example.org"
    assert "&lt;script&gt;" in mail.html and "<script>" not in mail.html


@pytest.mark.parametrize(
    ("end_date", "count"), [(None, 1), ("2026-11-01T01:00:00Z", 0), ("2026-11-01T03:00:00+00:00", 1)]
)
def test_missed_deadline_of_a_run_that_had_ended_before_is_not_reported(mails, end_date, count):
    run = {"dag_id": "dag", "dag_run_id": "run", "state": "failed", "queued_at": "2026-11-01T00:00:00Z"}
    context = {
        "dag_run": run | {"end_date": end_date},
        "deadline": {"deadline_time": datetime(2026, 11, 1, 2, tzinfo=UTC)},
    }
    mail_missed_deadline(context)
    assert len(mails) == count
