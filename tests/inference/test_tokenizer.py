"""Tweets become ids, and nothing is lost silently."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models

from emoji_api.errors import BundleError, InvalidText
from emoji_api.inference.bundle import TOKENIZER, Bundle
from emoji_api.inference.tokenizer import TweetTokenizer

LONG = "so happy " * 500


def test_padded_to_the_longest(tokenizer: TweetTokenizer) -> None:
    tokens = tokenizer.encode(["I am so happy today", "sad"])
    assert tokens.input_ids.dtype == tokens.attention_mask.dtype == np.int32
    assert tokens.input_ids.shape == tokens.attention_mask.shape == (2, tokens.lengths[0])
    assert tokens.attention_mask[1].tolist() == sorted(tokens.attention_mask[1], reverse=True)
    assert tokens.lengths[1] < tokens.lengths[0]


def test_a_neighbour_changes_only_the_padding(tokenizer: TweetTokenizer) -> None:
    alone, beside = tokenizer.encode(["sad"]), tokenizer.encode(["I am so happy today", "sad"])
    assert beside.take([1]).input_ids.tolist() == alone.input_ids.tolist()
    assert beside.take([1]).offsets.tolist() == alone.offsets.tolist()


def test_take_reorders_and_trims(tokenizer: TweetTokenizer) -> None:
    tokens = tokenizer.encode(["sad", LONG, "so happy"])
    taken = tokens.take([2, 0])
    assert taken.lengths.tolist() == [tokens.lengths[2], tokens.lengths[0]]
    assert taken.input_ids.shape[1] == tokens.lengths[2]
    assert taken.truncated == [False, False]


def test_a_long_text_is_cut_and_marked(tokenizer: TweetTokenizer) -> None:
    tokens = tokenizer.encode([LONG, "so happy"])
    assert tokens.truncated == [True, False]
    assert tokens.lengths[0] == tokenizer.max_length
    assert tokens.input_ids[0, -1] == tokens.input_ids[1, tokens.lengths[1] - 1]  # the end is still marked


def test_a_text_that_just_fits_is_not_marked(bundle: Bundle, tokenizer: TweetTokenizer) -> None:
    length = int(tokenizer.encode(["so happy"]).lengths[0])
    for max_length, truncated in [(length, False), (length - 1, True)]:
        assert TweetTokenizer(bundle.file(TOKENIZER), max_length).encode(["so happy"]).truncated == [truncated]


def test_offsets_point_into_the_text_as_it_was_sent(tokenizer: TweetTokenizer) -> None:
    text = "So  HAPPY, today!"
    spans = tokenizer.encode([text]).offsets[0].tolist()
    assert "".join(text[start:end] for start, end in spans) == "SoHAPPY,today!"


def test_no_texts(tokenizer: TweetTokenizer) -> None:
    assert tokenizer.encode([]).input_ids.shape == (0, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is blank"),
        (" \n\t\u3000", "is blank"),
        ("\u200b\u200d", "has no readable character"),
        ("so happy \ud83d", "has a lone surrogate at character 9"),
        (None, "is not a string but a NoneType"),
        (b"so happy", "is not a string but a bytes"),
        (7, "is not a string but a int"),
    ],
)
def test_what_is_not_a_text(tokenizer: TweetTokenizer, text: str, reason: str) -> None:
    with pytest.raises(InvalidText, match=f"^text 1 {reason}") as caught:
        tokenizer.encode(["fine", text])
    assert (caught.value.index, caught.value.reason) == (1, reason)


def test_shared_between_threads(tokenizer: TweetTokenizer) -> None:
    texts = [f"so happy {'very ' * count}" for count in range(1, 9)]
    with ThreadPoolExecutor(4) as threads:
        together = threads.map(lambda text: tokenizer.encode([text]).input_ids.tolist(), texts)
    assert list(together) == [tokenizer.encode([text]).input_ids.tolist() for text in texts]


def test_vocabulary_size_covers_every_id(tokenizer: TweetTokenizer) -> None:
    assert tokenizer.encode(["happy sad 😂 @someone http://example.com"]).input_ids.max() < tokenizer.vocabulary_size


@pytest.mark.parametrize("content", ["", "{}", '{"version": "1.0"}'])
def test_not_a_tokenizer(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(BundleError, match="is not a tokenizer"):
        TweetTokenizer(tmp_path / "tokenizer.json", 64)


def test_without_a_padding_token(tmp_path: Path) -> None:
    Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(BundleError, match=r"has no \[PAD\]"):
        TweetTokenizer(tmp_path / "tokenizer.json", 64)


def test_no_room_for_a_text(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="no room"):
        TweetTokenizer(bundle.file(TOKENIZER), 2)
