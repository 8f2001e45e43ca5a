"""A small emotion set whose files a test may break."""

from pathlib import Path

import pytest

from tests.tiny import write_emotion_data


@pytest.fixture
def emotion(tmp_path: Path) -> Path:
    """The folder of an emotion set: 60 rows a split, ten of each label."""
    return write_emotion_data(tmp_path / "data" / "emotion", rows=60)
