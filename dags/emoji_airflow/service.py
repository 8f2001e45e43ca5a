"""Requests to the service. The connection `emoji_api` has its address, and as its password an admin key."""

from typing import Any

import httpx
from airflow.sdk import Connection

from emoji_airflow.alerts import Alert, Problem

CONNECTION = "emoji_api"
TIMEOUT_SECONDS = 30
RETRIED_STATUSES = (408, 429)


class ServiceUnavailable(Problem):
    """A service that cannot be reached, or that answers with an error that may pass. The task is retried."""

    def __init__(self, reason: str):
        super().__init__(
            "The service is not available",
            [reason],
            "Check that it runs and that GET /health/ready answers 200, and compare its address with the connection "
            f"{CONNECTION}. Then clear the task.",
        )


class RequestRefused(Alert):
    """A request that the service refuses, so that sending it again does not help. The task is not retried."""

    def __init__(self, reason: str):
        super().__init__(
            "The service refuses a request",
            [reason],
            f"For 401 and 403, compare the password of the connection {CONNECTION} with EMOJI_API_ADMIN_KEYS. For "
            "other errors, the message says what the service needs. Then clear the task.",
        )


def request(method: str, path: str, **options: Any) -> httpx.Response:
    """Send a request to the service and return the response, whose status is below 300, or 409.

    `options` are those of httpx. Raise ServiceUnavailable and RequestRefused.
    """
    with httpx.Client(**client_options(Connection.get(CONNECTION))) as client:
        try:
            response = client.request(method, path, **options)
        except httpx.TransportError as error:
            raise ServiceUnavailable(f"{client.base_url} cannot be reached: {error}") from error
    raise_for_status(response)
    return response


def client_options(connection: Any) -> dict[str, Any]:
    """Return the options of an httpx client: address, admin key and timeout of the connection."""
    host = connection.host if "://" in connection.host else f"{connection.schema or 'http'}://{connection.host}"
    return {
        "base_url": host if connection.port is None else f"{host}:{connection.port}",
        "headers": {"Authorization": f"Bearer {connection.password}"} if connection.password else {},
        "timeout": TIMEOUT_SECONDS,
    }


def raise_for_status(response: httpx.Response) -> None:
    """Raise ServiceUnavailable or RequestRefused for an error other than 409, with the service's message."""
    if response.is_success or response.status_code == 409:
        return
    message = describe(response)
    if response.is_server_error or response.status_code in RETRIED_STATUSES:
        raise ServiceUnavailable(message)
    raise RequestRefused(message)


def describe(response: httpx.Response) -> str:
    """Return the method, path and status of a response, and the service's message."""
    return f"{response.request.method} {response.request.url}: {response.status_code}, {_message(response)}"


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, LookupError, TypeError):
        return response.reason_phrase
