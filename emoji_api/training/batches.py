"""Batches of few lengths: XLA compiles a step for each shape it meets."""

from collections.abc import Sequence

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.training.examples import Examples

PAD = 0
Arrays = dict[str, np.ndarray]
Batch = tuple[Arrays, Arrays, Arrays]


def tokenize(tokenizer: Tokenizer, texts: Sequence[str], max_length: int) -> list[list[int]]:
    """Token ids of each text, cut to `max_length` with the last token kept."""
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    return [row if len(row) <= max_length else [*row[: max_length - 1], row[-1]] for row in ids]


def pad(rows: Sequence[list[int]], length: int) -> dict[str, np.ndarray]:
    """The network's inputs, int32 (rows, length)."""
    input_ids = np.full((len(rows), length), PAD, np.int32)
    attention_mask = np.zeros((len(rows), length), np.int32)
    for place, row in enumerate(rows):
        input_ids[place, : len(row)] = row
        attention_mask[place, : len(row)] = 1
    return {"input_ids": input_ids, "attention_mask": attention_mask}


class BucketedBatches(keras.utils.Sequence):
    """One epoch of `examples` in batches of `batch_size`, each padded to the smallest of `lengths` that holds it.

    A batch is (inputs, targets by task, weights by task). The last batch of a length is filled up with rows of
    weight zero, so that every batch of a length has the same shape.
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
        self.examples, self.batch_size = examples, batch_size
        self.ids = tokenize(tokenizer, examples.texts, max(lengths))
        sizes = np.array([len(row) for row in self.ids])
        buckets = np.searchsorted(sorted(lengths), sizes)
        self.batches: list[tuple[int, np.ndarray]] = []
        for bucket, length in enumerate(sorted(lengths)):
            rows = rng.permutation(np.flatnonzero(buckets == bucket))
            self.batches += [(length, rows[at : at + batch_size]) for at in range(0, len(rows), batch_size)]
        rng.shuffle(self.batches)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Batch:
        length, rows = self.batches[index]
        filled = np.concatenate([rows, np.repeat(rows[:1], self.batch_size - len(rows))])
        real = np.arange(self.batch_size) < len(rows)
        batch = self.examples.take(filled)
        weights = {name: (values * real).astype(np.float32) for name, values in batch.weights.items()}
        return pad([self.ids[row] for row in filled], length), batch.targets, weights
