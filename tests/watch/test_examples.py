"""The most typical and the most surprising posts of a day."""

import pytest

from emoji_api.watch.day import DayPosts
from emoji_api.watch.examples import score_sums, surprising_posts, typical_posts
from tests.watch.conftest import answers_of


@pytest.fixture
def day_of(bundle):
    """Return a function that makes a day of posts with these answers, by id."""

    def make(answers):
        day = DayPosts(bundle.tasks)
        for post, answer in answers.items():
            day.add(post, language="en", model_version=bundle.version, answers=answer)
        return day

    return make


@pytest.fixture
def happy_days(day_of):
    """Two days of positive posts."""
    happy = {number: answers_of(sentiment="positive", emotion="joy", confidence=0.9) for number in range(20)}
    return [score_sums(day_of(happy)) for _ in range(2)]


def test_typical_posts_are_nearest_to_the_mean(day_of):
    day = day_of(
        {
            1: answers_of(sentiment="negative", emotion="anger"),
            2: answers_of(sentiment="positive", confidence=0.70),
            3: answers_of(sentiment="positive", confidence=0.72),
            4: answers_of(sentiment="positive", confidence=0.99),
        }
    )
    assert typical_posts(day)[-1] != 1 and 1 not in typical_posts(day, 3)


def test_surprising_posts_are_unlikely_under_the_previous_days(day_of, happy_days):
    day = day_of(
        {
            1: answers_of(sentiment="positive", emotion="joy", confidence=0.9),
            2: answers_of(sentiment="negative", emotion="anger", offensive=True, confidence=0.9),
            3: answers_of(sentiment="negative", emotion="joy", confidence=0.9),
        }
    )
    assert surprising_posts(day, happy_days) == [2, 3, 1]


def test_what_is_usual_on_the_day_can_still_be_surprising(day_of, happy_days):
    angry = {number: answers_of(sentiment="negative", confidence=0.9 + number / 1_000) for number in range(10)}
    day = day_of(angry | {99: answers_of(sentiment="positive", confidence=0.9)})
    assert 99 not in surprising_posts(day, happy_days)


def test_equal_posts_are_in_the_order_of_their_ids_and_copies_are_left_out(day_of, happy_days):
    same, mirrored = answers_of(emotion="anger"), answers_of(emotion="fear")
    day = day_of({7: same, 5: mirrored, 3: same, 4: mirrored})
    assert typical_posts(day) == [3, 4]
    assert surprising_posts(day, happy_days) == [3, 4]


def test_no_posts_without_answers_or_previous_days(day_of, happy_days):
    assert typical_posts(day_of({})) == surprising_posts(day_of({}), happy_days) == []
    assert surprising_posts(day_of({1: answers_of()}), []) == []


def test_posts_without_all_answers_are_not_compared(day_of, happy_days):
    incomplete = answers_of()
    del incomplete["hate"]
    day = day_of({1: incomplete, 2: answers_of()})
    assert typical_posts(day) == surprising_posts(day, happy_days) == [2]
