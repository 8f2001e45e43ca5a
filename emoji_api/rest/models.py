"""The model that is being served, and the order to take another."""

from flask import Response, current_app, jsonify

from emoji_api.rest.admin import admin
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.schemas import ModelSchema, ReloadedSchema
from emoji_api.rest.serving import HEADER_DOCUMENT, answering_model, served_model

blp = Blueprint("models", __name__, url_prefix="/models", description="The model that answers")


@blp.get("")
@blp.response(200, ModelSchema, headers=HEADER_DOCUMENT)
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def get_model() -> Response:
    """The model card: how it was trained, how good it is, what it is made of"""
    manifest = answering_model().bundle.manifest
    # a response, not a dictionary: a card has more than the schema names
    card = {"version": manifest["version"], "engine": current_app.config["ENGINE"], **manifest}
    return jsonify({**card, **served_model().refusal()})


@blp.post("/reload")
@admin
@blp.response(200, ReloadedSchema)
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(
    description="The worker that is reached takes it before it answers, the others at their next look. "
    "A model that cannot be served is a 409, and the old one goes on serving; 503 when there is no old one, "
    "and while another is being looked for."
)
def reload_model() -> dict[str, str]:
    """Take the model that the store or the registry points to, at once"""
    return {"model": served_model().reload()}
