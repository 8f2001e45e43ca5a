"""Texts of similar length share a batch, and every example comes once in an epoch."""

from collections.abc import Iterator

import numpy as np
import pytest
from tokenizers import Tokenizer

from emoji_api.inference.tokenizer import TweetTokenizer
from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT
from emoji_api.training.examples.batches import (
    INFERENCE_BATCH_SIZE,
    Batch,
    BucketedBatches,
    batches_by_length,
    encode_truncated,
    pad,
    span_targets,
)
from emoji_api.training.examples.examples import Examples, add_spans, labelled_examples

LENGTHS, BATCH_SIZE, ROWS = [8, 16, 24], 4, 30


@pytest.fixture
def examples() -> Examples:
    """Texts of 3 to 32 tokens, each with a different weight."""
    examples = labelled_examples(
        ["happy " * (1 + row) for row in range(ROWS)], EMOTION, [row % 6 for row in range(ROWS)]
    )
    return Examples(
        texts=examples.texts, targets=examples.targets, weights={"emotion": np.arange(1, ROWS + 1, dtype=np.float32)}
    )


@pytest.fixture
def phrases() -> Examples:
    """Texts of 4 to 33 tokens whose last or first word carries the sentiment."""
    texts = [f"sad {'so ' * row}glad" for row in range(ROWS)]
    spans = [(len(text) - 4, len(text)) if row % 2 else (0, 3) for row, text in enumerate(texts)]
    labels = [2 if row % 2 else 0 for row in range(ROWS)]
    return add_spans(labelled_examples(texts, SENTIMENT, labels), PHRASE, spans, labels)


def bucketed(examples: Examples, tokenizer: Tokenizer, seed: int = 0) -> BucketedBatches:
    rng = np.random.default_rng(seed)
    return BucketedBatches(examples, tokenizer, lengths=LENGTHS, batch_size=BATCH_SIZE, rng=rng)


def each(batches: BucketedBatches) -> Iterator[Batch]:
    return (batches[index] for index in range(len(batches)))


def weights(batches: BucketedBatches) -> list[float]:
    return [float(weight) for _, _, weights in each(batches) for weight in weights["emotion"]]


@pytest.mark.parametrize("max_length", [3, 10, 51, 52, 53])
def test_truncation_keeps_the_first_tokens_and_the_last(tokenizer: Tokenizer, max_length: int) -> None:
    texts = ["happy " * 50, "so very glad", "sad"]
    for text, truncated in zip(texts, encode_truncated(tokenizer, texts, max_length), strict=True):
        whole = tokenizer.encode(text)
        for tokens, kept in ((whole.ids, truncated.ids), (whole.offsets, truncated.offsets)):
            assert kept == (tokens if len(tokens) <= max_length else [*tokens[: max_length - 1], tokens[-1]])


def test_truncation_does_not_change_the_callers_tokenizer(tokenizer: Tokenizer) -> None:
    before = tokenizer.to_str()
    encode_truncated(tokenizer, ["happy " * 50], 10)
    assert tokenizer.truncation is None
    assert tokenizer.to_str() == before


def test_texts_are_truncated_as_in_serving(tokenizer: Tokenizer, tmp_path) -> None:
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    texts = ["happy " * 50, "so very glad"]
    served = TweetTokenizer(tmp_path / "tokenizer.json", 10).encode(texts)
    inputs = pad(encode_truncated(tokenizer, texts, 10))
    np.testing.assert_array_equal(inputs["input_ids"], served.input_ids)
    np.testing.assert_array_equal(inputs["attention_mask"], served.attention_mask)


