"""Inference with a TensorFlow SavedModel."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoji_api import Classifier, load_classifier
from emoji_api.errors import BundleError, DependencyMissing
from emoji_api.inference.bundle import Bundle
from emoji_api.inference.engines import open_engine
from emoji_api.inference.engines.saved_model import SavedModelEngine
from emoji_api.tasks import Task

TEXTS = ["I am so happy today", "sad", "i love you so much that it hurts", "why is everybody angry at me?"]


@pytest.fixture(scope="module")
def tensorflow(tiny_bundle: Path) -> Classifier:
    return load_classifier(tiny_bundle, engine="tensorflow")


def test_both_engines_agree(tensorflow: Classifier, classifier: Classifier) -> None:
    expected = tensorflow.probabilities(TEXTS, ["emotion"])["emotion"]
    np.testing.assert_allclose(classifier.probabilities(TEXTS, ["emotion"])["emotion"], expected, atol=0.05)


def test_other_texts_and_padding_do_not_change_the_answer(tensorflow: Classifier) -> None:
    one_by_one = np.concatenate([tensorflow.probabilities(text, ["emotion"])["emotion"] for text in TEXTS])
    np.testing.assert_allclose(tensorflow.probabilities(TEXTS, ["emotion"])["emotion"], one_by_one, atol=1e-4)


def test_signatures_agree(tensorflow: Classifier, bundle: Bundle) -> None:
    inputs = np.ones((2, 5), np.int32), np.ones((2, 5), np.int32)
    outputs = [name for task in bundle.tasks.values() for name in task.outputs]
    all_outputs = tensorflow.engine.run(outputs, *inputs)
    for name in bundle.tasks:
        for output, values in tensorflow.engine.run(bundle.tasks[name].outputs, *inputs).items():
            np.testing.assert_allclose(values, all_outputs[output], rtol=1e-5)


def test_output_shapes_are_read(tensorflow: Classifier, bundle: Bundle) -> None:
    shapes = tensorflow.engine.output_shapes
    assert shapes["emotion"] == (None, len(bundle.tasks["emotion"].labels))


def test_network_must_have_a_signature_for_each_task(bundle: Bundle) -> None:
    irony = Task(name="irony", labels=("no", "yes"))
    with pytest.raises(BundleError, match="irony"):
        SavedModelEngine(bundle.path / "saved_model", {"irony": irony})


def test_folder_must_be_a_saved_model(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be loaded by TensorFlow"):
        SavedModelEngine(tmp_path, {})


def test_bundle_without_a_saved_model_is_reported(bundle_copy: Path) -> None:
    shutil.rmtree(bundle_copy / "saved_model")
    with pytest.raises(BundleError, match=r"saved_model/.* is missing"):
        load_classifier(bundle_copy, engine="tensorflow")


def test_saved_model_that_is_not_listed_is_reported(edit: Callable[[Callable[[dict[str, Any]], Any]], Path]) -> None:
    path = edit(lambda manifest: manifest["files"].pop("saved_model/saved_model.pb"))
    with pytest.raises(BundleError, match="saved_model.pb: is not listed"):
        load_classifier(path, engine="tensorflow")


def test_missing_tensorflow_is_reported(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(DependencyMissing, match="TensorFlow is not installed"):
        open_engine(bundle, "tensorflow")
