"""Daily guard over the model: accuracy of the last trainings, accuracy on labelled posts, and drift.

An e-mail is sent for each check that fails, and again each day while it fails.
"""

from datetime import datetime, timedelta

from airflow.sdk import Variable, dag, task

from emoji_airflow import alerts, performance


@dag(
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=alerts.DEFAULT_ARGS,
    deadline=alerts.deadline(timedelta(hours=6)),
    doc_md=__doc__,
    tags=["emoji-api"],
)
def model_performance() -> None:
    @task
    def check_trainings() -> list[str]:
        return performance.check_trainings(
            int(Variable.get("compared_trainings", 5)), float(Variable.get("accuracy_threshold", 0.05))
        )

    @task
    def list_companies() -> list[str]:
        return performance.list_companies()

    @task(map_index_template="{{ task.op_kwargs['company'] }}")
    def check_posts(company: str) -> str:
        return performance.check_posts(
            company, int(Variable.get("accuracy_days", 28)), float(Variable.get("accuracy_threshold", 0.05))
        )

    @task
    def check_drift() -> list[str]:
        return performance.check_drift(float(Variable.get("drift_threshold", 0.2)))

    check_trainings()
    check_posts.expand(company=list_companies())
    check_drift()


model_performance()
