"""Conversion of weights between DistilBERT's array names and the nested dictionaries of `network.py`.

Arrays have TensorFlow's kernels, (in, out). The layers of the encoder are stacked along a leading axis, and so are the
classification heads; labels that a task does not have are padding.
"""

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from emoji_api.tasks import PHRASE, Task
from emoji_api.training.distillation.network import MASKED_LOGIT, Weights
from emoji_api.training.distillation.packing import LENGTH

Arrays = dict[str, np.ndarray]
DENSE_LAYERS = {
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "attention_out": "attention.out_lin",
    "ffn_in": "ffn.lin1",
    "ffn_out": "ffn.lin2",
}
LAYER_NORMS = {"attention_norm": "sa_layer_norm", "ffn_norm": "output_layer_norm"}
ENCODER_PARTS = ("word_embeddings", "position_embeddings", "embedding_norm", "layers")
WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
POSITION_EMBEDDINGS = "embeddings.position_embeddings.weight"
EMBEDDING_NORM = "embeddings.LayerNorm"


def encoder_weights(arrays: Mapping[str, np.ndarray], layers: int) -> Weights:
    """Return the weights of the encoder in `arrays`, which has `layers` transformer layers."""

    def stack_layers(part: str, kind: str) -> np.ndarray:
        return np.stack([arrays[f"transformer.layer.{layer}.{part}.{kind}"] for layer in range(layers)])

    stacked = {
        name: {weight: stack_layers(part, "weight"), "bias": stack_layers(part, "bias")}
        for parts, weight in ((DENSE_LAYERS, "kernel"), (LAYER_NORMS, "scale"))
        for name, part in parts.items()
    }
    return {
        "word_embeddings": arrays[WORD_EMBEDDINGS],
        "position_embeddings": arrays[POSITION_EMBEDDINGS][:LENGTH],
        "embedding_norm": {"scale": arrays[f"{EMBEDDING_NORM}.weight"], "bias": arrays[f"{EMBEDDING_NORM}.bias"]},
        "layers": stacked,
    }


def add_fresh_heads(encoder: Weights, tasks: Sequence[Task], seed: int) -> Weights:
    """Return the encoder with randomly initialised heads for the classification `tasks` and the phrase."""
    rng, dim = np.random.default_rng(seed), encoder["word_embeddings"].shape[1]
    sizes = np.array([len(task.labels) for task in tasks])
    label_bias = np.where(np.arange(sizes.max()) < sizes[:, None], 0, MASKED_LOGIT).astype(np.float32)

    def random(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.02, shape).astype(np.float32)

    count, span_outputs = len(tasks), 2 * len(PHRASE.labels)
    pre_classifier = {"kernel": random(count, dim, dim), "bias": np.zeros((count, dim), np.float32)}
    classifier = {"kernel": random(count, dim, sizes.max()), "bias": label_bias}
    return encoder | {
        "heads": {"pre_classifier": pre_classifier, "classifier": classifier},
        "span_classifier": {"kernel": random(dim, span_outputs), "bias": np.zeros(span_outputs, np.float32)},
    }


def add_heads_from(arrays: Mapping[str, np.ndarray], encoder: Weights, tasks: Sequence[Task]) -> Weights:
    """Return the encoder with the heads in `arrays` for the classification `tasks` and the phrase.

    Heads that `arrays` does not have are randomly initialised.
    """
    weights = add_fresh_heads(encoder, tasks, seed=0)
    pre_classifier, classifier = weights["heads"]["pre_classifier"], weights["heads"]["classifier"]
    for number, task in enumerate(tasks):
        labels, name = len(task.labels), task.name
        if f"{name}.classifier.weight" in arrays:
            pre_classifier["kernel"][number] = arrays[f"{name}.pre_classifier.weight"]
            pre_classifier["bias"][number] = arrays[f"{name}.pre_classifier.bias"]
            classifier["kernel"][number, :, :labels] = arrays[f"{name}.classifier.weight"]
            classifier["bias"][number, :labels] = arrays[f"{name}.classifier.bias"]
    if f"{PHRASE.name}.classifier.weight" in arrays:
        weights["span_classifier"]["kernel"][:] = arrays[f"{PHRASE.name}.classifier.weight"]
        weights["span_classifier"]["bias"][:] = arrays[f"{PHRASE.name}.classifier.bias"]
    return weights


def add_masked_lm_head(encoder: Weights, seed: int) -> Weights:
    """Return the encoder with a randomly initialised head for masked language modelling."""
    rng, (words, dim) = np.random.default_rng(seed), encoder["word_embeddings"].shape
    return encoder | {
        "mlm_dense": {"kernel": rng.normal(0, 0.02, (dim, dim)).astype(np.float32), "bias": np.zeros(dim, np.float32)},
        "mlm_norm": {"scale": np.ones(dim, np.float32), "bias": np.zeros(dim, np.float32)},
        "mlm_bias": np.zeros(words, np.float32),
    }


def remove_heads(weights: Weights) -> Weights:
    """Return the encoder alone, as NumPy arrays."""
    return jax.tree.map(np.asarray, {name: weights[name] for name in ENCODER_PARTS})


def stack_members(members: Sequence[Weights]) -> Weights:
    """Return the weights of several networks as one, with a leading axis of networks."""
    return jax.tree.map(lambda *values: np.stack(values), *members)


def average_members(members: Weights) -> Weights:
    """Return the mean of the weights over the leading axis of networks."""
    return jax.tree.map(lambda values: np.asarray(values, np.float32).mean(axis=0), members)


def to_arrays(weights: Weights, tasks: Sequence[Task], position_embeddings: np.ndarray) -> Arrays:
    """Return a network and its heads as arrays by name.

    `position_embeddings` are those of the encoder that training began with; positions from `LENGTH` on are not trained
    and keep them.
    """
    heads, span_classifier = weights["heads"], weights["span_classifier"]
    arrays = {
        WORD_EMBEDDINGS: weights["word_embeddings"],
        POSITION_EMBEDDINGS: np.concatenate([weights["position_embeddings"], position_embeddings[LENGTH:]]),
        f"{EMBEDDING_NORM}.weight": weights["embedding_norm"]["scale"],
        f"{EMBEDDING_NORM}.bias": weights["embedding_norm"]["bias"],
        f"{PHRASE.name}.classifier.weight": span_classifier["kernel"],
        f"{PHRASE.name}.classifier.bias": span_classifier["bias"],
    }
    for parts, weight in ((DENSE_LAYERS, "kernel"), (LAYER_NORMS, "scale")):
        for name, part in parts.items():
            stacked = weights["layers"][name]
            for layer, (values, bias) in enumerate(zip(stacked[weight], stacked["bias"], strict=True)):
                arrays |= {f"transformer.layer.{layer}.{part}.weight": values}
                arrays |= {f"transformer.layer.{layer}.{part}.bias": bias}
    for number, task in enumerate(tasks):
        labels = len(task.labels)
        arrays |= {
            f"{task.name}.pre_classifier.weight": heads["pre_classifier"]["kernel"][number],
            f"{task.name}.pre_classifier.bias": heads["pre_classifier"]["bias"][number],
            f"{task.name}.classifier.weight": heads["classifier"]["kernel"][number][:, :labels],
            f"{task.name}.classifier.bias": heads["classifier"]["bias"][number][:labels],
        }
    return {name: np.asarray(values, np.float32) for name, values in arrays.items()}
