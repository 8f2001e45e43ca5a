"""The gate: whether a challenger may replace the champion, and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC, PHRASE, SENTIMENT, Task
from emoji_api.training.evaluation.calibration_error import expected_calibration_error
from emoji_api.training.gate.answers import Answers
from emoji_api.training.gate.behaviour import Behaviour
from emoji_api.training.params import GateParams

MEASURES = {
    SENTIMENT.name: "macro_recall",
    PHRASE.name: "jaccard",
    FINANCE_TOPIC.name: "accuracy",
    FINANCE_STANCE.name: "accuracy",
}
"""Each task's own measure, as its field reports it; that of all others is macro F1."""
CHUNK = 100
"""Resamples that are computed at a time."""

Statistic = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Check:
    """One thing that a challenger must fulfil."""

    name: str
    passed: bool
    detail: str

    def __str__(self) -> str:
        return f"{'pass' if self.passed else 'FAIL'}  {self.name}: {self.detail}"


@dataclass(frozen=True)
class PromotionVerdict:
    """Whether a challenger replaces the champion: it does when every check passes, and there is one."""

    checks: Sequence[Check]

    @property
    def promoted(self) -> bool:
        """Whether the challenger may replace the champion."""
        return bool(self.checks) and not self.reasons

    @property
    def reasons(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.checks if not check.passed]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON writes them."""
        return {"promoted": self.promoted, "checks": [asdict(check) for check in self.checks]}

    def __str__(self) -> str:
        verdict = "the challenger passes the gate" if self.promoted else "the challenger does not pass the gate"
        return "\n".join([verdict, *map(str, self.checks)])


def measure_of(task: str) -> str:
    """The name, in `bundle.json`, of the measure by which networks are compared on `task`."""
    return MEASURES.get(task, "macro_f1")


def check_task(task: Task, champion: Answers, challenger: Answers, params: GateParams) -> Check:
    """Whether the challenger is no worse on a task, by a paired bootstrap over the rows that both answered.

    It is worse where its measure is lower by more than `params.max_drop`, and so surely lower: in the share
    `params.confidence` of the resamples (percentile bootstrap; Efron and Tibshirani, 1993, chapter 13). The rows of a
    resample are the same for both, which takes out what makes a row hard for any network (Koehn, 2004,
    https://aclanthology.org/W04-3250).
    """
    name, rows = measure_of(task.name), len(champion.labels)
    old, new = statistic(task, champion), statistic(task, challenger)
    everything = np.ones((1, rows))
    was, now = float(old(everything)[0]), float(new(everything)[0])
    differences = np.concatenate([new(weights) - old(weights) for weights in resamples(rows, params.resamples)])
    # the hair's breadth is for what floats add to a difference that is none
    surely_below = float(np.quantile(differences, params.confidence))
    worse = now - was < -params.max_drop - 1e-9 and surely_below < 0
    sure = f"{params.confidence:.0%} sure at most {surely_below:+.4f}"
    return Check(f"{task.name} is no worse", not worse, f"{name} {was:.4f} -> {now:.4f}, {sure}, {rows} rows")


def resamples(rows: int, count: int) -> Iterable[np.ndarray]:
    """`count` resamples of `rows` with replacement, some at a time: how often each has each row, (some, rows)."""
    rng = np.random.default_rng(0)
    for start in range(0, count, CHUNK):
        some = min(CHUNK, count - start)
        places = rng.integers(rows, size=(some, rows)) + rows * np.arange(some)[:, None]
        yield np.bincount(places.ravel(), minlength=some * rows).reshape(some, rows).astype(np.float64)


def statistic(task: Task, answers: Answers) -> Statistic:
    """The task's measure as a function of how often each row counts: (resamples, rows) -> (resamples,)."""
    if task.kind == "span":
        return lambda weights: weights @ answers.given / weights.sum(axis=1)
    ids = np.arange(len(task.labels))
    labelled, given = answers.labels[:, None] == ids, answers.given[:, None] == ids
    columns = np.hstack([labelled & given, labelled, given]).astype(np.float64)

    def measure(weights: np.ndarray) -> np.ndarray:
        hits, support, predicted = np.split(weights @ columns, 3, axis=1)
        if measure_of(task.name) == "accuracy":
            return hits.sum(axis=1) / support.sum(axis=1)
        if measure_of(task.name) == "macro_recall":
            return (hits / support.clip(1)).mean(axis=1)
        return (2 * hits / (support + predicted).clip(1)).mean(axis=1)

    return measure


def check_calibration(task: str, answers: Answers, params: GateParams) -> Check:
    """Whether the challenger's confidence can be believed."""
    bound = params.max_calibration_error_by_task.get(task, params.max_calibration_error)
    error = expected_calibration_error(answers.confidence[answers.chosen], answers.right[answers.chosen])
    return Check(f"{task} is calibrated", error <= bound, f"calibration error {error:.4f}, at most {bound}")


def check_latency(champion: Sequence[float], challenger: Sequence[float], params: GateParams) -> Check:
    """Whether the challenger answers a text about as fast as the champion, both measured in turns, in seconds."""
    was, now = float(np.median(champion)), float(np.median(challenger))
    ratio = now / was
    detail = f"{was * 1e3:.2f} ms -> {now * 1e3:.2f} ms, times {ratio:.2f}, at most {params.max_latency_ratio}"
    return Check("answers as fast", ratio <= params.max_latency_ratio, detail)


def check_behaviour(
    champion: Mapping[str, Behaviour], challenger: Mapping[str, Behaviour], params: GateParams
) -> Check:
    """Whether the challenger fails at most `params.max_new_behaviour_failures` rows of the behaviour tests beyond the champion's.

    Rows are counted test by test: what it gains in one test does not make up for what it loses in another.
    """
    more = {}
    for test, old in champion.items():
        failed = challenger[test].failed if test in challenger else old.rows
        if failed > old.failed:
            more[test] = failed - old.failed
    where = "; ".join(f"{count} of {test}" for test, count in sorted(more.items(), key=lambda item: -item[1]))
    lost, rows = sum(more.values()), sum(old.rows for old in champion.values())
    detail = f"{lost} of {rows} rows fail beyond the champion's, at most {params.max_new_behaviour_failures}"
    passed = bool(champion) and lost <= params.max_new_behaviour_failures
    return Check("behaves as well", passed, detail + (f": {where}" if where else ""))
