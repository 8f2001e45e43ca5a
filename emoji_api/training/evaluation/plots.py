"""Charts and tables for the notebooks and for MLflow runs; `save` writes a chart as a small PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import ConfusionMatrixDisplay

from emoji_api.tasks import EMOTION, Task

COLOURS = {
    "sadness": "#4c72b0",
    "joy": "#e0a82e",
    "love": "#d1649a",
    "anger": "#c44e52",
    "fear": "#8172b3",
    "surprise": "#55a868",
}


def save(figure: Figure, path: str | Path) -> Path:
    """Write `figure` as a PNG, create its folder if necessary, and return the path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    return path


def class_balance(counts: pd.DataFrame) -> Figure:
    """Draw a bar per label and split from `counts` (labels, splits)."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    counts.plot.bar(ax=axes, rot=0, width=0.85, color=["#4c72b0", "#9db4d6", "#cfdaea"])
    for bars in axes.containers:
        axes.bar_label(bars, fontsize=8)  # type: ignore[arg-type]
    axes.set(title="Texts by emotion and split", xlabel="", ylabel="texts")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def lengths(frame: pd.DataFrame, column: str = "words") -> Figure:
    """Draw the distribution of text lengths, a line per label.

    `frame` has a row per text with its `label`, and its length in `column`.
    """
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    axes = figure.subplots()
    edges = list(range(0, int(frame[column].max()) + 5, 5))
    for label, values in frame.groupby("label")[column]:
        weights = np.full(len(values), 100 / len(values))
        axes.hist(values, edges, weights=weights, histtype="step", label=label, color=COLOURS.get(str(label)))
    axes.set(title=f"Length of a text, in {column}", xlabel=column, ylabel="% of the emotion's texts")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def words(table: pd.DataFrame, labels: Sequence[str], number: int = 10) -> Figure:
    """Draw the `number` words of the highest z-score for each label.

    `table` (labels, words) has the z-scores of `emoji_api.training.data.explore.log_odds`.
    """
    figure = Figure(figsize=(9, 5.2), layout="constrained")
    for axes, label in zip(figure.subplots(2, -(-len(labels) // 2)).flat, labels, strict=False):
        best = table.loc[label].nlargest(number)[::-1]
        axes.barh(list(best.index), best.to_numpy(), color=COLOURS.get(label))
        axes.set(title=label)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle("Words that tell an emotion from the others (z-score of the log odds)")
    return figure


def curves(runs: Mapping[str, Sequence[Mapping[str, float]]], task: Task = EMOTION) -> Figure:
    """Draw training loss, validation accuracy and validation macro F1 by epoch, a line per run.

    `runs` has the `History.epochs` of each run by name. `task` is a classification task; the loss is the sum over all
    tasks.
    """
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    panels = {
        "loss": "train loss",
        f"{task.name}_validation_accuracy": "validation accuracy",
        f"{task.name}_validation_macro_f1": "validation macro F1",
    }
    for axes, (metric, title) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
        for name, epochs in runs.items():
            axes.plot(range(1, len(epochs) + 1), [epoch[metric] for epoch in epochs], marker="o", label=name)
        axes.set(title=title, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if len(runs) > 1:
            axes.legend(frameon=False)
    return figure


def confusion(matrix: Sequence[Sequence[int]], labels: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix (true label, predicted label), coloured by the share of the row."""
    figure = Figure(figsize=(5.6, 4.8), layout="constrained")
    axes = figure.subplots()
    counts = np.array(matrix)
    share = counts / counts.sum(axis=1, keepdims=True).clip(1)
    display = ConfusionMatrixDisplay(share, display_labels=labels)
    display.plot(ax=axes, cmap="Blues", colorbar=False, include_values=False)
    for (row, column), count in np.ndenumerate(counts):
        axes.text(column, row, str(count), ha="center", va="center", color="white" if share[row, column] > 0.5 else "k")
    axes.set(title=title, xlabel="predicted", ylabel="true")
    axes.tick_params(axis="x", rotation=30)
    return figure


def per_label(runs: Mapping[str, Mapping[str, Any]], metric: str = "f1") -> Figure:
    """Draw one metric (`precision`, `recall` or `f1`) of every label, a bar per run.

    `runs` has the `classification_metrics` of each run by name.
    """
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    axes = figure.subplots()
    table = pd.DataFrame(
        {name: {label: row[metric] for label, row in run["per_label"].items()} for name, run in runs.items()}
    )
    table.plot.bar(ax=axes, rot=0, width=0.8, color=["#4c72b0", "#dd8452"])
    for bars in axes.containers:
        axes.bar_label(bars, fmt="%.2f", fontsize=8)  # type: ignore[arg-type]
    axes.set(title=f"{metric.capitalize()} by emotion", ylim=(0, 1.2))
    axes.legend(frameon=False, loc="upper right", ncols=len(runs))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def report(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table of precision, recall, F1 and rows per label and their macro average.

    `metrics` are the `classification_metrics` of a run.
    """
    table = pd.DataFrame(metrics["per_label"]).T
    mean = table[["precision", "recall", "f1"]].mean()
    table.loc["macro average"] = [*mean.round(4), metrics["rows"]]
    return table.astype({"rows": int})


def reliability(confidence: np.ndarray, correct: np.ndarray, title: str, bins: int = 15) -> Figure:
    """Draw a reliability diagram: accuracy by confidence over `bins` of equal width, and above it the rows of each bin.

    `confidence` (rows,) is the probability of the predicted label, `correct` (rows,) is true where it is the true one.
    """
    figure = Figure(figsize=(4.6, 4.8), layout="constrained")
    counts, axes = figure.subplots(2, 1, sharex=True, height_ratios=[1, 4])
    edges = np.linspace(0, 1, bins + 1)
    bin_ids = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = np.bincount(bin_ids, minlength=bins)
    accuracy = np.bincount(bin_ids, weights=correct, minlength=bins) / rows.clip(1)
    counts.bar(edges[:-1], rows, 1 / bins, align="edge", color="#9db4d6")
    counts.set(title=title, ylabel="texts")
    axes.bar(edges[:-1], accuracy, 1 / bins, align="edge", color="#4c72b0", edgecolor="white")
    axes.plot([0, 1], [0, 1], color="k", linestyle="--", linewidth=1)
    axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    for part in (counts, axes):
        part.spines[["top", "right"]].set_visible(False)
    return figure
