"""A training whose trainer died is told as what it is, by whoever looks."""

from datetime import timedelta
from uuid import uuid4

import psutil
import pytest

from emoji_api import processes
from emoji_api.database.training_jobs import TrainingJob
from emoji_api.errors import (
    ReloadRefused,
    TrainerMissing,
    TrainerNotStarted,
    TrainingEnded,
    TrainingRunning,
    UnknownTraining,
)
from emoji_api.inference.store import ModelStore
from emoji_api.jobs import queue, trainings
from emoji_api.jobs.trainings import MISSED, Trainings
from tests.trainings import wait_until
from tests.versions import write_version


@pytest.fixture
def service(database, tmp_path) -> Trainings:
    """The trainings of a service; there is nothing that a training could read, and it fails at once."""
    settings = dict.fromkeys((*trainings.SETTINGS, "model_path", "model")) | {
        "database_url": database.url,
        "log_level": "info",
        "training_params": str(tmp_path / "params.yaml"),
        "training_folder": str(tmp_path / "training"),
        "training_tests": str(tmp_path / "none"),
        "training_heartbeat": 0.5,
        "model_store": str(tmp_path / "models"),
    }
    return Trainings(database, settings)


@pytest.fixture
def running(database, ordered, look_alike):
    """The id of a training that a process of this machine trains."""
    with database.session() as session:
        queue.claim(session, ordered, look_alike.pid, processes.host_name())
    return ordered


def keep(database, number, **values):
    with database.session() as session:
        session.query(TrainingJob).filter_by(id=number).update(values)


def test_who_lives_is_left_alone(service, running):
    assert service.get(running).state == "running"


def test_who_is_gone_is_told_at_once_and_the_next_may_start(service, running, look_alike):
    look_alike.kill()
    look_alike.wait()
    job = service.get(running)
    assert (job.state, job.slot) == ("failed", None)
    assert job.error == f"the trainer died: process {look_alike.pid} is gone; its log may say why"
    job = service.start({})
    assert job.id != running and job.pid
    wait_until(lambda: service.get(job.id).state == "failed")
    assert service.get(job.id).error.endswith("there are no behaviour tests, and without them no gate")
    wait_until(lambda: not psutil.pid_exists(job.pid))  # and no zombie is left of it


def test_who_is_silent_is_told_after_a_while(service, database, running):
    silence = timedelta(seconds=MISSED * service.settings["training_heartbeat"])
    keep(database, running, host="another machine", heartbeat=service.get(running).heartbeat - silence / 2)
    assert service.get(running).state == "running"
    keep(database, running, heartbeat=service.get(running).heartbeat - silence)
    job = service.get(running)
    assert job.state == "failed" and job.error.startswith("the trainer died: nothing was heard of it for 0:00:")


def test_what_was_cancelled_and_died_is_cancelled(service, running, look_alike):
    assert service.cancel(running).cancelling
    look_alike.wait(30)  # it was asked to end
    assert service.get(running).state == "cancelled"
    with pytest.raises(TrainingEnded, match="it is cancelled"):
        service.cancel(running)


def test_a_trainer_of_another_machine_is_cancelled_by_the_database_alone(service, database, running, look_alike):
    keep(database, running, host="another machine")
    assert service.cancel(running).cancelling
    assert look_alike.poll() is None


def test_what_was_promoted_before_it_could_be_told_is_promoted(service, database, running, look_alike, tmp_path):
    from emoji_api.inference.classifier import packaged_bundle

    store = ModelStore(service.settings["model_store"])
    store.add(write_version(packaged_bundle(), tmp_path, "new"))
    keep(database, running, state="validating", version="new")
    store.serve("new")
    look_alike.kill()
    look_alike.wait()
    assert service.get(running).state == "promoted"


def test_one_at_a_time(service, running):
    with pytest.raises(TrainingRunning) as raised:
        service.start({})
    assert raised.value.training_id == running


def test_what_nobody_ordered(service):
    for ask in (service.get, service.cancel):
        with pytest.raises(UnknownTraining):
            ask(uuid4())


def test_a_trainer_that_cannot_be_started(service, tmp_path):
    (tmp_path / "training").write_text("in the way")
    with pytest.raises(TrainerNotStarted, match="File exists"):
        service.start({})
    (job,), total = service.list(10, 0)
    assert (job.state, job.error, total) == ("failed", "the trainer cannot be started: File exists", 1)


def test_an_installation_that_cannot_train_orders_nothing(service, monkeypatch):
    monkeypatch.setattr(trainings, "NEEDED", {"train": ("json", "no_such_module")})
    with pytest.raises(TrainerMissing, match=r"no_such_module not installed.*\[train\]"):
        service.start({})
    assert service.list(10, 0) == ([], 0)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("model_path", "some/bundle"),
        ("model", "models:/tweets/3"),
        ("model", "models:/tweets@next"),
        ("model", "models:/others@champion"),
    ],
)
def test_what_would_not_be_served_is_not_trained(service, setting, value):
    service.settings[setting] = value
    with pytest.raises(ReloadRefused, match=f"EMOJI_API_{setting.upper()} "):
        service.start({})
    assert service.list(10, 0) == ([], 0)


@pytest.mark.parametrize("model", [None, "models:/tweets@champion"])
def test_what_follows_the_champion_may_train(service, model):
    service.settings["model"] = model
    service.require_following()
