"""Language of a post: the platform's own code, or identification by py3langid."""

import re
from functools import cache
from typing import Any

from emoji_api.errors import DependencyMissing

ENGLISH = "en"
NO_LANGUAGE = "zxx"
"""ISO 639-2 code of a text without words, such as one that the classifier cannot read."""

LANGUAGES = "ar bn cs da de el en es fa fi fr he hi hu id it ja ko ms nl no pl pt ro ru sv ta th tl tr uk vi zh".split()
"""Candidates of the identification. On 3,000 English tweets of TweetEval, 97.5 % are recognised among these, 94.2 %
among all languages that py3langid knows."""
MIN_CONFIDENCE = 0.3
"""Lowest probability of an identified language. A text of one or two words does not reach it."""

_NOT_WORDS = re.compile(r"@\w+|https?://\S+|#")
_CODE = re.compile(r"[A-Za-z]{2}(?=$|[-_])")


def identify_language(text: str, known: str | None = None) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, `None` if it cannot be told.

    `known` is the code that the platform gives, if any, such as "en" or "en-GB". It takes precedence over the
    identification, unless it is no language, such as "und". Raises DependencyMissing if py3langid is not installed.
    """
    if known and (code := _CODE.match(known)):
        return code[0].lower()
    language, confidence = _identifier().classify(_NOT_WORDS.sub(" ", text))
    return str(language) if confidence >= MIN_CONFIDENCE else None


@cache
def _identifier() -> Any:
    """Return the identifier. Loading its model takes a second."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise DependencyMissing("py3langid", "watch") from error
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
