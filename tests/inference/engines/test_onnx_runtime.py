"""Inference with ONNX Runtime."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emoji_api.errors import BundleError
from emoji_api.inference.bundle import ONNX, Bundle
from emoji_api.inference.engines.onnx_runtime import OnnxEngine
from emoji_api.tasks import Task


@pytest.fixture(scope="module")
def engine(bundle: Bundle) -> OnnxEngine:
    return OnnxEngine(bundle.file(ONNX), bundle.tasks)


@pytest.mark.parametrize("shape", [(1, 3), (2, 3), (5, 11)])
def test_batch_and_length_are_dynamic(engine: OnnxEngine, shape: tuple[int, int]) -> None:
    outputs = engine.run(["emotion"], np.ones(shape, np.int32), np.ones(shape, np.int32))
    assert {name: values.shape for name, values in outputs.items()} == {"emotion": (shape[0], 6)}
    assert outputs["emotion"].dtype == np.float32


def test_all_outputs_have_shapes(engine: OnnxEngine, bundle: Bundle) -> None:
    assert engine.output_shapes.keys() == {name for task in bundle.tasks.values() for name in task.outputs}


def test_threads_do_not_change_the_answer(engine: OnnxEngine, bundle: Bundle) -> None:
    two_threads = OnnxEngine(bundle.file(ONNX), bundle.tasks, threads=2, spinning=True)
    inputs = np.ones((2, 7), np.int32), np.ones((2, 7), np.int32)
    np.testing.assert_allclose(
        two_threads.run(["emotion"], *inputs)["emotion"], engine.run(["emotion"], *inputs)["emotion"]
    )


def test_file_must_be_a_network(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a network")
    with pytest.raises(BundleError, match="cannot be loaded by ONNX Runtime"):
        OnnxEngine(tmp_path / "model.onnx", {})


def test_network_must_have_the_outputs_of_each_task(bundle: Bundle) -> None:
    irony = Task(name="irony", labels=("no", "yes"))
    with pytest.raises(BundleError, match="no output 'irony'"):
        OnnxEngine(bundle.file(ONNX), {"irony": irony})


def test_telemetry_is_disabled(tmp_path: Path) -> None:
    # its telemetry stores an id of the machine in the home folder
    code = "from emoji_api import load_classifier; load_classifier().classify('so happy')"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
