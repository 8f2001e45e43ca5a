"""Examples from real tweets: own labels, out-of-domain negatives, emotion pseudo-labels."""

from dataclasses import replace

import numpy as np
import pytest

from emoji_api.tasks import EMOTION, FINANCE_STANCE, FINANCE_TOPIC, OFFENSIVE, PHRASE, SENTIMENT, Task
from emoji_api.training.data.readers import Dataset, Split
from emoji_api.training.examples.tweets import (
    Tweets,
    add_emotion_pseudo_labels,
    add_out_of_domain_targets,
    collect_tweets,
)
from emoji_api.training.params import TweetParams

CLASS_PRIORS = {
    "tweeteval/sentiment": {"negative": {"anger": 0.8, "sadness": 0.2}, "neutral": {}},
    "tweeteval/offensive": {"offensive": {"anger": 1.0}},
}
UNIFORM = np.full(6, 1 / 6)


def dataset(name: str, task: Task, texts: list[str], labels: list[int], held_out: str = "held out", **spans) -> Dataset:
    held = Split(texts=[held_out], labels=[0])
    splits = {"train": Split(texts=texts, labels=labels, **spans), "validation": held, "test": held}
    return Dataset(name=name, task=task, splits=splits, manifest={})


@pytest.fixture
def tweets() -> Tweets:
    sentiment = dataset(
        "tweeteval/sentiment", SENTIMENT, ["bad", "so so", "good", "held out", "worse"], [0, 1, 2, 0, 0]
    )
    offensive = dataset("tweeteval/offensive", OFFENSIVE, ["you fool", "you friend"], [1, 0])
    return collect_tweets([sentiment, offensive], [SENTIMENT])


@pytest.fixture
def many() -> Tweets:
    """A thousand tweets with a sentiment, a tenth of them neutral, and twenty that are not offensive."""
    texts = [f"text {number}" for number in range(1000)]
    sentiment = dataset("tweeteval/sentiment", SENTIMENT, texts, [0] * 900 + [1] * 100)
    offensive = dataset("tweeteval/offensive", OFFENSIVE, [f"friend {number}" for number in range(20)], [0] * 20)
    return collect_tweets([sentiment, offensive], [SENTIMENT])


@pytest.fixture
def params() -> TweetParams:
    return TweetParams(
        pseudo_label_weight=0.5,
        pseudo_label_temperature=1,
        cue_strength=2,
        neutral_uniform_share=1,
        class_priors=CLASS_PRIORS,
    )


def test_collected_tweets_are_train_texts_with_their_kinds(tweets: Tweets) -> None:
    assert tweets.examples.texts == ["bad", "so so", "good", "worse", "you fool", "you friend"]
    assert tweets.kinds[1] == ("tweeteval/sentiment", "neutral")
    assert tweets.kinds[4] == ("tweeteval/offensive", "offensive")
    assert len(tweets) == 6


def test_text_held_out_by_one_data_set_is_removed_from_the_others() -> None:
    one = dataset("tweeteval/sentiment", SENTIMENT, ["bad", "so so"], [0, 1], held_out="welcome")
    other = dataset("tweet_sentiment_extraction", SENTIMENT, ["Welcome", "good"], [2, 2])
    assert collect_tweets([one, other], [SENTIMENT]).examples.texts == ["bad", "so so", "good"]


def test_weights_are_one_for_the_own_task_only(tweets: Tweets) -> None:
    assert tweets.examples.weights.keys() == {"sentiment"}
    assert tweets.examples.weights["sentiment"].tolist() == [1, 1, 1, 1, 0, 0]


def test_data_set_with_spans_has_targets_of_phrase_too() -> None:
    spans = dataset("tweet_sentiment_extraction", SENTIMENT, ["so bad", "good"], [0, 2], spans=[(3, 6), (0, 4)])
    offensive = dataset("tweeteval/offensive", OFFENSIVE, ["you fool"], [1])
    examples = collect_tweets([spans, offensive], [SENTIMENT, PHRASE]).examples
    assert examples.targets["phrase"][:2].tolist() == [[3, 6, 0], [0, 4, 2]]
    assert examples.weights["phrase"].tolist() == examples.weights["sentiment"].tolist() == [1, 1, 0]


def test_sample_keeps_texts_with_their_kinds(tweets: Tweets) -> None:
    kinds = dict(zip(tweets.examples.texts, tweets.kinds, strict=True))
    sample = tweets.sample(np.random.default_rng(0), {"tweeteval/sentiment": 3, "tweeteval/offensive": 1})
    assert len(set(sample.examples.texts)) == 4
    assert [kinds[text] for text in sample.examples.texts] == sample.kinds


def test_sample_has_the_given_size_per_data_set(many: Tweets) -> None:
    sample = many.sample(np.random.default_rng(0), {"tweeteval/sentiment": 30, "tweeteval/offensive": 7})
    names = [name for name, _ in sample.kinds]
    assert (names.count("tweeteval/sentiment"), names.count("tweeteval/offensive")) == (30, 7)


def test_sample_has_at_most_all_rows(many: Tweets) -> None:
    assert (
        len(many.sample(np.random.default_rng(0), {"tweeteval/sentiment": 5000, "tweeteval/offensive": 5000})) == 1020
    )


