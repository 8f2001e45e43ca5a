"""Update of the statistics: the days whose posts have changed are rolled up and logged."""

from datetime import date

from emoji_api.database.extension import Database
from emoji_api.inference.bundle import Bundle
from emoji_api.progress import stage
from emoji_api.watch.changes import delete_changes, read_changes
from emoji_api.watch.rollup import read_days, roll_up
from emoji_api.watch.store import get_company
from emoji_api.watch.tracking import log_days


class _UpdatedMeanwhile(Exception):
    """Another process has stored statistics of the same changes, which may be newer."""


def update_statistics(database: Database, company_name: str, bundle: Bundle, *, log: bool = True) -> list[date]:
    """Compute the statistics of the days whose posts have changed, and of the days that are compared with them.

    Return these days; none if nothing has changed. `bundle` is the one that classified the posts. With `log`, the
    figures are logged to MLflow where it is installed. Raise UnknownCompany and DatabaseUnavailable.
    """
    while True:
        try:
            computed = _update(database, company_name, bundle)
        except _UpdatedMeanwhile:
            continue
        break
    if computed and log:
        with database.session() as session:
            days = read_days(session, get_company(session, company_name), min(computed), max(computed))
        dates = {day.isoformat() for day in computed}
        with stage("logging to MLflow"):
            log_days(company_name, [day for day in days if day["date"] in dates])
    return computed


def _update(database: Database, company_name: str, bundle: Bundle) -> list[date]:
    with database.session() as session:
        company = get_company(session, company_name)
        changes = read_changes(session, company)  # before the posts: what changes afterwards remains recorded
        if not changes:
            return []
        computed = roll_up(session, company, {change.date for change in changes}, bundle)
        if not delete_changes(session, changes):
            raise _UpdatedMeanwhile  # rolls back
        return computed
