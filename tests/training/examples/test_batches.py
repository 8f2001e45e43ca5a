"""Texts of a like length share a batch, and every example comes once an epoch."""

from collections.abc import Iterable

import numpy as np
import pytest
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT
from emoji_api.training.examples.batches import BucketedBatches, cut, pad, span_targets, tokenize
from emoji_api.training.examples.examples import Examples, add_spans, labelled_examples

LENGTHS, BATCH_SIZE, ROWS = [8, 16, 24], 4, 30


@pytest.fixture
def examples() -> Examples:
    """Texts of 3 to 32 tokens, each with a weight of its own."""
    examples = labelled_examples(
        ["happy " * (1 + row) for row in range(ROWS)], EMOTION, [row % 6 for row in range(ROWS)]
    )
    return Examples(
        texts=examples.texts, targets=examples.targets, weights={"emotion": np.arange(1, ROWS + 1, dtype=np.float32)}
    )


def batches(examples: Examples, tokenizer: Tokenizer, seed: int = 0) -> BucketedBatches:
    rng = np.random.default_rng(seed)
    return BucketedBatches(examples, tokenizer, lengths=LENGTHS, batch_size=BATCH_SIZE, rng=rng)


def weights(batches: BucketedBatches) -> list[float]:
    return [float(weight) for index in range(len(batches)) for weight in batches[index][2]["emotion"]]


def test_every_example_comes_once(examples: Examples, tokenizer: Tokenizer) -> None:
    assert sorted(weights(batches(examples, tokenizer))) == list(range(1, ROWS + 1))


def test_a_batch_is_between_two_lengths_and_padded_to_its_longest_text(
    examples: Examples, tokenizer: Tokenizer
) -> None:
    made = batches(examples, tokenizer)
    for inputs, _, _ in (made[index] for index in range(len(made))):
        sizes = inputs["attention_mask"].sum(axis=1)
        assert len({int(np.searchsorted(LENGTHS, size)) for size in sizes}) == 1
        assert inputs["input_ids"].shape == (len(sizes), sizes.max())


def test_no_batch_is_larger_than_asked(examples: Examples, tokenizer: Tokenizer) -> None:
    made = batches(examples, tokenizer)
    sizes = [len(made[index][0]["input_ids"]) for index in range(len(made))]
    assert max(sizes) == BATCH_SIZE
    assert sizes.count(BATCH_SIZE) >= len(sizes) - len(LENGTHS)


def test_rows_keep_their_targets(examples: Examples, tokenizer: Tokenizer) -> None:
    made = batches(examples, tokenizer)
    for _, targets, row_weights in (made[index] for index in range(len(made))):
        expected = (row_weights["emotion"] - 1) % 6
        assert targets["emotion"].argmax(axis=1).tolist() == expected.tolist()


def test_the_order_depends_on_the_seed_alone(examples: Examples, tokenizer: Tokenizer) -> None:
    assert weights(batches(examples, tokenizer)) == weights(batches(examples, tokenizer))
    assert weights(batches(examples, tokenizer)) != weights(batches(examples, tokenizer, seed=1))


def test_lengths_may_come_in_any_order(examples: Examples, tokenizer: Tokenizer) -> None:
    made = BucketedBatches(examples, tokenizer, lengths=[24, 8, 16], batch_size=4, rng=np.random.default_rng(0))
    assert weights(made) == weights(batches(examples, tokenizer))


@pytest.mark.parametrize("of_tokens", [[2, 5, 6, 7, 3], [(0, 0), (0, 1), (2, 3), (4, 5), (0, 0)]])
def test_cut_keeps_the_last(of_tokens: list) -> None:
    assert cut(of_tokens, 3) == [*of_tokens[:2], of_tokens[-1]]
    assert cut(of_tokens, 5) == cut(of_tokens, 9) == of_tokens


