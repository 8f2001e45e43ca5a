"""The model that is being served."""

from flask import Response, current_app, jsonify

from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.schemas import ModelSchema
from emoji_api.rest.serving import served_model

blp = Blueprint("models", __name__, url_prefix="/models", description="The model that answers")


@blp.get("")
@blp.response(200, ModelSchema)
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def get_model() -> Response:
    """The model card: how it was trained, how good it is, what it is made of"""
    manifest = served_model().classifier.bundle.manifest
    # a response, not a dictionary: a card has more than the schema names
    return jsonify({"version": manifest["version"], "engine": current_app.config["ENGINE"], **manifest})
