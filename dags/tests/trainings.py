"""Requests to the training service of the tests."""

import time
from typing import Any

import httpx
from conftest import ADMIN_KEY, Service

from emoji_api.database.tables import FINAL_TRAINING_STATES

TRAINING_SECONDS = 120


def send(service: Service, method: str, path: str, **options: Any) -> httpx.Response:
    """Send a request with an admin key and return the response. Fail if it is an error."""
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    return httpx.request(method, service.url + path, headers=headers, timeout=60, **options).raise_for_status()


def start_training(service: Service) -> str:
    """Start a training and return its id."""
    return send(service, "POST", "/training", json={}).json()["id"]


def wait_for(service: Service, training_id: str) -> dict[str, Any]:
    """Wait until a training has ended and return its document."""
    deadline = time.monotonic() + TRAINING_SECONDS
    while time.monotonic() < deadline:
        training = send(service, "GET", f"/training/{training_id}").json()
        if training["state"] in FINAL_TRAINING_STATES:
            return training
        time.sleep(0.2)
    raise TimeoutError(f"training {training_id} has not ended")
