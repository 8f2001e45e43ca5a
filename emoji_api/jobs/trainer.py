"""The process of one training that was ordered: python -m emoji_api.jobs.trainer ID"""

import logging
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from emoji_api.database.extension import Database
from emoji_api.errors import DataError, EmojiApiError
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.jobs.reporter import Reporter
from emoji_api.settings import Settings, read_settings

NICE = 10
"""By which whoever answers goes before."""
OUTSIDE_FIT = ("tasks", "seed")
"""Parameters of an order that are not of the section `fit`."""
LONGEST_ERROR = 1000
UUID_NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The name of a training's folder: what else is there is not a trainer's to remove."""

logger = logging.getLogger(__name__)


class Stopped(BaseException):
    """The training was cancelled, given up, or told to end."""


def main(number: UUID) -> None:
    """Trains, asks the gate, promotes, and keeps in the database how it ended.

    A bundle whose gate could not be asked stays in the folder of trainings for a while: `emoji-api models register`
    takes it.
    """
    settings = read_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.nice(NICE)
    database = Database(settings.database_url)
    reporter = Reporter(database, number, settings.training_heartbeat, lambda: os.kill(os.getpid(), signal.SIGTERM))
    if (parameters := reporter.claim()) is None:
        logger.error("the training %s is not queued", number)
        return
    out = Path(settings.training_folder) / str(number)
    try:
        signal.signal(signal.SIGTERM, stop)
        state, reasons = run(settings, reporter, parameters, out)
        ignore_stops()
    except Stopped:
        ignore_stops()
        shutil.rmtree(out, ignore_errors=True)
        reporter.end_stopped(error="the trainer was told to end by its system (SIGTERM)")
    except Exception as error:
        ignore_stops()
        logger.exception("the training failed")
        reporter.end("failed", error=short(error))
    else:
        shutil.rmtree(out, ignore_errors=True)  # the registry has it
        reporter.end(state, reasons=reasons)


def stop(number: int, frame: FrameType | None) -> None:
    """Ends the training at the next step of the interpreter; what another stop is undoing is undone whole."""
    if not isinstance(sys.exception(), Stopped):
        raise Stopped


def ignore_stops() -> None:
    """What follows is done whole."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def run(
    settings: Settings, reporter: Reporter, parameters: Mapping[str, Any], out: Path
) -> tuple[str, list[dict[str, str]]]:
    """Trains into the folder `out` and asks the gate: the state that the training ends in, and why.

    Raises Stopped, and what a training and the registry raise.
    """
    clear(out.parent, settings.training_kept_days)
    tests = Path(settings.training_tests)
    if not tests.is_dir():  # told now, not after hours
        raise DataError(f"{tests}: there are no behaviour tests, and without them no gate")
    # not above: it takes seconds, in which the heart already beats
    from emoji_api.jobs.tracker import JobTracker
    from emoji_api.training.data.sources import resolve_params
    from emoji_api.training.gate.judge import judge
    from emoji_api.training.gate.verdict import PromotionVerdict
    from emoji_api.training.tracking.commands import open_registry
    from emoji_api.training.tracking.promotion import promote
    from emoji_api.training.train import train

    params = resolve_params(settings.training_params, settings.training_data, settings.training_encoder)
    params = params.with_values(by_section(parameters))
    with JobTracker(reporter, params.fit.epochs, with_saved_model=settings.engine == "tensorflow") as tracker:
        train(params, out, tracker=tracker)
    version = read_bundle(out, verify=False).version
    reporter.tell(state="validating", progress=1.0, version=version)

    def asked(champion: Path, challenger: Path) -> PromotionVerdict:
        assert tracker.data  # it was told of them before the first epoch
        decision = judge(champion, challenger, tracker.data.validation, params.gate, tests)
        if decision.promoted:
            ignore_stops()  # a promotion is done whole
            if not reporter.may_promote():
                raise Stopped
        return decision

    decision = promote(open_registry(), ModelStore(settings.model_store), version, asked)
    logger.info("%s", decision)
    reasons = [{"check": check.name, "detail": check.detail} for check in decision.reasons]
    return "promoted" if decision.promoted else "rejected", reasons


def by_section(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an order by their names in a parameter file, such as `fit.epochs`."""
    return {name if name in OUTSIDE_FIT else f"fit.{name}": value for name, value in parameters.items()}


def clear(folder: Path, days: int) -> None:
    """Removes what trainers that were killed left half written: no other one lives, or it would have the slot.

    Also the bundles of trainings whose gate could not be asked, after so many `days`; with 0 they stay for ever.
    """
    for left in folder.glob(".*.partial"):
        shutil.rmtree(left, ignore_errors=True)
    for bundle in folder.iterdir() if days and folder.is_dir() else ():
        if UUID_NAME.fullmatch(bundle.name) and time.time() - bundle.stat().st_mtime > days * 86_400:
            logger.info("%s is older than %s days and is removed", bundle, days)
            shutil.rmtree(bundle, ignore_errors=True)


def short(error: Exception) -> str:
    """What is told of an error; all of it is in the log."""
    text = str(error) if isinstance(error, EmojiApiError) else f"{type(error).__name__}: {error}"
    return text if len(text) <= LONGEST_ERROR else f"{text[:LONGEST_ERROR]} ..."


if __name__ == "__main__":
    main(UUID(sys.argv[1]))
