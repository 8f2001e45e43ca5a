"""The arrays of a network are read back from its int8 file, up to rounding."""

from pathlib import Path

import numpy as np
import pytest

from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import TASKS
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.export.gptq import WEIGHT_LEVELS, round_to_int8
from emoji_api.training.export.onnx_arrays import read_onnx_arrays
from emoji_api.training.export.weights import read_saved_model_arrays

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def both(tiny_bundle: Path) -> tuple[Arrays, Arrays]:
    """The arrays of the SavedModel and of the int8 file."""
    entries = read_bundle(tiny_bundle).manifest["tasks"]
    temperatures = {name: Temperature.from_entry(entry) for name, entry in entries.items()}
    tasks = [TASKS[name] for name in entries]
    from_int8 = read_onnx_arrays(tiny_bundle / "model.int8.onnx", tasks, temperatures)
    return read_saved_model_arrays(tiny_bundle / "saved_model", tasks), from_int8


def test_names_and_shapes_are_the_same(both: tuple[Arrays, Arrays]) -> None:
    original, from_int8 = both
    assert {name: values.shape for name, values in from_int8.items()} == {
        name: values.shape for name, values in original.items()
    }
    assert {values.dtype for values in from_int8.values()} == {np.dtype(np.float32)}


def test_arrays_that_are_not_quantised_are_the_same(both: tuple[Arrays, Arrays]) -> None:
    original, from_int8 = both
    exact = [name for name in original if name.endswith("bias") or "norm" in name.lower() or "classifier.w" in name]
    for name in (name for name in exact if "pre_classifier.weight" not in name):
        np.testing.assert_allclose(from_int8[name], original[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_kernels_are_off_by_less_than_a_step_on_average(both: tuple[Arrays, Arrays]) -> None:
    original, from_int8 = both
    kernels = [name for name in original if name.endswith("_lin.weight") or ("ffn" in name and name.endswith("weight"))]
    assert len(kernels) == 12
    for name in kernels:
        _, scale = round_to_int8(original[name], axis=0, levels=WEIGHT_LEVELS)
        assert (np.abs(from_int8[name] - original[name]).mean(axis=0) < scale[0]).all(), name
        assert (from_int8[name] != original[name]).any()
