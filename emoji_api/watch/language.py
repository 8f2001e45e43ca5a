"""Language of a post: the platform's own code, or identification by py3langid."""

import re

from emoji_api.inference import language as inference
from emoji_api.inference.language import ENGLISH

__all__ = ["ENGLISH", "NO_LANGUAGE", "identify_language"]

NO_LANGUAGE = "zxx"
"""ISO 639-2 code of a text without words, such as one that the classifier cannot read."""

_CODE = re.compile(r"[A-Za-z]{2}(?=$|[-_])")


def identify_language(text: str, known: str | None = None) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, `None` if it cannot be told.

    `known` is the code that the platform gives, if any, such as "en" or "en-GB". It takes precedence over the
    identification, unless it is no language, such as "und".
    """
    if known and (code := _CODE.match(known)):
        return code[0].lower()
    return inference.identify_language(text)
