"""The ONNX graph computes what the network computes."""

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
from emoji_api.training.export.gptq import quantize_kernels
from emoji_api.training.export.onnx_graph import build_activations_graph, build_onnx
from emoji_api.training.export.weights import named_arrays
from emoji_api.training.network.build import PADDING_LOGIT, build_network
from emoji_api.training.network.checkpoints import build_encoder, load_checkpoint

TASKS = [EMOTION, SENTIMENT, PHRASE]
CLASSIFICATIONS = ["emotion", "sentiment"]
OUTPUTS = [*CLASSIFICATIONS, *PHRASE.outputs]
TEMPERATURES = {"emotion": Temperature(0.5), "sentiment": Temperature(2.0, 0.3), "phrase": Temperature(1.5)}
OpenGraph = Callable[[bool], OnnxEngine]


@pytest.fixture(scope="module")
def joint(tiny_checkpoint) -> keras.Model:
    """A network of three tasks with random weights."""
    checkpoint = load_checkpoint(str(tiny_checkpoint))
    return build_network(build_encoder(checkpoint.config, checkpoint.weights), TASKS)


@pytest.fixture(scope="module")
def open_graph(joint: keras.Model, tmp_path_factory) -> OpenGraph:
    """Return a function that writes the network's graph in int8 or float32, and opens it."""
    config, arrays = joint.get_layer("distilbert").config, named_arrays(joint.weights, TASKS)

    def write(int8: bool) -> OnnxEngine:
        path = tmp_path_factory.mktemp("graph") / "model.onnx"
        kernels = quantize_kernels(arrays, {}) if int8 else None
        onnx.save(build_onnx(config, arrays, TASKS, TEMPERATURES, kernels), path)
        return OnnxEngine(path, {task.name: task for task in TASKS})

    return write


def random_inputs(*lengths: int) -> dict[str, np.ndarray]:
    """Return random tokens of texts of these lengths, padded to the longest."""
    ids = np.random.default_rng(0).integers(4, 150, (len(lengths), 60))[:, : max(lengths)]
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    return {"input_ids": (ids * mask).astype(np.int32), "attention_mask": mask.astype(np.int32)}


@pytest.mark.parametrize(("int8", "tolerance"), [(False, 1e-5), (True, 0.02)])
@pytest.mark.parametrize("lengths", [(3,), (60, 9, 3)])
def test_probabilities_equal_the_networks(joint, open_graph: OpenGraph, int8: bool, tolerance: float, lengths) -> None:
    inputs = random_inputs(*lengths)
    outputs, logits = open_graph(int8).run(OUTPUTS, **inputs), joint(inputs)
    for name in CLASSIFICATIONS:
        expected = TEMPERATURES[name].probabilities(logits[name].numpy())
        np.testing.assert_allclose(outputs[name], expected, atol=tolerance)


@pytest.mark.parametrize(("int8", "tolerance"), [(False, 1e-4), (True, 0.2)])
@pytest.mark.parametrize("lengths", [(3,), (60, 9, 3)])
def test_span_logits_equal_the_networks(joint, open_graph: OpenGraph, int8: bool, tolerance: float, lengths) -> None:
    inputs = random_inputs(*lengths)
    outputs, logits = open_graph(int8).run(OUTPUTS, **inputs), joint(inputs)
    is_token = inputs["attention_mask"] == 1
    for name in PHRASE.outputs:
        assert outputs[name].shape == (len(lengths), max(lengths), 3)
        expected = logits[name].numpy()[is_token] / TEMPERATURES["phrase"].value
        np.testing.assert_allclose(outputs[name][is_token], expected, atol=tolerance)
        assert (outputs[name][~is_token] == PADDING_LOGIT).all()


