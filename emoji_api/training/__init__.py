"""Training: from data to a bundle; the only home of TensorFlow, transformers and JAX.

The names below are the interface for notebooks and scripts. A fine-tuning takes four steps:

    from emoji_api.training import DataParams, FineTuning, Params, evaluate, read_data

    params = Params(encoder="sentence-transformers/all-MiniLM-L6-v2", data=DataParams(emotion="dair-ai/emotion"))
    data = read_data(params)
    tuning = FineTuning(params, data)
    tuning.fit()
    tuning.save("instance/models/tweets")

`emoji_api.training.train.train` does the same in one call, with checks of the data.

The names are imported on first use (PEP 562): importing this package loads neither TensorFlow nor MLflow. It sets the
environment variables that they read when they are imported, unless the user has set them: `TF_USE_LEGACY_KERAS`, which
transformers' TensorFlow classes need; no start-up log of TensorFlow; no telemetry and no progress bars of MLflow, and
few retries if its server does not respond.
"""

import os
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emoji_api.training.evaluation import plots
    from emoji_api.training.evaluation.evaluate import evaluate
    from emoji_api.training.examples.training_data import read_data
    from emoji_api.training.params import DataParams, FitParams, Params, read_params
    from emoji_api.training.train import FineTuning

__all__ = ["DataParams", "FineTuning", "FitParams", "Params", "evaluate", "plots", "read_data", "read_params"]

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

_OBJECTS = {
    "DataParams": "params:DataParams",
    "FineTuning": "train:FineTuning",
    "FitParams": "params:FitParams",
    "Params": "params:Params",
    "evaluate": "evaluation.evaluate:evaluate",
    "plots": "evaluation.plots:",
    "read_data": "examples.training_data:read_data",
    "read_params": "params:read_params",
}
"""The module and the object behind each name; nothing after the colon is the module itself."""


if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every attribute

    def __getattr__(name: str) -> object:
        """Import the object behind a name of `__all__`."""
        if name not in _OBJECTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return resolve_name(f"{__name__}.{_OBJECTS[name]}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
