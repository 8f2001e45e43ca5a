"""Daily figures as metrics in MLflow, one run per company."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from emoji_api.errors import DependencyMissing
from emoji_api.inference.registry import open_client
from emoji_api.watch.statistics import Statistics

EXPERIMENT = "company-watch"
COMPANY = "company"
COMPANY_SHA256 = "company_sha256"
"""Tag by which a company's run is found: unlike a name, it needs no quoting in MLflow's search."""
EPOCH = date(1970, 1, 1)
METRICS_PER_BATCH = 1_000
"""MLflow's limit of metrics in a request."""
CONFLICTS = ("RESOURCE_ALREADY_EXISTS", "INTERNAL_ERROR")
"""MLflow's answers if another collection creates the same experiment, or logs the same metric, at the same time."""
ATTEMPTS = 5

logger = logging.getLogger(__name__)


def log_days(company: str, days: Iterable[Statistics]) -> int:
    """Log the statistics of `days`, as `read_days` returns them, and return the number of new values.

    The step of a metric is the number of days since 1970-01-01. Values that the run already has are not logged again.
    Without MLflow, or if it cannot be reached, a line is logged and the result is 0: statistics do not depend on it.
    """
    try:
        return _log_again_after_conflicts(open_client(), company, list(days))
    except DependencyMissing as error:
        logger.info("the statistics are not logged to MLflow: %s", error)
    except Exception as error:  # of MLflow, its database or the network; the message may have a password in a URL
        code = getattr(error, "error_code", type(error).__name__)
        logger.warning("MLflow: the statistics of %s are not logged (%s)", company, code)
    return 0


def day_metrics(day: Statistics) -> Iterator[tuple[str, float]]:
    """Yield the name and value of each metric of a day, such as ("sentiment/negative/share", 0.25)."""
    yield "posts", day["posts"]
    yield "classified", day["classified"]
    yield "other_languages", sum(day["other_languages"].values())
    for task in ("sentiment", "emotion", "offensive"):
        for label, entry in day[task].items():
            for figure in ("share", "mean_probability", "corrected"):
                if figure in entry:
                    yield f"{task}/{label}/{figure}", entry[figure]


def _log_again_after_conflicts(client: Any, company: str, days: Sequence[Statistics]) -> int:
    # imported here, because serving has neither tenacity nor MLflow
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

    conflict = retry_if_exception(lambda error: getattr(error, "error_code", None) in CONFLICTS)
    retrying = Retrying(stop=stop_after_attempt(ATTEMPTS), wait=wait_random(0, 1), retry=conflict, reraise=True)
    return retrying(_log_days, client, company, days)


def _log_days(client: Any, company: str, days: Iterable[Statistics]) -> int:
    from mlflow.entities import Metric

    now = round(datetime.now(UTC).timestamp() * 1000)
    run = _company_run(client, company)
    logged: dict[str, dict[int, float]] = {}
    new = []
    for day in days:
        step = (date.fromisoformat(day["date"]) - EPOCH).days
        for name, value in day_metrics(day):
            if name not in logged:
                logged[name] = _logged_values(client, run, name)
            if logged[name].get(step) != value:
                new.append(Metric(name, value, now, step))
    for start in range(0, len(new), METRICS_PER_BATCH):
        client.log_batch(run, metrics=new[start : start + METRICS_PER_BATCH])
    return len(new)


def _company_run(client: Any, company: str) -> str:
    """Return the id of the company's run. Create it, and the experiment, if necessary."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    experiment_id = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT)
    key = hashlib.sha256(company.encode()).hexdigest()
    runs = client.search_runs([experiment_id], f"tags.{COMPANY_SHA256} = '{key}'", max_results=1)
    if runs:
        return str(runs[0].info.run_id)
    run = client.create_run(experiment_id, run_name=company, tags={COMPANY: company, COMPANY_SHA256: key})
    client.set_terminated(run.info.run_id)  # metrics can still be logged, and the run does not look like a running job
    return str(run.info.run_id)


def _logged_values(client: Any, run: str, name: str) -> dict[int, float]:
    """Return the latest value of a metric at each step."""
    history = sorted(client.get_metric_history(run, name), key=lambda metric: metric.timestamp)
    return {metric.step: metric.value for metric in history}
