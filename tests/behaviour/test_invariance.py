"""Invariance tests: links, mentions, case and final punctuation do not change the answer.

CheckList (Ribeiro et al., 2020, https://arxiv.org/abs/2005.04118).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emoji_api import Classifier
from emoji_api.tasks import EMOJIS, EMOTION, PHRASE
from tests.behaviour.answers import MIN_OVERLAP, Tally, describe, predict, word_overlap
from tests.behaviour.known_failures import known_failure
from tests.behaviour.rows import read, tasks_with

MIN_PASS_RATE = 0.9
MIN_PASS_RATE_BY_TASK = {EMOTION.name: 1.0}
MIN_KEPT_ON_TEST_SPLIT = 0.97

PERTURBATIONS: dict[str, Callable[[str], str]] = {
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
KNOWN = {
    (PHRASE.name, name): known_failure("the phrase grows or shrinks in two to four of sixteen texts")
    for name in ("a link at the end", "a mention in front", "a mention at the end")
} | {(EMOJIS.name, "a mention at the end"): known_failure("one heart turns into another in two of sixteen texts")}
CASES = [
    pytest.param(task, name, marks=KNOWN.get((task, name), ()))
    for task in tasks_with("invariance")
    for name, perturb in PERTURBATIONS.items()
    if any(perturb(row["text"]) != row["text"] for row in read(task, "invariance"))
]


def is_same(task: str, first: Any, second: Any) -> bool:
    if task == PHRASE.name:
        return word_overlap(first.text, second.text) >= MIN_OVERLAP
    return first.label == second.label


@pytest.mark.parametrize(("task", "perturbation"), CASES)
def test_perturbation_keeps_the_answer(classifier: Classifier, task: str, perturbation: str) -> None:
    rows = read(task, "invariance")
    original = predict(classifier, task, [row["text"] for row in rows], rows)
    perturbed = predict(classifier, task, [PERTURBATIONS[perturbation](row["text"]) for row in rows], rows)
    failures = [
        f"{describe(before)} -> {describe(after)}: {row['text']}"
        for row, before, after in zip(rows, original, perturbed, strict=True)
        if not is_same(task, before, after)
    ]
    tally = Tally(len(rows), failures)
    assert tally.pass_rate >= MIN_PASS_RATE_BY_TASK.get(task, MIN_PASS_RATE), str(tally)


@pytest.fixture(scope="module")
def emotion_test_split(classifier: Classifier, public_data: Path) -> tuple[list[str], list[str]]:
    """The texts of the emotion data set's test split, and the labels that the bundle predicts for them."""
    lines = (public_data / "emotion" / "test.txt").read_text(encoding="utf-8").splitlines()
    texts = [line.rpartition(";")[0] for line in lines if line]
    return texts, [answer.label for answer in classifier.classify(texts)]


# the emotion data set has no capitals, so that lower case changes nothing
@pytest.mark.parametrize("perturbation", [name for name in PERTURBATIONS if name != "lower case"])
def test_perturbation_keeps_the_emotion_on_the_test_split(
    classifier: Classifier, emotion_test_split: tuple[list[str], list[str]], perturbation: str
) -> None:
    texts, labels = emotion_test_split
    perturbed = [PERTURBATIONS[perturbation](text) for text in texts]
    assert perturbed != texts, "the perturbation changes no text"
    new_labels = [answer.label for answer in classifier.classify(perturbed)]
    kept = sum(before == after for before, after in zip(labels, new_labels, strict=True)) / len(texts)
    assert kept >= MIN_KEPT_ON_TEST_SPLIT, f"{perturbation} keeps the label of {kept:.1%} of the texts"
