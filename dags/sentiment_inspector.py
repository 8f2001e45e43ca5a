"""Daily collection: the posts of the day about each company are collected, classified and counted.

One mapped task per company. A run covers its data interval, one day in UTC, and can be repeated and backfilled: nothing
is stored twice. A source that limits its rate is read again when the limit ends. An e-mail is sent for a company whose
posts cannot be collected.
"""

from datetime import datetime, timedelta

from airflow.sdk import CronDataIntervalTimetable, dag, task

from emoji_airflow import alerts, watch


@dag(
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=4,
    default_args=alerts.DEFAULT_ARGS,
    deadline=alerts.deadline(timedelta(hours=6)),
    doc_md=__doc__,
    tags=["emoji-api"],
)
def sentiment_inspector() -> None:
    @task
    def list_companies() -> list[str]:
        return watch.list_companies()

    @task(retry_policy=watch.RetryAtReset(), map_index_template="{{ task.op_kwargs['company'] }}")
    def inspect(
        company: str, data_interval_start: datetime | None = None, data_interval_end: datetime | None = None
    ) -> dict[str, int]:
        return watch.inspect(company, data_interval_start, data_interval_end)

    inspect.expand(company=list_companies())


sentiment_inspector()
