"""A sweep: trials of parameters from declared ranges, kept in a database so that a killed one goes on."""

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
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.examples.training_data import read_data
from emoji_api.training.fit import fit
from emoji_api.training.params import Params, SweepRange
from emoji_api.training.tracker import Tracker
from emoji_api.training.tracking.mlflow_run import STATE, MlflowTracker, open_client
from emoji_api.training.train import add_teacher_predictions, start_network

DONE = (TrialState.COMPLETE, TrialState.PRUNED)
RUN = "mlflow_run"


def sweep(params: Params, name: str, trials: int, *, state: Path = STATE, track: bool = True) -> optuna.Study:
    """Go on with the study `name` in `state/sweep.db` until it has so many `trials`; nothing is exported.

    A trial fits the network with values from the ranges of `params.sweep` and scores the best epoch on validation; it
    is pruned when, after an epoch, it is below the median of the trials before. Each trial is an MLflow run within one
    of the study. Trials that a killed process left are tried again first. The data are checked once, before the trials.
    Raises DataError for ranges that there are not, of parameters that there are not, where another process sweeps, and
    for data that are not fit to train on.
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
        # of the seed exclusive_sweep, a sweep that goes on would try again what it began with
        study.sampler = optuna.samplers.TPESampler(seed=params.seed + len(study.trials))
        requeue_interrupted_trials(study)
        left = trials - len(study.get_trials(states=DONE))
        with study_run(study, track) as parent:
            study.optimize(lambda trial: objective(trial, params, parent, track), n_trials=max(0, left))
    return study


def objective(trial: optuna.Trial, params: Params, parent: str | None, track: bool) -> float:
    """The best score of a network that is fitted with the values of `trial`: the mean over the tasks, 0 to 1."""
    values = {name: suggest(trial, name, params.sweep[name], value_of(params, name)) for name in params.sweep}
    chosen = params.with_values(values)
    keras.backend.clear_session()
    keras.utils.set_random_seed(params.seed)
    pruned: optuna.TrialPruned | None = None  # not raised within its run, which has not failed
    name = f"{trial.study.study_name} {trial.number}"
    with MlflowTracker(name, parent=parent) if track else nullcontext(Tracker()) as tracker:

        def after_epoch(epoch: int, measured: Mapping[str, float]) -> None:
            tracker.epoch_ended(epoch, measured)
            trial.report(measured["score"], epoch)
            if trial.should_prune():
                raise optuna.TrialPruned(f"below the median after epoch {epoch}")

        data = read_data(chosen)
        tracker.started(chosen, data)
        trial.set_user_attr(RUN, tracker.run_id)
        try:
            history = fit(*start_network(chosen, data), add_teacher_predictions(data, chosen), chosen, after_epoch)
        except optuna.TrialPruned as error:
            tracker.tag("pruned", str(error))
            pruned = error
    if pruned:
        raise pruned
    return history.epochs[history.best_epoch - 1]["score"]


def suggest(trial: optuna.Trial, name: str, tried: SweepRange, value: Any) -> Any:
    """A value of the parameter `name` from its range: a whole number where its `value` now is one."""
    if tried.choices:
        return trial.suggest_categorical(name, tried.choices)
    low, high = tried.low or 0.0, tried.high or 0.0
    if isinstance(value, int):
        return trial.suggest_int(name, round(low), round(high), log=tried.log)
    return trial.suggest_float(name, low, high, log=tried.log)


def value_of(params: Params, name: str) -> Any:
    """The value of a parameter such as `fit.learning_rate`. Raises DataError for one that there is not."""
    value: Any = params.as_dict()
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise DataError(f"there is no parameter {name}")
        value = value[part]
    return value


def check_ranges(params: Params) -> None:
    """Each range is of a parameter that there is, and its ends, or its choices, are values that it may have."""
    if not params.sweep:
        raise DataError("nothing is to be tried: the parameters have no section `sweep`")
    for name, tried in params.sweep.items():
        whole = isinstance(value_of(params, name), int)
        ends = [round(end) if whole else end for end in (tried.low, tried.high) if end is not None]
        for value in tried.choices or ends:
            params.with_values({name: value})


def requeue_interrupted_trials(study: optuna.Study) -> None:
    """Have the values of trials that nobody is working on any more tried before all others."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params, user_attrs={"again": trial.number})
        if run := trial.user_attrs.get(RUN):
            with suppress(MlflowException):
                open_client().set_terminated(run, "KILLED")


@contextmanager
def study_run(study: optuna.Study, track: bool) -> Iterator[str | None]:
    """The MLflow run of the whole study, which the runs of its trials are in; the same one when it goes on."""
    if not track:
        yield None
        return
    with MlflowTracker(study.study_name, again=study.user_attrs.get(RUN)) as tracker:
        tracker.begin()
        study.set_user_attr(RUN, tracker.run_id)
        yield tracker.run_id
        if study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            tracker.tag("best", str(study.best_params))
            tracker.epoch_ended(len(study.trials), {"score": study.best_value})


@contextmanager
def exclusive_sweep(state: Path) -> Iterator[None]:
    """Nobody else sweeps in `state` meanwhile; also what was killed gives way."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(state / ".sweep.lock", wait=False))
        except BlockingIOError as error:
            raise DataError(f"another process sweeps in {state}") from error
        yield
