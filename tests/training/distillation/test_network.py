"""The network in JAX is the network in TensorFlow."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import PHRASE, Task
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.fitting import new_key
from emoji_api.training.distillation.network import (
    Weights,
    classify,
    dropped,
    encode,
    log_softmax_by_text,
    token_span_logits,
)
from emoji_api.training.distillation.packing import batches
from emoji_api.training.distillation.weights import as_arrays, averaged, encoder_of, stack, with_heads, with_heads_of
from emoji_api.training.examples.batches import pad
from emoji_api.training.export.bundle import assign_weights
from tests.tiny import HEADS, LAYERS

SOME = 40


@pytest.fixture(scope="module")
def answers(
    data: DistillationData,
    weights: Weights,
    tasks: list[Task],
    arrays: dict[str, np.ndarray],
    started: tuple[keras.Model, Tokenizer],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What both say of some texts, one by one: logits by task, and the scores of the spans' ends."""
    twin = keras.models.clone_model(started[0])
    assign_weights(twin, as_arrays(weights, tasks, arrays["embeddings.position_embeddings.weight"]))
    (batch,) = batches(data.texts, np.arange(SOME), rows=SOME)
    hidden = encode(weights, jnp.asarray(data.targets.ids)[batch.token], batch, HEADS)
    logits = np.asarray(classify(weights, hidden, batch))
    scores = np.zeros((2, len(data.texts.tokens) + 1))
    for end, values in enumerate(token_span_logits(weights, hidden, jnp.asarray(data.targets.label)[batch.token])):
        scores[end][batch.token] = values
    ours: dict[str, list] = {}
    theirs: dict[str, list] = {}
    for text in range(SOME):
        place = slice(data.texts.offsets[text], data.texts.offsets[text + 1])
        ids = data.texts.tokens[place].tolist()
        outputs = twin({name: jnp.asarray(values).__array__() for name, values in pad([ids], len(ids)).items()})
        for number, task in enumerate(tasks):
            ours.setdefault(task.name, []).append(logits[text, number, : len(task.labels)])
            theirs.setdefault(task.name, []).append(outputs[task.name].numpy()[0])
        label = int(data.targets.label[place][0])
        for end, name in enumerate(PHRASE.outputs):
            ours.setdefault(name, []).extend(scores[end, place])
            theirs.setdefault(name, []).extend(outputs[name].numpy()[0, :, label])
    return ({name: np.array(v) for name, v in ours.items()}, {name: np.array(v) for name, v in theirs.items()})


def test_both_say_the_same(answers: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]) -> None:
    ours, theirs = answers
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert np.abs(theirs[name]).max() > 1e-3, name
        np.testing.assert_allclose(ours[name].astype(np.float32), theirs[name], atol=2e-3, err_msg=name)


def test_weights_come_back_as_they_were(weights: Weights, tasks: list[Task], arrays: dict[str, np.ndarray]) -> None:
    there = as_arrays(weights, tasks, arrays["embeddings.position_embeddings.weight"])
    assert there.keys() == arrays.keys()
    assert all(there[name].shape == arrays[name].shape for name in arrays)
    for one, other in zip(
        jax.tree.leaves(encoder_of(there, LAYERS)), jax.tree.leaves(encoder_of(arrays, LAYERS)), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    again = with_heads_of(there, encoder_of(there, LAYERS), tasks)
    again = as_arrays(again, tasks, arrays["embeddings.position_embeddings.weight"])
    for name, values in there.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)


def test_a_head_that_a_network_lacks_is_fresh(weights: Weights, tasks: list[Task], arrays) -> None:
    positions = arrays["embeddings.position_embeddings.weight"]
    there = as_arrays(weights, tasks, positions)
    few = {name: values for name, values in there.items() if not name.startswith(("hate.", "phrase."))}
    again = as_arrays(with_heads_of(few, encoder_of(few, LAYERS), tasks), tasks, positions)
    changed = {name for name, values in again.items() if not np.array_equal(values, there[name])}
    assert changed == {"hate.pre_classifier.weight", "hate.classifier.weight", "phrase.classifier.weight"}


def test_a_text_is_read_alone(data: DistillationData, weights: Weights) -> None:
    """Whatever it shares a row with."""
    ids = jnp.asarray(np.append(data.texts.tokens, 0))
    found = []
    for order in ([3, 4, 5], [5, 3]):
        (batch,) = batches(data.texts, np.array(order), rows=1)
        hidden = encode(weights, ids[batch.token], batch, HEADS)
        found.append(hidden.reshape(-1, hidden.shape[-1])[batch.first[order.index(3)]])
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


def test_the_shares_of_a_text_sum_to_one(data: DistillationData) -> None:
    (batch, *_) = batches(data.texts, np.arange(10), rows=1)
    scores = np.random.default_rng(1).normal(0, 3, batch.segment.shape).astype(np.float32)
    shares = np.exp(np.asarray(log_softmax_by_text(jnp.asarray(scores), jnp.asarray(batch.segment))))
    for segment in range(1, batch.segment.max() + 1):
        assert shares[batch.segment == segment].sum() == pytest.approx(1, abs=1e-5)


def test_dropout_keeps_the_mean_and_needs_a_key() -> None:
    ones = jnp.ones((200, 200))
    assert (dropped(ones, None, 0.2) == 1).all()
    some = dropped(ones, new_key(1), 0.2)
    assert float((some == 0).mean()) == pytest.approx(0.2, abs=0.02)
    assert float(some.mean()) == pytest.approx(1, abs=0.02)


def test_members_are_averaged_weight_by_weight(encoder: Weights, tasks: list[Task]) -> None:
    members = [with_heads(encoder, tasks, seed) for seed in (1, 2)]
    mean = averaged(stack(members))
    expected = (members[0]["span"]["kernel"] + members[1]["span"]["kernel"]) / 2
    np.testing.assert_allclose(mean["span"]["kernel"], expected, atol=1e-7)
    np.testing.assert_allclose(mean["words"], encoder["words"], atol=1e-7)
