"""Language of a text, identified by py3langid."""

import re
import threading
from typing import Any

ENGLISH = "en"
LANGUAGES = "ar bn cs da de el en es fa fi fr he hi hu id it ja ko ms nl no pl pt ro ru sv ta th tl tr uk vi zh".split()
"""Candidates of the identification. On 3,000 English tweets of TweetEval, 97.5 % are recognised among these, 94.2 %
among all languages that py3langid knows."""
MIN_CONFIDENCE = 0.3
"""Lowest probability of English. Many texts of one or two words do not reach it."""
MIN_FOREIGN_CONFIDENCE = 0.6
"""Lowest probability of another language. It is higher, because a few English words often resemble another language:
`so sad` is Tagalog with 0.44. `python -m benchmarks.language` measures the false alarms."""

_NOT_WORDS = re.compile(r"@\w+|https?://\S+|#")
_lock = threading.Lock()
_identifier: Any = None


def identify_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, `None` if it cannot be told.

    The first call loads py3langid's model, which takes a second and 90 MiB of memory. Thread-safe.
    """
    language, confidence = _loaded_identifier().classify(_NOT_WORDS.sub(" ", text))
    bound = MIN_CONFIDENCE if language == ENGLISH else MIN_FOREIGN_CONFIDENCE
    return str(language) if confidence >= bound else None


def is_supported(language: str | None) -> bool:
    """Return whether the network can read texts in `language`: in English, or unidentified."""
    return language in (ENGLISH, None)


def _loaded_identifier() -> Any:
    global _identifier
    with _lock:  # two threads would load it twice
        if _identifier is None:
            # imported here, because most processes never identify a language
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
            identifier.set_languages(LANGUAGES)
            _identifier = identifier
        return _identifier
