"""Collection of posts about companies, with the functions of the package.

The variable `emoji_api_environment`, a JSON object, has the settings: the address of the database, the model store, the
keys of the sources, `MLFLOW_TRACKING_URI`. They are environment variables while a task runs.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from airflow.sdk import RetryDecision, RetryPolicy, Variable
from airflow.sdk.log import mask_secret

from emoji_airflow.alerts import Problem
from emoji_api.cli.database import existing_database_url
from emoji_api.database.extension import Database
from emoji_api.errors import EmojiApiError, SourceRateLimited, SourceUnauthorized, UnknownCompany
from emoji_api.settings import read_settings
from emoji_api.watch import store

ENVIRONMENT = "emoji_api_environment"
BACKFILL = (
    "airflow backfill create --dag-id sentiment_inspector --from-date {day} --to-date {day} --reprocess-behavior failed"
)
PERMANENT = (SourceUnauthorized, UnknownCompany)
"""Errors for which another attempt does not help."""


class CollectionFailed(Problem):
    """A company whose posts could not be collected. `error` is the error of the package."""

    def __init__(self, company: str, since: datetime | None, error: EmojiApiError):
        self.error = error
        super().__init__(
            f"Collection failed: {company}",
            [str(error)],
            "The posts that were read before the error are stored, and the other companies are not affected. Remove "
            "the cause, then clear the task"
            + (f"; `{BACKFILL.format(day=since.date())}` collects the day again, too." if since else "."),
        )


class RetryAtReset(RetryPolicy):
    """Retries a collection when the rate limit of its source ends, and not at all if another attempt cannot help."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Return the decision for the error of a collection."""
        error = exception.error if isinstance(exception, CollectionFailed) else exception
        if isinstance(error, PERMANENT):
            return RetryDecision.fail(str(error))
        if isinstance(error, SourceRateLimited) and error.reset:
            seconds = (error.reset - datetime.now(UTC)).total_seconds()
            return RetryDecision.retry(timedelta(seconds=max(seconds, 0) + 1), str(error))
        return RetryDecision.default()


def list_companies() -> list[str]:
    """Return the names of the watched companies. Raise click.ClickException if there is no database."""
    with settings_of_variable(), Database(existing_database_url()).session() as session:
        return [company.name for company in store.list_companies(session)]


def inspect(company: str, since: datetime | None, until: datetime | None) -> dict[str, int]:
    """Collect and classify the posts about `company` in [`since`, `until`), and update the statistics of their days.

    Without dates, which a run that was triggered without a logical date lacks, the collection continues after the last.
    Return the numbers of found, new, classified and rejected posts. Running it again stores nothing twice. Raise
    CollectionFailed.
    """
    # not at the top: they import ONNX Runtime, and Airflow parses the DAGs again and again
    from emoji_api.cli.options import served_bundle
    from emoji_api.cli.watch import BATCH_SIZE
    from emoji_api.inference.classifier import load_classifier
    from emoji_api.inference.engines import EngineName
    from emoji_api.watch.collect import collect

    with settings_of_variable():
        settings = read_settings()
        try:
            classifier = load_classifier(
                served_bundle(),
                engine=cast(EngineName, settings.engine),
                threads=settings.threads,
                batch_size=BATCH_SIZE,
            )
            result = collect(
                Database(settings.database_url),
                company,
                classifier,
                since=since,
                until=until,
                oldest=datetime.now(UTC) - timedelta(days=settings.watch_days) if settings.watch_days else None,
                keep_authors=settings.watch_authors,
            )
        except EmojiApiError as error:
            raise CollectionFailed(company, since, error) from error
    return asdict(result) | {"rejected": len(result.rejected)}


@contextmanager
def settings_of_variable() -> Iterator[None]:
    """Set the environment variables of the variable `emoji_api_environment` while the `with` block runs."""
    values: dict[str, str] = Variable.get(ENVIRONMENT, default={}, deserialize_json=True)
    for name, value in values.items():
        if "@" in value:  # an address with a password, which Airflow does not recognise by its name
            mask_secret(value)
        mask_secret(value, name)
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