@pytest.mark.parametrize("sizes", [{}, {"emotion": 9}, {"finance_topic": 9}])
def test_sample_ignores_data_sets_without_a_size_or_rows(many: Tweets, sizes: dict[str, int]) -> None:
    assert len(many.sample(np.random.default_rng(0), sizes)) == 0


def test_sample_draws_rare_kinds_more_often(many: Tweets) -> None:
    sample = many.sample(np.random.default_rng(0), {"tweeteval/sentiment": 200})
    assert sample.kinds.count(("tweeteval/sentiment", "neutral")) == pytest.approx(50, abs=15)


@pytest.fixture
def news() -> Tweets:
    """A negative tweet, a text with a topic, and a text with a stance."""
    tasks = [EMOTION, SENTIMENT, FINANCE_TOPIC, FINANCE_STANCE]
    datasets = [
        dataset("tweeteval/sentiment", SENTIMENT, ["bad"], [0]),
        dataset("finance_topic", FINANCE_TOPIC, ["cut to hold"], [0]),
        dataset("finance_sentiment", FINANCE_STANCE, ["falls"], [0]),
    ]
    return collect_tweets(datasets, tasks)


def test_out_of_domain_target_is_uniform_over_topics_and_a_neutral_stance(news: Tweets) -> None:
    examples = add_out_of_domain_targets(news, 0.1).examples
    np.testing.assert_allclose(examples.targets["finance_topic"][0], 1 / 20)
    assert FINANCE_STANCE.labels[examples.targets["finance_stance"][0].argmax()] == "neutral"
    assert examples.targets["finance_stance"][0].max() == 1
    assert [examples.weights[name][0] for name in ("finance_topic", "finance_stance")] == pytest.approx([0.1, 0.1])


def test_out_of_domain_targets_change_neither_news_nor_other_tasks(news: Tweets) -> None:
    before, after = news.examples, add_out_of_domain_targets(news, 0.1).examples
    for task in ("finance_topic", "finance_stance"):
        np.testing.assert_array_equal(after.targets[task][1:], before.targets[task][1:])
        assert after.weights[task][1:].tolist() == before.weights[task][1:].tolist()
    for task in ("sentiment", "emotion"):
        np.testing.assert_array_equal(after.targets[task], before.targets[task])
        np.testing.assert_array_equal(after.weights[task], before.weights[task])
    assert before.weights["finance_topic"].tolist() == [0, 1, 0]


def test_out_of_domain_weight_zero_changes_nothing(news: Tweets) -> None:
    assert add_out_of_domain_targets(news, 0) is news


def test_out_of_domain_targets_need_finance_tasks(tweets: Tweets) -> None:
    assert add_out_of_domain_targets(tweets, 0.1) is tweets


def test_pseudo_labels_are_within_the_class_prior(tweets: Tweets, params: TweetParams) -> None:
    targets = add_emotion_pseudo_labels(tweets, np.random.default_rng(0).dirichlet(np.ones(6), 6), params).targets[
        "emotion"
    ]
    allowed = [EMOTION.labels.index(label) for label in ("sadness", "anger")]
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets[[0, 3]][:, allowed].sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets[1], UNIFORM, rtol=1e-6)
    assert targets[4].argmax() == EMOTION.labels.index("anger")
    assert targets[4].max() == 1


def test_pseudo_labels_have_the_weight_and_change_no_other_task(tweets: Tweets, params: TweetParams) -> None:
    examples = add_emotion_pseudo_labels(tweets, np.tile(UNIFORM, (6, 1)), params)
    assert examples.weights["sentiment"].tolist() == tweets.examples.weights["sentiment"].tolist()
    assert examples.weights["emotion"].tolist() == [0.5, 0.5, 0, 0.5, 0.5, 0]  # kinds without a class prior get zero


def test_texts_with_an_annotated_emotion_get_weight_zero(tweets: Tweets, params: TweetParams) -> None:
    examples = add_emotion_pseudo_labels(tweets, np.tile(UNIFORM, (6, 1)), params, annotated_keys={"so so", "you fool"})
    assert examples.weights["emotion"].tolist() == [0.5, 0, 0, 0.5, 0, 0]


def test_cue_tilts_the_pseudo_label(params: TweetParams) -> None:
    texts = ["the weather", "wtf is this weather", "so sad weather"]
    tweets = collect_tweets([dataset("tweeteval/sentiment", SENTIMENT, texts, [0, 0, 0])], [SENTIMENT])
    anger = add_emotion_pseudo_labels(tweets, np.ones((3, 6)), params).targets["emotion"][
        :, EMOTION.labels.index("anger")
    ]
    assert anger[1] > anger[0] > anger[2]


def test_higher_temperature_softens_the_pseudo_labels(params: TweetParams) -> None:
    texts = ["one", "other"]
    tweets = collect_tweets([dataset("tweeteval/sentiment", SENTIMENT, texts, [0, 0])], [SENTIMENT])
    sure = np.array([[0.9, 0, 0, 0.1, 0, 0], [0.1, 0, 0, 0.9, 0, 0]])
    softer = replace(params, pseudo_label_temperature=5)
    spread = [
        np.ptp(add_emotion_pseudo_labels(tweets, sure, used).targets["emotion"][:, 0]) for used in (params, softer)
    ]
    assert spread[0] > spread[1] > 0
