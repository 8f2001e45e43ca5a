"""Weights by DistilBERT's names, with TensorFlow's kernels (in, out), and as the functions of `network` take them."""

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from emoji_api.tasks import PHRASE, Task
from emoji_api.training.distillation.network import NONE, Weights
from emoji_api.training.distillation.packing import LENGTH

Arrays = dict[str, np.ndarray]
PARTS = {
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "out": "attention.out_lin",
    "up": "ffn.lin1",
    "down": "ffn.lin2",
}
NORMS = {"attended": "sa_layer_norm", "fed": "output_layer_norm"}
WORDS, POSITIONS, EMBEDDED = (f"embeddings.{part}" for part in ("word_embeddings", "position_embeddings", "LayerNorm"))


def encoder_of(arrays: Mapping[str, np.ndarray], layers: int) -> Weights:
    """The weights of the encoder that `arrays` have."""

    def stacked_layers(part: str, kind: str) -> np.ndarray:
        return np.stack([arrays[f"transformer.layer.{layer}.{part}.{kind}"] for layer in range(layers)])

    of_layers = {
        name: {weight: stacked_layers(part, "weight"), "bias": stacked_layers(part, "bias")}
        for parts, weight in ((PARTS, "kernel"), (NORMS, "scale"))
        for name, part in parts.items()
    }
    return {
        "words": arrays[f"{WORDS}.weight"],
        "positions": arrays[f"{POSITIONS}.weight"][:LENGTH],
        "embedded": {"scale": arrays[f"{EMBEDDED}.weight"], "bias": arrays[f"{EMBEDDED}.bias"]},
        "layers": of_layers,
    }


def with_heads(encoder: Weights, tasks: Sequence[Task], seed: int) -> Weights:
    """The encoder with a fresh head for each of the classification `tasks`, and the phrase's."""
    rng, dim = np.random.default_rng(seed), encoder["words"].shape[1]
    sizes = np.array([len(task.labels) for task in tasks])
    lacking = np.where(np.arange(sizes.max()) < sizes[:, None], 0, NONE).astype(np.float32)

    def fresh(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.02, shape).astype(np.float32)

    count, spans = len(tasks), 2 * len(PHRASE.labels)
    before = {"kernel": fresh(count, dim, dim), "bias": np.zeros((count, dim), np.float32)}
    return encoder | {
        "heads": {"before": before, "out": {"kernel": fresh(count, dim, sizes.max()), "bias": lacking}},
        "span": {"kernel": fresh(dim, spans), "bias": np.zeros(spans, np.float32)},
    }


def with_heads_of(arrays: Mapping[str, np.ndarray], encoder: Weights, tasks: Sequence[Task]) -> Weights:
    """The encoder with the heads that `arrays` have: those of the classification `tasks`, and the phrase's.

    What `arrays` lack is fresh.
    """
    weights = with_heads(encoder, tasks, seed=0)
    before, out, span = weights["heads"]["before"], weights["heads"]["out"], weights["span"]
    for number, task in enumerate(tasks):
        size, name = len(task.labels), task.name
        if f"{name}.classifier.weight" in arrays:
            before["kernel"][number] = arrays[f"{name}.pre_classifier.weight"]
            before["bias"][number] = arrays[f"{name}.pre_classifier.bias"]
            out["kernel"][number, :, :size] = arrays[f"{name}.classifier.weight"]
            out["bias"][number, :size] = arrays[f"{name}.classifier.bias"]
    if f"{PHRASE.name}.classifier.weight" in arrays:
        span["kernel"][:] = arrays[f"{PHRASE.name}.classifier.weight"]
        span["bias"][:] = arrays[f"{PHRASE.name}.classifier.bias"]
    return weights


def with_words_head(encoder: Weights, seed: int) -> Weights:
    """The encoder with a fresh head that guesses masked words."""
    rng, (words, dim) = np.random.default_rng(seed), encoder["words"].shape
    return encoder | {
        "guess": {"kernel": rng.normal(0, 0.02, (dim, dim)).astype(np.float32), "bias": np.zeros(dim, np.float32)},
        "guessed": {"scale": np.ones(dim, np.float32), "bias": np.zeros(dim, np.float32)},
        "frequency": np.zeros(words, np.float32),
    }


def encoder_alone(weights: Weights) -> Weights:
    """Without any head, as NumPy arrays."""
    return jax.tree.map(np.asarray, {name: weights[name] for name in ("words", "positions", "embedded", "layers")})


def stack(members: Sequence[Weights]) -> Weights:
    """The weights of several networks as one, with an axis of members in front."""
    return jax.tree.map(lambda *values: np.stack(values), *members)


def averaged(members: Weights) -> Weights:
    """The mean of the members' weights."""
    return jax.tree.map(lambda values: np.asarray(values, np.float32).mean(axis=0), members)


def as_arrays(weights: Weights, tasks: Sequence[Task], positions: np.ndarray) -> Arrays:
    """The arrays by name of the network and its heads; `positions` are those of the encoder that it came from."""
    heads, span = weights["heads"], weights["span"]
    arrays = {
        f"{WORDS}.weight": weights["words"],
        f"{POSITIONS}.weight": np.concatenate([weights["positions"], positions[LENGTH:]]),
        f"{EMBEDDED}.weight": weights["embedded"]["scale"],
        f"{EMBEDDED}.bias": weights["embedded"]["bias"],
        f"{PHRASE.name}.classifier.weight": span["kernel"],
        f"{PHRASE.name}.classifier.bias": span["bias"],
    }
    for parts, weight in ((PARTS, "kernel"), (NORMS, "scale")):
        for name, part in parts.items():
            of_layers = weights["layers"][name]
            for layer, (values, bias) in enumerate(zip(of_layers[weight], of_layers["bias"], strict=True)):
                arrays |= {f"transformer.layer.{layer}.{part}.weight": values}
                arrays |= {f"transformer.layer.{layer}.{part}.bias": bias}
    for number, task in enumerate(tasks):
        size = len(task.labels)
        arrays |= {
            f"{task.name}.pre_classifier.weight": heads["before"]["kernel"][number],
            f"{task.name}.pre_classifier.bias": heads["before"]["bias"][number],
            f"{task.name}.classifier.weight": heads["out"]["kernel"][number][:, :size],
            f"{task.name}.classifier.bias": heads["out"]["bias"][number][:size],
        }
    return {name: np.asarray(values, np.float32) for name, values in arrays.items()}
