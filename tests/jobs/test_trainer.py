"""The trainer: parameters of a job, its results, and the state that is left when it is killed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from emoji_api.database.extension import Database
from emoji_api.database.tables import FINAL_TRAINING_STATES, TrainingJob
from emoji_api.errors import DataError
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.jobs import queue
from emoji_api.jobs.trainer import (
    MAX_ERROR_LENGTH,
    Stopped,
    error_message,
    parameter_names,
    raise_stopped,
    remove_leftovers,
    stop_requested,
    stop_restored,
)
from emoji_api.jobs.trainings import MAX_MISSED_HEARTBEATS, Trainings
from emoji_api.rest.training import TrainingRequestSchema
from emoji_api.settings import read_settings
from emoji_api.training.params import DataParams, Params
from tests.server import ROOT
from tests.trainings import Installation, write_installation
from tests.waiting import wait_until

KILLS = int(os.environ.get("EMOJI_API_TEST_KILLS", "2"))
"""Number of trainers that are killed, each at another moment. More take minutes."""
PARAMS = Params(encoder="any", data=DataParams(emotion="any"))
EXTREMES = [
    {"epochs": 1, "rows": 1, "batch_size": 1, "learning_rate": 1e-12, "warm_up": 0, "seed": 0, "tasks": ["phrase"]},
    {"epochs": 20, "batch_size": 1024, "learning_rate": 0.1, "weight_decay": 1, "augmented": 1, "seed": 2**31 - 1},
    {name: field.metadata["example"] for name, field in TrainingRequestSchema().fields.items()},
]


@pytest.fixture(scope="module")
def installation(tiny_checkpoint: Path, tiny_data: Path, mlflow_tables: Path, tmp_path_factory) -> Installation:
    """An installation that serves the shipped bundle."""
    return write_installation(tmp_path_factory.mktemp("installation"), tiny_checkpoint, tiny_data, mlflow_tables)


@pytest.fixture(scope="module")
def trainings(installation: Installation) -> Iterator[Trainings]:
    """The training jobs of that installation's service; its settings are in the environment."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in installation.environment.items():
            monkeypatch.setenv(name, value)
        settings = vars(read_settings())
        yield Trainings(Database(settings["database_url"]), settings)


@pytest.fixture(scope="module")
def rejected(trainings: Trainings) -> tuple[TrainingJob, float]:
    """A job that ran undisturbed, and its duration in seconds. It lacks tasks of the shipped bundle."""
    started = time.monotonic()
    job = wait_for_end(trainings, trainings.start({"tasks": ["emotion"]}).id)
    return job, time.monotonic() - started


def wait_for_end(trainings: Trainings, job_id: UUID, **limit: float) -> TrainingJob:
    wait_until(lambda: trainings.get(job_id).state in FINAL_TRAINING_STATES, **limit)
    return trainings.get(job_id)


@pytest.mark.parametrize("order", EXTREMES)
def test_valid_orders_set_parameters_of_the_training(order: dict) -> None:
    assert TrainingRequestSchema().load(order) == order
    values = PARAMS.with_values(parameter_names(order)).as_dict()
    assert order.items() <= (values | values["fit"]).items()


def test_orders_cannot_change_paths() -> None:
    assert not {"encoder", "data", "start", "gate"} & TrainingRequestSchema().fields.keys()
    with pytest.raises(DataError, match="fit.folder"):
        PARAMS.with_values(parameter_names({"folder": "/"}))


@pytest.mark.parametrize(("days", "kept"), [(30, ["recent"]), (0, ["recent", "old"])])
def test_incomplete_and_old_bundles_are_deleted(tmp_path: Path, days: int, kept: list[str]) -> None:
    names = {"recent": str(uuid4()), "old": str(uuid4())}
    for name in (".one.17.partial", "other", *names.values()):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bundle.json").write_text("{}")
    (tmp_path / f"{names['old']}.log").write_text("kept")
    for name in ("other", names["old"], f"{names['old']}.log"):
        os.utime(tmp_path / name, (time.time() - 31 * 86_400,) * 2)
    remove_leftovers(tmp_path, days)
    expected = {"other", f"{names['old']}.log", *(names[name] for name in kept)}
    assert {path.name for path in tmp_path.iterdir()} == expected


