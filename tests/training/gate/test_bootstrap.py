"""The paired bootstrap of the primary metrics."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from emoji_api.tasks import EMOTION, FINANCE_STANCE, PHRASE, SENTIMENT, Task
from emoji_api.training.gate.answers import Answers
from emoji_api.training.gate.bootstrap import metric_value, paired_differences, resample_counts, statistic
from tests.training.gate.simulated import simulated_answers

REFERENCES: list[tuple[Task, Callable[[Answers, np.ndarray], float]]] = [
    (
        EMOTION,
        lambda answers, counts: f1_score(answers.labels, answers.outcomes, average="macro", sample_weight=counts),
    ),
    (
        SENTIMENT,
        lambda answers, counts: recall_score(answers.labels, answers.outcomes, average="macro", sample_weight=counts),
    ),
    (FINANCE_STANCE, lambda answers, counts: np.average(answers.correct, weights=counts)),
    (PHRASE, lambda answers, counts: np.average(answers.outcomes, weights=counts)),
]


@pytest.mark.parametrize(("task", "reference"), REFERENCES, ids=lambda value: getattr(value, "name", ""))
def test_metrics_of_resamples_agree_with_scikit_learn(task: Task, reference) -> None:
    answers = simulated_answers(task, error_rate=0.3)
    counts = next(iter(resample_counts(1000, 3)))
    assert statistic(task, answers)(counts) == pytest.approx([reference(answers, row) for row in counts])
    assert metric_value(task, answers) == pytest.approx(reference(answers, np.ones(1000)))


def test_resamples_have_as_many_rows_as_the_data() -> None:
    chunks = list(resample_counts(50, 250))
    assert sum(len(chunk) for chunk in chunks) == 250
    assert all((chunk.sum(axis=1) == 50).all() for chunk in chunks)
    assert len({tuple(counts) for chunk in chunks for counts in chunk}) == 250


def test_paired_differences_are_zero_for_equal_answers() -> None:
    answers = simulated_answers(EMOTION, error_rate=0.1)
    assert not paired_differences(EMOTION, answers, answers, 250).any()


def test_mean_of_paired_differences_is_close_to_the_difference() -> None:
    champion, challenger = (simulated_answers(FINANCE_STANCE, error_rate) for error_rate in (0.1, 0.2))
    assert paired_differences(FINANCE_STANCE, champion, challenger, 500).mean() == pytest.approx(-0.1, abs=0.005)
