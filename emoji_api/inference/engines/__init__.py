"""Inference engines: ONNX Runtime, or TensorFlow if it is installed.

Importing this package disables ONNX Runtime's telemetry.
"""

import os
from collections.abc import Callable
from typing import Literal, get_args

from emoji_api.inference.bundle import ONNX, SAVED_MODEL, Bundle
from emoji_api.inference.engines.base import Engine

# read when ONNX Runtime is first imported: https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

EngineName = Literal["onnx", "tensorflow"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)


def open_engine(bundle: Bundle, name: EngineName = "onnx", *, threads: int = 1) -> Engine:
    """Load the bundle's network in the engine `name`, with `threads` CPU threads for one forward pass.

    Only the selected engine's library is imported. Raises `BundleError` if the network does not have the outputs of the
    bundle's tasks, `DependencyMissing` if the engine's library is not installed, and `ValueError` for an unknown
    engine.
    """
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}; choose from {', '.join(ENGINES)}")
    return _OPEN[name](bundle, threads)


def _open_onnx(bundle: Bundle, threads: int) -> Engine:
    from emoji_api.inference.engines.onnx_runtime import OnnxEngine

    return OnnxEngine(bundle.file(ONNX), bundle.tasks, threads=threads)


def _open_tensorflow(bundle: Bundle, threads: int) -> Engine:
    from emoji_api.inference.engines.saved_model import SavedModelEngine

    return SavedModelEngine(bundle.file(f"{SAVED_MODEL}/saved_model.pb").parent, bundle.tasks, threads=threads)


_OPEN: dict[EngineName, Callable[[Bundle, int], Engine]] = {"onnx": _open_onnx, "tensorflow": _open_tensorflow}

__all__ = ["ENGINES", "Engine", "EngineName", "open_engine"]