def test_inputs_are_padded_to_the_longest_text(tokenizer: Tokenizer) -> None:
    long, short = encode_truncated(tokenizer, ["so glad", "sad"], 10)
    expected = [long.ids, [*short.ids, 0]]
    inputs = pad([long, short])
    assert inputs["input_ids"].tolist() == expected
    assert inputs["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert inputs["input_ids"].dtype == inputs["attention_mask"].dtype == np.int32


def test_batches_by_length_are_sorted_and_have_every_text_once(tokenizer: Tokenizer) -> None:
    texts = ["happy " * (1 + row % 40) for row in range(2 * INFERENCE_BATCH_SIZE + 3)]
    batches = list(batches_by_length(tokenizer, texts, 32))
    assert sorted(np.concatenate([rows for rows, _ in batches])) == list(range(len(texts)))
    lengths = [length for _, inputs in batches for length in inputs["attention_mask"].sum(axis=1)]
    assert lengths == sorted(lengths)
    assert max(lengths) == 32
    assert all(len(inputs["input_ids"]) == len(rows) <= INFERENCE_BATCH_SIZE for rows, inputs in batches)


def test_examples_come_once_per_epoch(examples: Examples, tokenizer: Tokenizer) -> None:
    assert sorted(weights(bucketed(examples, tokenizer))) == list(range(1, ROWS + 1))


def test_batch_is_from_one_bucket_and_padded_to_its_longest_text(examples: Examples, tokenizer: Tokenizer) -> None:
    for inputs, _, _ in each(bucketed(examples, tokenizer)):
        lengths = inputs["attention_mask"].sum(axis=1)
        assert len({int(np.searchsorted(LENGTHS, length)) for length in lengths}) == 1
        assert inputs["input_ids"].shape == (len(lengths), lengths.max())


def test_batch_size_is_not_exceeded(examples: Examples, tokenizer: Tokenizer) -> None:
    sizes = [len(inputs["input_ids"]) for inputs, _, _ in each(bucketed(examples, tokenizer))]
    assert max(sizes) == BATCH_SIZE
    assert sizes.count(BATCH_SIZE) >= len(sizes) - len(LENGTHS)


def test_rows_keep_their_targets(examples: Examples, tokenizer: Tokenizer) -> None:
    for _, targets, row_weights in each(bucketed(examples, tokenizer)):
        expected = (row_weights["emotion"] - 1) % 6
        assert targets["emotion"].argmax(axis=1).tolist() == expected.tolist()


def test_order_depends_on_the_seed_only(examples: Examples, tokenizer: Tokenizer) -> None:
    assert weights(bucketed(examples, tokenizer)) == weights(bucketed(examples, tokenizer))
    assert weights(bucketed(examples, tokenizer)) != weights(bucketed(examples, tokenizer, seed=1))


def test_lengths_may_be_unsorted(examples: Examples, tokenizer: Tokenizer) -> None:
    batches = BucketedBatches(examples, tokenizer, lengths=[24, 8, 16], batch_size=4, rng=np.random.default_rng(0))
    assert weights(batches) == weights(bucketed(examples, tokenizer))


def test_batch_can_be_read_twice(phrases: Examples, tokenizer: Tokenizer) -> None:
    batches = bucketed(phrases, tokenizer)
    for index in range(len(batches)):
        for first, second in zip(batches[index], batches[index], strict=True):
            for name in first:
                np.testing.assert_array_equal(first[name], second[name])


# so very glad: three words between two special tokens
OFFSETS = [(0, 0), (0, 2), (3, 7), (8, 12), (0, 0)]


@pytest.mark.parametrize(
    ("span", "tokens"),
    [
        ((3, 7), (2, 2)),
        ((0, 12), (1, 3)),
        ((4, 10), (2, 3)),  # parts of words count
        ((2, 8), (2, 2)),  # spaces belong to no word
        ((11, 99), (3, 3)),
    ],
)
def test_span_targets_are_the_tokens_that_overlap_the_span(span: tuple[int, int], tokens: tuple[int, int]) -> None:
    starts, ends = span_targets([OFFSETS], np.array([[*span, 2]]), 7)
    assert starts.shape == ends.shape == (1, 7, 3)
    assert [tuple(np.argwhere(target[0])[0]) for target in (starts, ends)] == [(tokens[0], 2), (tokens[1], 2)]
    assert starts.sum() == ends.sum() == 1


@pytest.mark.parametrize("span", [(0, 0), (2, 3), (8, 12)])
def test_span_without_tokens_has_no_target(span: tuple[int, int]) -> None:
    starts, ends = span_targets([OFFSETS[:3]], np.array([[*span, 0]]), 3)
    assert not starts.any()
    assert not ends.any()


def test_span_target_is_the_token_of_its_sentiment(phrases: Examples, tokenizer: Tokenizer) -> None:
    words = {0: tokenizer.token_to_id("sad"), 2: tokenizer.token_to_id("glad")}
    for inputs, targets, _ in each(bucketed(phrases, tokenizer)):
        for name in PHRASE.outputs:
            assert targets[name].shape == (*inputs["input_ids"].shape, 3)
            for row, token, label in np.argwhere(targets[name]):
                assert inputs["input_ids"][row, token] == words[label]
                assert targets["sentiment"][row, label] == 1


def test_truncated_word_is_no_target(phrases: Examples, tokenizer: Tokenizer) -> None:
    for inputs, targets, _ in each(bucketed(phrases, tokenizer)):
        has_glad = (inputs["input_ids"] == tokenizer.token_to_id("glad")).any(axis=1)
        positive = targets["sentiment"][:, 2] == 1
        assert (targets["span_start"].any(axis=(1, 2)) == (has_glad | ~positive)).all()


def test_weight_of_a_span_applies_to_both_its_ends(phrases: Examples, tokenizer: Tokenizer) -> None:
    batches = bucketed(phrases, tokenizer)
    for _, targets, row_weights in each(batches):
        assert targets.keys() == row_weights.keys() == {"sentiment", *PHRASE.outputs}
        assert row_weights["span_start"].tolist() == row_weights["span_end"].tolist()
    assert sum(row_weights["span_start"].sum() for _, _, row_weights in each(batches)) == ROWS
