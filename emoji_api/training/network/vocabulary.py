"""The tokenizer of tweets: a BERT vocabulary whose unused rows are given to emoji, and the normalisation of text."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import emoji
import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, normalizers

from emoji_api.inference.pieces import ENTITIES, LINK, MENTION

# words of an emoji's name that say nothing of its meaning
EMPTY_WORDS = {"face", "with", "of", "the", "and", "button", "sign", "hand"}
# variation selectors, joiners, keycaps and skin tones change an emoji's look, not its meaning
EMOJI_MODIFIERS = "[\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]"
# a flag is two letters of an alphabet of its own
FLAG_OR_CHARACTER = "[\U0001f1e6-\U0001f1ff]{2}|."


def tweet_normalizer() -> normalizers.Normalizer:
    """User names to `@user`, links to `http`, HTML entities, NFKC, then BERT's own (lower case, no accents)."""
    entities = [normalizers.Replace(entity, character) for entity, character in ENTITIES.items()]
    return normalizers.Sequence(
        [
            *entities,
            normalizers.Replace(Regex("[\u2018\u2019\u02bc`\u00b4]"), "'"),
            normalizers.Replace(Regex(EMOJI_MODIFIERS), ""),
            normalizers.Replace(Regex(MENTION), "@user"),
            normalizers.Replace(Regex(LINK), "http"),
            normalizers.NFKC(),
            normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, lowercase=True),
        ]
    )


def most_used_emoji(texts: Iterable[str]) -> list[str]:
    """The emoji of one code point, and flags of two: those that `texts` use most first, then Unicode's order."""
    used = Counter(character for text in texts for character in re.findall(FLAG_OR_CHARACTER, text))
    known = [
        character
        for character in emoji.EMOJI_DATA
        if re.fullmatch(FLAG_OR_CHARACTER, character)
        and not re.fullmatch(EMOJI_MODIFIERS, character)
        and not character.isascii()
    ]
    order = {character: place for place, character in enumerate(known)}
    return sorted(known, key=lambda character: (-used[character], order[character]))


def build_tokenizer(tokenizer_file: Path, texts: Iterable[str]) -> tuple[Tokenizer, dict[int, list[int]]]:
    """A checkpoint's tokenizer made for tweets, and for each emoji's row the rows of the words of its name.

    Emoji are added tokens, so they split off the words that they touch; each takes one of the vocabulary's
    `[unusedN]` rows, as many as there are.
    """
    content = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    content["truncation"] = content["padding"] = None
    vocabulary = content["model"]["vocab"]
    spare = [token for token in vocabulary if re.fullmatch(r"\[unused\d+\]", token)]
    emojis = [character for character in most_used_emoji(texts) if character not in vocabulary][: len(spare)]
    for token, character in zip(spare, emojis, strict=False):
        vocabulary[character] = vocabulary.pop(token)
    content["model"]["vocab"] = dict(sorted(vocabulary.items(), key=lambda item: item[1]))
    tokenizer = Tokenizer.from_str(json.dumps(content))
    names = {character: name_words(character) for character in emojis}
    rows = {
        vocabulary[character]: tokenizer.encode(words, add_special_tokens=False).ids
        for character, words in names.items()
    }
    tokenizer.normalizer = tweet_normalizer()
    tokenizer.add_tokens([AddedToken(character, normalized=False) for character in emojis])
    return tokenizer, rows


def name_words(character: str) -> str:
    """The words of an emoji's English name that carry meaning: 😂 is `tears joy`."""
    words = re.findall(r"[a-z]+", emoji.EMOJI_DATA[character]["en"].lower())
    return " ".join([word for word in words if word not in EMPTY_WORDS] or words)


def embed_emoji(word_embeddings: np.ndarray, rows: dict[int, list[int]]) -> np.ndarray:
    """Word embeddings (vocabulary, dim) whose emoji rows start as the mean of the rows of their names' words."""
    embedded = word_embeddings.copy()
    for row, words in rows.items():
        embedded[row] = word_embeddings[words].mean(axis=0)
    return embedded
