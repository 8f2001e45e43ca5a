"""Export of a fitted network as SavedModel and int8 ONNX, each compared with the network before it is accepted."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import tf_keras as keras
from tokenizers import Tokenizer
from transformers import DistilBertConfig

from emoji_api.errors import ExportError
from emoji_api.inference.bundle import ONNX, SAVED_MODEL, TOKENIZER
from emoji_api.inference.engines.onnx_runtime import OnnxEngine
from emoji_api.inference.engines.saved_model import SavedModelEngine
from emoji_api.progress import TEXTS, stage
from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.examples.batches import encode_truncated, pad
from emoji_api.training.export.gptq import quantize_kernels
from emoji_api.training.export.gram_matrices import measure_gram_matrices
from emoji_api.training.export.onnx_graph import build_onnx
from emoji_api.training.export.saved_model import ServedNetwork, write_saved_model
from emoji_api.training.export.weights import named_arrays

# the largest difference in a probability that an export without quantisation may have
TOLERANCE = 1e-4


def export(
    network: keras.Model,
    tokenizer: Tokenizer,
    tasks: Sequence[Task],
    temperatures: Mapping[str, Temperature],
    folder: Path,
    *,
    probe_texts: Sequence[str],
    gptq_texts: Sequence[str],
    max_length: int,
) -> None:
    """Write `saved_model/`, `model.int8.onnx` and `tokenizer/tokenizer.json` into `folder`.

    The SavedModel and the ONNX graph in float32 must agree with `network` on `probe_texts`; ExportError is raised if
    they do not. The kernels of the int8 file are rounded for the activations on `gptq_texts`.
    """
    (folder / TOKENIZER).parent.mkdir(parents=True)
    tokenizer.save(str(folder / TOKENIZER))
    served = ServedNetwork(network, tasks, temperatures)
    inputs = pad(encode_truncated(tokenizer, probe_texts, max_length))
    names = list(served.temperatures)
    expected = {name: values.numpy() for name, values in served.run(names, **inputs).items()}

    with stage("writing the SavedModel"):
        write_saved_model(served, folder / SAVED_MODEL)
        saved_model = SavedModelEngine(folder / SAVED_MODEL, {task.name: task for task in tasks})
        require_same_outputs(expected, saved_model.run(names, **inputs), "the SavedModel")
    config = network.get_layer("distilbert").config
    arrays = named_arrays(network.weights, tasks)
    with stage("measuring activations", len(gptq_texts), TEXTS):
        grams = measure_gram_matrices(config, arrays, tokenizer, gptq_texts, max_length, folder)
    write_onnx(folder, config, arrays, tasks, temperatures, inputs, expected, grams)


def write_onnx(
    folder: Path,
    config: DistilBertConfig,
    arrays: Mapping[str, np.ndarray],
    tasks: Sequence[Task],
    temperatures: Mapping[str, Temperature],
    inputs: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    grams: Mapping[str, np.ndarray],
) -> None:
    """Write `model.int8.onnx`, its kernels quantised by GPTQ with the Gram matrices `grams`.

    Raises ExportError if the same graph in float32 does not map `inputs` to the outputs `expected`.
    """
    by_name = {task.name: task for task in tasks}
    float32 = folder / "model.float32.onnx"
    with stage("writing the ONNX file"):
        onnx.save(build_onnx(config, arrays, tasks, temperatures), float32)
        require_same_outputs(expected, OnnxEngine(float32, by_name).run(list(expected), **inputs), "the ONNX file")
        float32.unlink()
    onnx.save(build_onnx(config, arrays, tasks, temperatures, quantize_kernels(arrays, grams)), folder / ONNX)


def require_same_outputs(
    expected: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], exported: str, tolerance: float = TOLERANCE
) -> None:
    """Raise ExportError if the outputs of the form `exported` differ from `expected` by more than `tolerance`.

    The tolerance is absolute for values below one (probabilities) and relative above (span logits).
    """
    for name, values in expected.items():
        difference = float((np.abs(values - outputs[name]) / np.abs(values).clip(1)).max())
        if not difference <= tolerance:  # NaN is refused too
            raise ExportError(f"{exported} differs from the fitted network by {difference:.2g} in the output {name!r}")
