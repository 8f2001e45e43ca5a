"""Multi-task fine-tuning."""

import random
from dataclasses import replace

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import Annotation
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.fit import History, emotion_examples, fit, span_loss, tweet_examples, validate
from emoji_api.training.network.build import PADDING_LOGIT
from emoji_api.training.network.forward import predict
from emoji_api.training.params import Params, TweetParams
from emoji_api.training.train import start_network

TASKS = ["emotion", "sentiment", "phrase"]
ROWS = {"tweeteval/sentiment": 20, "tweet_sentiment_extraction": 40}
EXPECTED = {"negative": {"sadness": 0.5, "anger": 0.5}, "neutral": {}, "positive": {"joy": 1.0}}


@pytest.fixture(scope="module")
def params(tiny_params: Params) -> Params:
    return replace(
        tiny_params,
        tasks=TASKS,
        fit=replace(tiny_params.fit, epochs=3, rows=120),
        tweets=TweetParams(
            rows={"emotion": 80, "not there": 9999} | ROWS,
            class_priors={"tweeteval/sentiment": EXPECTED},
            pseudo_label_weight=0.5,
            cue_strength=2.0,
            neutral_uniform_share=1.0,
            out_of_domain_weight=0.0,
            annotated_weight=0.0,
        ),
    )


@pytest.fixture(scope="module")
def data(params: Params) -> TrainingData:
    return read_data(params)


@pytest.fixture(scope="module")
def fitted(params: Params, data: TrainingData) -> tuple[keras.Model, Tokenizer, History, list[list[np.ndarray]]]:
    """Three short epochs on three tasks: the network, its tokenizer, the history, the weights after each epoch."""
    network, tokenizer = start_network(params, data)
    weights: list[list[np.ndarray]] = []
    history = fit(network, tokenizer, data, params, after_epoch=lambda *_: weights.append(network.get_weights()))
    return network, tokenizer, history, weights


def test_span_loss_is_the_cross_entropy_over_the_tokens_of_the_text() -> None:
    targets, logits = np.zeros((3, 4, 3), np.float32), np.zeros((3, 4, 3), np.float32)
    logits[:, 2:] = PADDING_LOGIT
    targets[0, 1, 2] = targets[1, 0, 0] = 1  # the third row has no span
    logits[1, 0, 0] = np.log(3)
    np.testing.assert_allclose(span_loss(targets, logits), [np.log(2), np.log(4 / 3), 0], atol=1e-5)


def test_annotated_tweets_are_learned(params: Params, data: TrainingData) -> None:
    """They come whole in every epoch: texts without any emotional word get the annotated emotion."""
    texts = [f"the {word} of the bulletin" for word in ("first", "second", "third", "fourth")]
    annotations = [Annotation(tweet=str(row), text=text, labels=("fear",)) for row, text in enumerate(texts * 10)]
    annotations_only = replace(
        params, tasks=["emotion"], fit=replace(params.fit, rows=1), tweets=TweetParams(annotated_weight=1)
    )
    network, tokenizer = start_network(annotations_only, data)
    fit(network, tokenizer, replace(data, annotations=annotations, tasks=[EMOTION], tweets=None), annotations_only)
    logits = predict(network, tokenizer, texts, params.max_length)["emotion"]
    assert {EMOTION.labels[label] for label in logits.argmax(axis=1)} == {"fear"}


def test_emotion_examples_are_all_texts_with_a_share_augmented(tiny_params: Params, data: TrainingData) -> None:
    examples = emotion_examples(data.train, tiny_params, random.Random(0))
    changed = np.mean([text != before for text, before in zip(examples.texts, data.train.texts, strict=True)])
    assert changed == pytest.approx(tiny_params.fit.augmented, abs=0.07)
    assert examples.targets["emotion"].argmax(axis=1).tolist() == data.train.labels


def examples_of(fitted, data: TrainingData, epoch: int, params: Params):
    """Return the tweet examples of an epoch, from the same sample of tweets in every epoch."""
    network, tokenizer, *_ = fitted
    return tweet_examples(network, tokenizer, data.tweets, set(), epoch, params, np.random.default_rng(0))


