"""Fitting ends with the best epoch's weights; predictions come in the order of the texts."""

import random
from dataclasses import replace

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.training.datasets import Split
from emoji_api.training.examples import labelled
from emoji_api.training.fit import History, emotion_examples, fit, predict, softmax, tweet_examples, validate
from emoji_api.training.params import Params, TweetParams
from emoji_api.training.train import TrainingData, start_network
from emoji_api.training.tweets import Tweets

KINDS = [("tweets", "negative"), ("tweets", "neutral"), ("tweets", "positive")]


@pytest.fixture(scope="module")
def joint_params(tiny_params: Params) -> Params:
    expected = {"tweets": {"negative": {"sadness": 0.5, "anger": 0.5}, "neutral": {}, "positive": {"joy": 1.0}}}
    return replace(
        tiny_params,
        fit=replace(tiny_params.fit, epochs=3, rows=120),
        tweets=TweetParams(first_epoch=20, per_epoch=30, expected=expected),
    )


@pytest.fixture(scope="module")
def tweets() -> Tweets:
    texts = [f"{word} {number}" for number in range(20) for word in ("sad", "about", "glad")]
    return Tweets(examples=labelled(texts, SENTIMENT, [0, 1, 2] * 20), kinds=KINDS * 20)


@pytest.fixture(scope="module")
def fitted(joint_params: Params, training_data: TrainingData, tweets: Tweets, validation: Split):
    """A joint training of three short epochs: the network, its tokenizer, the history, the weights after each epoch."""
    network, tokenizer = start_network(joint_params, replace(training_data, tweets=tweets))
    weights: list[list[np.ndarray]] = []
    history = fit(
        network,
        tokenizer,
        emotion=training_data.train,
        validation={"validation": validation},
        tweets=tweets,
        tasks=[EMOTION, SENTIMENT],
        params=joint_params,
        after_epoch=lambda epoch: weights.append(network.get_weights()),
    )
    return network, tokenizer, history, weights


def test_softmax_is_a_probability_even_of_large_logits() -> None:
    probabilities = softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3)]]))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.25, 0.75]])


def test_predictions_are_in_the_order_of_the_texts(network: keras.Model, tokenizer: Tokenizer) -> None:
    texts = ["happy " * 9, "sad", "so very angry today", "afraid"] * 20
    together = predict(network, tokenizer, texts, 32)["emotion"]
    alone = [predict(network, tokenizer, [text], 32)["emotion"][0] for text in texts[:4]]
    np.testing.assert_allclose(together, alone * 20, atol=1e-4)


def test_emotion_examples_are_all_texts_some_rewritten(tiny_params: Params, training_data: TrainingData) -> None:
    train = training_data.train
    examples = emotion_examples(train, tiny_params, random.Random(0))
    changed = np.mean([text != before for text, before in zip(examples.texts, train.texts, strict=True)])
    assert changed == pytest.approx(tiny_params.fit.augmented, abs=0.07)
    assert examples.targets["emotion"].argmax(axis=1).tolist() == train.labels


@pytest.mark.parametrize(("epoch", "rows"), [(1, 20), (2, 30)])
def test_tweet_examples_teach_both_tasks(fitted, tweets: Tweets, joint_params: Params, epoch: int, rows: int) -> None:
    network, tokenizer, *_ = fitted
    examples = tweet_examples(network, tokenizer, tweets, epoch, joint_params, np.random.default_rng(0))
    assert len(examples) == rows
    assert examples.targets.keys() == {"emotion", "sentiment"}
    np.testing.assert_allclose(examples.targets["emotion"].sum(axis=1), 1, rtol=1e-5)


def test_each_epoch_is_measured(fitted) -> None:
    history: History = fitted[2]
    assert len(history.epochs) == 3
    assert history.epochs[0].keys() == {"loss", "validation_accuracy", "validation_macro_f1"}
    assert history.epochs[2]["loss"] < history.epochs[0]["loss"]


def test_the_best_epoch_is_kept(fitted) -> None:
    network, _, history, weights = fitted
    scores = [epoch["validation_macro_f1"] for epoch in history.epochs]
    assert history.best_epoch == 1 + int(np.argmax(scores))
    for kept, best in zip(network.get_weights(), weights[history.best_epoch - 1], strict=True):
        np.testing.assert_array_equal(kept, best)


def test_what_was_measured_is_what_the_network_does(fitted, validation: Split, joint_params: Params) -> None:
    network, tokenizer, history, _ = fitted
    measured = validate(network, tokenizer, {"validation": validation}, joint_params)
    best = history.epochs[history.best_epoch - 1]
    assert measured == pytest.approx({name: best[name] for name in measured}, abs=1e-4)


def test_training_stops_when_it_gets_no_better(tiny_params: Params, training_data: TrainingData) -> None:
    params = replace(tiny_params, fit=replace(tiny_params.fit, epochs=9, patience=1, rows=40, learning_rate=1e-12))
    network, tokenizer = start_network(params, training_data)
    history = fit(
        network,
        tokenizer,
        emotion=training_data.train,
        validation={"validation": training_data.emotion.splits["validation"]},
        tweets=None,
        tasks=[EMOTION],
        params=params,
    )
    assert (history.best_epoch, len(history.epochs)) == (1, 2)
