"""E-mails about failures and missed deadlines, sent to the addresses in the variable `alert_recipients`."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback, Variable
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from jinja2 import Environment, FileSystemLoader, StrictUndefined

RECIPIENTS = "alert_recipients"
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,  # reasons may quote posts
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
MAX_SUBJECT = 150


class Problem(AirflowException):
    """A failure that an e-mail can describe. The task is retried; an e-mail is sent after the last attempt.

    `title` is the subject of the e-mail, `reasons` are the facts, and `action` says what to do.
    """

    def __init__(self, title: str, reasons: list[str], action: str):
        self.title, self.reasons, self.action = title, reasons, action
        super().__init__(f"{title}: {'; '.join(reasons)}")


class Alert(Problem, AirflowFailException):
    """A result that somebody has to act upon. The task fails without a retry, and an e-mail is sent."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """An e-mail about a DAG run: `title`, `reasons` and `action` as in a Problem, `link` to the page in Airflow."""

    title: str
    reasons: list[str]
    action: str
    dag: str
    run: str
    task: str | None
    link: str | None


def mail_failure(context: dict[str, Any]) -> None:
    """Send an e-mail about a task that failed and is not retried. This is an `on_failure_callback`."""
    send(failure_message(context))


def mail_missed_deadline(context: dict[str, Any]) -> None:
    """Send an e-mail about a DAG run that had not ended at its deadline. This is the callback of a DeadlineAlert.

    Airflow also calls it at the deadline of a run that failed earlier, about which an e-mail was sent then.
    """
    ended, due = context["dag_run"]["end_date"], context["deadline"]["deadline_time"]
    if ended is None or _time(ended) > _time(due):
        send(deadline_message(context))


def failure_message(context: dict[str, Any]) -> Message:
    """Return the e-mail about the failed task of `context`."""
    error, ti = context.get("exception"), context["ti"]
    if isinstance(error, Problem):
        title, reasons, action = error.title, error.reasons, error.action
    else:
        title = f"Task failed: {ti.dag_id}, {ti.task_id}"
        reasons = [f"{type(error).__name__}: {error}" if error else "the process of the task ended without an error"]
        action = "Read the log of the task, remove the cause, then clear the task."
    return Message(
        title=title,
        reasons=reasons,
        action=action,
        dag=ti.dag_id,
        run=ti.run_id,
        task=f"{ti.task_id}, attempt {ti.try_number}",
        link=ti.log_url,
    )


def deadline_message(context: dict[str, Any]) -> Message:
    """Return the e-mail about the missed deadline of `context`."""
    run = context["dag_run"]
    return Message(
        title=f"Deadline missed: {run['dag_id']}",
        reasons=[
            f"the run was due at {context['deadline']['deadline_time']}",
            f"its state is {run['state']}, it was queued at {run['queued_at']}",
        ],
        action="Look at the tasks that have not ended. A training that hangs is cancelled by DELETE /training/ID; "
        "tasks that wait for a retry show the cause in their logs.",
        dag=run["dag_id"],
        run=run["dag_run_id"],
        task=None,
        link=None,
    )


def _time(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def send(message: Message) -> None:
    """Send an e-mail through the connection `smtp_default`."""
    subject = " ".join(f"[emoji API] {message.title}".split())[:MAX_SUBJECT]  # a line break would end the header
    body = TEMPLATES.get_template("alert.html").render(asdict(message))
    with SmtpHook() as smtp:
        smtp.send_email_smtp(to=Variable.get(RECIPIENTS), subject=subject, html_content=body)


def deadline(interval: timedelta) -> DeadlineAlert:
    """Return an alert that sends an e-mail if a run has not ended `interval` after it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=interval, callback=SyncCallback(mail_missed_deadline)
    )


# the delay between two attempts is AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY
DEFAULT_ARGS = {"retries": 3, "on_failure_callback": mail_failure}
