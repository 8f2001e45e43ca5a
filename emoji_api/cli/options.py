"""What several commands share: options, and modules that take seconds to import."""

from importlib import import_module
from typing import Any

import click

from emoji_api.errors import DependencyMissing
from emoji_api.inference.engines import ENGINES

engine_option = click.option("--engine", type=click.Choice(ENGINES), default="onnx", show_default=True)
tests_option = click.option(
    "--tests", type=click.Path(file_okay=False), default="tests/behaviour", show_default=True, help="Behaviour tests."
)


def training_module(module: str, extra: str = "train") -> Any:
    """A module of the training package, which needs the optional dependencies `extra`.

    TensorFlow takes seconds to import, and a serving installation has none.
    """
    try:
        return import_module(f"emoji_api.training.{module}")
    except ImportError as error:
        if error.name and error.name.startswith("emoji_api"):
            raise
        raise DependencyMissing(error.name or "TensorFlow", extra) from error
