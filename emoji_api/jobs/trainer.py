"""Trainer: the process of one training job, started as `python -m emoji_api.jobs.trainer ID`."""

import _thread
import logging
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from emoji_api.database.extension import Database
from emoji_api.errors import DataError, EmojiApiError
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.jobs.reporter import Reporter
from emoji_api.logs import configure_logging
from emoji_api.settings import Settings, read_settings

NICENESS = 10
"""Niceness of the trainer: serving processes get the CPU first."""
TOP_LEVEL_PARAMETERS = ("tasks", "seed")
"""Parameters of a job that are not in the section `fit` of the parameter file."""
MAX_ERROR_LENGTH = 1000
"""Longest error message stored with a job, in characters."""
JOB_FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Name of a job's folder, its id. Anything else in the training folder is left alone."""

logger = logging.getLogger("emoji_api.jobs.trainer")  # __name__ is "__main__" in the trainer
stop_requested = threading.Event()
"""Set by the first SIGTERM."""


class Stopped(BaseException):
    """Request to stop the training: the job was cancelled or ended, or the system sent SIGTERM."""


def main(job_id: UUID) -> None:
    """Run a queued job: train, compare with the champion, promote, and store the result.

    If the gate itself fails, for example because MLflow is unavailable, the job fails and its bundle stays in the
    training folder. `emoji-api models register` can register it from there.
    """
    settings = read_settings()
    configure_logging(settings.log_level)
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    reporter = Reporter(Database(settings.database_url), job_id, settings.training_heartbeat, request_stop)
    if (parameters := reporter.claim()) is None:
        logger.error("the training %s is not queued", job_id)
        return
    out = Path(settings.training_folder) / str(job_id)
    try:
        signal.signal(signal.SIGTERM, raise_stopped)
        state, reasons = run(settings, reporter, parameters, out)
        ignore_sigterm()
    except Stopped:
        ignore_sigterm()
        shutil.rmtree(out, ignore_errors=True)
        reporter.end_stopped(error="the system stopped the trainer (SIGTERM)")
    except Exception as error:
        ignore_sigterm()
        logger.exception("the training failed")
        reporter.end("failed", error=error_message(error))
    else:
        shutil.rmtree(out, ignore_errors=True)  # the registry has a copy
        reporter.end(state, reasons=reasons)


def request_stop() -> None:
    """Raise SIGTERM in this process's main thread, from any thread."""
    if sys.platform == "win32":  # where os.kill would end the process at once
        _thread.interrupt_main(signal.SIGTERM)
    else:  # unlike interrupt_main, this interrupts a system call
        os.kill(os.getpid(), signal.SIGTERM)


def raise_stopped(number: int, frame: FrameType | None) -> None:
    """Handle SIGTERM by raising Stopped, unless the cleanup after an earlier one is still running."""
    stop_requested.set()
    if not isinstance(sys.exception(), Stopped):
        raise Stopped


@contextmanager
def stop_restored() -> Iterator[None]:
    """Raise Stopped again where a library has turned it into an error: TensorFlow does so in its C code."""
    try:
        yield
    except Exception as error:
        if stop_requested.is_set():
            raise Stopped from error
        raise


def ignore_sigterm() -> None:
    """Ignore SIGTERM from now on, so that the following steps are not interrupted."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def run(
    settings: Settings, reporter: Reporter, parameters: Mapping[str, Any], out: Path
) -> tuple[str, list[dict[str, str]]]:
    """Train a bundle into the folder `out`, compare it with the champion and promote it if it passes the gate.

    Return the job's final state and, if it was rejected, the failed checks. Raise Stopped, and the errors of training
    and of the registry.
    """
    remove_leftovers(out.parent, settings.training_kept_days)
    tests = Path(settings.training_tests)
    if not tests.is_dir():  # now, not after hours of training
        raise DataError(f"{tests}: there are no behaviour tests, which the gate needs; set EMOJI_API_TRAINING_TESTS")
    # imported here, because TensorFlow takes seconds to import and the heartbeat has to start before
    from emoji_api.jobs.tracker import JobTracker
    from emoji_api.training.data.sources import resolve_params
    from emoji_api.training.gate.judge import judge
    from emoji_api.training.gate.verdict import PromotionVerdict
    from emoji_api.training.tracking.commands import open_registry
    from emoji_api.training.tracking.promotion import promote
    from emoji_api.training.train import train

    params = resolve_params(settings.training_params, settings.training_data, settings.training_encoder)
    params = params.with_values(parameter_names(parameters))
    tracker = JobTracker(reporter, params.fit.epochs, with_saved_model=settings.engine == "tensorflow")
    with tracker, stop_restored():
        train(params, out, tracker=tracker)
    version = read_bundle(out, verify=False).version
    reporter.update(state="validating", progress=1.0, version=version)

    def judge_unless_cancelled(champion: Path, challenger: Path) -> PromotionVerdict:
        assert tracker.data  # set when the training started
        verdict = judge(champion, challenger, tracker.data.validation, params.gate, tests)
        if verdict.promoted:
            ignore_sigterm()  # a promotion is not interrupted
            if not reporter.may_promote():
                raise Stopped
        return verdict

    with stop_restored():
        verdict = promote(open_registry(), ModelStore(settings.model_store), version, judge_unless_cancelled)
    logger.info("%s", verdict)
    reasons = [{"check": check.name, "detail": check.detail} for check in verdict.reasons]
    return "promoted" if verdict.promoted else "rejected", reasons


def parameter_names(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job's parameters under their names in the parameter file, such as `fit.epochs`."""
    return {name if name in TOP_LEVEL_PARAMETERS else f"fit.{name}": value for name, value in parameters.items()}


def remove_leftovers(folder: Path, days: int) -> None:
    """Delete incomplete bundles of killed trainers, and the bundles of failed jobs older than `days`, 0 for none.

    No other trainer writes to `folder` meanwhile, because only one job is active at a time.
    """
    for partial in folder.glob(".*.partial"):
        shutil.rmtree(partial, ignore_errors=True)
    for bundle in folder.iterdir() if days and folder.is_dir() else ():
        if JOB_FOLDER.fullmatch(bundle.name) and time.time() - bundle.stat().st_mtime > days * 86_400:
            logger.info("%s is older than %s days and is deleted", bundle, days)
            shutil.rmtree(bundle, ignore_errors=True)


def error_message(error: Exception) -> str:
    """Return the message of an error, shortened to `MAX_ERROR_LENGTH`. The log has all of it."""
    text = str(error) if isinstance(error, EmojiApiError) else f"{type(error).__name__}: {error}"
    return text if len(text) <= MAX_ERROR_LENGTH else f"{text[:MAX_ERROR_LENGTH]} ..."


if __name__ == "__main__":
    main(UUID(sys.argv[1]))