@pytest.mark.parametrize("epoch", [1, 2])
def test_tweet_examples_have_targets_for_all_tasks(fitted, data: TrainingData, params: Params, epoch: int) -> None:
    examples = examples_of(fitted, data, epoch, params)
    assert len(examples) == sum(ROWS.values())
    assert examples.targets.keys() == set(TASKS)
    np.testing.assert_allclose(examples.targets["emotion"].sum(axis=1), 1, rtol=1e-5)
    assert {name: int((weights > 0).sum()) for name, weights in examples.weights.items()} == {
        "emotion": 20,
        "sentiment": 60,
        "phrase": 40,
    }


def test_new_network_predicts_pseudo_labels_from_the_second_epoch_on(
    fitted, data: TrainingData, params: Params
) -> None:
    started = replace(params, start="a bundle")
    first, second, first_of_started = (
        examples_of(fitted, data, epoch, used).targets["emotion"]
        for epoch, used in ((1, params), (2, params), (1, started))
    )
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(first_of_started, second)


@pytest.mark.parametrize("rows", [{}, {"finance_topic": 9}])
def test_tweets_without_class_priors_get_no_emotion_target(
    fitted, data: TrainingData, params: Params, rows: dict[str, int]
) -> None:
    examples = examples_of(fitted, data, 2, replace(params, tweets=replace(params.tweets, rows=rows)))
    assert len(examples) == sum(rows.values())
    assert not examples.weights["emotion"].any()


def test_history_has_the_metrics_of_each_epoch(fitted) -> None:
    history: History = fitted[2]
    assert len(history.epochs) == 3
    assert history.epochs[0].keys() == {
        "loss",
        "emotion_validation_accuracy",
        "emotion_validation_macro_f1",
        "sentiment_validation_accuracy",
        "sentiment_validation_macro_f1",
        "phrase_validation_exact",
        "phrase_validation_overlap",
        "score",
    }
    assert history.epochs[2]["loss"] < history.epochs[0]["loss"]


def test_learning_rate_warms_up_and_decays_to_zero(fitted, params: Params) -> None:
    optimizer = fitted[0].optimizer
    rates = [float(optimizer.learning_rate(step)) for step in range(int(optimizer.iterations) + 1)]
    assert max(rates) == pytest.approx(params.fit.learning_rate, rel=0.1)
    assert rates[0] < 0.1 * max(rates)
    assert rates[-1] < 0.1 * max(rates)


def test_score_is_the_mean_over_the_tasks(fitted) -> None:
    for epoch in fitted[2].epochs:
        scores = [epoch[f"{task}_validation_macro_f1"] for task in ("emotion", "sentiment")]
        assert epoch["score"] == pytest.approx(np.mean([*scores, epoch["phrase_validation_overlap"]]))


def test_weights_of_the_best_epoch_are_restored(fitted) -> None:
    network, _, history, weights = fitted
    assert history.best_epoch == 1 + int(np.argmax([epoch["score"] for epoch in history.epochs]))
    for kept, best in zip(network.get_weights(), weights[history.best_epoch - 1], strict=True):
        np.testing.assert_array_equal(kept, best)


def test_validation_of_the_restored_network_gives_the_best_epochs_metrics(
    fitted, data: TrainingData, params: Params
) -> None:
    network, tokenizer, history, _ = fitted
    metrics = validate(network, tokenizer, data, params)
    best = history.epochs[history.best_epoch - 1]
    assert metrics == pytest.approx({name: best[name] for name in metrics}, abs=1e-4)


def test_all_evaluation_splits_are_measured_and_only_validation_counts_for_the_score(
    fitted, data: TrainingData, params: Params
) -> None:
    network, tokenizer, *_ = fitted
    with_second_split = replace(
        data, eval_splits=data.eval_splits | {"emotion": data.eval_splits["emotion"] | {"other": data.train}}
    )
    metrics = validate(network, tokenizer, with_second_split, params)
    assert "emotion_other_accuracy" in metrics
    assert metrics["score"] == pytest.approx(validate(network, tokenizer, data, params)["score"])


def test_fitting_stops_early_without_improvement(tiny_params: Params) -> None:
    unable_to_learn = replace(tiny_params.fit, epochs=9, patience=1, learning_rate=1e-12, freeze_encoder=True)
    params = replace(tiny_params, tasks=["hate"], fit=unable_to_learn, tweets=TweetParams(rows={"tweeteval/hate": 40}))
    data = read_data(params)
    history = fit(*start_network(params, data), data, params)
    assert (history.best_epoch, len(history.epochs)) == (1, 2)
    assert history.epochs[0].keys() == {"loss", "hate_validation_accuracy", "hate_validation_macro_f1", "score"}
