"""All DAGs: imported without errors, without cycles, with retries, failure e-mails and deadlines."""

import pytest

from emoji_airflow.alerts import mail_failure

NAMES = ["model_performance", "sentiment_inspector", "weekly_retraining"]


def test_dags_are_imported_without_errors(dags):
    assert sorted(dags) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_dag_has_no_cycle_and_every_task_is_retried_and_reported(dags, name):
    dag = dags[name]
    dag.check_cycle()
    assert dag.doc_md and not dag.catchup
    assert dag.deadline[0].callback.path == "emoji_airflow.alerts.mail_missed_deadline"
    for task in dag.tasks:
        assert task.retries == 3
        assert task.on_failure_callback in (mail_failure, [mail_failure])
