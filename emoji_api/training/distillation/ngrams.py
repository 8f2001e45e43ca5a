"""Logistic regressions on words and characters: they err elsewhere than networks do."""

import re
from collections.abc import Collection, Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.network.vocabulary import EMOJI_MODIFIERS

WORD = r"[^\s\W]+|[#@]\w+|[^\w\s]"


def ngram_predictions_by_task(data: DistillationData, tasks: Collection[str]) -> dict[str, np.ndarray]:
    """By task, of those that are named, the regressions' answers (tweets, labels).

    Emoji's modifiers are taken out, as the networks' vocabulary does: where an emoji was taken out of a text to be its
    label, its modifier may have been left, and tells.
    """
    tweets = data.tweets
    texts = [re.sub(EMOJI_MODIFIERS, "", data.strings[row]) for row in tweets]
    return {
        task.name: out_of_fold_ngram_predictions(
            texts, data.labels[tweets, number], data.fold[tweets], len(task.labels)
        )
        for number, task in enumerate(data.tasks)
        if task.name in tasks
    }


def out_of_fold_ngram_predictions(texts: Sequence[str], labels: np.ndarray, fold: np.ndarray, size: int) -> np.ndarray:
    """The probabilities (texts, size) of each text's labels, by a regression that did not learn from its fold.

    `labels` (texts,) are -1 where none is known; such texts have the mean of all regressions. `fold` is (texts,).
    """
    known = labels >= 0
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=WORD)
    characters = TfidfVectorizer(
        analyzer="char_wb", lowercase=False, ngram_range=(3, 5), min_df=4, sublinear_tf=True, max_features=150_000
    )
    labelled = [text for text, has_label in zip(texts, known, strict=True) if has_label]
    for vectorizer in (words, characters):
        vectorizer.fit(labelled)
    features = csr_matrix(hstack([words.transform(texts), characters.transform(texts)]), dtype=np.float32)
    folds = np.unique(fold[known])
    answers, others = np.zeros((2, len(texts), size))
    for left_out in folds:
        learned = known & (fold != left_out)
        regression = LogisticRegression(C=2, max_iter=40).fit(features[learned], labels[learned])
        found = np.zeros((len(texts), size))
        found[:, regression.classes_] = regression.predict_proba(features)
        answers = np.where((known & (fold == left_out))[:, None], found, answers)
        others += found / len(folds)
    return np.where(known[:, None], answers, others)
