"""Charts, checked by the values that they draw."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.training.evaluation import plots
from emoji_api.training.evaluation.metrics import classification_metrics


@pytest.fixture
def metrics() -> dict[str, Any]:
    labels = np.array([0, 0, 1, 2, 3, 4, 5])
    predicted = np.array([0, 1, 1, 2, 3, 4, 5])
    return classification_metrics(EMOTION, np.eye(6)[predicted] * 0.7 + 0.05, labels)


def test_save_writes_a_png_of_a_few_kilobytes(tmp_path, metrics) -> None:
    path = plots.save(plots.confusion(metrics["confusion"], EMOTION.labels, "Test"), tmp_path / "new" / "matrix.png")
    with Image.open(path) as image:
        assert image.format == "PNG"
    assert path.stat().st_size < 80_000


def test_confusion_shows_every_count(metrics) -> None:
    axes = plots.confusion(metrics["confusion"], EMOTION.labels, "Test").axes[0]
    assert [int(text.get_text()) for text in axes.texts] == np.ravel(metrics["confusion"]).tolist()


def test_curves_have_a_line_per_run() -> None:
    epochs = [{"loss": 2.0, "emotion_validation_accuracy": 0.5, "emotion_validation_macro_f1": 0.4}]
    axes = plots.curves({"first": epochs * 2, "second": epochs}).axes[0]
    assert [list(line.get_ydata()) for line in axes.lines] == [[2.0, 2.0], [2.0]]


def test_curves_show_the_requested_task() -> None:
    scores = {"emotion": 0.5, "sentiment": 0.7}
    epoch = {f"{task}_validation_{name}": score for task, score in scores.items() for name in ("accuracy", "macro_f1")}
    figures = [plots.curves({"run": [epoch | {"loss": 2.0}]}, task) for task in (EMOTION, SENTIMENT)]
    assert [[list(axes.lines[0].get_ydata()) for axes in figure.axes] for figure in figures] == [
        [[2.0], [0.5], [0.5]],
        [[2.0], [0.7], [0.7]],
    ]


def test_per_label_draws_the_metric_of_each_label(metrics) -> None:
    axes = plots.per_label({"run": metrics}, "recall").axes[0]
    assert [bar.get_height() for bar in axes.patches] == [0.5, 1, 1, 1, 1, 1]


def test_report_ends_with_the_macro_average(metrics) -> None:
    report = plots.report(metrics)
    assert report.loc["macro average", "f1"] == pytest.approx(metrics["macro_f1"], abs=1e-4)
    assert report.loc["macro average", "rows"] == 7


def test_reliability_shows_rows_and_accuracy_by_confidence() -> None:
    confidence, correct = np.array([0.91, 0.92, 0.95, 1.0]), np.array([True, True, False, True])
    figure = plots.reliability(confidence, correct, "emotion", bins=10)
    counts, accuracy = ([bar.get_height() for bar in axes.patches] for axes in figure.axes)
    assert counts == [0] * 9 + [4]
    assert accuracy == [0] * 9 + [0.75]
