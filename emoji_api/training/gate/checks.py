"""The checks of the gate: quality, calibration, latency and behaviour of a challenger."""

from collections.abc import Mapping, Sequence

import numpy as np

from emoji_api.tasks import Task, primary_metric
from emoji_api.training.evaluation.calibration_error import expected_calibration_error
from emoji_api.training.gate.answers import Answers
from emoji_api.training.gate.behaviour import BehaviourResult
from emoji_api.training.gate.bootstrap import metric_value, paired_differences
from emoji_api.training.gate.verdict import Check
from emoji_api.training.params import GateParams


def check_task(task: Task, champion: Answers, challenger: Answers, params: GateParams) -> Check:
    """Check that the challenger is not inferior on `task`.

    It is inferior if its primary metric is lower by more than the non-inferiority margin `params.max_drop`, and the
    drop is significant: the upper confidence bound of the difference, the quantile `params.confidence` of a paired
    bootstrap with `params.resamples` resamples, is below zero.
    """
    before, after = metric_value(task, champion), metric_value(task, challenger)
    upper_bound = float(
        np.quantile(paired_differences(task, champion, challenger, params.resamples), params.confidence)
    )
    # the tolerance absorbs floating-point error in a drop that equals the margin
    inferior = after - before < -params.max_drop - 1e-9 and upper_bound < 0
    detail = (
        f"{primary_metric(task.name)} {before:.4f} -> {after:.4f}, non-inferiority margin {params.max_drop}, "
        f"{params.confidence:.0%} upper bound of the difference {upper_bound:+.4f} "
        f"(paired bootstrap, {len(champion.labels)} rows)"
    )
    return Check(f"{task.name} is no worse", not inferior, detail)


def check_calibration(task: str, answers: Answers, params: GateParams) -> Check:
    """Check that the challenger's expected calibration error on `task` is within its bound."""
    bound = params.max_calibration_error_by_task.get(task, params.max_calibration_error)
    error = expected_calibration_error(answers.confidence[answers.uncertain], answers.correct[answers.uncertain])
    return Check(f"{task} is calibrated", error <= bound, f"expected calibration error {error:.4f}, at most {bound}")


def check_latency(champion: Sequence[float], challenger: Sequence[float], params: GateParams) -> Check:
    """Check the ratio of the median latencies, challenger to champion; both are given in seconds per text."""
    before, after = float(np.median(champion)), float(np.median(challenger))
    ratio = after / before
    detail = (
        f"median {before * 1e3:.2f} ms -> {after * 1e3:.2f} ms, latency ratio {ratio:.2f}, "
        f"at most {params.max_latency_ratio}"
    )
    return Check("answers as fast", ratio <= params.max_latency_ratio, detail)


def check_behaviour(
    champion: Mapping[str, BehaviourResult], challenger: Mapping[str, BehaviourResult], params: GateParams
) -> Check:
    """Check that the challenger has at most `params.max_new_behaviour_failures` new failures in the behaviour tests.

    New failures are counted test by test: fewer failures in one test do not compensate for more in another. A test that
    the challenger skips fails in all its rows. Without any behaviour test the check fails.
    """
    new_failures = {}
    for test, before in champion.items():
        failed = challenger[test].failed if test in challenger else before.rows
        if failed > before.failed:
            new_failures[test] = failed - before.failed
    total, rows = sum(new_failures.values()), sum(result.rows for result in champion.values())
    detail = f"{total} new failures in {rows} rows, at most {params.max_new_behaviour_failures}"
    if new_failures:
        by_count = sorted(new_failures.items(), key=lambda item: -item[1])
        detail += ": " + "; ".join(f"{count} in {test}" for test, count in by_count)
    return Check("behaves as well", bool(champion) and total <= params.max_new_behaviour_failures, detail)
