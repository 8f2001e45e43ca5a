"""Airflow's REST API."""

from datetime import datetime
from typing import Any

import httpx

from tests.waiting import wait_until

FINAL_STATES = ("success", "failed")
TIMEOUT_SECONDS = 60


class AirflowApi:
    """Requests of a user to the API server at `url`."""

    def __init__(self, url: str, user: str, password: str):
        login = httpx.post(f"{url}/auth/token", json={"username": user, "password": password}, timeout=TIMEOUT_SECONDS)
        token = login.raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{url}/api/v2", headers=headers, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> "AirflowApi":
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def dags(self) -> set[str]:
        """Return the ids of all DAGs."""
        return {dag["dag_id"] for dag in self._request("GET", "/dags")["dags"]}

    def import_errors(self) -> list[str]:
        """Return the errors of files that are no DAGs."""
        return [error["stack_trace"] for error in self._request("GET", "/importErrors")["import_errors"]]

    def unpause(self, dag: str) -> None:
        """Let the scheduler create and run the runs of a DAG."""
        self._request("PATCH", f"/dags/{dag}", json={"is_paused": False})

    def trigger(self, dag: str, start: datetime, end: datetime) -> str:
        """Create a run for the data interval from `start` to `end`, and return its id."""
        first, last = start.isoformat(), end.isoformat()
        body = {"logical_date": first, "data_interval_start": first, "data_interval_end": last}
        return self._request("POST", f"/dags/{dag}/dagRuns", json=body)["dag_run_id"]

    def wait(self, dag: str, run: str | None = None) -> tuple[str, dict[str, str]]:
        """Wait until the run, by default the first of the DAG, has ended. Return its state and those of its tasks."""
        ended: list[dict[str, Any]] = []

        def has_ended() -> bool:
            runs = self._request("GET", f"/dags/{dag}/dagRuns")["dag_runs"]
            ended[:] = [each for each in runs if each["dag_run_id"] == (run or runs[0]["dag_run_id"])]
            return bool(ended) and ended[0]["state"] in FINAL_STATES

        wait_until(has_ended)
        path = f"/dags/{dag}/dagRuns/{ended[0]['dag_run_id']}/taskInstances"
        tasks = self._request("GET", path)["task_instances"]
        return ended[0]["state"], {task["task_id"]: task["state"] for task in tasks}

    def _request(self, method: str, path: str, **options: Any) -> Any:
        response = self._client.request(method, path, **options)
        assert response.is_success, response.text
        return response.json()