def test_missing_training_folder_has_no_leftovers(tmp_path: Path) -> None:
    remove_leftovers(tmp_path / "nothing", 30)
    assert list(tmp_path.iterdir()) == []


def test_error_messages_are_shortened() -> None:
    assert error_message(DataError("no data")) == "no data"
    assert error_message(ZeroDivisionError("by zero")) == "ZeroDivisionError: by zero"
    assert len(error_message(DataError("x" * 10_000))) == MAX_ERROR_LENGTH + len(" ...")


def test_heartbeat_starts_before_slow_imports() -> None:
    code = "import sys, emoji_api.jobs.trainer; print(*{'tensorflow', 'mlflow', 'great_expectations'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_job_that_is_not_queued_is_not_trained(trainings: Trainings) -> None:
    with trainings.database.session() as session:
        job_id = queue.order(session, {})[0].id
        queue.end(session, job_id, "cancelled", {})
    command = [sys.executable, "-m", "emoji_api.jobs.trainer", str(job_id)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    assert "is not queued" in done.stdout + done.stderr
    assert trainings.get(job_id).state == "cancelled"


def test_missing_parameter_file_is_reported_and_logged(trainings: Trainings) -> None:
    settings = {**trainings.settings, "training_data": None, "training_params": "/no/such/file.yaml"}
    misconfigured = Trainings(trainings.database, settings)
    job = wait_for_end(misconfigured, misconfigured.start({}).id)
    assert job.state == "failed" and job.error and job.error.startswith("/no/such/file.yaml"), job.error
    log = misconfigured.log(job.id).read_text()
    assert "Traceback" in log and "Traceback" not in job.error


def test_job_without_tasks_of_the_champion_is_rejected(
    trainings: Trainings, rejected: tuple[TrainingJob, float]
) -> None:
    job, _ = rejected
    assert job.state == "rejected", trainings.log(job.id).read_text()
    assert "hate is no worse" in [reason["check"] for reason in job.reasons]


@pytest.mark.parametrize("seed", range(KILLS))
def test_trainer_killed_at_a_random_moment_leaves_nothing_incomplete(
    trainings: Trainings, installation: Installation, rejected: tuple[TrainingJob, float], seed: int
) -> None:
    _, seconds = rejected
    delay = random.Random(seed).uniform(0, seconds)
    started = trainings.start({})
    time.sleep(delay)
    with suppress(ProcessLookupError):
        os.kill(started.pid, signal.SIGKILL)
    job = wait_for_end(
        trainings, started.id, seconds=2 * MAX_MISSED_HEARTBEATS * trainings.settings["training_heartbeat"]
    )
    moment = f"seed {seed}, killed after {delay:.1f} s at progress {job.progress:.2f}: {job.state}, {job.error}"
    # a trainer that was fast enough has ended the job itself
    assert job.state == "rejected" or (job.state == "failed" and "is gone" in job.error), moment
    if str(job.id) in installation.leftovers():
        read_bundle(installation.folder / "training" / str(job.id), saved_model=True)
    assert ModelStore(installation.folder / "models").served() is None, moment


def test_next_trainer_deletes_leftovers_and_can_be_cancelled(trainings: Trainings, installation: Installation) -> None:
    partial = installation.folder / "training" / f".{uuid4()}.17.partial"
    partial.mkdir()
    job = trainings.start({})
    wait_until(lambda: trainings.get(job.id).state == "running")
    wait_until(lambda: not partial.exists())
    trainings.cancel(job.id)
    assert wait_for_end(trainings, job.id).state == "cancelled"


@pytest.fixture
def stop_handler() -> Iterator[None]:
    """Handle SIGTERM as a trainer does."""
    handler = signal.signal(signal.SIGTERM, raise_stopped)
    yield
    signal.signal(signal.SIGTERM, handler)
    stop_requested.clear()


@pytest.mark.usefixtures("stop_handler")
def test_stop_that_a_library_turned_into_an_error_is_restored() -> None:
    with pytest.raises(Stopped), stop_restored():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Stopped:
            raise SystemError("bad argument to internal function") from None


def test_error_without_a_stop_is_kept() -> None:
    with pytest.raises(SystemError), stop_restored():
        raise SystemError("bad argument to internal function")
