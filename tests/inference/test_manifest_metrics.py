"""Metrics of manifests that anybody may have written."""

import pytest

from emoji_api.inference.manifest_metrics import main_metric, read_splits
from emoji_api.tasks import HATE, SENTIMENT

CONFUSION = [[40, 10], [5, 45]]


def test_intervals_follow_from_rows_and_confusion_matrix():
    split = read_splits(HATE, {"test": {"rows": 100, "accuracy": 0.85, "macro_f1": 0.85, "confusion": CONFUSION}})[
        "test"
    ]
    for metric in split.metrics.values():
        low, high = metric.interval
        assert 0.75 < low < 0.85 < high < 0.93


def test_metric_of_the_literature_is_the_main_one():
    split = read_splits(SENTIMENT, {"test": {"accuracy": 0.7, "macro_recall": 0.6}})["test"]
    assert main_metric(SENTIMENT, split).name == "macro recall"
    split = read_splits(SENTIMENT, {"test": {"accuracy": 0.7}})["test"]
    assert main_metric(SENTIMENT, split).name == "accuracy"


@pytest.mark.parametrize(
    "confusion",
    ["none", [], [[1]], [[1, 2], [3]], [[1, 2], [3, -4]], [[0, 0], [0, 0]], [[1.5, 2], [3, 4]], [[1] * 60] * 60],
)
def test_confusion_matrix_of_another_form_gives_no_interval(confusion):
    split = read_splits(HATE, {"test": {"macro_f1": 0.5, "confusion": confusion}})["test"]
    assert split.metrics["macro_f1"].interval is None


@pytest.mark.parametrize("value", [None, "high", -0.1, 1.1, [], {}, 1e400])
def test_values_of_another_form_are_left_out(value):
    split = read_splits(HATE, {"test": {"rows": 10, "accuracy": value, "macro_recall": 0.5}})["test"]
    assert list(split.metrics) == ["macro_recall"] and split.rows == 10


@pytest.mark.parametrize("metrics", [None, [], "none", {"test": None}, {"test": []}, {"other": {"accuracy": 1}}, {}])
def test_without_metrics_there_is_no_split(metrics):
    assert read_splits(HATE, metrics) == {}
