"""The model card of the served model, and its reload."""

from flask import Response, current_app, jsonify
from marshmallow import Schema, fields

from emoji_api.rest.admin import admin
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.serving import HEADER_DOCUMENT, answering_model, served_model

WANTED = {"description": "version that should be served but cannot be, if known", "example": "2025.02.28-120000"}
RELOAD_ERROR = {
    "description": "why the version that should be served cannot be",
    "example": "model.int8.onnx: has 1000 bytes instead of 24115742",
}


class ModelSchema(Schema):
    """The model card: the bundle's manifest, and the engine that runs the network."""

    class Meta:
        unknown = "include"

    version = fields.String(required=True, metadata={"example": "2025.01.31-120000"})
    engine = fields.String(required=True, metadata={"example": "onnx"})
    created_at = fields.String(required=True, metadata={"format": "date-time"})
    max_length = fields.Integer(
        required=True, metadata={"description": "maximum length of a text in tokens", "example": 96}
    )
    tasks = fields.Dict(
        required=True, metadata={"description": "labels and parameters fitted on the validation split, by task"}
    )
    metrics = fields.Dict(required=True, metadata={"description": "metrics by task and split"})
    wanted = fields.String(metadata=WANTED)
    reload_error = fields.String(metadata=RELOAD_ERROR)


class ReloadedSchema(Schema):
    """The model served after a reload."""

    model = fields.String(
        required=True, metadata={"description": "version of the served model", "example": "2025.01.31-120000"}
    )


blp = Blueprint("models", __name__, url_prefix="/models")


@blp.get("")
@blp.response(200, ModelSchema, headers=HEADER_DOCUMENT)
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def get_model() -> Response:
    """Get the model card: training parameters, data, metrics and files"""
    manifest = answering_model().bundle.manifest
    # a Response is not filtered by the schema: a manifest has more keys
    card = {"version": manifest["version"], "engine": current_app.config["ENGINE"], **manifest}
    return jsonify({**card, **reload_error()})


@blp.post("/reload")
@admin
@blp.response(200, ReloadedSchema)
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(
    description="The worker process that receives the request loads the model before it answers; the others follow "
    "within EMOJI_API_RELOAD_SECONDS. If the model cannot be served, the answer is 409 and the old model stays. "
    "503 if there is no old model, and while another reload is running."
)
def reload_model() -> dict[str, str]:
    """Load the model that the model store or the registry points to"""
    return {"model": served_model().reload()}


def reload_error() -> dict[str, str]:
    """Return `reload_error` and, if it is known, `wanted` while another model should be served; else an empty dict."""
    model = served_model()
    if (error := model.error) is None:
        return {}
    return {"reload_error": error.public_message} | ({"wanted": model.wanted} if model.wanted else {})
