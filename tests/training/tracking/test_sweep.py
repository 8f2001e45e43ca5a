"""Hyperparameter sweeps."""

import shutil
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from mlflow import MlflowClient
from optuna.trial import TrialState

from emoji_api.errors import DataError
from emoji_api.training.params import DataParams, Params, SweepRange
from emoji_api.training.tracking.sweep import (
    check_ranges,
    exclusive_sweep,
    objective,
    requeue_interrupted_trials,
    suggest,
    sweep,
)

RANGES = {
    "fit.learning_rate": SweepRange(low=1e-3, high=1e-2, log=True),
    "fit.batch_size": SweepRange(choices=[20, 30]),
}


@pytest.fixture
def params(emotion_params: Params) -> Params:
    """Parameters of trials that take a second or two."""
    fit = replace(emotion_params.fit, epochs=1, rows=60, lengths=[24])
    return replace(emotion_params, fit=fit, sweep=RANGES)


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    return optuna.create_study(study_name="tries", storage=f"sqlite:///{tmp_path}/sweep.db", direction="maximize")


def test_sweep_is_continued_until_it_has_its_trials(mlflow: MlflowClient, params: Params, tmp_path: Path) -> None:
    assert len(sweep(params, "tries", 1, state=tmp_path).trials) == 1
    study = sweep(params, "tries", 2, state=tmp_path)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 2
    assert len({trial.params["fit.learning_rate"] for trial in study.trials}) == 2
    assert all(trial.params["fit.batch_size"] in (20, 30) for trial in study.trials)

    parent = mlflow.get_run(study.user_attrs["mlflow_run"])
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics["score"] == study.best_value
    trial_runs = mlflow.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    rates = {run.data.params["fit.learning_rate"] for run in trial_runs}
    assert rates == {str(trial.params["fit.learning_rate"]) for trial in study.trials}
    assert {len(mlflow.get_metric_history(run.info.run_id, "score")) for run in trial_runs} == {1}


def test_trial_below_the_median_is_pruned(params: Params, study: optuna.Study) -> None:
    for _ in range(5):
        trial = study.ask()
        trial.report(1.0, 1)
        study.tell(trial, 1.0)
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=4)
    study.optimize(lambda trial: objective(trial, params, None, False), n_trials=1)
    assert study.trials[-1].state == TrialState.PRUNED
    assert list(study.trials[-1].intermediate_values) == [1]


def test_values_of_an_interrupted_trial_are_repeated_first(study: optuna.Study) -> None:
    interrupted = study.ask()
    value = interrupted.suggest_float("fit.learning_rate", 1e-3, 1e-2)
    requeue_interrupted_trials(study)
    assert study.trials[0].state == TrialState.FAIL
    assert study.ask().suggest_float("fit.learning_rate", 1e-3, 1e-2) == value


def test_only_one_process_runs_a_sweep(tmp_path: Path) -> None:
    with (
        exclusive_sweep(tmp_path),
        pytest.raises(DataError, match="another process runs a sweep"),
        exclusive_sweep(tmp_path),
    ):
        pass


def test_data_that_fail_the_checks_stop_the_sweep_before_its_first_trial(params: Params, tmp_path: Path) -> None:
    emotion = Path(shutil.copytree(params.data.emotion, tmp_path / "emotion"))
    first, *_ = (emotion / "train.txt").read_text().splitlines()
    with (emotion / "train.txt").open("a") as file:
        file.write(first.replace(";sadness", ";joy") + "\n")  # the same text with a second label
    broken = replace(params, data=DataParams(emotion=str(emotion)), encoder="not loaded")
    with pytest.raises(DataError, match="not fit to train on"):
        sweep(broken, "tries", 1, state=tmp_path)
    assert not (tmp_path / "sweep.db").exists()


@pytest.mark.parametrize(
    ("ranges", "reason"),
    [
        ({}, "has no ranges to search"),
        ({"fit.speed": SweepRange(low=0, high=1)}, "there is no parameter fit.speed"),
        ({"fit.epochs": SweepRange(low=0, high=4)}, "fit.*epochs"),
        ({"fit.batch_size": SweepRange(choices=[16, "many"])}, "batch_size"),
    ],
)
def test_invalid_ranges_are_errors(params: Params, ranges: dict, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        check_ranges(replace(params, sweep=ranges))


def test_integer_parameters_get_integers(study: optuna.Study) -> None:
    value = suggest(study.ask(), "fit.epochs", SweepRange(low=1, high=9), 3)
    assert isinstance(value, int) and 1 <= value <= 9
    assert isinstance(suggest(study.ask(), "fit.warm_up", SweepRange(low=0, high=1), 0.1), float)
