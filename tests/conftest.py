"""What every test may use: the public data where it is, and a tiny network trained in the session."""

import os
from pathlib import Path

import pytest

from tests.tiny import write_checkpoint, write_emotion_data

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
    """An emotion set of a few hundred sentences that a tiny network can learn."""
    return write_emotion_data(tmp_path_factory.mktemp("data") / "emotion")


@pytest.fixture(scope="session")
def tiny_params(tiny_checkpoint, tiny_data):
    """Parameters of a training of seconds."""
    from emoji_api.training.params import DataParams, FitParams, Params

    return Params(
        encoder=str(tiny_checkpoint),
        data=DataParams(emotion=str(tiny_data)),
        max_length=32,
        fit=FitParams(epochs=12, patience=12, batch_size=20, learning_rate=3e-3, lengths=[32], augmented=0.2),
    )


@pytest.fixture(scope="session")
def tiny_bundle(tiny_params, tmp_path_factory) -> Path:
    """The bundle of a tiny network that was really trained and exported, its SavedModel included. Do not change it."""
    from emoji_api.training.train import train

    return train(tiny_params, tmp_path_factory.mktemp("models") / "tiny")
