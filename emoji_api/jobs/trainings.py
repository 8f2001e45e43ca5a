"""Training jobs of a service: start, read and cancel them, and end jobs whose trainer died."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

from emoji_api import processes
from emoji_api.database.extension import Database
from emoji_api.database.tables import TrainingJob
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

TRAINER_SETTINGS = (
    *("database_url", "model_store", "engine", "log_level"),
    *("training_params", "training_data", "training_encoder", "training_folder", "training_tests"),
    *("training_kept_days", "training_heartbeat"),
)
"""Settings of the service that the trainer gets in its environment."""
MAX_MISSED_HEARTBEATS = 24
"""Heartbeats after which a silent trainer counts as dead."""
CHAMPION_MODEL = "models:/tweets@champion"
"""Registry model that a promotion updates."""
REQUIRED_MODULES = {
    "train": ("tensorflow", "tf_keras", "transformers", "mlflow", "great_expectations"),
    "test": ("pytest",),
}
"""Modules that training needs, by the extra that installs them. The gate runs the behaviour tests with pytest."""


class Trainings:
    """Training jobs in `database`. `settings` are the service's, by lower-case name."""

    def __init__(self, database: Database, settings: Mapping[str, Any]):
        self.database = database
        self.settings = settings

    def start(self, parameters: dict[str, Any]) -> TrainingJob:
        """Queue a job with these `parameters` and start its trainer.

        Raise TrainerMissing if the installation cannot train, ReloadRefused if the service would not serve a promoted
        model, TrainingRunning if another job is active, and TrainerNotStarted if the process cannot be started.
        """
        require_trainer()
        self.require_champion_served()
        self.end_dead_job()
        with self.database.session() as session:
            job, is_new = queue.order(session, parameters)
        if not is_new:
            raise TrainingRunning(job.id)
        settings = {name: self.settings[name] for name in TRAINER_SETTINGS if self.settings[name] is not None}
        environment = {environment_variable(name): str(value) for name, value in settings.items()}
        try:
            pid = process.start(job.id, self.log(job.id), environment)
        except OSError as error:
            reason = f"the trainer cannot be started: {error.strerror}"
            with self.database.session() as session:
                queue.end(session, job.id, "failed", {"error": reason})
            raise TrainerNotStarted(reason) from error
        with self.database.session() as session:
            queue.set_process(session, job.id, pid, processes.host_name())
        return self.get(job.id)

    def get(self, job_id: UUID) -> TrainingJob:
        """Return the job with this id. Raise UnknownTraining if there is none."""
        self.end_dead_job()
        with self.database.session() as session:
            job = queue.find(session, job_id)
        if job is None:
            raise UnknownTraining(job_id)
        return job

    def list(self, limit: int, offset: int) -> tuple[Sequence[TrainingJob], int]:
        """Return at most `limit` jobs after the first `offset`, newest first, and the number of all jobs."""
        self.end_dead_job()
        with self.database.session() as session:
            return queue.list_jobs(session, limit, offset), queue.count_jobs(session)

    def cancel(self, job_id: UUID) -> TrainingJob:
        """Request the cancellation of a job and return it; its trainer ends soon after.

        Raise UnknownTraining if there is no such job, and TrainingEnded if it has ended.
        """
        self.get(job_id)
        with self.database.session() as session:
            requested = queue.cancel(session, job_id)
        job = self.get(job_id)
        if not requested:
            raise TrainingEnded(job_id, job.state)
        if job.pid and job.host == processes.host_name():
            process.terminate(job.pid, job_id)
        return job

    def log(self, job_id: UUID) -> Path:
        """Return the path of the trainer's log file."""
        return Path(self.settings["training_folder"]) / f"{job_id}.log"

    def require_champion_served(self) -> None:
        """Raise ReloadRefused if the settings select a model other than the champion, which a promotion changes."""
        if self.settings["model_path"]:
            raise ReloadRefused("EMOJI_API_MODEL_PATH selects the served model: a promoted one would not be served")
        if (model := self.settings["model"]) not in (None, CHAMPION_MODEL):
            raise ReloadRefused(f"EMOJI_API_MODEL is {model}: promoted models are served only with {CHAMPION_MODEL}")

    def end_dead_job(self) -> None:
        """End the active job if its trainer died, so that the next job can start."""
        with self.database.session() as session:
            job = queue.running(session)
            now = queue.database_time(session)
        if job and (cause := self._cause_of_death(job, now)):
            state, values = self._final_state(job, cause)
            with self.database.session() as session:
                queue.end(session, job.id, state, values, last_heartbeat=job.heartbeat)

    def _cause_of_death(self, job: TrainingJob, now: datetime) -> str | None:
        """Return why the trainer counts as dead, None if it does not."""
        if job.pid and job.host == processes.host_name() and process.is_trainer_running(job.pid, job.id) is False:
            return f"process {job.pid} is gone"
        silence = now - job.heartbeat
        limit = timedelta(seconds=MAX_MISSED_HEARTBEATS * self.settings["training_heartbeat"])
        return f"its last heartbeat was {silence} ago" if silence > limit else None

    def _final_state(self, job: TrainingJob, cause: str) -> tuple[str, dict[str, Any]]:
        if self._is_served(job):  # the trainer died after the promotion, before it stored the result
            return "promoted", {}
        if job.cancelling:
            return "cancelled", {}
        return "failed", {"error": f"the trainer died: {cause}; its log {self.log(job.id).name} may say why"}

    def _is_served(self, job: TrainingJob) -> bool:
        try:
            return job.version is not None and ModelStore(self.settings["model_store"]).served() == job.version
        except (BundleError, OSError):
            return False


def require_trainer() -> None:
    """Raise TrainerMissing if a module that training needs is not installed. The modules are not imported."""
    for extra, modules in REQUIRED_MODULES.items():
        if missing := [name for name in modules if find_spec(name) is None]:
            raise TrainerMissing(missing, extra)
