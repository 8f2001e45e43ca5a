"""Batches of texts of a like length: little of them is padding."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import PHRASE
from emoji_api.training.examples.examples import Examples

PAD = 0
# texts that are answered at a time
BATCH_SIZE = 64
Arrays = dict[str, np.ndarray]
Batch = tuple[Arrays, Arrays, Arrays]
Offsets = list[tuple[int, int]]


def tokenize(tokenizer: Tokenizer, texts: Sequence[str], max_length: int) -> list[list[int]]:
    """Token ids of each text, cut to `max_length` with the last token kept."""
    return [cut(encoding.ids, max_length) for encoding in tokenizer.encode_batch(list(texts))]


def cut(of_tokens: list[Any], max_length: int) -> list[Any]:
    """At most `max_length` of what each token has, the last kept."""
    return of_tokens if len(of_tokens) <= max_length else [*of_tokens[: max_length - 1], of_tokens[-1]]


def pad(rows: Sequence[list[int]], length: int) -> dict[str, np.ndarray]:
    """The network's inputs, int32 (rows, length)."""
    input_ids = np.full((len(rows), length), PAD, np.int32)
    attention_mask = np.zeros((len(rows), length), np.int32)
    for place, row in enumerate(rows):
        input_ids[place, : len(row)] = row
        attention_mask[place, : len(row)] = 1
    return {"input_ids": input_ids, "attention_mask": attention_mask}


def batches_by_length(
    tokenizer: Tokenizer, texts: Sequence[str], max_length: int
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """The network's inputs for a few texts of a like length at a time, with the places of these texts."""
    ids = tokenize(tokenizer, texts, max_length)
    order = np.argsort([len(row) for row in ids], kind="stable")
    for at in range(0, len(order), BATCH_SIZE):
        rows = order[at : at + BATCH_SIZE]
        yield rows, pad([ids[row] for row in rows], len(ids[rows[-1]]))


def span_targets(offsets: Sequence[Offsets], spans: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the tokens of each span start and end: one-hot (rows, length, sentiments), twice.

    `spans` (rows, 3) are first character, last plus one, and label, of texts whose tokens have the `offsets`. A row is
    zero where the network reads no token of the span.
    """
    starts, ends = np.zeros((2, len(spans), length, len(PHRASE.labels)), np.float32)
    for row, (start, end, label) in enumerate(spans):
        # special tokens have the offsets (0, 0)
        inside = [place for place, (a, b) in enumerate(offsets[row][:length]) if a < end and b > start]
        if inside:
            starts[row, inside[0], int(label)] = ends[row, inside[-1], int(label)] = 1
    return starts, ends


class BucketedBatches(keras.utils.Sequence):
    """One epoch of `examples` in batches of at most `batch_size`, each of texts between two neighbours of `lengths`.

    A batch is (inputs, targets by output, weights by output), padded to its longest text. A text is read no further
    than the largest of `lengths`, in tokens.
    """

    def __init__(
        self,
        examples: Examples,
        tokenizer: Tokenizer,
        *,
        lengths: Sequence[int],
        batch_size: int,
        rng: np.random.Generator,
    ):
        super().__init__()
        self.examples = examples
        encodings = tokenizer.encode_batch(examples.texts)
        self.ids = [cut(encoding.ids, max(lengths)) for encoding in encodings]
        self.offsets = (
            [cut(encoding.offsets, max(lengths)) for encoding in encodings] if PHRASE.name in examples.targets else []
        )
        sizes = np.array([len(row) for row in self.ids])
        buckets = np.searchsorted(sorted(lengths), sizes)
        self.batches: list[np.ndarray] = []
        for bucket in range(len(lengths)):
            rows = rng.permutation(np.flatnonzero(buckets == bucket))
            self.batches += [rows[at : at + batch_size] for at in range(0, len(rows), batch_size)]
        rng.shuffle(self.batches)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Batch:
        rows = self.batches[index]
        length = max(len(self.ids[row]) for row in rows)
        batch = self.examples.take(rows)
        targets, weights = dict(batch.targets), dict(batch.weights)
        if PHRASE.name in targets:
            spans = span_targets([self.offsets[row] for row in rows], targets.pop(PHRASE.name), length)
            targets |= dict(zip(PHRASE.outputs, spans, strict=True))
            weights |= dict.fromkeys(PHRASE.outputs, weights.pop(PHRASE.name))
        return pad([self.ids[row] for row in rows], length), targets, weights
