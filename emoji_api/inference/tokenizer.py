"""Tokenisation: texts to the network's inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from emoji_api.errors import BundleError, InvalidText


@dataclass(frozen=True)
class TokenBatch:
    """Tokenised texts, padded to the longest of the batch.

    Attributes:
        input_ids: token ids, int32 of shape (batch, length).
        attention_mask: 1 for tokens and 0 for padding, int32 of shape (batch, length).
        offsets: start and end of each token in the caller's text, in characters, int32 of shape (batch, length, 2);
            (0, 0) for special tokens and padding.
        truncated: for each text, whether its end was cut off.
    """

    input_ids: np.ndarray
    attention_mask: np.ndarray
    offsets: np.ndarray
    truncated: list[bool]

    @property
    def lengths(self) -> np.ndarray:
        """Number of tokens of each text without padding, int of shape (batch,)."""
        lengths: np.ndarray = self.attention_mask.sum(axis=1)
        return lengths

    def take(self, rows: Sequence[int] | np.ndarray) -> "TokenBatch":
        """Return the texts with the indices `rows`, in that order, padded to the longest of them."""
        longest = int(self.lengths[rows].max(initial=0))
        return TokenBatch(
            input_ids=np.ascontiguousarray(self.input_ids[rows, :longest]),
            attention_mask=np.ascontiguousarray(self.attention_mask[rows, :longest]),
            offsets=np.ascontiguousarray(self.offsets[rows, :longest]),
            truncated=[self.truncated[row] for row in rows],
        )


class TweetTokenizer:
    """A tokenizer with its normaliser, read from a `tokenizer.json`. Thread-safe.

    Raises `BundleError` if the file is not a tokenizer, has no padding token, or adds so many special tokens that
    `max_length` leaves no room for a text.
    """

    def __init__(self, tokenizer_file: str | Path, max_length: int):
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:  # the library raises nothing narrower
            raise BundleError(tokenizer_file, f"is not a tokenizer: {error}") from error
        self._special_tokens = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        self._pad_id = self._tokenizer.token_to_id("[PAD]")
        self._unknown_id = self._tokenizer.token_to_id("[UNK]")
        if self._pad_id is None:
            raise BundleError(tokenizer_file, "has no [PAD] token")
        if max_length <= self._special_tokens:
            raise BundleError(tokenizer_file, f"leaves no room for a text in {max_length} tokens")
        self.max_length = max_length
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)

    @property
    def vocabulary_size(self) -> int:
        """Number of rows that the embedding matrix needs: the highest token id plus one."""
        ids: dict[str, int] = self._tokenizer.get_vocab(with_added_tokens=True)
        return max(ids.values()) + 1

    def unknown_shares(self, tokens: TokenBatch) -> np.ndarray:
        """Return the share of unknown tokens in each text, float of shape (batch,). Special tokens do not count."""
        unknown: np.ndarray = (tokens.input_ids == self._unknown_id).sum(axis=1)
        return unknown / (tokens.lengths - self._special_tokens)

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Tokenise `texts`, truncating each to `max_length` tokens.

        Raises `InvalidText` for a text that `check_text` refuses, and for a text of which nothing is left after
        normalisation.
        """
        for index, text in enumerate(texts):
            check_text(text, index)
        # not encode_batch: its thread pool costs more than it saves for tweets and does not survive a fork
        encodings = [self._tokenizer.encode(text) for text in texts]
        for index, encoding in enumerate(encodings):
            if len(encoding) <= self._special_tokens:
                raise InvalidText("has no readable character", index)
        return self._pad(encodings)

    def _pad(self, encodings: Sequence[Encoding]) -> TokenBatch:
        shape = len(encodings), max(map(len, encodings), default=0)
        input_ids = np.full(shape, self._pad_id, dtype=np.int32)
        attention_mask = np.zeros(shape, dtype=np.int32)
        offsets = np.zeros((*shape, 2), dtype=np.int32)
        for row, encoding in enumerate(encodings):
            length = len(encoding)
            input_ids[row, :length] = encoding.ids
            attention_mask[row, :length] = 1
            offsets[row, :length] = encoding.offsets
        return TokenBatch(input_ids, attention_mask, offsets, [bool(encoding.overflowing) for encoding in encodings])


def check_text(text: object, index: int | None = None) -> None:
    """Raise `InvalidText` unless `text` is a string that is not blank and that UTF-8 can encode.

    `index` is the text's position in the caller's list, from 0.
    """
    if not isinstance(text, str):
        raise InvalidText(f"is not a string but a {type(text).__name__}", index)
    if not text.strip():
        raise InvalidText("is blank", index)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidText(f"has a lone surrogate at character {error.start}", index) from error
