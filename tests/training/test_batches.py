"""Batches have few shapes, and every example comes once an epoch."""

from collections.abc import Iterable

import numpy as np
import pytest
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION
from emoji_api.training.batches import BucketedBatches, pad, tokenize
from emoji_api.training.examples import Examples, labelled

LENGTHS, BATCH_SIZE, ROWS = [8, 16, 24], 4, 30


@pytest.fixture
def examples() -> Examples:
    """Texts of 3 to 32 tokens, each with a weight of its own."""
    examples = labelled(["happy " * (1 + row) for row in range(ROWS)], EMOTION, [row % 6 for row in range(ROWS)])
    return Examples(
        texts=examples.texts, targets=examples.targets, weights={"emotion": np.arange(1, ROWS + 1, dtype=np.float32)}
    )


def batches(examples: Examples, tokenizer: Tokenizer, seed: int = 0) -> BucketedBatches:
    rng = np.random.default_rng(seed)
    return BucketedBatches(examples, tokenizer, lengths=LENGTHS, batch_size=BATCH_SIZE, rng=rng)


def weights(batches: BucketedBatches) -> list[float]:
    return [float(weight) for index in range(len(batches)) for weight in batches[index][2]["emotion"]]


def test_every_example_comes_once(examples: Examples, tokenizer: Tokenizer) -> None:
    assert sorted(weight for weight in weights(batches(examples, tokenizer)) if weight) == list(range(1, ROWS + 1))


def test_a_length_has_one_shape(examples: Examples, tokenizer: Tokenizer) -> None:
    made = batches(examples, tokenizer)
    shapes = {made[index][0]["input_ids"].shape for index in range(len(made))}
    assert shapes == {(BATCH_SIZE, length) for length in LENGTHS}


def test_a_text_is_in_the_shortest_length_that_holds_it(examples: Examples, tokenizer: Tokenizer) -> None:
    made = batches(examples, tokenizer)
    for inputs, _, _ in (made[index] for index in range(len(made))):
        length, longest = inputs["input_ids"].shape[1], inputs["attention_mask"].sum(axis=1).max()
        assert max((shorter for shorter in LENGTHS if shorter < length), default=0) < longest <= length


def test_filler_rows_weigh_nothing(examples: Examples, tokenizer: Tokenizer) -> None:
    made = batches(examples, tokenizer)
    assert len(weights(made)) == len(made) * BATCH_SIZE > ROWS
    assert weights(made).count(0) == len(made) * BATCH_SIZE - ROWS


def test_rows_keep_their_targets(examples: Examples, tokenizer: Tokenizer) -> None:
    made = batches(examples, tokenizer)
    for _, targets, row_weights in (made[index] for index in range(len(made))):
        real = row_weights["emotion"] > 0
        expected = (row_weights["emotion"][real] - 1) % 6
        assert targets["emotion"][real].argmax(axis=1).tolist() == expected.tolist()


def test_the_order_depends_on_the_seed_alone(examples: Examples, tokenizer: Tokenizer) -> None:
    assert weights(batches(examples, tokenizer)) == weights(batches(examples, tokenizer))
    assert weights(batches(examples, tokenizer)) != weights(batches(examples, tokenizer, seed=1))


def test_lengths_may_come_in_any_order(examples: Examples, tokenizer: Tokenizer) -> None:
    made = BucketedBatches(examples, tokenizer, lengths=[24, 8, 16], batch_size=4, rng=np.random.default_rng(0))
    assert weights(made) == weights(batches(examples, tokenizer))


def test_a_long_text_is_cut_and_keeps_its_end(tokenizer: Tokenizer) -> None:
    whole, cut = tokenize(tokenizer, ["happy " * 50], 99)[0], tokenize(tokenizer, ["happy " * 50], 10)[0]
    assert len(whole) == 52
    assert cut == [*whole[:9], whole[-1]]


def test_pad() -> None:
    inputs: dict[str, Iterable] = pad([[2, 5, 3], [2, 3]], 4)
    assert inputs["input_ids"].tolist() == [[2, 5, 3, 0], [2, 3, 0, 0]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 0, 0]]
    assert inputs["input_ids"].dtype == inputs["attention_mask"].dtype == np.int32
