"""Explanations: the contribution of each word to an answer."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoji_api import Classification, Classifier, load_classifier
from emoji_api.errors import ExplanationTooLarge
from emoji_api.inference.answers import Word
from emoji_api.inference.explanation import word_spans
from emoji_api.tasks import EMOTION

TEXT = "i feel SO happy today 😂 & not sad"
TASKS = ["emotion", "sentiment", "hate"]


def words_of(answer: object) -> tuple[Word, ...]:
    assert isinstance(answer, Classification) and answer.words is not None
    return answer.words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("so happy today", ["so", "happy", "today"]),
        ("  so\thappy\n", ["so", "happy"]),
        ("well-known, isn't it?!", ["well-known,", "isn't", "it?!"]),
        ("AGAIN😡😡 ugh", ["AGAIN", "😡", "😡", "ugh"]),
        ("👍🏽 great 🇺🇸❤️", ["👍🏽", "great", "🇺🇸", "❤️"]),
        ("@anna https://t.co/x #sad :(", ["@anna", "https://t.co/x", "#sad", ":("]),
        ("a&amp;b", ["a&amp;b"]),
        ("", []),
        (" ", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    spans = word_spans(text)
    assert [text[start:end] for start, end in spans] == words


def test_words_have_offsets_in_the_callers_text(classifier: Classifier) -> None:
    (answers,) = classifier.analyse(TEXT, TASKS, explain=True)
    for name in TASKS:
        words = words_of(answers[name])
        assert [word.text for word in words] == TEXT.split()
        assert all(TEXT[word.start : word.end] == word.text for word in words)


def test_contribution_is_the_score_minus_that_without_the_word(classifier: Classifier) -> None:
    (answers,) = classifier.analyse(TEXT, TASKS, explain=True)
    for name in TASKS:
        answer = answers[name]
        assert isinstance(answer, Classification)
        label = list(answer.scores).index(answer.label)
        for word in words_of(answer):
            rest = TEXT[: word.start] + TEXT[word.end :]
            without = classifier.probabilities(rest, [name])[name][0, label]
            assert word.contribution == pytest.approx(answer.confidence - without, abs=1e-3)


def test_answers_are_those_without_an_explanation(classifier: Classifier) -> None:
    texts = [TEXT, "sad", "so scared " * 5]
    explained = classifier.analyse(texts, explain=True)
    for answers, plain in zip(explained, classifier.analyse(texts), strict=True):
        for name, answer in answers.items():
            if isinstance(answer, Classification):
                assert answer.words and plain[name] == Classification(**{**vars(answer), "words": None})
            else:
                assert answer == plain[name]


def test_single_word_is_compared_with_no_word(classifier: Classifier) -> None:
    (word,) = words_of(classifier.analyse("happy", EMOTION.name, explain=True)[0][EMOTION.name])
    assert (word.text, word.start, word.end) == ("happy", 0, 5)
    assert -1 <= word.contribution <= 1


def test_network_reads_at_most_one_row_more_than_there_are_words(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = []
    run = classifier.engine.run

    def count(outputs: Any, input_ids: np.ndarray, attention_mask: np.ndarray) -> Any:
        rows.append(len(input_ids))
        return run(outputs, input_ids, attention_mask)

    monkeypatch.setattr(classifier.engine, "run", count)
    classifier.analyse(TEXT, TASKS, explain=True)
    assert sum(rows) == len(TEXT.split()) + 1
    rows.clear()
    classifier.analyse("so happy " * 500, TASKS, explain=True)
    assert sum(rows) <= classifier.bundle.max_length


def test_truncated_words_contribute_nothing(classifier: Classifier) -> None:
    text = "so happy " * 100
    words = words_of(classifier.analyse(text, EMOTION.name, explain=True)[0][EMOTION.name])
    assert len(words) == 200
    assert {word.contribution for word in words[classifier.bundle.max_length :]} == {0.0}


def test_label_is_the_given_sentiment(classifier: Classifier) -> None:
    label = "negative"
    (answers,) = classifier.analyse(TEXT, "sentiment", sentiment=label, explain=True)
    answer = answers["sentiment"]
    assert isinstance(answer, Classification)
    word = words_of(answer)[3]
    rest = TEXT[: word.start] + TEXT[word.end :]
    without = classifier.probabilities(rest, ["sentiment"])["sentiment"][0, 0]
    assert word.contribution == pytest.approx(answer.scores[label] - without, abs=1e-3)


def test_rows_are_limited(classifier: Classifier) -> None:
    classifier.analyse(["so happy", "sad"], TASKS, explain=True, max_rows=3)
    with pytest.raises(ExplanationTooLarge, match="have 4 words to leave out; at most 3 can"):
        classifier.analyse(["so happy", "sad day"], TASKS, explain=True, max_rows=3)


def test_no_text_needs_no_explanation(classifier: Classifier) -> None:
    assert classifier.analyse([], TASKS, explain=True) == []
    assert classifier.analyse([TEXT], "phrase", explain=True) == classifier.analyse([TEXT], "phrase")


def test_explanations_of_the_shipped_bundle_are_faithful(public_data: Path) -> None:
    """Deleting the top word lowers the score more than deleting a random other word: `benchmarks.explanations`."""
    texts = (public_data / "tweeteval" / "sentiment" / "val_text.txt").read_text(encoding="utf-8").split("\n")
    rng, classifier, faithful = random.Random(0), load_classifier(), []
    for text in rng.sample([text for text in texts if len(text.split()) > 2], 60):
        answer = classifier.analyse(text, EMOTION.name, explain=True)[0][EMOTION.name]
        assert isinstance(answer, Classification)
        top, *others = sorted(words_of(answer), key=lambda word: -word.contribution)
        deleted = [text[: word.start] + text[word.end :] for word in (top, rng.choice(others))]
        without_top, without_other = (found.scores[answer.label] for found in classifier.classify(deleted))
        faithful.append(without_top < without_other)
    assert np.mean(faithful) >= 0.9
