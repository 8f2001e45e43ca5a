"""Weekly retraining: data check, training, and the verdict of the gate.

An e-mail is sent if the data have errors, or if the training fails or is rejected. A run that finds a training running
follows that one.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Variable, dag, task

from emoji_airflow import alerts, training


@dag(
    schedule="@weekly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=alerts.DEFAULT_ARGS,
    deadline=alerts.deadline(timedelta(hours=24)),
    doc_md=__doc__,
    tags=["emoji-api"],
)
def weekly_retraining() -> None:
    @task
    def check_data() -> None:
        training.check_data(
            Variable.get("training_params", "params.yaml"),
            Variable.get("training_data", None),
            Path(Variable.get("check_folder", "instance/checks")),
        )

    @task
    def start_training() -> str:
        return training.start_training()

    @task
    def require_promoted(document: dict[str, Any]) -> str:
        return training.require_promoted(document)

    training_id = start_training()
    check_data() >> training_id
    wait = training.TrainingSensor(
        task_id="wait_for_training",
        training_id=training_id,
        poll_seconds="{{ var.value.get('training_poll_seconds', 60) }}",
    )
    require_promoted(wait.output)


weekly_retraining()
