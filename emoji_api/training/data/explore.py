"""Exploratory statistics of labelled texts: class balance, lengths, duplicates, words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from emoji_api.training.data.readers import Dataset, text_key


def as_frame(dataset: Dataset) -> pd.DataFrame:
    """Return one row per text: `split`, `text`, `label` (its name), and the length in `words` and `characters`."""
    names = np.array(dataset.task.labels)
    frame = pd.concat(
        [
            pd.DataFrame({"split": name, "text": split.texts, "label": names[split.labels]})
            for name, split in dataset.splits.items()
        ],
        ignore_index=True,
    )
    return frame.assign(words=frame["text"].str.split().str.len(), characters=frame["text"].str.len())


def class_balance(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the number of texts by label (rows, the most frequent first) and split (columns)."""
    counts = pd.crosstab(frame["label"], frame["split"])[list(frame["split"].unique())]
    order = counts.sum(axis=1).sort_values(ascending=False).index
    return counts.loc[order]


def duplicates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per text that occurs more than once, with its `times`, `splits` and `labels`.

    Texts are the same if their `text_key` is: case, white space and links are ignored. `conflicting` is true for a text
    with more than one label.
    """
    texts = frame.assign(text=frame["text"].map(text_key)).groupby("text")
    counts = texts.agg(
        times=("label", "size"),
        splits=("split", lambda values: ", ".join(dict.fromkeys(values))),
        labels=("label", lambda values: ", ".join(dict.fromkeys(values))),
        conflicting=("label", lambda values: values.nunique() > 1),
    )
    return counts[counts["times"] > 1].reset_index()


def word_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the number of texts of each label (rows) that have each word (columns), without English stop words."""
    vectorizer = CountVectorizer(binary=True, stop_words="english", min_df=5, token_pattern=r"[a-z]{2,}")
    counts = vectorizer.fit_transform(frame["text"])
    labels = sorted(frame["label"].unique())
    rows = [np.asarray(counts[(frame["label"] == label).to_numpy()].sum(axis=0)).ravel() for label in labels]
    return pd.DataFrame(rows, index=labels, columns=vectorizer.get_feature_names_out())


def log_odds(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the z-scores of the log odds of each word in a label's texts against all others, shaped like `counts`.

    The prior of the log odds is the words of all labels (Monroe, Colaresi and Quinn, 2008,
    https://doi.org/10.1093/pan/mpn018), so that neither the most frequent words nor the rarest have the highest scores.
    """
    prior = counts.sum()
    scores = {}
    for label in counts.index:
        own, others = counts.loc[label] + prior, prior - counts.loc[label] + prior
        odds = np.log(own / (own.sum() - own)) - np.log(others / (others.sum() - others))
        scores[label] = odds / np.sqrt(1 / own + 1 / others)
    return pd.DataFrame(scores).T


def top_words(table: pd.DataFrame, labels: Sequence[str], number: int = 10) -> pd.DataFrame:
    """Return the `number` words (rows) with the highest values in each of the `labels` (columns), the highest first."""
    return pd.DataFrame(
        {label: table.loc[label].nlargest(number).index for label in labels}, index=range(1, number + 1)
    )
