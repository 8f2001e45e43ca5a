"""Tweets without an emotion, where they are asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoji_api import Classifier, load_classifier
from emoji_api.errors import NoEmotionUnknown
from emoji_api.inference.no_emotion import NoEmotionRule, log_divergence
from emoji_api.tasks import EMOTION, NO_EMOTION, NO_EMOTION_EMOJI

Edit = Callable[[Callable[[dict[str, Any]], Any]], Path]

RULE = NoEmotionRule(slope=-1.3, intercept=-3.0, threshold=0.4)
UNIFORM = np.full(6, 1 / 6)
CERTAIN = np.eye(6)[1]
TEXTS = ["so happy today", "i am scared", "the day with my"]


@pytest.fixture
def classifier_of(edit: Edit) -> Callable[[float], Classifier]:
    """Return a function that loads the tiny bundle with a rule of a given threshold."""

    def load(threshold: float) -> Classifier:
        entry = {"slope": RULE.slope, "intercept": RULE.intercept, "threshold": threshold}
        return load_classifier(edit(lambda manifest: manifest["tasks"]["emotion"].update(no_emotion=entry)))

    return load


def test_divergence_is_zero_for_the_uniform_distribution() -> None:
    assert np.exp(log_divergence(UNIFORM)) == pytest.approx(0.01)
    assert np.exp(log_divergence(CERTAIN)) == pytest.approx(np.log(6) + 0.01)


def test_probability_falls_with_the_certainty_of_an_emotion() -> None:
    shares = np.linspace(0, 1, 11)[:, None]
    probability = RULE.probability((1 - shares) * UNIFORM + shares * CERTAIN)
    assert (np.diff(probability) < 0).all()
    assert probability[0] > 0.9 and probability[-1] < 0.05


def test_tweet_without_an_emotion_is_answered_as_such(classifier_of: Callable[[float], Classifier]) -> None:
    classifier = classifier_of(0.0)  # every text
    for answer, plain in zip(classifier.classify(TEXTS, neutral=True), classifier.classify(TEXTS), strict=True):
        assert (answer.label, answer.emoji) == (NO_EMOTION, NO_EMOTION_EMOJI)
        assert answer.is_no_emotion and not plain.is_no_emotion
        rule = classifier.bundle.no_emotion
        assert rule is not None
        assert answer.confidence == pytest.approx(float(rule.probability(np.array(list(answer.scores.values())))))
        # the scores are those of the emotions
        assert answer.scores == plain.scores
        assert tuple(answer.scores) == EMOTION.labels


def test_tweet_with_an_emotion_keeps_it(classifier_of: Callable[[float], Classifier]) -> None:
    classifier = classifier_of(1.0)  # no text
    assert classifier.classify(TEXTS, neutral=True) == classifier.classify(TEXTS)


def test_answers_that_do_not_ask_do_not_depend_on_the_rule(
    classifier_of: Callable[[float], Classifier], classifier: Classifier
) -> None:
    assert classifier_of(0.0).analyse(TEXTS) == classifier.analyse(TEXTS)


def test_other_tasks_do_not_change(classifier_of: Callable[[float], Classifier]) -> None:
    classifier = classifier_of(0.0)
    tasks = [name for name in classifier.bundle.tasks if name != EMOTION.name]
    assert classifier.analyse(TEXTS, tasks, neutral=True) == classifier.analyse(TEXTS, tasks)


def test_bundle_without_the_rule_cannot_answer(classifier: Classifier) -> None:
    assert classifier.bundle.no_emotion is None
    with pytest.raises(NoEmotionUnknown):
        classifier.classify(TEXTS, neutral=True)
    assert classifier.analyse(TEXTS, "sentiment", neutral=True) == classifier.analyse(TEXTS, "sentiment")


def test_shipped_bundle_has_the_rule() -> None:
    answers = load_classifier().classify(
        ["The meeting is at 3pm.", "the shop opens at 9", "so happy today!!", "ich bin SO wütend 😡"], neutral=True
    )
    assert [answer.label == NO_EMOTION for answer in answers] == [True, True, False, False]
