"""What the int8 file has of a network is read back, but for the rounding."""

from pathlib import Path

import numpy as np
import pytest

from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import TASKS
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.export.export import read_arrays
from emoji_api.training.export.gptq import to_int8
from emoji_api.training.export.onnx_arrays import read_onnx_arrays


@pytest.fixture(scope="module")
def both(tiny_bundle: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The arrays of the SavedModel and of the int8 file."""
    entries = read_bundle(tiny_bundle).manifest["tasks"]
    temperatures = {name: Temperature.of(entry) for name, entry in entries.items()}
    tasks = [TASKS[name] for name in entries]
    read = read_onnx_arrays(tiny_bundle / "model.int8.onnx", tasks, temperatures)
    return read_arrays(tiny_bundle / "saved_model", tasks), read


def test_no_array_is_missing_and_none_is_new(both) -> None:
    original, read = both
    assert {name: values.shape for name, values in read.items()} == {
        name: values.shape for name, values in original.items()
    }
    assert {values.dtype for values in read.values()} == {np.dtype(np.float32)}


def test_what_was_not_rounded_is_the_same(both) -> None:
    original, read = both
    exact = [name for name in original if name.endswith("bias") or "norm" in name.lower() or "classifier.w" in name]
    for name in (name for name in exact if "pre_classifier.weight" not in name):
        np.testing.assert_allclose(read[name], original[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_kernel_is_off_by_less_than_a_step_of_its_channel_on_average(both) -> None:
    original, read = both
    kernels = [name for name in original if name.endswith("_lin.weight") or ("ffn" in name and name.endswith("weight"))]
    assert len(kernels) == 12
    for name in kernels:
        _, scale = to_int8(original[name], axis=0, levels=63)
        assert (np.abs(read[name] - original[name]).mean(axis=0) < scale[0]).all(), name
        assert (read[name] != original[name]).any()
