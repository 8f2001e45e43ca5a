"""The tokenizer for tweets: text normalisation, and a BERT vocabulary whose unused tokens become emoji."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import emoji
import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, normalizers

from emoji_api.inference.pieces import ENTITIES, LINK, MENTION

# words in the names of emoji that carry no meaning
STOP_WORDS = {"face", "with", "of", "the", "and", "button", "sign", "hand"}
# variation selectors, joiners, keycaps and skin tones, which change only the appearance of an emoji
EMOJI_MODIFIERS = "[\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]"
# a flag is a pair of regional indicators
FLAG_OR_CHARACTER = "[\U0001f1e6-\U0001f1ff]{2}|."


def tweet_normalizer() -> normalizers.Normalizer:
    """Return the normalizer of tweets.

    It decodes HTML entities, replaces user names by `@user` and links by `http`, and applies NFKC and BERT's own
    normalisation (lower case, no accents).
    """
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


def emoji_by_frequency(texts: Iterable[str]) -> list[str]:
    """Return all emoji of one code point, and all flags, the most frequent in `texts` first."""
    counts = Counter(character for text in texts for character in re.findall(FLAG_OR_CHARACTER, text))
    candidates = [
        character
        for character in emoji.EMOJI_DATA
        if re.fullmatch(FLAG_OR_CHARACTER, character)
        and not re.fullmatch(EMOJI_MODIFIERS, character)
        and not character.isascii()
    ]
    return sorted(candidates, key=lambda character: -counts[character])


def build_tokenizer(tokenizer_file: Path, texts: Iterable[str]) -> tuple[Tokenizer, dict[int, list[int]]]:
    """Return a checkpoint's tokenizer adapted to tweets, and by emoji token id the token ids of its English name.

    Each `[unusedN]` token of the vocabulary is replaced by one emoji, the most frequent in `texts` first. Emoji are
    added tokens, so that they are separated from adjacent words.
    """
    content = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    content["truncation"] = content["padding"] = None
    vocabulary = content["model"]["vocab"]
    unused = [token for token in vocabulary if re.fullmatch(r"\[unused\d+\]", token)]
    emojis = [character for character in emoji_by_frequency(texts) if character not in vocabulary][: len(unused)]
    for token, character in zip(unused, emojis, strict=False):
        vocabulary[character] = vocabulary.pop(token)
    content["model"]["vocab"] = dict(sorted(vocabulary.items(), key=lambda item: item[1]))
    tokenizer = Tokenizer.from_str(json.dumps(content))
    name_token_ids = {
        vocabulary[character]: tokenizer.encode(name_words(character), add_special_tokens=False).ids
        for character in emojis
    }
    tokenizer.normalizer = tweet_normalizer()
    tokenizer.add_tokens([AddedToken(character, normalized=False) for character in emojis])
    return tokenizer, name_token_ids


def name_words(character: str) -> str:
    """Return the meaningful words of an emoji's English name: `tears joy` for 😂."""
    words = re.findall(r"[a-z]+", emoji.EMOJI_DATA[character]["en"].lower())
    return " ".join([word for word in words if word not in STOP_WORDS] or words)


def embed_emoji(word_embeddings: np.ndarray, name_token_ids: dict[int, list[int]]) -> np.ndarray:
    """Return word embeddings (vocabulary, dim) in which each emoji has the mean embedding of its name's tokens."""
    embedded = word_embeddings.copy()
    for token_id, name_ids in name_token_ids.items():
        embedded[token_id] = word_embeddings[name_ids].mean(axis=0)
    return embedded
