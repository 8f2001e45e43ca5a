"""Batches of texts of similar length, so that little of a batch is padding."""

from collections.abc import Iterator, Sequence

import numpy as np
import tf_keras as keras
from tokenizers import Encoding, Tokenizer

from emoji_api.progress import TEXTS, advance
from emoji_api.tasks import PHRASE
from emoji_api.training.examples.examples import Examples

PAD_ID = 0  # `[PAD]` in every BERT vocabulary
INFERENCE_BATCH_SIZE = 64

Arrays = dict[str, np.ndarray]
Batch = tuple[Arrays, Arrays, Arrays]
"""Inputs by name, targets by output, weights (rows,) by output."""
Offsets = list[tuple[int, int]]


def encode_truncated(tokenizer: Tokenizer, texts: Sequence[str], max_length: int) -> list[Encoding]:
    """Return the encodings of `texts`, each truncated to `max_length` tokens, special tokens included."""
    # a copy, since the caller may save its tokenizer, which must not truncate
    truncating = Tokenizer.from_str(tokenizer.to_str())
    truncating.enable_truncation(max_length)
    encodings: list[Encoding] = truncating.encode_batch(list(texts))
    return encodings


def pad(encodings: Sequence[Encoding]) -> Arrays:
    """Pad `encodings` in place to the longest of them, and return the network's inputs, int32 (rows, length)."""
    length = max(map(len, encodings))
    for encoding in encodings:
        encoding.pad(length, pad_id=PAD_ID)
    return {
        "input_ids": np.array([encoding.ids for encoding in encodings], np.int32),
        "attention_mask": np.array([encoding.attention_mask for encoding in encodings], np.int32),
    }


def batches_by_length(
    tokenizer: Tokenizer, texts: Sequence[str], max_length: int
) -> Iterator[tuple[np.ndarray, Arrays]]:
    """Yield the row numbers of a batch of `texts` and the network's inputs for them, shortest texts first."""
    encodings = encode_truncated(tokenizer, texts, max_length)
    lengths = np.array(list(map(len, encodings)))
    tokens = lengths.sum()
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), INFERENCE_BATCH_SIZE):
        rows = order[start : start + INFERENCE_BATCH_SIZE]
        yield rows, pad([encodings[row] for row in rows])
        advance(float(lengths[rows].sum() / tokens * len(lengths)), TEXTS)  # short texts, which are fast, count less


def span_targets(offsets: Sequence[Offsets], spans: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last token of each span, one-hot (rows, length, sentiments) each.

    `spans` (rows, 3) has the first character, the last character plus one, and the label of each row; `offsets` are
    those of the row's tokens. A row is zero if none of its first `length` tokens is inside the span.
    """
    starts, ends = np.zeros((2, len(spans), length, len(PHRASE.labels)), np.float32)
    for row, (span_start, span_end, label) in enumerate(spans):
        # special tokens have the offsets (0, 0), which are inside no span
        inside = [
            place for place, (start, end) in enumerate(offsets[row][:length]) if start < span_end and end > span_start
        ]
        if inside:
            starts[row, inside[0], int(label)] = ends[row, inside[-1], int(label)] = 1
    return starts, ends


class BucketedBatches(keras.utils.Sequence):
    """One epoch of `examples` in random order, each batch from one bucket of lengths.

    `lengths` are the upper bounds of the buckets, in tokens; texts are truncated to the largest. A batch has at most
    `batch_size` rows and is padded to its longest text.
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
        self.encodings = encode_truncated(tokenizer, examples.texts, max(lengths))
        buckets = np.searchsorted(sorted(lengths), list(map(len, self.encodings)))
        self.batches: list[np.ndarray] = []
        for bucket in range(len(lengths)):
            rows = rng.permutation(np.flatnonzero(buckets == bucket))
            self.batches += [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
        rng.shuffle(self.batches)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Batch:
        rows = self.batches[index]
        encodings = [self.encodings[row] for row in rows]
        inputs = pad(encodings)
        examples = self.examples.take(rows)
        targets, weights = dict(examples.targets), dict(examples.weights)
        if PHRASE.name in targets:
            offsets, length = [encoding.offsets for encoding in encodings], inputs["input_ids"].shape[1]
            spans = span_targets(offsets, targets.pop(PHRASE.name), length)
            targets |= dict(zip(PHRASE.outputs, spans, strict=True))
            weights |= dict.fromkeys(PHRASE.outputs, weights.pop(PHRASE.name))
        return inputs, targets, weights
