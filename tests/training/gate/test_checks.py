"""The checks of the gate, and the numbers that they report."""

import re
from dataclasses import replace

import numpy as np
import pytest

from emoji_api.tasks import EMOTION, FINANCE_STANCE, PHRASE, SENTIMENT, TASKS, Task, primary_metric
from emoji_api.training.gate.behaviour import BehaviourResult
from emoji_api.training.gate.checks import check_behaviour, check_calibration, check_latency, check_task
from emoji_api.training.params import GateParams
from tests.training.gate.simulated import simulated_answers

PARAMS = GateParams(resamples=500, max_new_behaviour_failures=5)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_equal_challenger_passes(task: Task) -> None:
    champion = simulated_answers(task, error_rate=0.1)
    assert check_task(task, champion, champion, PARAMS).passed


@pytest.mark.parametrize("task", [EMOTION, SENTIMENT, PHRASE, FINANCE_STANCE], ids=lambda task: task.name)
def test_inferior_challenger_fails_with_its_numbers(task: Task) -> None:
    check = check_task(task, simulated_answers(task, error_rate=0.1), simulated_answers(task, error_rate=0.2), PARAMS)
    assert not check.passed
    assert check.name == f"{task.name} is no worse"
    assert re.match(
        rf"{primary_metric(task.name)} 0\.[89]\d+ -> 0\.[78]\d+, non-inferiority margin 0\.005, "
        r"95% upper bound of the difference -0\.0\d+ \(paired bootstrap, 1000 rows\)$",
        check.detail,
    )


def test_better_challenger_passes() -> None:
    champion, challenger = (simulated_answers(EMOTION, error_rate) for error_rate in (0.2, 0.1))
    assert check_task(EMOTION, champion, challenger, PARAMS).passed


def test_drop_that_is_not_significant_passes() -> None:
    champion, challenger = simulated_answers(PHRASE, 0.3, rows=30), simulated_answers(PHRASE, 0.34, rows=30, seed=1)
    check = check_task(PHRASE, champion, challenger, PARAMS)
    assert check.detail.startswith("jaccard 0.7000 -> 0.6333")
    assert check.passed


def test_significant_drop_within_the_margin_passes() -> None:
    champion = simulated_answers(FINANCE_STANCE, error_rate=0.1)
    outcomes = champion.outcomes.copy()
    outcomes[np.flatnonzero(champion.correct)[:20]] += 1
    outcomes %= 3
    challenger = replace(champion, outcomes=outcomes, correct=outcomes == champion.labels)
    assert check_task(FINANCE_STANCE, champion, challenger, replace(PARAMS, max_drop=0.02)).passed
    assert not check_task(FINANCE_STANCE, champion, challenger, replace(PARAMS, max_drop=0.019)).passed


def test_check_is_deterministic() -> None:
    champion, challenger = (simulated_answers(EMOTION, error_rate) for error_rate in (0.1, 0.11))
    assert check_task(EMOTION, champion, challenger, PARAMS) == check_task(EMOTION, champion, challenger, PARAMS)


def test_overconfidence_fails() -> None:
    challenger = replace(simulated_answers(EMOTION, error_rate=0.3), confidence=np.full(1000, 0.9))
    check = check_calibration("emotion", challenger, PARAMS)
    assert not check.passed
    assert check.detail == "expected calibration error 0.2000, at most 0.05"
    assert check_calibration("emotion", simulated_answers(EMOTION, error_rate=0.3), PARAMS).passed


def test_task_may_have_its_own_calibration_bound() -> None:
    challenger = replace(simulated_answers(EMOTION, error_rate=0.3), confidence=np.full(1000, 0.9))
    params = replace(PARAMS, max_calibration_error_by_task={"emotion": 0.25})
    assert check_calibration("emotion", challenger, params).passed


def test_slow_challenger_fails() -> None:
    check = check_latency([0.001] * 9, [0.002] * 9, PARAMS)
    assert not check.passed
    assert check.detail == "median 1.00 ms -> 2.00 ms, latency ratio 2.00, at most 1.25"


def test_few_slow_answers_do_not_fail() -> None:
    assert check_latency([0.001] * 9, [0.001] * 8 + [1.0], PARAMS).passed


def test_new_behaviour_failures_are_counted_by_test() -> None:
    champion = {"plain": BehaviourResult(rows=20, failed=2), "links": BehaviourResult(rows=20, failed=5)}
    challenger = {"plain": BehaviourResult(rows=20, failed=8), "links": BehaviourResult(rows=20, failed=0)}
    check = check_behaviour(champion, challenger, PARAMS)
    assert not check.passed
    assert check.detail == "6 new failures in 40 rows, at most 5: 6 in plain"
    assert check_behaviour(champion, challenger, replace(PARAMS, max_new_behaviour_failures=6)).passed


def test_test_that_the_challenger_skips_fails_in_all_rows() -> None:
    check = check_behaviour({"plain": BehaviourResult(rows=20, failed=2)}, {}, PARAMS)
    assert check.detail.startswith("18 new failures in 20 rows")


def test_without_behaviour_tests_the_check_fails() -> None:
    assert not check_behaviour({}, {}, PARAMS).passed
