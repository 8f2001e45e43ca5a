"""Pages at the addresses of the JSON API: browsers get the page, other clients get JSON."""

from collections.abc import Callable

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from emoji_api.pages import companies, dashboard

PAGES: dict[str, Callable[..., ResponseReturnValue]] = {
    "companies.get_companies": companies.show_companies,
    "companies.get_company": dashboard.show_dashboard,
}
"""The view of the page for each endpoint of the API that has one."""


def init_app(app: Flask) -> None:
    """Answer browsers with the pages."""
    app.before_request(_answer_browser)
    app.after_request(_vary)


def prefers_html() -> bool:
    """Return whether the client names text/html and prefers it to JSON. `*/*` alone asks for JSON."""
    accepted = request.accept_mimetypes
    html = max((quality for media_type, quality in accepted if media_type.lower() == "text/html"), default=0)
    return html > 0 and html > accepted.quality("application/json")


def _answer_browser() -> ResponseReturnValue | None:
    view = PAGES.get(request.endpoint or "")
    if view is None or request.method not in ("GET", "HEAD") or not prefers_html():
        return None
    return view(**(request.view_args or {}))


def _vary(response: Response) -> Response:
    if request.endpoint in PAGES:
        response.vary.add("Accept")
    return response
