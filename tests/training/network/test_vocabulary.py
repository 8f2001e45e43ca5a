"""Emoji are tokens, and tweets are normalised, while offsets refer to the original text."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from emoji_api.training.network.vocabulary import (
    build_tokenizer,
    embed_emoji,
    emoji_by_frequency,
    name_words,
    tweet_normalizer,
)

TEXTS = ["😂😂😂 so happy", "😭 😂", "❤️ you", "👍🏽", "🇬🇧"]
UNUSED = 39  # `[unusedN]` tokens of the tiny vocabulary


@pytest.fixture(scope="module")
def built(tiny_checkpoint: Path) -> tuple[Tokenizer, dict[int, list[int]]]:
    return build_tokenizer(tiny_checkpoint / "tokenizer.json", TEXTS)


@pytest.fixture(scope="module")
def tokenizer(built: tuple[Tokenizer, dict[int, list[int]]]) -> Tokenizer:
    return built[0]


def tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return tokenizer.encode(text, add_special_tokens=False).tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("happy 😂", ["happy", "😂"]),
        ("happy😂😂sad", ["happy", "😂", "😂", "sad"]),
        ("😭", ["😭"]),
        ("❤️", ["❤"]),
        ("❤", ["❤"]),
        ("👍🏽", ["👍"]),
        ("happy🇬🇧", ["happy", "🇬🇧"]),
    ],
)
def test_emoji_are_tokens(tokenizer: Tokenizer, text: str, expected: list[str]) -> None:
    assert tokens(tokenizer, text) == expected


def test_unused_tokens_are_replaced_by_emoji(built, tiny_checkpoint: Path) -> None:
    before = json.loads((tiny_checkpoint / "tokenizer.json").read_text())["model"]["vocab"]
    tokenizer, name_token_ids = built
    assert sorted(name_token_ids) == [before[f"[unused{number}]"] for number in range(UNUSED)]
    assert len({tokenizer.id_to_token(token_id) for token_id in name_token_ids}) == UNUSED
    assert tokenizer.get_vocab_size() == len(before)


def test_other_tokens_keep_their_ids(tokenizer: Tokenizer, tiny_checkpoint: Path) -> None:
    before = json.loads((tiny_checkpoint / "tokenizer.json").read_text())["model"]["vocab"]
    kept = {token: token_id for token, token_id in before.items() if not token.startswith("[unused")}
    assert {token: tokenizer.token_to_id(token) for token in kept} == kept


def test_saved_tokenizer_gives_the_same_tokens(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    text = "so happy😂 @me https://t.co/a it’s"
    assert tokens(Tokenizer.from_file(str(tmp_path / "tokenizer.json")), text) == tokens(tokenizer, text)


def test_most_frequent_emoji_come_first() -> None:
    assert emoji_by_frequency(TEXTS)[0] == "😂"
    assert set(emoji_by_frequency(TEXTS)[:5]) == {"😂", "😭", "❤", "👍", "🇬🇧"}


def test_letters_and_skin_tones_are_not_emoji() -> None:
    emojis = emoji_by_frequency(["aaaa 1111 🏽🏽🏽🏽"])
    assert not set("a1🏽#*") & set(emojis)
    assert len(set(emojis)) == len(emojis)


@pytest.mark.parametrize(("character", "words"), [("😂", "tears joy"), ("😭", "loudly crying"), ("✋", "raised")])
def test_name_words_are_the_meaningful_ones(character: str, words: str) -> None:
    assert name_words(character) == words


def test_emoji_embedding_is_the_mean_of_its_name_tokens(built) -> None:
    tokenizer, name_token_ids = built
    embeddings = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 3))
    token_id = tokenizer.token_to_id("😂")
    name = tokenizer.encode("tears joy", add_special_tokens=False).ids
    assert name_token_ids[token_id] == name
    np.testing.assert_allclose(embed_emoji(embeddings, name_token_ids)[token_id], embeddings[name].mean(axis=0))


def test_other_embeddings_do_not_change(built) -> None:
    tokenizer, name_token_ids = built
    embeddings = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 3))
    others = [token_id for token_id in range(len(embeddings)) if token_id not in name_token_ids]
    np.testing.assert_array_equal(embed_emoji(embeddings, name_token_ids)[others], embeddings[others])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Someone_1: hi", "@user: hi"),
        ("@one @two", "@user @user"),
        ("me@example.com", "me@example.com"),
        ("see https://t.co/AbC?d=1 now", "see http now"),
        ("http://a.b", "http"),
        ("www.example.com/x", "http"),
        ("you &amp; me &lt;3 &gt; &quot;&#39;&apos;&nbsp;.", "you & me <3 > \"'' ."),
        ("don’t don‘t don`t don´t", "don't don't don't don't"),
        ("ﬁne ① Ａ", "fine 1 a"),
        ("HAPPY Café", "happy cafe"),
        ("👍🏽 ❤️", "👍 ❤"),
    ],
)
def test_text_is_normalised(text: str, expected: str) -> None:
    assert tweet_normalizer().normalize_str(text) == expected


@pytest.mark.parametrize("link", ["HTTPS://T.CO/A", "Http://t.co/a", "WWW.EXAMPLE.COM"])
def test_links_in_capitals_are_normalised(link: str) -> None:
    assert tweet_normalizer().normalize_str(link) == "http"


WORDS = st.sampled_from(
    ["happy", "SAD", "Day", "😂", "❤️", "👍🏽", "@me", "https://t.co/a", "it’s", "&amp;", "ﬁ", "?!", "é"]
)
TWEETS = st.lists(WORDS | st.text(max_size=4), max_size=12).map(" ".join)


@given(text=TWEETS)
def test_offsets_are_in_order_and_within_the_text(tokenizer: Tokenizer, text: str) -> None:
    spans = tokenizer.encode(text, add_special_tokens=False).offsets
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@given(words=st.lists(st.sampled_from(["happy", "Sad", "DAY", "😂", "@me", "http://t.co/a", "&lt;", "’"]), max_size=12))
def test_offsets_point_to_the_word_in_the_original_text(tokenizer: Tokenizer, words: list[str]) -> None:
    text = "  ".join(words)
    encoding = tokenizer.encode(text, add_special_tokens=False)
    pointed = [text[start:end].lower() for start, end in encoding.offsets]
    known = {"happy", "sad", "day", "😂"}
    pairs = [(token, word) for token, word in zip(encoding.tokens, pointed, strict=True) if token in known]
    assert pairs == [(word.lower(), word.lower()) for word in words if word.lower() in known]
