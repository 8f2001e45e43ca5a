"""What carries no meaning changes no answer: links, mentions, case, final punctuation (https://arxiv.org/abs/2005.04118)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emoji_api import Classifier
from emoji_api.tasks import EMOJIS, EMOTION, PHRASE
from emoji_api.training.data.readers import read_emotion
from tests.behaviour.answers import OVERLAP, Tally, ask, overlap, shown
from tests.behaviour.expectations import short_of
from tests.behaviour.rows import read, tasks_with

LEAST = 0.9
LEAST_OF = {EMOTION.name: 1.0}

CHANGES: dict[str, Callable[[str], str]] = {
    "a link at the end": lambda text: f"{text} https://t.co/9fKq2LmXbT",
    "a link in front": lambda text: f"https://t.co/9fKq2LmXbT {text}",
    "a mention in front": lambda text: f"@someone_else {text}",
    "a mention at the end": lambda text: f"{text} @someone_else",
    "upper case": str.upper,
    "lower case": str.lower,
    "sentence case": lambda text: text[:1].upper() + text[1:],
    "a full stop": lambda text: text.rstrip(".!") + ".",
    "an exclamation mark": lambda text: text.rstrip(".!") + "!",
}
OF_LOWER_CASE = [change for change in CHANGES if change != "lower case"]
"""The changes of a text that has no capital."""

FLIPS = {
    (PHRASE.name, change): short_of("the phrase grows or shrinks in two to four of sixteen texts")
    for change in ("a link at the end", "a mention in front", "a mention at the end")
} | {(EMOJIS.name, "a mention at the end"): short_of("a heart becomes another in two of sixteen texts")}
EACH = [
    pytest.param(task, change, marks=FLIPS.get((task, change), ()))
    for task in tasks_with("invariance")
    for change in CHANGES
    if any(CHANGES[change](row["text"]) != row["text"] for row in read(task, "invariance"))
]


def same(task: str, one: Any, other: Any) -> bool:
    return overlap(one.text, other.text) >= OVERLAP if task == PHRASE.name else one.label == other.label


@pytest.mark.parametrize(("task", "change"), EACH)
def test_a_change_without_meaning_keeps_the_answer(classifier: Classifier, task: str, change: str) -> None:
    rows = read(task, "invariance")
    before = ask(classifier, task, [row["text"] for row in rows], rows)
    after = ask(classifier, task, [CHANGES[change](row["text"]) for row in rows], rows)
    failures = [
        f"{shown(one)} -> {shown(other)}: {row['text']}"
        for row, one, other in zip(rows, before, after, strict=True)
        if not same(task, one, other)
    ]
    tally = Tally(len(rows), failures)
    assert tally.share >= LEAST_OF.get(task, LEAST), f"kept are {tally}"


@pytest.fixture(scope="module")
def split_as_it_is(classifier: Classifier, public_data: Path) -> tuple[list[str], list[str]]:
    """The texts of the emotion set's test split, and the labels that they get."""
    texts = read_emotion(public_data / "emotion").splits["test"].texts
    return texts, [answer.label for answer in classifier.classify(texts)]


@pytest.mark.parametrize("change", OF_LOWER_CASE)
def test_a_change_without_meaning_keeps_97_percent_of_the_test_split(
    classifier: Classifier, split_as_it_is: tuple[list[str], list[str]], change: str
) -> None:
    texts, before = split_as_it_is
    changed = [CHANGES[change](text) for text in texts]
    assert changed != texts, "nothing is asked"
    after = [answer.label for answer in classifier.classify(changed)]
    kept = sum(one == other for one, other in zip(before, after, strict=True)) / len(texts)
    assert kept >= 0.97, f"{change} keeps the label of {kept:.1%}"
