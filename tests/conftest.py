"""What every test may use: the public data where it is, and a tiny network trained in the session."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.postgresql import PostgreSQL, binaries, run_postgresql
from tests.tiny import write_checkpoint, write_public_data

SETS = ("emotion", "tweeteval", "tweet_sentiment_extraction", "finance_topic", "finance_sentiment")
DATA = Path(os.environ.get("EMOJI_API_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of the public data sets; a test that needs it is skipped where it is not."""
    if not (DATA / "emotion" / "train.txt").is_file():
        pytest.skip("needs the public data sets: set EMOJI_API_DATA to a folder with emotion/, tweeteval/, ...")
    return DATA


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory) -> Path:
    """A pretrained encoder of two layers, with random weights."""
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory) -> Path:
    """A folder of every data set, each of a few hundred sentences that a tiny network can learn."""
    return write_public_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def tiny_params(tiny_checkpoint, tiny_data):
    """Parameters of a training of seconds."""
    from emoji_api.training.params import CalibrationParams, DataParams, FitParams, Params, TweetParams

    places = {name: str(tiny_data / name) for name in SETS}
    return Params(
        encoder=str(tiny_checkpoint),
        data=DataParams(**places),
        max_length=32,
        fit=FitParams(
            epochs=8,
            patience=8,
            batch_size=20,
            learning_rate=3e-3,
            lengths=[32],
            augmented=0.2,
            bfloat16=False,
            class_weight_power=0.2,
            label_smoothing=0.0,
        ),
        tweets=TweetParams(
            rows={"tweeteval/sentiment": 60, "tweeteval/hate": 60, "tweeteval/offensive": 60, "tweeteval/emoji": 120}
            | {"tweet_sentiment_extraction": 150, "finance_topic": 120, "finance_sentiment": 60},
            class_priors={"tweeteval/sentiment": {"negative": {"anger": 0.6, "sadness": 0.4}, "neutral": {}}},
            out_of_domain_weight=0.1,
            pseudo_label_weight=0.5,
            cue_strength=2.0,
            neutral_uniform_share=1.0,
            annotated_weight=0.0,
        ),
        calibration=CalibrationParams(macro_f1_tasks=["emojis"], annotated_weight=0.0, no_emotion_weight=0.0),
    )


@pytest.fixture(scope="session")
def emotion_params(tiny_params):
    """The same, of emotion alone."""
    from emoji_api.training.params import DataParams

    return replace(tiny_params, data=DataParams(emotion=tiny_params.data.emotion))


@pytest.fixture(scope="session")
def tiny_bundle(tiny_params, tmp_path_factory) -> Path:
    """The bundle of a tiny network that was really trained and exported, its SavedModel included. Do not change it."""
    from emoji_api.training.train import train

    return train(tiny_params, tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server; a test that needs it is skipped where it is not installed."""
    if not (programs := binaries()):
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    with run_postgresql(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """The address of a database that has nothing yet, not even a schema: one test of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/instance/emoji_api.db"
    return request.getfixturevalue("postgresql").new_database()


@pytest.fixture(scope="session")
def mlflow_tables(tmp_path_factory) -> Path:
    """A database of MLflow without a run: its tables take seconds to make."""
    from tests.mlflow_store import write_empty_store

    return write_empty_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def mlflow(mlflow_tables, tmp_path):
    """A client of an MLflow of the test's own, in an installation of its own: the working directory is empty."""
    from tests.mlflow_store import installation

    with installation(mlflow_tables, tmp_path) as client:
        yield client
