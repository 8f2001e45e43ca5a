"""Requests to the service. The connection `emoji_api` has its address, and as its password an admin key."""

from typing import Any

import httpx
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowException, AirflowFailException

CONNECTION = "emoji_api"
TIMEOUT_SECONDS = 30
RETRIED_STATUSES = (408, 429)


class ServiceUnavailable(AirflowException):
    """A service that cannot be reached, or that answers with an error that may pass. The task is retried."""


class RequestRefused(AirflowFailException):
    """A request that the service refuses, so that sending it again does not help. The task is not retried."""


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
    message = f"{response.request.method} {response.request.url.path}: {response.status_code}, {_message(response)}"
    if response.is_server_error or response.status_code in RETRIED_STATUSES:
        raise ServiceUnavailable(message)
    raise RequestRefused(message)


def conflict(response: httpx.Response) -> RequestRefused:
    """Return the error for a response with status 409."""
    return RequestRefused(f"{response.request.method} {response.request.url.path}: 409, {_message(response)}")


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, LookupError, TypeError):
        return response.reason_phrase
