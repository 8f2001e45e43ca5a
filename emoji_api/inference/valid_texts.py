"""Calls with lists of texts that may contain invalid ones: the valid texts are answered."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from emoji_api.errors import InvalidText
from emoji_api.inference.classifier import Classifier

Result = TypeVar("Result")


def apply_to_valid(
    function: Callable[[list[str]], Result], texts: list[str], classifier: Classifier
) -> tuple[Result, dict[int, str]]:
    """Call `function` on the texts that can be answered.

    Return its result, and the reason for each text that cannot be answered, such as "is blank", by its index in
    `texts`. `function` raises InvalidText if its list contains such a text.
    """
    try:
        return function(texts), {}
    except InvalidText:  # only now: to tokenise every text twice costs 5 % of the time
        reasons = find_invalid(classifier, texts)
    return function([text for index, text in enumerate(texts) if index not in reasons]), reasons


def find_invalid(classifier: Classifier, texts: Sequence[str]) -> dict[int, str]:
    """Return the reason for each of `texts` that cannot be answered, by its index."""
    reasons = {}
    for index, text in enumerate(texts):
        try:
            classifier.tokenizer.encode([text])
        except InvalidText as error:
            reasons[index] = error.reason
    return reasons
