"""Looks at labelled texts before anything is learned from them: balance, lengths, repetitions, words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from emoji_api.training.data.readers import Dataset, text_key


def as_frame(dataset: Dataset) -> pd.DataFrame:
    """A row a text: `split`, `text`, `label` by name, and its length in `words` and `characters`."""
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
    """How many texts each label (row, the most frequent first) has in each split (column)."""
    counts = pd.crosstab(frame["label"], frame["split"])[list(frame["split"].unique())]
    order = counts.sum(axis=1).sort_values(ascending=False).index
    return counts.loc[order]


def repeated(frame: pd.DataFrame) -> pd.DataFrame:
    """The texts that come more than once, a row each, with how often, and their `splits` and `labels`.

    Case, white space and links make no difference (`datasets.key`). `conflicting` texts have two labels or more.
    """
    texts = frame.assign(text=frame["text"].map(text_key)).groupby("text")
    together = texts.agg(
        times=("label", "size"),
        splits=("split", lambda values: ", ".join(dict.fromkeys(values))),
        labels=("label", lambda values: ", ".join(dict.fromkeys(values))),
        conflicting=("label", lambda values: values.nunique() > 1),
    )
    return together[together["times"] > 1].reset_index()


def word_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """In how many texts of each label (row) each word (column) occurs. English stop words are left out."""
    vectorizer = CountVectorizer(binary=True, stop_words="english", min_df=5, token_pattern=r"[a-z]{2,}")
    counts = vectorizer.fit_transform(frame["text"])
    labels = sorted(frame["label"].unique())
    rows = [np.asarray(counts[(frame["label"] == label).to_numpy()].sum(axis=0)).ravel() for label in labels]
    return pd.DataFrame(rows, index=labels, columns=vectorizer.get_feature_names_out())


def telling(counts: pd.DataFrame) -> pd.DataFrame:
    """How much more a label's texts use a word than the others' do: z-scores, shaped like `counts`.

    Log odds with the words of all labels as the prior (Monroe, Colaresi and Quinn, 2008,
    https://doi.org/10.1093/pan/mpn018): neither the commonest words nor the rarest come out first.
    """
    prior = counts.sum()
    scores = {}
    for label in counts.index:
        own, others = counts.loc[label] + prior, prior - counts.loc[label] + prior
        odds = np.log(own / (own.sum() - own)) - np.log(others / (others.sum() - others))
        scores[label] = odds / np.sqrt(1 / own + 1 / others)
    return pd.DataFrame(scores).T


def top_words(table: pd.DataFrame, labels: Sequence[str], number: int = 10) -> pd.DataFrame:
    """The `number` words (rows, best first) of the highest value in each of the `labels` (columns)."""
    return pd.DataFrame(
        {label: table.loc[label].nlargest(number).index for label in labels}, index=range(1, number + 1)
    )
