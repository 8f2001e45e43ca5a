"""N-gram classifiers: logistic regressions on words and characters, whose errors differ from those of networks."""

import re
from collections.abc import Collection, Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from emoji_api.progress import track
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.network.vocabulary import EMOJI_MODIFIERS

WORD = r"[^\s\W]+|[#@]\w+|[^\w\s]"


def ngram_predictions_by_task(data: DistillationData, tasks: Collection[str]) -> dict[str, np.ndarray]:
    """Return out-of-fold probabilities (tweets, labels) of the named `tasks`.

    The modifiers of emoji are removed, as by the networks' tokenizer: where an emoji was cut from a text to be its
    label, its modifier may have been left, and would give the label away.
    """
    tweets = data.tweets
    texts = [re.sub(EMOJI_MODIFIERS, "", data.texts[row]) for row in tweets]
    numbers = [number for number, task in enumerate(data.tasks) if task.name in tasks]
    return {
        data.tasks[number].name: out_of_fold_ngram_predictions(
            texts, data.labels[tweets, number], data.fold[tweets], len(data.tasks[number].labels)
        )
        for number in track(numbers, "n-gram classifiers")
    }


def out_of_fold_ngram_predictions(
    texts: Sequence[str], label_ids: np.ndarray, fold: np.ndarray, labels: int
) -> np.ndarray:
    """Return the probabilities (texts, `labels`) by the classifiers that were not fitted on a text's fold.

    `label_ids` (texts,) are -1 if unknown; such texts get the mean of all classifiers. `fold` is (texts,).
    """
    known = label_ids >= 0
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=WORD)
    characters = TfidfVectorizer(
        analyzer="char_wb", lowercase=False, ngram_range=(3, 5), min_df=4, sublinear_tf=True, max_features=150_000
    )
    labelled = [text for text, is_known in zip(texts, known, strict=True) if is_known]
    for vectorizer in (words, characters):
        vectorizer.fit(labelled)
    features = csr_matrix(hstack([words.transform(texts), characters.transform(texts)]), dtype=np.float32)
    folds = np.unique(fold[known])
    out_of_fold, mean = np.zeros((2, len(texts), labels))
    for left_out in folds:
        training = known & (fold != left_out)
        classifier = LogisticRegression(C=2, max_iter=40).fit(features[training], label_ids[training])
        probabilities = np.zeros((len(texts), labels))
        probabilities[:, classifier.classes_] = classifier.predict_proba(features)
        out_of_fold = np.where((known & (fold == left_out))[:, None], probabilities, out_of_fold)
        mean += probabilities / len(folds)
    return np.where(known[:, None], out_of_fold, mean)
