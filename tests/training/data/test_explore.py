"""The statistics of the explore notebook."""

import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.data import explore
from emoji_api.training.data.readers import Dataset, Split


@pytest.fixture
def frame():
    train = Split(texts=["so glad", "So  glad", "very sad today", "glad again"], labels=[1, 1, 0, 1])
    test = Split(texts=["very sad today", "furious"], labels=[3, 3])
    return explore.as_frame(Dataset(name="emotion", task=EMOTION, splits={"train": train, "test": test}, manifest={}))


def test_frame_has_a_row_per_text(frame):
    assert frame.loc[2].to_dict() == {
        "split": "train",
        "text": "very sad today",
        "label": "sadness",
        "words": 3,
        "characters": 14,
    }


def test_class_balance_has_the_most_frequent_label_first(frame):
    balance = explore.class_balance(frame)
    assert list(balance.index) == ["joy", "anger", "sadness"]
    assert balance.loc["joy"].to_dict() == {"train": 3, "test": 0}


def test_duplicates_name_their_splits_and_conflicting_labels(frame):
    duplicates = explore.duplicates(frame).set_index("text")
    assert list(duplicates.index) == ["so glad", "very sad today"]
    assert not duplicates.loc["so glad", "conflicting"]
    assert duplicates.loc["very sad today", ["splits", "labels", "conflicting"]].to_list() == [
        "train, test",
        "sadness, anger",
        True,
    ]


def test_word_counts_are_numbers_of_texts():
    split = Split(texts=["glad glad meeting"] * 5 + ["gloomy meeting"] * 6, labels=[1] * 5 + [0] * 6)
    counts = explore.word_counts(
        explore.as_frame(Dataset(name="emotion", task=EMOTION, splits={"train": split}, manifest={}))
    )
    assert counts.loc["joy"].to_dict() == {"glad": 5, "gloomy": 0, "meeting": 5}


def test_words_of_all_labels_have_low_log_odds():
    split = Split(texts=["glad meeting"] * 5 + ["gloomy meeting"] * 6, labels=[1] * 5 + [0] * 6)
    counts = explore.word_counts(
        explore.as_frame(Dataset(name="emotion", task=EMOTION, splits={"train": split}, manifest={}))
    )
    best = explore.top_words(explore.log_odds(counts), ["joy", "sadness"], 1)
    assert best.loc[1].to_dict() == {"joy": "glad", "sadness": "gloomy"}
