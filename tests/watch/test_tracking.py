"""Daily figures in MLflow."""

import importlib.abc
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from emoji_api.watch.rollup import read_days, roll_up
from emoji_api.watch.tracking import EXPERIMENT, day_metrics, log_days
from tests.watch.conftest import NAME

DAY = date(2026, 11, 1)
STEP = 20_758
"""`DAY` in days since 1970-01-01."""


@pytest.fixture
def days(session, company, add_post, bundle):
    """The statistics of two days."""
    for day, sentiment in (DAY, "negative"), (DAY + timedelta(days=1), "positive"):
        add_post(day, sentiment=sentiment)
    roll_up(session, company, [DAY, DAY + timedelta(days=1)], bundle)
    return read_days(session, company, DAY, DAY + timedelta(days=1))


def runs(mlflow):
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    return mlflow.search_runs([experiment.experiment_id])


def history(mlflow, name, run=0):
    return [
        (metric.step, metric.value)
        for metric in mlflow.get_metric_history(runs(mlflow)[run].info.run_id, name)
    ]  # fmt: skip


def test_each_day_is_a_step_of_the_run_of_the_company(mlflow, days):
    assert log_days(NAME, days) > 0
    (run,) = runs(mlflow)
    assert (run.info.run_name, run.data.tags["company"], run.info.status) == (NAME, NAME, "FINISHED")
    assert history(mlflow, "posts") == [(STEP, 1), (STEP + 1, 1)]
    assert history(mlflow, "sentiment/negative/share") == [(STEP, 1), (STEP + 1, 0)]
    assert {name for day in days for name, _ in day_metrics(day)} == set(run.data.metrics)


def test_logging_again_changes_nothing(mlflow, days):
    log_days(NAME, days)
    assert log_days(NAME, days) == 0
    assert len(runs(mlflow)) == 1 and len(history(mlflow, "posts")) == 2


def test_only_changed_values_are_logged_again(mlflow, days):
    log_days(NAME, days)
    days[0]["posts"] = 9
    assert log_days(NAME, days) == 1
    assert log_days(NAME, days) == 0
    assert sorted(history(mlflow, "posts")) == [(STEP, 1), (STEP, 9), (STEP + 1, 1)]


def test_each_company_has_a_run_whatever_its_name(mlflow, days):
    names = [NAME, "O'Neill \"x\" = '; --", "酷 😂"]
    for name in names * 2:
        log_days(name, days[:1])
    assert sorted(run.data.tags["company"] for run in runs(mlflow)) == sorted(names)


def test_more_metrics_than_a_request_can_have_are_logged(mlflow, days):
    many = [days[0] | {"date": (DAY + timedelta(days=number)).isoformat()} for number in range(60)]
    assert log_days(NAME, many) > 1_000
    assert len(history(mlflow, "posts")) == 60


def test_an_unreachable_mlflow_is_one_warning(mlflow, days, monkeypatch, caplog, tmp_path):
    (tmp_path / "secret.db").write_text("no database, but long enough to be taken for a header" * 10)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/secret.db")
    with caplog.at_level(logging.WARNING, "emoji_api"):
        assert log_days(NAME, days) == 0
    (record,) = [record for record in caplog.records if record.name.startswith("emoji_api")]
    assert "are not logged" in record.message and "secret" not in record.message


def test_without_mlflow_one_line_is_logged(days, monkeypatch, caplog):
    class NoMlflow(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path, target=None):
            if name.split(".")[0] == "mlflow":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    for name in [name for name in sys.modules if name.split(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoMlflow(), *sys.meta_path])
    with caplog.at_level(logging.INFO, "emoji_api"):
        assert log_days(NAME, days) == 0
    (record,) = caplog.records
    assert "MLflow is not installed" in record.message


def test_experiment_may_be_created_by_another_collection_meanwhile(mlflow, days, monkeypatch):
    find = type(mlflow).get_experiment_by_name
    found = []

    def create_after_first_look(client, name):
        found.append(find(client, name))
        if len(found) == 1:
            mlflow.create_experiment(name)
        return found[-1]

    monkeypatch.setattr(type(mlflow), "get_experiment_by_name", create_after_first_look)
    assert log_days(NAME, days) > 0
    assert found[0] is None and len(runs(mlflow)) == 1


def test_concurrent_collections_log_all_their_days(mlflow, days):
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda day: log_days(NAME, [day]), days))
    steps = {
        metric.step for run in runs(mlflow) for metric in mlflow.get_metric_history(run.info.run_id, "posts")
    }  # fmt: skip
    assert steps == {STEP, STEP + 1}
