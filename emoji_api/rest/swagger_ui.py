"""Swagger UI's own files, from the package that carries them, so that no browser asks another server."""

from flask import Blueprint, Response, redirect, send_from_directory, url_for
from swagger_ui_bundle import swagger_ui_path
from werkzeug.wrappers import Response as BaseResponse

DAY = 24 * 60 * 60  # seconds

blp = Blueprint("swagger-ui", __name__)


@blp.get("/")
@blp.get("/swagger-ui/")
def home() -> BaseResponse:
    """Shows a person the way to Swagger UI."""
    return redirect(url_for("api-docs.openapi_swagger_ui"))


@blp.get("/swagger-ui/<path:name>")
def file(name: str) -> Response:
    """A style sheet or a script of Swagger UI."""
    return send_from_directory(swagger_ui_path, name, max_age=DAY)
