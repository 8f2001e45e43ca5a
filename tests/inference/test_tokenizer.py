"""Tokenisation: padding, truncation, offsets and invalid texts."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models

from emoji_api.errors import BundleError, InvalidText
from emoji_api.inference.bundle import TOKENIZER, Bundle
from emoji_api.inference.tokenizer import TweetTokenizer

LONG = "so happy " * 500


def test_batch_is_padded_to_the_longest_text(tokenizer: TweetTokenizer) -> None:
    tokens = tokenizer.encode(["I am so happy today", "sad"])
    assert tokens.input_ids.dtype == tokens.attention_mask.dtype == np.int32
    assert tokens.input_ids.shape == tokens.attention_mask.shape == (2, tokens.lengths[0])
    assert tokens.attention_mask[1].tolist() == sorted(tokens.attention_mask[1], reverse=True)
    assert tokens.lengths[1] < tokens.lengths[0]


def test_other_texts_change_only_the_padding(tokenizer: TweetTokenizer) -> None:
    single, batch = tokenizer.encode(["sad"]), tokenizer.encode(["I am so happy today", "sad"])
    assert batch.take([1]).input_ids.tolist() == single.input_ids.tolist()
    assert batch.take([1]).offsets.tolist() == single.offsets.tolist()


def test_take_selects_rows_and_trims_padding(tokenizer: TweetTokenizer) -> None:
    tokens = tokenizer.encode(["sad", LONG, "so happy"])
    taken = tokens.take([2, 0])
    assert taken.lengths.tolist() == [tokens.lengths[2], tokens.lengths[0]]
    assert taken.input_ids.shape[1] == tokens.lengths[2]
    assert taken.truncated == [False, False]


def test_long_text_is_truncated_and_marked(tokenizer: TweetTokenizer) -> None:
    tokens = tokenizer.encode([LONG, "so happy"])
    assert tokens.truncated == [True, False]
    assert tokens.lengths[0] == tokenizer.max_length
    assert tokens.input_ids[0, -1] == tokens.input_ids[1, tokens.lengths[1] - 1]  # [SEP] stays


def test_text_of_the_maximum_length_is_not_marked(bundle: Bundle, tokenizer: TweetTokenizer) -> None:
    length = int(tokenizer.encode(["so happy"]).lengths[0])
    for max_length, truncated in [(length, False), (length - 1, True)]:
        assert TweetTokenizer(bundle.file(TOKENIZER), max_length).encode(["so happy"]).truncated == [truncated]


def test_offsets_refer_to_the_original_text(tokenizer: TweetTokenizer) -> None:
    text = "So  HAPPY, today!"
    spans = tokenizer.encode([text]).offsets[0].tolist()
    assert "".join(text[start:end] for start, end in spans) == "SoHAPPY,today!"


def test_empty_list_gives_empty_tokens(tokenizer: TweetTokenizer) -> None:
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
def test_invalid_text_is_named_by_its_position(tokenizer: TweetTokenizer, text: str, reason: str) -> None:
    with pytest.raises(InvalidText, match=f"^text 2 {reason}") as caught:
        tokenizer.encode(["fine", text])
    assert (caught.value.index, caught.value.reason) == (1, reason)


def test_threads_may_share_a_tokenizer(tokenizer: TweetTokenizer) -> None:
    texts = [f"so happy {'very ' * count}" for count in range(1, 9)]
    with ThreadPoolExecutor(4) as threads:
        encoded = threads.map(lambda text: tokenizer.encode([text]).input_ids.tolist(), texts)
    assert list(encoded) == [tokenizer.encode([text]).input_ids.tolist() for text in texts]


def test_vocabulary_size_covers_every_id(tokenizer: TweetTokenizer) -> None:
    assert tokenizer.encode(["happy sad 😂 @someone http://example.com"]).input_ids.max() < tokenizer.vocabulary_size


@pytest.mark.parametrize("content", ["", "{}", '{"version": "1.0"}'])
def test_file_must_be_a_tokenizer(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(BundleError, match="is not a tokenizer"):
        TweetTokenizer(tmp_path / "tokenizer.json", 64)


def test_padding_token_is_required(tmp_path: Path) -> None:
    Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(BundleError, match=r"has no \[PAD\]"):
        TweetTokenizer(tmp_path / "tokenizer.json", 64)


def test_maximum_length_must_leave_room_for_a_text(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="no room"):
        TweetTokenizer(bundle.file(TOKENIZER), 2)
