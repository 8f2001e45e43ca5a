"""The graph for ONNX Runtime computes what the network computes."""

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest
import tf_keras as keras
from transformers import DistilBertConfig

from emoji_api.errors import ExportError
from emoji_api.inference.engines.onnx_runtime import SPANS, OnnxEngine
from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.export.export import arrays_of
from emoji_api.training.export.gptq import quantize_kernels
from emoji_api.training.export.onnx_graph import build_activations_graph, build_onnx
from emoji_api.training.network.build import OUTSIDE, build_network
from emoji_api.training.network.checkpoints import build_encoder, load_checkpoint

TASKS = [EMOTION, SENTIMENT, PHRASE]
LABELS = ["emotion", "sentiment"]
NAMES = [*LABELS, *PHRASE.outputs]
TEMPERATURES = {"emotion": Temperature(0.5), "sentiment": Temperature(2.0, 0.3), "phrase": Temperature(1.5)}
Open = Callable[[bool], OnnxEngine]


@pytest.fixture(scope="module")
def joint(tiny_checkpoint) -> keras.Model:
    """A network of three tasks, with random weights."""
    checkpoint = load_checkpoint(str(tiny_checkpoint))
    return build_network(build_encoder(checkpoint.config, checkpoint.weights), TASKS)


@pytest.fixture(scope="module")
def open_graph(joint: keras.Model, tmp_path_factory) -> Open:
    """The network's graph, in int8 or in float32."""
    config, arrays = joint.get_layer("distilbert").config, arrays_of(joint.weights, TASKS)

    def write(int8: bool) -> OnnxEngine:
        path = tmp_path_factory.mktemp("graph") / "model.onnx"
        onnx.save(build_onnx(config, arrays, TASKS, TEMPERATURES, quantize_kernels(arrays, {}) if int8 else None), path)
        return OnnxEngine(path, {task.name: task for task in TASKS})

    return write


def inputs(*lengths: int) -> dict[str, np.ndarray]:
    """Random tokens of texts of these lengths, padded to the longest."""
    ids = np.random.default_rng(0).integers(4, 150, (len(lengths), 60))[:, : max(lengths)]
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    return {"input_ids": (ids * mask).astype(np.int32), "attention_mask": mask.astype(np.int32)}


@pytest.mark.parametrize(("int8", "tolerance"), [(False, 1e-5), (True, 0.02)])
@pytest.mark.parametrize("lengths", [(3,), (60, 9, 3)])
def test_it_answers_like_the_network(joint, open_graph: Open, int8: bool, tolerance: float, lengths) -> None:
    answered = open_graph(int8).run(NAMES, **inputs(*lengths))
    logits = joint(inputs(*lengths))
    for name in LABELS:
        expected = TEMPERATURES[name].probabilities(logits[name].numpy())
        np.testing.assert_allclose(answered[name], expected, atol=tolerance)


@pytest.mark.parametrize(("int8", "tolerance"), [(False, 1e-4), (True, 0.2)])
@pytest.mark.parametrize("lengths", [(3,), (60, 9, 3)])
def test_it_finds_spans_like_the_network(joint, open_graph: Open, int8: bool, tolerance: float, lengths) -> None:
    given = inputs(*lengths)
    answered, logits = open_graph(int8).run(NAMES, **given), joint(given)
    read = given["attention_mask"] == 1
    for name in PHRASE.outputs:
        assert answered[name].shape == (len(lengths), max(lengths), 3)
        expected = logits[name].numpy()[read] / TEMPERATURES["phrase"].value
        np.testing.assert_allclose(answered[name][read], expected, atol=tolerance)
        assert (answered[name][~read] == OUTSIDE).all()


@pytest.mark.parametrize("int8", [False, True])
def test_labels_are_the_same_with_spans_and_without(open_graph: Open, int8: bool) -> None:
    engine, given = open_graph(int8), inputs(9, 60, 3)
    alone, beside = engine.run(LABELS, **given), engine.run(NAMES, **given)
    for name in LABELS:
        np.testing.assert_array_equal(alone[name], beside[name])


def test_spans_cost_nothing_where_they_are_not_asked_for(joint: keras.Model, tmp_path) -> None:
    config, arrays = joint.get_layer("distilbert").config, arrays_of(joint.weights, TASKS)
    onnx.save(build_onnx(config, arrays, TASKS, {}, quantize_kernels(arrays, {})), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    for spans, length in ((True, 9), (False, 0)):
        starts = session.run(["span_start"], inputs(9) | {SPANS: np.array(spans)})[0]
        assert starts.shape[1] == length


def test_a_span_alone(joint: keras.Model, tmp_path) -> None:
    config, arrays = joint.get_layer("distilbert").config, arrays_of(joint.weights, [PHRASE])
    onnx.save(build_onnx(config, arrays, [PHRASE], {}), tmp_path / "model.onnx")
    answered = OnnxEngine(tmp_path / "model.onnx", {"phrase": PHRASE}).run(PHRASE.outputs, **inputs(9))
    np.testing.assert_allclose(answered["span_end"], joint(inputs(9))["span_end"], atol=1e-4)


@pytest.mark.parametrize("int8", [False, True])
def test_a_text_is_answered_alike_beside_others(open_graph: Open, int8: bool) -> None:
    engine, together = open_graph(int8), inputs(9, 60, 3)
    alone = engine.run(NAMES, **{name: values[:1, :9] for name, values in together.items()})
    beside = engine.run(NAMES, **together)
    for name in NAMES:
        asked = beside[name][:1] if name in LABELS else beside[name][:1, :9]
        np.testing.assert_allclose(asked, alone[name], atol=1e-4)


def test_int8_is_smaller(joint: keras.Model) -> None:
    config, arrays = joint.get_layer("distilbert").config, arrays_of(joint.weights, TASKS)
    forms = (quantize_kernels(arrays, {}), None)
    sizes = [build_onnx(config, arrays, TASKS, {}, rounded).ByteSize() for rounded in forms]
    assert sizes[0] < 0.5 * sizes[1]


def test_another_activation_is_refused(joint: keras.Model) -> None:
    with pytest.raises(ExportError, match="'relu'"):
        build_onnx(DistilBertConfig(activation="relu"), arrays_of(joint.weights, TASKS), TASKS, {})


def test_readings_are_what_each_kernel_is_multiplied_with(joint: keras.Model, tmp_path) -> None:
    config, arrays = joint.get_layer("distilbert").config, arrays_of(joint.weights, TASKS)
    model, outputs = build_activations_graph(config, arrays)
    onnx.save(model, tmp_path / "model.onnx")
    given = inputs(9, 3)
    read = OnnxEngine(tmp_path / "model.onnx", {}).run(sorted(set(outputs.values())), **given)
    assert outputs.keys() == quantize_kernels(arrays, {}).keys()
    for name, values in outputs.items():
        assert read[values].shape == (2, 9, len(arrays[name]))
    # the heads' first layers read the last states, of which the first token's make the labels
    states = read[outputs["emotion.pre_classifier.weight"]][:, 0]
    pooled = states @ arrays["emotion.pre_classifier.weight"] + arrays["emotion.pre_classifier.bias"]
    logits = pooled.clip(0) @ arrays["emotion.classifier.weight"] + arrays["emotion.classifier.bias"]
    np.testing.assert_allclose(logits, joint(given)["emotion"], atol=1e-4)
