"""Update of the statistics after posts have changed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from emoji_api.database.extension import Database
from emoji_api.database.tables import Company
from emoji_api.errors import UnknownCompany
from emoji_api.watch import rollup, store
from emoji_api.watch.changes import changed_dates
from emoji_api.watch.rollup import read_days, stored_range
from emoji_api.watch.sources import Page, Post
from emoji_api.watch.tracking import EXPERIMENT
from emoji_api.watch.update import update_statistics
from tests.watch.conftest import answers_of

pytestmark = pytest.mark.usefixtures("mlflow")
DAY = date(2026, 10, 1)


def after(days):
    return DAY + timedelta(days=days)


@pytest.fixture
def database(database_url) -> Database:
    return Database(database_url)


@pytest.fixture
def company(database) -> Company:
    with database.session() as session:
        return store.add_company(session, "Nimbus", "*", "file", {})


@pytest.fixture
def save(database, company, bundle):
    """Store a post of each day, and its answers unless `classified` is False."""

    def save_posts(*days, name="post", classified=True):
        posts = [
            Post(id=f"{name} {day}", time=datetime.combine(day, time(12), UTC), text="fine", language="en")
            for day in days
        ]
        with database.session() as session:
            ids = store.store_page(session, company, Page(posts=posts), keep_authors=False)
            if classified:
                store.set_answers(session, company, {id: answers_of() for id in ids}, bundle.version)

    return save_posts


@pytest.fixture
def forget(database, company):
    def forget_post(day, name="post"):
        with database.session() as session:
            assert store.forget_post(session, company, f"{name} {day}")

    return forget_post


@pytest.fixture
def days(database, company):
    """Return the statistics of the days from `DAY` on."""

    def read(number=1):
        with database.session() as session:
            return read_days(session, company, DAY, after(number - 1))

    return read


def test_changed_days_and_those_compared_with_them_are_computed_once(database, bundle, save, days):
    save(DAY, after(28), after(29))
    assert update_statistics(database, "Nimbus", bundle) == [DAY, after(28), after(29)]
    assert update_statistics(database, "Nimbus", bundle) == []
    save(DAY, name="second")
    assert update_statistics(database, "Nimbus", bundle) == [DAY, after(28)]
    assert [day["posts"] for day in days()] == [2]


def test_forgetting_leaves_the_statistics_of_the_other_posts(database, bundle, save, forget, days):
    save(DAY, after(1))
    save(DAY, name="second")
    update_statistics(database, "Nimbus", bundle)
    forget(DAY)
    assert update_statistics(database, "Nimbus", bundle) == [DAY, after(1)]
    assert [(day["posts"], len(day["typical"])) for day in days(2)] == [(1, 1), (1, 1)]


def test_day_of_forgotten_posts_alone_is_computed_once(database, bundle, save, forget, days):
    save(DAY, after(1))
    update_statistics(database, "Nimbus", bundle)
    assert len(days(2)[1]["surprising"]) == 1
    forget(DAY)
    assert update_statistics(database, "Nimbus", bundle) == [after(1)]
    assert [(day["posts"], day["surprising"]) for day in days(2)] == [(0, []), (1, [])]
    save(after(40))
    assert update_statistics(database, "Nimbus", bundle) == [after(40)]


def test_days_that_are_not_computed_yet_are_pending(database, company, bundle, save, forget, days):
    save(DAY)
    assert [(day["pending"], day["posts"]) for day in days(2)] == [(True, 0), (False, 0)]
    with database.session() as session:
        assert stored_range(session, company) == (DAY, DAY)
    update_statistics(database, "Nimbus", bundle)
    assert [(day["pending"], day["posts"]) for day in days()] == [(False, 1)]
    save(DAY, name="second", classified=False)
    assert [(day["pending"], day["posts"]) for day in days()] == [(True, 1)], "the figures before the change"
    update_statistics(database, "Nimbus", bundle)
    assert [(day["pending"], day["posts"], day["classified"]) for day in days()] == [(False, 2, 1)]
    forget(DAY)
    assert [(day["pending"], day["posts"], day["typical"]) for day in days()] == [(True, 2, [])]


def test_posts_that_change_during_the_computation_are_computed_by_the_next(
    database, company, bundle, save, days, monkeypatch
):
    save(DAY)
    compute = rollup.day_statistics

    def save_meanwhile(*arguments):
        monkeypatch.undo()
        save(DAY, name="second")
        return compute(*arguments)

    monkeypatch.setattr(rollup, "day_statistics", save_meanwhile)
    update_statistics(database, "Nimbus", bundle)
    assert [(day["pending"], day["posts"]) for day in days()] == [(True, 1)]
    update_statistics(database, "Nimbus", bundle)
    assert [(day["pending"], day["posts"]) for day in days()] == [(False, 2)]


def test_newer_statistics_of_another_process_are_not_replaced(database, company, bundle, save, days, monkeypatch):
    save(DAY)
    compute = rollup.day_statistics

    def update_meanwhile(*arguments):
        monkeypatch.undo()
        save(DAY, name="second")
        other = Database(database.url)
        update_statistics(other, "Nimbus", bundle)
        other.close()
        return compute(*arguments)

    monkeypatch.setattr(rollup, "day_statistics", update_meanwhile)
    assert update_statistics(database, "Nimbus", bundle) == []
    assert [(day["pending"], day["posts"]) for day in days()] == [(False, 2)]


def test_statistics_that_cannot_be_stored_remain_to_be_computed(database, company, bundle, save, monkeypatch):
    save(DAY)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("emoji_api.watch.update.delete_changes", fail)
        update_statistics(database, "Nimbus", bundle)
    with database.session() as session:
        assert changed_dates(session, company) == [DAY]
    assert update_statistics(database, "Nimbus", bundle) == [DAY]


def fail(*_):
    raise RuntimeError


def test_computed_days_are_logged_to_mlflow(database, bundle, save, mlflow):
    save(DAY, after(3))
    update_statistics(database, "Nimbus", bundle)
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    (run,) = mlflow.search_runs([experiment.experiment_id])
    history = mlflow.get_metric_history(run.info.run_id, "posts")
    assert [(metric.step - history[0].step, metric.value) for metric in history] == [(0, 1), (3, 1)]


def test_unknown_company_is_an_error(database, bundle):
    with pytest.raises(UnknownCompany):
        update_statistics(database, "Nope", bundle)
