"""The trainings of a service: ordered, told, cancelled, and given up when their trainer died."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

from emoji_api import processes
from emoji_api.database.extension import Database
from emoji_api.database.training_jobs import TrainingJob
from emoji_api.errors import (
    BundleError,
    ReloadRefused,
    TrainerMissing,
    TrainerNotStarted,
    TrainingEnded,
    TrainingRunning,
    UnknownTraining,
)
from emoji_api.inference.store import ModelStore
from emoji_api.jobs import process, queue
from emoji_api.settings import environment_variable

SETTINGS = (
    *("database_url", "model_store", "engine", "log_level"),
    *("training_params", "training_data", "training_encoder", "training_folder", "training_tests"),
    *("training_kept_days", "training_heartbeat"),
)
"""What a trainer is told of the service's settings, in its environment."""
MISSED = 24
"""Heartbeats without which a trainer is dead."""
FOLLOWED = "models:/tweets@champion"
"""The model of a registry that a promotion moves."""
NEEDED = {"train": ("tensorflow", "tf_keras", "transformers", "mlflow", "great_expectations"), "test": ("pytest",)}
"""Modules of each group of the installation; the gate runs the behaviour tests by pytest."""


class Trainings:
    """The trainings in a database. `settings` are the service's, by name in small letters."""

    def __init__(self, database: Database, settings: Mapping[str, Any]):
        self.database = database
        self.settings = settings

    def start(self, parameters: dict[str, Any]) -> TrainingJob:
        """Orders a training and starts its trainer.

        Raises `TrainerMissing` where it is not installed, `ReloadRefused` where the service would not take what is
        promoted, `TrainingRunning` while another runs, and `TrainerNotStarted` where the system starts no process.
        """
        require_trainer()
        self.require_following()
        self.give_up_dead()
        with self.database.session() as session:
            job, new = queue.order(session, parameters)
        if not new:
            raise TrainingRunning(job.id)
        told = {name: self.settings[name] for name in SETTINGS if self.settings[name] is not None}
        environment = {environment_variable(name): str(value) for name, value in told.items()}
        try:
            pid = process.start(job.id, self.log(job.id), environment)
        except OSError as error:
            reason = f"the trainer cannot be started: {error.strerror}"
            with self.database.session() as session:
                queue.end(session, job.id, "failed", {"error": reason})
            raise TrainerNotStarted(reason) from error
        with self.database.session() as session:
            queue.name_process(session, job.id, pid, processes.host_name())
        return self.get(job.id)

    def get(self, number: UUID) -> TrainingJob:
        """The training of that id as it is now. Raises `UnknownTraining`."""
        self.give_up_dead()
        with self.database.session() as session:
            job = queue.find(session, number)
        if job is None:
            raise UnknownTraining(number)
        return job

    def list(self, limit: int, offset: int) -> tuple[Sequence[TrainingJob], int]:
        """At most `limit` trainings after the first `offset`, the newest first; and how many there are."""
        self.give_up_dead()
        with self.database.session() as session:
            return queue.listed(session, limit, offset), queue.count(session)

    def cancel(self, number: UUID) -> TrainingJob:
        """Asks a training to end; its trainer does so soon. Raises `UnknownTraining` and `TrainingEnded`."""
        self.get(number)
        with self.database.session() as session:
            asked = queue.cancel(session, number)
        job = self.get(number)
        if not asked:
            raise TrainingEnded(number, job.state)
        if job.pid and job.host == processes.host_name():
            process.terminate(job.pid, number)
        return job

    def log(self, number: UUID) -> Path:
        """The file that the trainer writes to."""
        return Path(self.settings["training_folder"]) / f"{number}.log"

    def require_following(self) -> None:
        """Raises `ReloadRefused` where the settings name another model than the champion: it would be served on."""
        if self.settings["model_path"]:
            raise ReloadRefused("EMOJI_API_MODEL_PATH names the model: one that is promoted would not be served")
        if (model := self.settings["model"]) not in (None, FOLLOWED):
            raise ReloadRefused(
                f"EMOJI_API_MODEL is {model}: only with {FOLLOWED} would one that is promoted be served"
            )

    def give_up_dead(self) -> None:
        """Ends the training whose trainer died: others may be told, and the next may start."""
        with self.database.session() as session:
            job = queue.running(session)
            now = queue.clock(session)
        if job and (cause := self._death(job, now)):
            state, facts = self._end_of(job, cause)
            with self.database.session() as session:
                queue.end(session, job.id, state, facts, unheard_since=job.heartbeat)

    def _death(self, job: TrainingJob, now: datetime) -> str | None:
        silence = timedelta(seconds=MISSED * self.settings["training_heartbeat"])
        if job.pid and job.host == processes.host_name() and process.lives(job.pid, job.id) is False:
            return f"process {job.pid} is gone"
        return f"nothing was heard of it for {now - job.heartbeat}" if now - job.heartbeat > silence else None

    def _end_of(self, job: TrainingJob, cause: str) -> tuple[str, dict[str, Any]]:
        if self._is_served(job):  # it died between the promotion and telling of it
            return "promoted", {}
        if job.cancelling:
            return "cancelled", {}
        return "failed", {"error": f"the trainer died: {cause}; its log may say why"}

    def _is_served(self, job: TrainingJob) -> bool:
        try:
            return job.version is not None and ModelStore(self.settings["model_store"]).served() == job.version
        except (BundleError, OSError):
            return False


def require_trainer() -> None:
    """Raises `TrainerMissing` where a part of the installation is missing that a training needs. Imports none."""
    for group, modules in NEEDED.items():
        if missing := [name for name in modules if find_spec(name) is None]:
            raise TrainerMissing(missing, group)
