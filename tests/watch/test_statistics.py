"""Statistics of one day."""

from dataclasses import replace

import pytest

from emoji_api.inference.intervals import wilson_interval
from emoji_api.watch.day import DayPosts
from emoji_api.watch.statistics import day_statistics, empty_statistics
from tests.watch.conftest import answers_of


@pytest.fixture
def day_of(bundle):
    """Return a function that makes a day of classified posts with these answers."""

    def make(*answers, version=bundle.version):
        day = DayPosts(bundle.tasks)
        for number, answer in enumerate(answers):
            day.add(number, language="en", model_version=version, answers=answer)
        return day

    return make


def test_a_day_without_posts_is_empty(bundle):
    assert day_statistics(DayPosts(bundle.tasks), bundle) == empty_statistics()


def test_posts_are_counted_by_language(bundle):
    day = DayPosts(bundle.tasks)
    for language in ("de", "de", "fr", "en", "en-GB", None, "zxx"):
        day.add(1, language=language, model_version=None, answers=None)
    for language in ("en", None):
        day.add(2, language=language, model_version=bundle.version, answers=answers_of())
    statistics = day_statistics(day, bundle)
    assert (statistics["posts"], statistics["classified"], statistics["unreadable"]) == (9, 2, 1)
    assert statistics["other_languages"] == {"de": 2, "fr": 1}


def test_sentiments_have_counts_shares_and_intervals(day_of, bundle):
    answers = [answers_of(sentiment="negative", confidence=0.9)] + 3 * [
        answers_of(sentiment="positive", confidence=0.6)
    ]
    sentiment = day_statistics(day_of(*answers), bundle)["sentiment"]
    assert {label: entry["count"] for label, entry in sentiment.items()} == {"negative": 1, "neutral": 0, "positive": 3}
    assert sentiment["positive"]["share"] == 0.75
    assert sentiment["positive"]["interval"] == pytest.approx(wilson_interval(3, 4), abs=1e-4)


def test_mean_probability_is_the_mean_of_the_calibrated_probabilities(day_of, bundle):
    answers = [answers_of(sentiment="negative", confidence=0.9), answers_of(sentiment="positive", confidence=0.6)]
    negative = day_statistics(day_of(*answers), bundle)["sentiment"]["negative"]
    assert negative["mean_probability"] == pytest.approx((0.9 + 0.2) / 2)
    assert negative["mean_probability_interval"] == pytest.approx(wilson_interval(1.1, 2), abs=1e-4)


def test_sentiments_are_corrected_by_the_confusion_matrix_of_the_bundle(day_of, bundle):
    """The shipped model finds 85 % of negative posts, and takes 19 % of neutral posts for negative."""
    answers = 20 * [answers_of(sentiment="negative")] + 80 * [answers_of(sentiment="neutral")]
    sentiment = day_statistics(day_of(*answers), bundle)["sentiment"]
    assert sentiment["negative"]["corrected"] < 0.05 < sentiment["negative"]["share"]
    assert sum(entry["corrected"] for entry in sentiment.values()) == pytest.approx(1, abs=1e-3)
    for entry in sentiment.values():
        low, high = entry["corrected_interval"]
        assert 0 <= low <= entry["corrected"] <= high <= 1


def test_no_correction_for_posts_of_another_model(day_of, bundle):
    sentiment = day_statistics(day_of(answers_of(), version="2020.01.01-000000"), bundle)["sentiment"]
    assert "corrected" not in sentiment["neutral"] and sentiment["neutral"]["count"] == 1


def test_no_correction_without_a_confusion_matrix(day_of, bundle):
    statistics = day_statistics(day_of(answers_of()), replace(bundle, metrics={}))
    assert "corrected" not in statistics["sentiment"]["neutral"]


def test_emotions_of_low_confidence_are_uncertain(day_of, bundle):
    answers = [answers_of(emotion="anger", confidence=confidence) for confidence in (0.9, 0.5, 0.49)]
    emotion = day_statistics(day_of(*answers), bundle)["emotion"]
    assert (emotion["anger"]["count"], emotion["uncertain"]["count"]) == (2, 1)
    assert sum(entry["share"] for entry in emotion.values()) == pytest.approx(1, abs=1e-3)
    assert emotion["anger"]["interval"] == pytest.approx(wilson_interval(2, 3), abs=1e-4)


def test_offensive_posts_have_a_share_with_an_interval(day_of, bundle):
    offensive = day_statistics(day_of(answers_of(offensive=True), *4 * [answers_of()]), bundle)["offensive"][
        "offensive"
    ]
    assert (offensive["count"], offensive["share"]) == (1, 0.2)
    assert offensive["interval"] == pytest.approx(wilson_interval(1, 5), abs=1e-4)


def test_a_post_without_an_answer_to_a_task_does_not_count_for_it(day_of, bundle):
    incomplete = answers_of()
    del incomplete["emotion"]
    statistics = day_statistics(day_of(incomplete, answers_of(emotion="love")), bundle)
    assert statistics["classified"] == 2
    assert statistics["emotion"]["love"]["share"] == 1


def test_a_bundle_without_a_task_has_no_statistics_of_it(bundle):
    small = replace(bundle, tasks={"sentiment": bundle.tasks["sentiment"]})
    day = DayPosts(small.tasks)
    day.add(1, language="en", model_version=small.version, answers=answers_of())
    statistics = day_statistics(day, small)
    assert statistics["sentiment"] and statistics["emotion"] == statistics["offensive"] == {}
