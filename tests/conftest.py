"""Fixtures for every test: the public data sets where they exist, and a tiny network trained once in the session.

The marker `training` splits the suite in two: tests of the training code, and all others.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emoji_api.progress import listening
from tests.stages import Recorder

if TYPE_CHECKING:
    from tests.postgresql import PostgreSQL

TESTS = Path(__file__).parent
TRAINING = [
    TESTS / name
    for name in (
        "training",
        "notebooks",
        "test_company_round.py",
        "test_pipeline.py",
        "test_whole_round.py",
        "jobs/test_trainer.py",
        "jobs/test_tracker.py",
        "rest/test_training_rounds.py",
    )
]
"""Files and folders whose tests are marked `training`."""
DATA = Path(os.environ.get("EMOJI_API_DATA", TESTS.parents[1] / "shared" / "data"))


def is_training(path: Path) -> bool:
    """Return whether the tests in `path` are marked `training`."""
    return any(path.is_relative_to(part) for part in TRAINING)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave training tests alone if they are deselected: importing them needs TensorFlow and takes seconds."""
    return True if config.option.markexpr == "not training" and is_training(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the training code."""
    for item in items:
        if is_training(item.path):
            item.add_marker("training")


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of the public data sets. Skips the test where it does not exist."""
    if not (DATA / "emotion" / "train.txt").is_file():
        pytest.skip("needs the public data sets: set EMOJI_API_DATA to a folder with emotion/, tweeteval/, ...")
    return DATA


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory) -> Path:
    """A pretrained encoder of two layers with random weights."""
    pytest.importorskip("safetensors", reason="needs the training libraries: make install")
    from tests.tiny import write_checkpoint

    return write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory) -> Path:
    """A folder with every data set, a few hundred sentences each, which a tiny network can learn."""
    from tests.tiny import write_public_data

    return write_public_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def tiny_params(tiny_checkpoint, tiny_data):
    """Parameters of a training that takes seconds."""
    pytest.importorskip("tensorflow", reason="needs the training libraries: make install")
    from tests.tiny import training_params

    return training_params(tiny_checkpoint, tiny_data)


@pytest.fixture(scope="session")
def emotion_params(tiny_params):
    """`tiny_params` with the emotion data set alone."""
    from emoji_api.training.params import DataParams

    return replace(tiny_params, data=DataParams(emotion=tiny_params.data.emotion))


@pytest.fixture(scope="session")
def training_stages() -> Recorder:
    """The stages that the training of `tiny_bundle` reports."""
    return Recorder()


@pytest.fixture(scope="session")
def tiny_bundle(tiny_params, training_stages: Recorder, tmp_path_factory) -> Path:
    """The bundle of a tiny network that was trained and exported, with its SavedModel. Shared: do not change it."""
    from emoji_api.training.train import train

    with listening(training_stages):
        return train(tiny_params, tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def postgresql() -> Iterator["PostgreSQL"]:
    """A PostgreSQL server. Skips the test where PostgreSQL is not installed."""
    from tests.postgresql import binaries, run_postgresql

    if not (programs := binaries()):
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    with run_postgresql(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """The URL of an empty database without a schema; the test runs once with SQLite and once with PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/instance/emoji_api.db"
    return request.getfixturevalue("postgresql").new_database()


@pytest.fixture(scope="session")
def mlflow_tables(tmp_path_factory) -> Path:
    """An MLflow database without runs, shared because its tables take seconds to create."""
    from tests.mlflow_store import write_empty_store

    return write_empty_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def mlflow(mlflow_tables, tmp_path):
    """A client of an empty MLflow; the test runs in an empty working directory."""
    from tests.mlflow_store import installation

    with installation(mlflow_tables, tmp_path) as client:
        yield client
