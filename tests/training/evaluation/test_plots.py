"""The charts show what they are given."""

import numpy as np
import pytest
from PIL import Image

from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.training.evaluation import plots
from emoji_api.training.evaluation.evaluate import metrics


@pytest.fixture
def measured():
    labels = np.array([0, 0, 1, 2, 3, 4, 5])
    given = np.array([0, 1, 1, 2, 3, 4, 5])
    return metrics(EMOTION, np.eye(6)[given] * 0.7 + 0.05, labels)


def test_save_writes_a_png_of_a_few_kilobytes(tmp_path, measured):
    path = plots.save(plots.confusion(measured["confusion"], EMOTION.labels, "Test"), tmp_path / "new" / "matrix.png")
    with Image.open(path) as image:
        assert image.format == "PNG"
    assert path.stat().st_size < 80_000


def test_confusion_shows_every_count(measured):
    axes = plots.confusion(measured["confusion"], EMOTION.labels, "Test").axes[0]
    assert [int(text.get_text()) for text in axes.texts] == np.ravel(measured["confusion"]).tolist()


def test_curves_draw_a_line_a_run():
    epochs = [{"loss": 2.0, "emotion_validation_accuracy": 0.5, "emotion_validation_macro_f1": 0.4}]
    axes = plots.curves({"one": epochs * 2, "other": epochs}).axes[0]
    assert [list(line.get_ydata()) for line in axes.lines] == [[2.0, 2.0], [2.0]]


def test_curves_are_of_the_task_that_is_asked_for():
    scores = {"emotion": 0.5, "sentiment": 0.7}
    epoch = {f"{task}_validation_{name}": score for task, score in scores.items() for name in ("accuracy", "macro_f1")}
    figures = [plots.curves({"one": [epoch | {"loss": 2.0}]}, task) for task in (EMOTION, SENTIMENT)]
    assert [[list(axes.lines[0].get_ydata()) for axes in figure.axes] for figure in figures] == [
        [[2.0], [0.5], [0.5]],
        [[2.0], [0.7], [0.7]],
    ]


def test_per_label_draws_the_measure_of_each_label(measured):
    axes = plots.per_label({"one": measured}, "recall").axes[0]
    assert [bar.get_height() for bar in axes.patches] == [0.5, 1, 1, 1, 1, 1]


def test_report_ends_with_the_macro_average(measured):
    report = plots.report(measured)
    assert report.loc["macro average", "f1"] == pytest.approx(measured["macro_f1"], abs=1e-4)
    assert report.loc["macro average", "rows"] == 7


def test_reliability_is_the_share_that_is_right_by_confidence() -> None:
    confidence, right = np.array([0.91, 0.92, 0.95, 1.0]), np.array([True, True, False, True])
    figure = plots.reliability(confidence, right, "emotion", bins=10)
    counts, shares = ([bar.get_height() for bar in axes.patches] for axes in figure.axes)
    assert counts == [0] * 9 + [4]
    assert shares == [0] * 9 + [0.75]
