"""Parameter files with minimal content."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from emoji_api.errors import DataError
from emoji_api.training.params import Params, read_params

MINIMAL = {"encoder": "tiny", "data": {"emotion": "here"}}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Params]:
    """Return a function that reads a file with the required parameters and the given sections."""

    def read(**sections: Any) -> Params:
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump({**MINIMAL, **sections}))
        return read_params(path)

    return read


@pytest.fixture
def error(read: Callable[..., Params], tmp_path: Path) -> Callable[..., str]:
    """Return a function that reads such a file, and returns the message of its DataError after the path of the file."""

    def error(**sections: Any) -> str:
        with pytest.raises(DataError) as caught:
            read(**sections)
        file, _, message = str(caught.value).partition(": ")
        assert file == str(tmp_path / "params.yaml")
        return message

    return error
