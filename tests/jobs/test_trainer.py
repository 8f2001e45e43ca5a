"""The process of a training: what it takes from an order, how it ends, and what is left when it is killed."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from emoji_api.database.extension import Database
from emoji_api.errors import DataError
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.jobs import queue
from emoji_api.jobs.trainer import LONGEST_ERROR, by_section, clear, short
from emoji_api.jobs.trainings import Trainings
from emoji_api.rest.training import OrderSchema
from emoji_api.settings import read_settings
from emoji_api.training.params import DataParams, Params
from tests.server import ROOT
from tests.trainings import ENDED, Installation, wait_until, write_installation

KILLS = int(os.environ.get("EMOJI_API_TEST_KILLS", "2"))
"""How often a trainer is killed; more take minutes."""
PARAMS = Params(encoder="any", data=DataParams(emotion="any"))
EXTREMES = [
    {"epochs": 1, "rows": 1, "batch_size": 1, "learning_rate": 1e-12, "warm_up": 0, "seed": 0, "tasks": ["phrase"]},
    {"epochs": 20, "batch_size": 1024, "learning_rate": 0.1, "weight_decay": 1, "augmented": 1, "seed": 2**31 - 1},
    {name: field.metadata["example"] for name, field in OrderSchema().fields.items()},
]


@pytest.fixture(scope="module")
def installation(tiny_checkpoint: Path, tiny_data: Path, mlflow_tables: Path, tmp_path_factory) -> Installation:
    """One that serves the bundle that ships."""
    return write_installation(tmp_path_factory.mktemp("installation"), tiny_checkpoint, tiny_data, mlflow_tables)


@pytest.fixture
def trainings(installation: Installation, monkeypatch) -> Trainings:
    """The trainings of that installation, as a service has them."""
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    settings = vars(read_settings())
    return Trainings(Database(settings["database_url"]), settings)


def told(installation: Installation, job) -> str:
    """What a trainer wrote: where a test fails, the reason is there."""
    return (installation.folder / "training" / f"{job.id}.log").read_text()


@pytest.mark.parametrize("order", EXTREMES)
def test_what_may_be_ordered_is_what_a_training_takes(order: dict) -> None:
    assert OrderSchema().load(order) == order
    values = PARAMS.with_values(by_section(order)).as_dict()
    assert order.items() <= (values | values["fit"]).items()


def test_what_is_ordered_are_parameters_and_no_places() -> None:
    assert not {"encoder", "data", "start", "gate"} & OrderSchema().fields.keys()
    with pytest.raises(DataError, match="there is no parameter fit.folder"):
        PARAMS.with_values(by_section({"folder": "/"}))


@pytest.mark.parametrize(("days", "kept"), [(30, ["lately"]), (0, ["lately", "long ago"])])
def test_what_is_half_written_is_cleared_and_bundles_that_nobody_took(
    tmp_path: Path, days: int, kept: list[str]
) -> None:
    names = {"lately": str(uuid4()), "long ago": str(uuid4())}
    for name in (".one.17.partial", "two", *names.values()):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bundle.json").write_text("{}")
    (tmp_path / f"{names['long ago']}.log").write_text("kept")
    for name in ("two", names["long ago"], f"{names['long ago']}.log"):
        os.utime(tmp_path / name, (time.time() - 31 * 86_400,) * 2)
    clear(tmp_path, days)
    left = {"two", f"{names['long ago']}.log", *(names[name] for name in kept)}
    assert {path.name for path in tmp_path.iterdir()} == left
    clear(tmp_path / "nothing", days)


def test_an_error_is_short() -> None:
    assert short(DataError("no data")) == "no data"
    assert short(ZeroDivisionError("by zero")) == "ZeroDivisionError: by zero"
    assert len(short(DataError("x" * 10_000))) == LONGEST_ERROR + 4


def test_its_heart_need_not_wait_for_tensorflow() -> None:
    code = "import sys, emoji_api.jobs.trainer; print(*{'tensorflow', 'mlflow', 'great_expectations'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_what_is_not_queued_is_not_trained(trainings: Trainings, installation: Installation) -> None:
    with trainings.database.session() as session:
        number = queue.order(session, {})[0].id
        queue.end(session, number, "cancelled", {})
    command = [sys.executable, "-m", "emoji_api.jobs.trainer", str(number)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    assert "is not queued" in done.stderr
    assert trainings.get(number).state == "cancelled"


def test_data_that_are_not_there_are_told(trainings: Trainings, installation: Installation) -> None:
    trainings.settings = {**trainings.settings, "training_data": None, "training_params": "/no/such/file.yaml"}
    job = trainings.start({})
    wait_until(lambda: trainings.get(job.id).state in ENDED)
    ended = trainings.get(job.id)
    assert ended.state == "failed" and ended.error and ended.error.startswith("/no/such/file.yaml"), ended.error
    assert "Traceback" in told(installation, job) and "Traceback" not in ended.error


def test_killed_at_any_moment_it_leaves_nothing_half(trainings: Trainings, installation: Installation) -> None:
    started = time.monotonic()
    whole = trainings.start({"tasks": ["emotion"]})
    wait_until(lambda: trainings.get(whole.id).state in ENDED)
    seconds = time.monotonic() - started
    job = trainings.get(whole.id)
    assert job.state == "rejected", told(installation, job)
    assert {"check": "hate is no worse", "detail": "the challenger lacks this task"} in job.reasons

    rng = random.Random()
    for _ in range(KILLS):
        job = trainings.start({})
        time.sleep(rng.uniform(0, seconds))
        with suppress(ProcessLookupError):
            os.kill(job.pid, signal.SIGKILL)
        wait_until(lambda job=job: trainings.get(job.id).state in ENDED, 10)
        ended = trainings.get(job.id)
        # it may have been done
        assert ended.state == "rejected" or (ended.state == "failed" and "is gone" in ended.error), ended.error
        print(f"killed in {ended.progress:.2f} {ended.version}: {ended.state}, left {installation.left()}")
        for left in set(installation.left()) & {str(job.id)}:
            read_bundle(installation.folder / "training" / left, saved_model=True)
        assert ModelStore(installation.folder / "models").served() is None

    last = trainings.start({})
    wait_until(lambda: trainings.get(last.id).state == "running")
    wait_until(lambda: not [name for name in installation.left() if name.startswith(".")])
    trainings.cancel(last.id)
    wait_until(lambda: trainings.get(last.id).state == "cancelled")
