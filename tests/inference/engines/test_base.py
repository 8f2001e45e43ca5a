"""Checks of a network's inputs and outputs."""

from pathlib import Path

import pytest

from emoji_api.errors import BundleError
from emoji_api.inference.engines.base import check_inputs, check_outputs
from emoji_api.tasks import EMOTION, Task

PATH = Path("model.onnx")
PHRASE = Task(name="phrase", kind="span", labels=("negative", "neutral", "positive"))


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"input_ids": "int32"},
        {"input_ids": "int64", "attention_mask": "int64"},
        {"input_ids": "int32", "attention_mask": "int32", "token_type_ids": "int32"},
    ],
)
def test_wrong_inputs_are_reported(inputs: dict[str, str]) -> None:
    with pytest.raises(BundleError, match="instead of input_ids and attention_mask"):
        check_inputs(PATH, inputs)


def test_missing_output_is_reported() -> None:
    with pytest.raises(BundleError, match="no output 'emotion'"):
        check_outputs(PATH, [EMOTION], {"sentiment": (None, 3)})


def test_span_task_needs_both_outputs() -> None:
    with pytest.raises(BundleError, match="no output 'span_end'"):
        check_outputs(PATH, [PHRASE], {"span_start": (None, None, 3)})


def test_too_few_values_for_the_labels_are_reported() -> None:
    with pytest.raises(BundleError, match="has 5 values for 6 labels"):
        check_outputs(PATH, [EMOTION], {"emotion": (None, 5)})


@pytest.mark.parametrize("shape", [(None, 6), (None, None), ()])
def test_matching_or_unknown_shape_is_accepted(shape: tuple[int | None, ...]) -> None:
    check_outputs(PATH, [EMOTION], {"emotion": shape})
