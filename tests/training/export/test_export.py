"""An export is accepted only if it agrees with the fitted network."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import tf_keras as keras
from onnx import numpy_helper
from tokenizers import Tokenizer

from emoji_api import Classifier, load_classifier
from emoji_api.errors import ExportError
from emoji_api.tasks import EMOTION, PHRASE, TASKS, Task
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.evaluate import same_answer
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.export.bundle import LEAST_AGREEMENT
from emoji_api.training.export.export import TOLERANCE, export, require_same_outputs
from emoji_api.training.export.gptq import quantize_kernels
from emoji_api.training.export.weights import read_saved_model_arrays
from emoji_api.training.network.build import PADDING_LOGIT


def test_outputs_within_the_tolerance_are_accepted() -> None:
    expected, outputs = {"emotion": np.zeros((2, 6))}, {"emotion": np.full((2, 6), TOLERANCE / 2)}
    require_same_outputs(expected, outputs, "the ONNX file")


@pytest.mark.parametrize("difference", [2 * TOLERANCE, -2 * TOLERANCE, np.nan])
def test_different_output_is_refused(difference: float) -> None:
    outputs = np.zeros((2, 6))
    outputs[1, 3] = difference
    with pytest.raises(
        ExportError, match="the ONNX file differs from the fitted network by .* in the output 'emotion'"
    ):
        require_same_outputs({"emotion": np.zeros((2, 6))}, {"emotion": outputs}, "the ONNX file")


def test_tolerance_of_large_logits_is_relative() -> None:
    expected = {"span_start": np.array([PADDING_LOGIT])}
    require_same_outputs(expected, {"span_start": np.array([PADDING_LOGIT * (1 + TOLERANCE / 2)])}, "the ONNX file")
    with pytest.raises(ExportError):
        require_same_outputs(expected, {"span_start": np.array([PADDING_LOGIT * (1 + TOLERANCE * 2)])}, "the ONNX file")


@pytest.fixture(scope="module")
def classifiers(tiny_bundle: Path) -> list[Classifier]:
    """The tiny bundle's int8 file and its SavedModel."""
    return [load_classifier(tiny_bundle), load_classifier(tiny_bundle, engine="tensorflow")]


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_int8_and_saved_model_give_the_same_answers(
    classifiers: list[Classifier], training_data: TrainingData, task: Task
) -> None:
    assert same_answer(*classifiers, task, training_data.eval_splits[task.name]["validation"]) >= LEAST_AGREEMENT


def test_int8_and_saved_model_have_similar_probabilities(classifiers: list[Classifier], validation: Split) -> None:
    tasks = [task.name for task in TASKS.values() if task.kind == "classification"]
    int8, saved_model = (classifier.probabilities(validation.texts, tasks) for classifier in classifiers)
    for name in tasks:
        assert np.abs(int8[name] - saved_model[name]).mean() < 0.02
        assert np.allclose(int8[name].sum(axis=1), 1, atol=1e-5)


def test_kernels_of_a_bundle_are_rounded_by_gptq(tiny_bundle: Path) -> None:
    stored = {
        array.name: numpy_helper.to_array(array)
        for array in onnx.load(tiny_bundle / "model.int8.onnx").graph.initializer
    }
    arrays = read_saved_model_arrays(tiny_bundle / "saved_model", list(TASKS.values()))
    for name, (nearest, _) in quantize_kernels(arrays, {}).items():
        if f"{name}.int8" in stored:  # the others are joined to larger kernels
            assert 0 < (stored[f"{name}.int8"] != nearest).mean() < 1, name


def test_int8_file_is_smaller_than_the_variables(tiny_bundle: Path) -> None:
    variables = sum(path.stat().st_size for path in (tiny_bundle / "saved_model" / "variables").iterdir())
    assert (tiny_bundle / "model.int8.onnx").stat().st_size < variables


def test_export_leaves_no_temporary_files(network: keras.Model, tokenizer: Tokenizer, tmp_path: Path) -> None:
    export(
        network,
        tokenizer,
        [EMOTION, PHRASE],
        {"emotion": Temperature(1.5)},
        tmp_path,
        probe_texts=["so happy", "sad"],
        gptq_texts=["so happy today", "sad"],
        max_length=32,
    )
    assert {path.name for path in tmp_path.iterdir()} == {"model.int8.onnx", "saved_model", "tokenizer"}
    assert [path.name for path in (tmp_path / "tokenizer").iterdir()] == ["tokenizer.json"]
