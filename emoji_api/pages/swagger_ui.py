"""Swagger UI in the frame of the pages, in place of flask-smorest's page, whose script violates the security policy."""

from flask import Flask, Response, current_app, url_for

from emoji_api.pages.rendering import render_page
from emoji_api.rest.openapi import DOCUMENT_ENDPOINT, PAGE_ENDPOINT


def init_app(app: Flask) -> None:
    """Show the page at the address of flask-smorest's."""
    app.view_functions[PAGE_ENDPOINT] = show_swagger_ui


def show_swagger_ui() -> Response:
    """Return the page with Swagger UI."""
    config = current_app.config["OPENAPI_SWAGGER_UI_CONFIG"] | {"url": url_for(DOCUMENT_ENDPOINT)}
    return render_page("swagger_ui_page.html", config=config)
