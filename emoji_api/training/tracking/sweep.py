"""Hyperparameter sweeps with Optuna, stored in a database so that a killed sweep can be continued."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import optuna
import tf_keras as keras
from mlflow.exceptions import MlflowException
from optuna.trial import TrialState

from emoji_api.errors import DataError
from emoji_api.files import locked
from emoji_api.progress import stage
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.examples.training_data import read_data
from emoji_api.training.params import Params, SweepRange
from emoji_api.training.tracker import Tracker
from emoji_api.training.tracking.mlflow_run import MlflowTracker
from emoji_api.training.tracking.runs import STATE, open_client
from emoji_api.training.train import FineTuning

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
RUN = "mlflow_run"


def sweep(params: Params, name: str, trials: int, *, state: Path = STATE, track: bool = True) -> optuna.Study:
    """Run the study `name` in `state/sweep.db` until it has `trials` finished trials, and return it.

    A trial fine-tunes the network with values from the ranges of `params.sweep`. Its objective is the score of the best
    epoch on validation; it is pruned if the score after an epoch is below the median of the earlier trials. With
    `track`, each trial is an MLflow run nested in the run of the study. Trials interrupted in a killed process are
    repeated first. No bundle is written.

    Raises DataError if the ranges are missing or invalid, if another process runs a sweep in `state`, and if the data
    do not pass the checks, which run once before the first trial.
    """
    check_ranges(params)
    with exclusive_sweep(state):
        require_valid_data(read_data(params).datasets, params.data)
        study = optuna.create_study(
            study_name=name,
            storage=f"sqlite:///{state / 'sweep.db'}",
            direction="maximize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
            load_if_exists=True,
        )
        # with a constant seed a continued sweep would sample its first trials again
        study.sampler = optuna.samplers.TPESampler(seed=params.seed + len(study.trials))
        requeue_interrupted_trials(study)
        remaining = max(0, trials - len(study.get_trials(states=FINISHED)))
        with study_run(study, track) as parent, stage("sweep", remaining, "trials") as running:
            study.optimize(
                lambda trial: objective(trial, params, parent, track),
                n_trials=remaining,
                callbacks=[lambda study, trial: running.advance()],
            )
    return study


def objective(trial: optuna.Trial, params: Params, parent: str | None, track: bool) -> float:
    """Return the best validation score, from 0 to 1, of a network fine-tuned with the values of `trial`.

    `parent` is the id of the study's MLflow run. Raises TrialPruned.
    """
    values = {name: suggest(trial, name, params.sweep[name], parameter_value(params, name)) for name in params.sweep}
    trial_params = params.with_values(values)
    keras.backend.clear_session()
    pruned: optuna.TrialPruned | None = None  # raised after the MLflow run has ended: a pruned run is not a failed one
    name = f"{trial.study.study_name} {trial.number}"
    with MlflowTracker(name, parent=parent) if track else nullcontext(Tracker()) as tracker:

        def after_epoch(epoch: int, metrics: Mapping[str, float]) -> None:
            tracker.epoch_ended(epoch, metrics)
            trial.report(metrics["score"], epoch)
            if trial.should_prune():
                raise optuna.TrialPruned(f"below the median after epoch {epoch}")

        data = read_data(trial_params)
        tracker.started(trial_params, data)
        trial.set_user_attr(RUN, tracker.run_id)
        try:
            history = FineTuning(trial_params, data).fit(after_epoch)
        except optuna.TrialPruned as error:
            tracker.tag("pruned", str(error))
            pruned = error
    if pruned:
        raise pruned
    return history.epochs[history.best_epoch - 1]["score"]


def suggest(trial: optuna.Trial, name: str, values: SweepRange, default: Any) -> Any:
    """Return a value for the parameter `name` from the range `values`; an integer if its `default` is one."""
    if values.choices:
        return trial.suggest_categorical(name, values.choices)
    low, high = values.low or 0.0, values.high or 0.0
    if isinstance(default, int):
        return trial.suggest_int(name, round(low), round(high), log=values.log)
    return trial.suggest_float(name, low, high, log=values.log)


def parameter_value(params: Params, name: str) -> Any:
    """Return the value of a parameter such as `fit.learning_rate`. Raises DataError if there is no such parameter."""
    value: Any = params.as_dict()
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise DataError(f"there is no parameter {name}")
        value = value[part]
    return value


def check_ranges(params: Params) -> None:
    """Raise DataError if there are no ranges, or if a range is for an unknown parameter or has an invalid value."""
    if not params.sweep:
        raise DataError("the section `sweep` of the parameters has no ranges to search")
    for name, values in params.sweep.items():
        whole = isinstance(parameter_value(params, name), int)
        bounds = [round(bound) if whole else bound for bound in (values.low, values.high) if bound is not None]
        for value in values.choices or bounds:
            params.with_values({name: value})


def requeue_interrupted_trials(study: optuna.Study) -> None:
    """Mark trials that a killed process left running as failed, and enqueue their values as the next trials."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params, user_attrs={"again": trial.number})
        if run_id := trial.user_attrs.get(RUN):
            with suppress(MlflowException):
                open_client().set_terminated(run_id, "KILLED")


@contextmanager
def study_run(study: optuna.Study, track: bool) -> Iterator[str | None]:
    """Yield the id of the study's MLflow run, the parent of the trials' runs; a continued study resumes its run.

    Yields None without `track`. At the end the best score and the best parameters are logged to the run.
    """
    if not track:
        yield None
        return
    with MlflowTracker(study.study_name, resume=study.user_attrs.get(RUN)) as tracker:
        tracker.begin()
        study.set_user_attr(RUN, tracker.run_id)
        yield tracker.run_id
        if study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            tracker.tag("best", str(study.best_params))
            tracker.epoch_ended(len(study.trials), {"score": study.best_value})


@contextmanager
def exclusive_sweep(state: Path) -> Iterator[None]:
    """Hold the lock of the sweeps in `state`; raise DataError if another process holds it.

    The lock ends with its process, also when the process is killed.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(state / ".sweep.lock", wait=False))
        except BlockingIOError as error:
            raise DataError(f"another process runs a sweep in {state}; wait until it has ended") from error
        yield
