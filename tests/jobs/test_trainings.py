"""Training jobs of a service: refused, cancelled, and ended once their trainer died."""

from datetime import timedelta
from uuid import uuid4

import psutil
import pytest

from emoji_api import processes
from emoji_api.database.tables import TrainingJob
from emoji_api.errors import (
    ReloadRefused,
    TrainerMissing,
    TrainerNotStarted,
    TrainingEnded,
    TrainingRunning,
    UnknownTraining,
)
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.jobs import queue, trainings
from emoji_api.jobs.trainings import MAX_MISSED_HEARTBEATS, Trainings
from tests.versions import write_version
from tests.waiting import WAIT_SECONDS, wait_until


@pytest.fixture
def service(database, tmp_path) -> Trainings:
    """The jobs of a service without parameters and tests: a job that is started fails at once."""
    settings = dict.fromkeys((*trainings.TRAINER_SETTINGS, "model_path", "model")) | {
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
def running(database, job_id, fake_trainer):
    """The id of a job that a process on this host claimed."""
    with database.session() as session:
        queue.claim(session, job_id, fake_trainer.pid, processes.host_name())
    return job_id


def set_columns(database, job_id, **values):
    with database.session() as session:
        session.query(TrainingJob).filter_by(id=job_id).update(values)


def test_job_of_a_running_trainer_stays_running(service, running):
    assert service.get(running).state == "running"


def test_job_of_a_killed_trainer_fails_at_once_and_the_next_one_starts(service, running, fake_trainer):
    fake_trainer.kill()
    fake_trainer.wait()
    job = service.get(running)
    assert (job.state, job.slot) == ("failed", None)
    assert job.error == f"the trainer died: process {fake_trainer.pid} is gone; its log {running}.log may say why"
    job = service.start({})
    assert job.id != running and job.pid
    wait_until(lambda: service.get(job.id).state == "failed")
    assert "there are no behaviour tests" in service.get(job.id).error
    wait_until(lambda: not psutil.pid_exists(job.pid))  # no zombie remains


def test_job_of_a_silent_trainer_on_another_host_fails_after_missed_heartbeats(service, database, running):
    limit = timedelta(seconds=MAX_MISSED_HEARTBEATS * service.settings["training_heartbeat"])
    set_columns(database, running, host="another machine", heartbeat=service.get(running).heartbeat - limit / 2)
    assert service.get(running).state == "running"
    set_columns(database, running, heartbeat=service.get(running).heartbeat - limit)
    job = service.get(running)
    assert job.state == "failed" and job.error.startswith("the trainer died: its last heartbeat was 0:00:")


def test_cancelled_job_whose_trainer_died_is_cancelled(service, running, fake_trainer):
    assert service.cancel(running).cancelling
    fake_trainer.wait(WAIT_SECONDS)  # it got SIGTERM
    assert service.get(running).state == "cancelled"
    with pytest.raises(TrainingEnded, match="cancelled"):
        service.cancel(running)


def test_trainer_on_another_host_gets_no_signal(service, database, running, fake_trainer):
    set_columns(database, running, host="another machine")
    assert service.cancel(running).cancelling
    assert fake_trainer.poll() is None


def test_job_whose_trainer_died_after_the_promotion_is_promoted(service, database, running, fake_trainer, tmp_path):
    store = ModelStore(service.settings["model_store"])
    store.add(write_version(packaged_bundle(), tmp_path, "new"))
    set_columns(database, running, state="validating", version="new")
    store.serve("new")
    fake_trainer.kill()
    fake_trainer.wait()
    assert service.get(running).state == "promoted"


def test_second_job_is_refused(service, running):
    with pytest.raises(TrainingRunning) as raised:
        service.start({})
    assert raised.value.training_id == running


def test_unknown_job_is_reported(service):
    for method in (service.get, service.cancel):
        with pytest.raises(UnknownTraining):
            method(uuid4())


def test_trainer_that_cannot_be_started_is_reported(service, tmp_path):
    (tmp_path / "training").write_text("in the way")
    with pytest.raises(TrainerNotStarted, match="File exists"):
        service.start({})
    (job,), total = service.list(10, 0)
    assert (job.state, job.error, total) == ("failed", "the trainer cannot be started: File exists", 1)


def test_missing_modules_are_reported_before_a_job_is_queued(service, monkeypatch):
    monkeypatch.setattr(trainings, "REQUIRED_MODULES", {"train": ("json", "no_such_module")})
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
def test_job_is_refused_if_its_model_would_not_be_served(service, setting, value):
    service.settings[setting] = value
    with pytest.raises(ReloadRefused, match=f"EMOJI_API_{setting.upper()} "):
        service.start({})
    assert service.list(10, 0) == ([], 0)


@pytest.mark.parametrize("model", [None, "models:/tweets@champion"])
def test_service_that_follows_the_champion_accepts_jobs(service, model):
    service.settings["model"] = model
    service.require_champion_served()