def test_a_long_text_is_cut_and_keeps_its_end(tokenizer: Tokenizer) -> None:
    whole, cut = tokenize(tokenizer, ["happy " * 50], 99)[0], tokenize(tokenizer, ["happy " * 50], 10)[0]
    assert len(whole) == 52
    assert cut == [*whole[:9], whole[-1]]


# so very glad: three words between two special tokens
OFFSETS = [(0, 0), (0, 2), (3, 7), (8, 12), (0, 0)]


@pytest.mark.parametrize(
    ("span", "tokens"),
    [
        ((3, 7), (2, 2)),
        ((0, 12), (1, 3)),
        ((4, 10), (2, 3)),  # words of which a part is inside
        ((2, 8), (2, 2)),  # a space is of no word
        ((11, 99), (3, 3)),
    ],
)
def test_the_tokens_of_a_span(span: tuple[int, int], tokens: tuple[int, int]) -> None:
    starts, ends = span_targets([OFFSETS], np.array([[*span, 2]]), 7)
    assert starts.shape == ends.shape == (1, 7, 3)
    assert [tuple(np.argwhere(target[0])[0]) for target in (starts, ends)] == [(tokens[0], 2), (tokens[1], 2)]
    assert starts.sum() == ends.sum() == 1


@pytest.mark.parametrize("span", [(0, 0), (2, 3), (8, 12)])
def test_a_span_that_is_not_read_has_no_tokens(span: tuple[int, int]) -> None:
    starts, ends = span_targets([OFFSETS[:3]], np.array([[*span, 0]]), 3)
    assert not starts.any()
    assert not ends.any()


@pytest.fixture
def phrases() -> Examples:
    """Texts of 4 to 33 tokens, of which the last word, or the first, carries the sentiment."""
    texts = [f"sad {'so ' * row}glad" for row in range(ROWS)]
    spans = [(len(text) - 4, len(text)) if row % 2 else (0, 3) for row, text in enumerate(texts)]
    labels = [2 if row % 2 else 0 for row in range(ROWS)]
    return add_spans(labelled_examples(texts, SENTIMENT, labels), PHRASE, spans, labels)


def test_a_span_is_one_token_of_its_sentiment(phrases: Examples, tokenizer: Tokenizer) -> None:
    words = {0: tokenizer.token_to_id("sad"), 2: tokenizer.token_to_id("glad")}
    made = batches(phrases, tokenizer)
    for inputs, targets, _ in (made[index] for index in range(len(made))):
        for name in PHRASE.outputs:
            assert targets[name].shape == (*inputs["input_ids"].shape, 3)
            for row, token, label in np.argwhere(targets[name]):
                assert inputs["input_ids"][row, token] == words[label]
                assert targets["sentiment"][row, label] == 1


def test_a_word_that_was_cut_off_is_no_target(phrases: Examples, tokenizer: Tokenizer) -> None:
    made = batches(phrases, tokenizer)
    for inputs, targets, _ in (made[index] for index in range(len(made))):
        read = (inputs["input_ids"] == tokenizer.token_to_id("glad")).any(axis=1)
        positive = targets["sentiment"][:, 2] == 1
        assert (targets["span_start"].any(axis=(1, 2)) == (read | ~positive)).all()


def test_the_weight_of_a_span_is_that_of_both_its_ends(phrases: Examples, tokenizer: Tokenizer) -> None:
    made = batches(phrases, tokenizer)
    for _, targets, row_weights in (made[index] for index in range(len(made))):
        assert targets.keys() == row_weights.keys() == {"sentiment", *PHRASE.outputs}
        assert row_weights["span_start"].tolist() == row_weights["span_end"].tolist()
    assert sum(made[index][2]["span_start"].sum() for index in range(len(made))) == ROWS


def test_pad() -> None:
    inputs: dict[str, Iterable] = pad([[2, 5, 3], [2, 3]], 4)
    assert inputs["input_ids"].tolist() == [[2, 5, 3, 0], [2, 3, 0, 0]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 0, 0]]
    assert inputs["input_ids"].dtype == inputs["attention_mask"].dtype == np.int32
