"""The network in JAX computes what the network in TensorFlow computes."""

import jax.numpy as jnp
import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import PHRASE, Task
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.fitting import dropout_key
from emoji_api.training.distillation.network import (
    Weights,
    classify,
    dropout,
    encode,
    log_softmax_by_text,
    span_token_logits,
)
from emoji_api.training.distillation.packing import packed_batches
from emoji_api.training.distillation.weights import POSITION_EMBEDDINGS, to_arrays
from emoji_api.training.export.weights import assign_weights
from tests.tiny import HEADS

TEXTS = 40
Logits = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def logits(
    data: DistillationData,
    weights: Weights,
    tasks: list[Task],
    arrays: dict[str, np.ndarray],
    started: tuple[keras.Model, Tokenizer],
) -> tuple[Logits, Logits]:
    """The logits of some texts by output, in JAX and in TensorFlow."""
    network = keras.models.clone_model(started[0])
    assign_weights(network, to_arrays(weights, tasks, arrays[POSITION_EMBEDDINGS]))
    (batch,) = packed_batches(data.tokenized, np.arange(TEXTS), rows=TEXTS)
    hidden = encode(weights, jnp.asarray(data.targets.token_ids)[batch.token], batch, HEADS)
    classification_logits = np.asarray(classify(weights, hidden, batch))
    sentiment = jnp.asarray(data.targets.sentiment)[batch.token]
    span_logits = np.zeros((2, len(data.tokenized.tokens) + 1))
    for end, values in enumerate(span_token_logits(weights, hidden, sentiment)):
        span_logits[end][batch.token] = values
    in_jax: dict[str, list] = {}
    in_tensorflow: dict[str, list] = {}
    for text in range(TEXTS):
        tokens = slice(data.tokenized.offsets[text], data.tokenized.offsets[text + 1])
        ids = data.tokenized.tokens[tokens][None]
        outputs = network({"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for number, task in enumerate(tasks):
            in_jax.setdefault(task.name, []).append(classification_logits[text, number, : len(task.labels)])
            in_tensorflow.setdefault(task.name, []).append(outputs[task.name].numpy()[0])
        label = int(data.targets.sentiment[tokens][0])
        for end, name in enumerate(PHRASE.outputs):
            in_jax.setdefault(name, []).extend(span_logits[end, tokens])
            in_tensorflow.setdefault(name, []).extend(outputs[name].numpy()[0, :, label])
    return tuple({name: np.array(values) for name, values in found.items()} for found in (in_jax, in_tensorflow))


def test_logits_are_the_same_in_jax_and_tensorflow(logits: tuple[Logits, Logits]) -> None:
    in_jax, in_tensorflow = logits
    assert in_jax.keys() == in_tensorflow.keys()
    for name in in_jax:
        assert np.abs(in_tensorflow[name]).max() > 1e-3, name
        np.testing.assert_allclose(in_jax[name].astype(np.float32), in_tensorflow[name], atol=2e-3, err_msg=name)


def test_hidden_states_do_not_depend_on_the_other_texts_of_a_row(data: DistillationData, weights: Weights) -> None:
    token_ids = jnp.asarray(np.append(data.tokenized.tokens, 0))
    states = []
    for order in ([3, 4, 5], [5, 3]):
        (batch,) = packed_batches(data.tokenized, np.array(order), rows=1)
        hidden = encode(weights, token_ids[batch.token], batch, HEADS)
        states.append(hidden.reshape(-1, hidden.shape[-1])[batch.first[order.index(3)]])
    np.testing.assert_allclose(states[0], states[1], atol=1e-5)


def test_probabilities_of_the_tokens_of_a_text_sum_to_one(data: DistillationData) -> None:
    (batch, *_) = packed_batches(data.tokenized, np.arange(10), rows=1)
    random_logits = np.random.default_rng(1).normal(0, 3, batch.segment.shape).astype(np.float32)
    log_probabilities = log_softmax_by_text(jnp.asarray(random_logits), jnp.asarray(batch.segment))
    for segment in range(1, batch.segment.max() + 1):
        assert np.exp(log_probabilities)[batch.segment == segment].sum() == pytest.approx(1, abs=1e-5)


def test_dropout_keeps_the_mean() -> None:
    dropped = dropout(jnp.ones((200, 200)), dropout_key(1), 0.2)
    assert float((dropped == 0).mean()) == pytest.approx(0.2, abs=0.02)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.02)


def test_dropout_without_a_key_changes_nothing() -> None:
    assert (dropout(jnp.ones((200, 200)), None, 0.2) == 1).all()
