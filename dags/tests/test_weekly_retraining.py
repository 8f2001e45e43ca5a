"""Weekly retraining against a running service: promoted, rejected, failed, and with the service down."""

from mails import free_port


def test_service_that_is_down_is_reported_once_after_the_retries(run_dag, connect, mails, data):
    url = f"http://127.0.0.1:{free_port()}"
    connect(url)
    state, tasks = run_dag("weekly_retraining")
    assert state == "failed"
    assert tasks == {
        "check_data": "success",
        "start_training": "failed",
        "wait_for_training": "upstream_failed",
        "require_promoted": "upstream_failed",
    }
    (mail,) = mails
    print(mail.subject, mail.text)
    assert mail.recipients == ["ml-team@example.org"]
    assert mail.subject == "[emoji API] Task failed: weekly_retraining, start_training"
    assert f"ServiceUnavailable: {url} cannot be reached" in mail.text and "attempt 4" in mail.text


def test_rejected_training_is_reported_with_the_failed_checks_of_the_gate(run_dag, connect, service, mails, data):
    connect(service.url)
    state, tasks = run_dag("weekly_retraining")
    print(tasks)
    (mail,) = mails
    print(mail.subject, mail.text)
    assert state == "failed" and tasks["wait_for_training"] == "success" and tasks["require_promoted"] == "failed"
