"""A small emotion data set that tests may modify."""

from pathlib import Path

import pytest

from tests.tiny import write_emotion_data


@pytest.fixture
def emotion(tmp_path: Path) -> Path:
    """The folder of an emotion data set with 60 rows per split, ten of each label."""
    return write_emotion_data(tmp_path / "data" / "emotion", rows=60)
