"""N-gram classifiers learn words, but predict each text without having seen its fold."""

import numpy as np

from emoji_api.training.distillation.ngrams import out_of_fold_ngram_predictions

LABELS = np.array([1, 0] * 40)
FOLD = np.random.default_rng(3).integers(0, 4, 80)


def test_labelled_and_unlabelled_texts_are_predicted_by_their_words() -> None:
    texts = [*["good day", "bad day"] * 40, "a good one", "a bad one"]
    probabilities = out_of_fold_ngram_predictions(texts, np.append(LABELS, [-1, -1]), np.append(FOLD, [0, 0]), 2)
    assert (probabilities[:-2].argmax(axis=1) == LABELS).all()
    assert probabilities[-2, 1] > 0.7 > 0.3 > probabilities[-1, 1]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_labels_are_not_memorised() -> None:
    texts = [f"they say word{number} again" for number in range(80)]  # the words say nothing about the labels
    probabilities = out_of_fold_ngram_predictions(texts, LABELS, FOLD, 2)
    assert np.abs(probabilities - 0.5).max() < 0.2
