"""What the gate lets through, and what it says of the rest."""

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from emoji_api.tasks import EMOTION, FINANCE_STANCE, PHRASE, SENTIMENT, TASKS, Task
from emoji_api.training.gate.answers import Answers
from emoji_api.training.gate.behaviour import Behaviour
from emoji_api.training.gate.checks import (
    Check,
    PromotionVerdict,
    check_behaviour,
    check_calibration,
    check_latency,
    check_task,
    measure_of,
    resamples,
    statistic,
)
from emoji_api.training.params import GateParams

PARAMS = GateParams(resamples=500, max_new_behaviour_failures=5)


def answered(task: Task, wrong: float, rows: int = 1000, seed: int = 0) -> Answers:
    """Answers of which the share `wrong` is wrong, each of the confidence that is right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(len(task.labels), size=rows)
    right = rng.permutation(rows) >= wrong * rows
    given = right.astype(float) if task.kind == "span" else np.where(right, labels, (labels + 1) % len(task.labels))
    return Answers(labels=labels, given=given, right=right, confidence=np.full(rows, 1 - wrong - 1e-6))


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_an_equal_challenger_passes(task: Task) -> None:
    champion = answered(task, wrong=0.1)
    assert check_task(task, champion, champion, PARAMS).passed


@pytest.mark.parametrize("task", [EMOTION, SENTIMENT, PHRASE, FINANCE_STANCE], ids=lambda task: task.name)
def test_a_worse_challenger_is_told_by_how_much(task: Task) -> None:
    check = check_task(task, answered(task, wrong=0.1), answered(task, wrong=0.2), PARAMS)
    assert not check.passed
    assert check.name == f"{task.name} is no worse"
    assert re.match(
        rf"{measure_of(task.name)} 0\.[89]\d+ -> 0\.[78]\d+, 95% sure at most -0\.0\d+, 1000 rows", check.detail
    )


def test_a_better_challenger_passes() -> None:
    assert check_task(EMOTION, answered(EMOTION, wrong=0.2), answered(EMOTION, wrong=0.1), PARAMS).passed


def test_a_difference_that_few_rows_cannot_tell_passes() -> None:
    champion, challenger = answered(PHRASE, 0.3, rows=30), answered(PHRASE, 0.34, rows=30, seed=1)
    check = check_task(PHRASE, champion, challenger, PARAMS)
    assert check.detail.startswith("jaccard 0.7000 -> 0.6333")
    assert check.passed


def test_a_sure_difference_within_the_margin_passes() -> None:
    champion = answered(FINANCE_STANCE, wrong=0.1)
    given = champion.given.copy()
    given[np.flatnonzero(champion.right)[:20]] += 1
    given %= 3
    challenger = replace(champion, given=given, right=given == champion.labels)
    assert check_task(FINANCE_STANCE, champion, challenger, replace(PARAMS, max_drop=0.02)).passed
    assert not check_task(FINANCE_STANCE, champion, challenger, replace(PARAMS, max_drop=0.019)).passed


def test_the_same_answers_give_the_same_decision() -> None:
    champion, challenger = answered(EMOTION, wrong=0.1), answered(EMOTION, wrong=0.11)
    assert check_task(EMOTION, champion, challenger, PARAMS) == check_task(EMOTION, champion, challenger, PARAMS)


def test_measures_are_those_of_scikit_learn() -> None:
    weights = next(iter(resamples(1000, 3)))
    for task, expected in (
        (EMOTION, lambda one, count: f1_score(one.labels, one.given, average="macro", sample_weight=count)),
        (SENTIMENT, lambda one, count: recall_score(one.labels, one.given, average="macro", sample_weight=count)),
        (FINANCE_STANCE, lambda one, count: np.average(one.right, weights=count)),
        (PHRASE, lambda one, count: np.average(one.given, weights=count)),
    ):
        one = answered(task, wrong=0.3)
        assert statistic(task, one)(weights) == pytest.approx([expected(one, count) for count in weights])


def test_a_resample_has_as_many_rows() -> None:
    parts = list(resamples(50, 250))
    assert sum(len(part) for part in parts) == 250
    assert all((part.sum(axis=1) == 50).all() for part in parts)
    assert len({tuple(row) for part in parts for row in part}) == 250


def test_confidence_that_is_too_high_is_told() -> None:
    challenger = replace(answered(EMOTION, wrong=0.3), confidence=np.full(1000, 0.9))
    check = check_calibration("emotion", challenger, PARAMS)
    assert not check.passed
    assert "calibration error 0.2000, at most 0.05" in check.detail
    assert check_calibration("emotion", answered(EMOTION, wrong=0.3), PARAMS).passed


def test_a_task_may_have_a_bound_of_its_own() -> None:
    challenger = replace(answered(EMOTION, wrong=0.3), confidence=np.full(1000, 0.9))
    assert check_calibration(
        "emotion", challenger, replace(PARAMS, max_calibration_error_by_task={"emotion": 0.25})
    ).passed


def test_a_slow_challenger_is_told() -> None:
    check = check_latency([0.001] * 9, [0.002] * 9, PARAMS)
    assert not check.passed
    assert check.detail == "1.00 ms -> 2.00 ms, times 2.00, at most 1.25"


def test_a_few_slow_answers_are_no_slow_challenger() -> None:
    assert check_latency([0.001] * 9, [0.001] * 8 + [1.0], PARAMS).passed


def test_rows_that_fail_beyond_the_champions_are_told_by_test() -> None:
    champion = {"plain": Behaviour(rows=20, failed=2), "links": Behaviour(rows=20, failed=5)}
    challenger = {"plain": Behaviour(rows=20, failed=8), "links": Behaviour(rows=20, failed=0)}
    check = check_behaviour(champion, challenger, PARAMS)
    assert not check.passed
    assert check.detail == "6 of 40 rows fail beyond the champion's, at most 5: 6 of plain"
    assert check_behaviour(champion, challenger, replace(PARAMS, max_new_behaviour_failures=6)).passed


def test_a_test_that_the_challenger_skips_fails_whole() -> None:
    check = check_behaviour({"plain": Behaviour(rows=20, failed=2)}, {}, PARAMS)
    assert check.detail.startswith("18 of 20")


def test_no_behaviour_test_at_all_is_no_pass() -> None:
    assert not check_behaviour({}, {}, PARAMS).passed


def test_every_check_must_pass() -> None:
    good, bad = Check("one", True, "fine"), Check("two", False, "0.9 -> 0.8")
    assert PromotionVerdict([good]).promoted
    decision = PromotionVerdict([good, bad])
    assert not decision.promoted
    assert decision.reasons == [bad]
    assert str(decision).splitlines() == [
        "the challenger does not pass the gate",
        "pass  one: fine",
        "FAIL  two: 0.9 -> 0.8",
    ]


def test_without_a_check_nothing_is_promoted() -> None:
    assert not PromotionVerdict([]).promoted
