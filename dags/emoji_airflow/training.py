"""A training of the service: started, awaited without a worker, and judged."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
from airflow.sdk import BaseHook, BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

from emoji_airflow.alerts import Alert
from emoji_airflow.service import (
    CONNECTION,
    RequestRefused,
    ServiceUnavailable,
    client_options,
    describe,
    raise_for_status,
    request,
)
from emoji_api.database.tables import FINAL_TRAINING_STATES
from emoji_api.errors import DataError

TIMEOUT = timedelta(hours=48)
"""Time after which the sensor fails. The deadline of the DAG is earlier."""


def check_data(params: str, data: str | None, out: Any) -> None:
    """Check the training data as every training does. Raise Alert with the errors.

    `params` is the parameter file, `data` the folder of the data sets, None for the locations in `params`. The result
    pages are written to the folder `out`.
    """
    # not at the top: Great Expectations takes seconds to import, and Airflow parses the DAGs again and again
    from emoji_api.training.data.checks.command import check
    from emoji_api.training.data.sources import resolve_params

    try:
        reports, page = check(resolve_params(params, data, None).data, out, None)
    except DataError as error:
        raise Alert(
            "Retraining stopped: the training data cannot be found",
            [str(error)],
            "Correct the parameter file or the variables training_params and training_data, then clear the task.",
        ) from error
    errors = [line for report in reports if report.has_errors for line in report.lines()]
    if errors:
        raise Alert(
            "Retraining stopped: the training data have errors",
            errors,
            f"Correct the data, then clear the task. The result pages are in {page.parent}.",
        )


def start_training() -> str:
    """Start a training and return its id. If one is running, return the id of that one."""
    response = request("POST", "/training", json={})
    if response.status_code == 409 and "Location" not in response.headers:
        raise RequestRefused(describe(response))
    return response.headers["Location"].rpartition("/")[2]


def require_promoted(training: dict[str, Any]) -> str:
    """Return the version of a promoted training. Raise Alert, with the reasons, for one that ended otherwise."""
    name, state = f"training {training['id']}", training["state"]
    if state == "promoted":
        return training["version"]
    details = [f"MLflow run: {training['mlflow_run']}"] if training["mlflow_run"] else []
    if state == "rejected":
        reasons = [f"{reason['check']}: {reason['detail']}" for reason in training["reasons"]]
        raise Alert(
            f"Retraining rejected by the gate: {name}",
            [*reasons, *details],
            "The champion is still served. Compare the new model with it in MLflow. If the data of one task have "
            "changed, correct or add data; if the limits are too strict, change `gate` in the parameter file. The next "
            "run starts a new training.",
        )
    if state == "cancelled":
        raise Alert(f"Retraining cancelled: {name}", ["it was cancelled by DELETE /training/ID", *details], RESTART)
    raise Alert(
        f"Retraining failed: {name}",
        [training["error"] or "no error message", *details],
        f"Read the log {training['id']}.log in the service's training folder, and remove the cause. {RESTART}",
    )


RESTART = "The champion is still served. To train now, clear the task start_training, or wait for the next run."


class TrainingTrigger(BaseTrigger):
    """Polls a training until it has ended. The event has the key `training`, or `error` if it cannot be read."""

    def __init__(self, training_id: str, poll_seconds: float):
        super().__init__()
        self.training_id = training_id
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the import path and the arguments of this trigger."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, {"training_id": self.training_id, "poll_seconds": self.poll_seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event. While the service is unavailable, polling continues."""
        options = client_options(await BaseHook.aget_connection(CONNECTION))
        async with httpx.AsyncClient(**options) as client:
            while True:
                try:
                    response = await client.get(f"/training/{self.training_id}")
                    raise_for_status(response)
                    if response.json()["state"] in FINAL_TRAINING_STATES:
                        yield TriggerEvent({"training": response.json()})
                        return
                except (httpx.TransportError, ServiceUnavailable) as error:
                    self.log.warning("polling continues: %s", error)
                except RequestRefused as error:
                    yield TriggerEvent({"error": error.reasons[0]})
                    return
                await asyncio.sleep(self.poll_seconds)


class TrainingSensor(BaseOperator):
    """Waits until a training has ended, in the triggerer, and returns the JSON document of the training."""

    template_fields = ("training_id", "poll_seconds")

    def __init__(self, *, training_id: str, poll_seconds: float | str = 60, **options: Any):
        super().__init__(**options)
        self.training_id = training_id
        self.poll_seconds = poll_seconds

    def execute(self, context: Any) -> None:
        """Defer to a TrainingTrigger."""
        trigger = TrainingTrigger(self.training_id, float(self.poll_seconds))
        self.defer(trigger=trigger, method_name="execute_complete", timeout=TIMEOUT)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Return the training. Raise RequestRefused if the service does not know it or refuses the key."""
        if "error" in event:
            raise RequestRefused(event["error"])
        return event["training"]