@pytest.mark.parametrize("int8", [False, True])
def test_probabilities_do_not_depend_on_whether_spans_are_requested(open_graph: OpenGraph, int8: bool) -> None:
    engine, inputs = open_graph(int8), random_inputs(9, 60, 3)
    without_spans, with_spans = engine.run(CLASSIFICATIONS, **inputs), engine.run(OUTPUTS, **inputs)
    for name in CLASSIFICATIONS:
        np.testing.assert_array_equal(without_spans[name], with_spans[name])


def test_spans_are_not_computed_unless_requested(joint: keras.Model, tmp_path) -> None:
    config, arrays = joint.get_layer("distilbert").config, named_arrays(joint.weights, TASKS)
    onnx.save(build_onnx(config, arrays, TASKS, {}, quantize_kernels(arrays, {})), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    for requested, length in ((True, 9), (False, 0)):
        starts = session.run(["span_start"], random_inputs(9) | {SPANS: np.array(requested)})[0]
        assert starts.shape[1] == length


def test_graph_with_only_a_span_task(joint: keras.Model, tmp_path) -> None:
    config, arrays = joint.get_layer("distilbert").config, named_arrays(joint.weights, [PHRASE])
    onnx.save(build_onnx(config, arrays, [PHRASE], {}), tmp_path / "model.onnx")
    outputs = OnnxEngine(tmp_path / "model.onnx", {"phrase": PHRASE}).run(PHRASE.outputs, **random_inputs(9))
    np.testing.assert_allclose(outputs["span_end"], joint(random_inputs(9))["span_end"], atol=1e-4)


@pytest.mark.parametrize("int8", [False, True])
def test_outputs_do_not_depend_on_the_rest_of_the_batch(open_graph: OpenGraph, int8: bool) -> None:
    engine, inputs = open_graph(int8), random_inputs(9, 60, 3)
    alone = engine.run(OUTPUTS, **{name: values[:1, :9] for name, values in inputs.items()})
    together = engine.run(OUTPUTS, **inputs)
    for name in OUTPUTS:
        first = together[name][:1] if name in CLASSIFICATIONS else together[name][:1, :9]
        np.testing.assert_allclose(first, alone[name], atol=1e-4)


def test_int8_is_smaller_than_float32(joint: keras.Model) -> None:
    config, arrays = joint.get_layer("distilbert").config, named_arrays(joint.weights, TASKS)
    int8, float32 = (
        build_onnx(config, arrays, TASKS, {}, kernels).ByteSize() for kernels in (quantize_kernels(arrays, {}), None)
    )
    assert int8 < 0.5 * float32


def test_other_activations_than_gelu_are_refused(joint: keras.Model) -> None:
    with pytest.raises(ExportError, match="'relu'"):
        build_onnx(DistilBertConfig(activation="relu"), named_arrays(joint.weights, TASKS), TASKS, {})


def test_activations_graph_gives_the_input_of_each_kernel(joint: keras.Model, tmp_path) -> None:
    config, arrays = joint.get_layer("distilbert").config, named_arrays(joint.weights, TASKS)
    model, input_of = build_activations_graph(config, arrays)
    onnx.save(model, tmp_path / "model.onnx")
    inputs = random_inputs(9, 3)
    activations = OnnxEngine(tmp_path / "model.onnx", {}).run(sorted(set(input_of.values())), **inputs)
    assert input_of.keys() == quantize_kernels(arrays, {}).keys()
    for kernel, name in input_of.items():
        assert activations[name].shape == (2, 9, len(arrays[kernel]))
    # the first layers of the heads take the last hidden state, whose first token gives the logits
    hidden = activations[input_of["emotion.pre_classifier.weight"]][:, 0]
    pooled = hidden @ arrays["emotion.pre_classifier.weight"] + arrays["emotion.pre_classifier.bias"]
    logits = pooled.clip(0) @ arrays["emotion.classifier.weight"] + arrays["emotion.classifier.bias"]
    np.testing.assert_allclose(logits, joint(inputs)["emotion"], atol=1e-4)
