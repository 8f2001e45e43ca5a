"""Real tweets of known sentiment teach it, and emotion by guesses."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION, OFFENSIVE, SENTIMENT
from emoji_api.training.datasets import Dataset, Split
from emoji_api.training.params import TweetParams
from emoji_api.training.tweets import Tweets, collect, with_guesses

EXPECTED = {
    "tweeteval/sentiment": {"negative": {"anger": 0.8, "sadness": 0.2}, "neutral": {}},
    "tweeteval/offensive": {"offensive": {"anger": 1.0}},
}
EVEN = np.full(6, 1 / 6)


def dataset(name: str, task, texts: list[str], labels: list[int]) -> Dataset:
    held_out = Split(texts=["held out"], labels=[0])
    splits = {"train": Split(texts=texts, labels=labels), "validation": held_out, "test": held_out}
    return Dataset(name=name, task=task, splits=splits, manifest={})


@pytest.fixture
def tweets() -> Tweets:
    sentiment = dataset(
        "tweeteval/sentiment", SENTIMENT, ["bad", "so so", "good", "held out", "worse"], [0, 1, 2, 0, 0]
    )
    offensive = dataset("tweeteval/offensive", OFFENSIVE, ["you fool", "you friend"], [1, 0])
    return collect([sentiment, offensive], [SENTIMENT], EXPECTED)


@pytest.fixture
def params() -> TweetParams:
    return TweetParams(weight=0.5, temperature=1, cue_strength=2, neutral_even=1, expected=EXPECTED)


def test_only_expected_kinds_and_no_held_out_text(tweets: Tweets) -> None:
    assert tweets.examples.texts == ["bad", "so so", "worse", "you fool"]
    assert tweets.kinds[1] == ("tweeteval/sentiment", "neutral")
    assert tweets.kinds[3] == ("tweeteval/offensive", "offensive")
    assert len(tweets) == 4


def test_each_teaches_its_own_task_if_that_is_trained(tweets: Tweets) -> None:
    assert tweets.examples.weights.keys() == {"sentiment"}
    assert tweets.examples.weights["sentiment"].tolist() == [1, 1, 1, 0]


def test_a_sample_keeps_rows_with_their_kinds(tweets: Tweets) -> None:
    kinds = dict(zip(tweets.examples.texts, tweets.kinds, strict=True))
    sample = tweets.sample(np.random.default_rng(0), 3)
    assert len(set(sample.examples.texts)) == 3
    assert [kinds[text] for text in sample.examples.texts] == sample.kinds


@pytest.mark.parametrize(("size", "rows"), [(0, 0), (99, 4)])
def test_a_sample_has_at_most_all(tweets: Tweets, size: int, rows: int) -> None:
    assert len(tweets.sample(np.random.default_rng(0), size)) == rows


def test_a_sample_has_rare_kinds_more_often(params: TweetParams) -> None:
    texts = [f"text {number}" for number in range(1000)]
    tweets = collect([dataset("tweeteval/sentiment", SENTIMENT, texts, [0] * 900 + [1] * 100)], [SENTIMENT], EXPECTED)
    sample = tweets.sample(np.random.default_rng(0), 200)
    assert sample.kinds.count(("tweeteval/sentiment", "neutral")) == pytest.approx(50, abs=15)


def test_guesses_are_within_what_the_kind_allows(tweets: Tweets, params: TweetParams) -> None:
    targets = with_guesses(tweets, np.random.default_rng(0).dirichlet(np.ones(6), 4), params).targets["emotion"]
    allowed = [EMOTION.labels.index(label) for label in ("sadness", "anger")]
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets[[0, 2]][:, allowed].sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets[1], EVEN, rtol=1e-6)
    assert targets[3].argmax() == EMOTION.labels.index("anger")
    assert targets[3].max() == 1


def test_guesses_weigh_what_the_params_say_and_leave_the_rest(tweets: Tweets, params: TweetParams) -> None:
    examples = with_guesses(tweets, np.tile(EVEN, (4, 1)), params)
    assert examples.weights["emotion"].tolist() == [0.5] * 4
    assert examples.weights["sentiment"].tolist() == tweets.examples.weights["sentiment"].tolist()


def test_a_cue_tilts_the_guess(params: TweetParams) -> None:
    texts = ["the weather", "wtf is this weather", "so sad weather"]
    tweets = collect([dataset("tweeteval/sentiment", SENTIMENT, texts, [0, 0, 0])], [SENTIMENT], EXPECTED)
    anger = with_guesses(tweets, np.ones((3, 6)), params).targets["emotion"][:, EMOTION.labels.index("anger")]
    assert anger[1] > anger[0] > anger[2]


def test_a_higher_temperature_softens(params: TweetParams) -> None:
    texts = ["one", "other"]
    tweets = collect([dataset("tweeteval/sentiment", SENTIMENT, texts, [0, 0])], [SENTIMENT], EXPECTED)
    sure = np.array([[0.9, 0, 0, 0.1, 0, 0], [0.1, 0, 0, 0.9, 0, 0]])
    softer = TweetParams(**{**params.__dict__, "temperature": 5})
    spread = [np.ptp(with_guesses(tweets, sure, used).targets["emotion"][:, 0]) for used in (params, softer)]
    assert spread[0] > spread[1] > 0
