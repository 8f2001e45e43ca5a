"""Liveness and readiness probes."""

from typing import Any

from marshmallow import Schema, fields

from emoji_api.errors import BundleError, EmojiApiError
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.errors import RETRY_AFTER_SECONDS
from emoji_api.rest.models import RELOAD_ERROR, WANTED, reload_error
from emoji_api.rest.serving import served_model


class LivenessSchema(Schema):
    """Whether the process is alive."""

    live = fields.Boolean(required=True, metadata={"example": True})


class ReadinessSchema(Schema):
    """Whether the process can answer; if not, the reason."""

    ready = fields.Boolean(required=True, metadata={"example": True})
    model = fields.String(metadata={"description": "version of the served model", "example": "2025.01.31-120000"})
    file = fields.String(metadata={"description": "the bundle's file that cannot be used, relative to the bundle"})
    reason = fields.String(metadata={"description": "why no model can be served"})
    wanted = fields.String(metadata=WANTED)
    reload_error = fields.String(metadata=RELOAD_ERROR)


NOT_READY = {"ready": False, "file": "model.int8.onnx", "reason": "is missing"}

blp = Blueprint("health", __name__, url_prefix="/health")


@blp.get("/live")
@blp.response(200, LivenessSchema)
def get_liveness() -> dict[str, bool]:
    """Check whether the process is alive; restart it if this fails"""
    return {"live": True}


@blp.get("/ready")
@blp.response(200, ReadinessSchema)
@blp.alt_response(503, schema=ReadinessSchema, description="No model can be served", example=NOT_READY)
def get_readiness() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Check whether the process can answer; route requests to it only while this succeeds"""
    try:
        classifier = served_model().classifier
    except EmojiApiError as error:
        return _not_ready(error), 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return {"ready": True, "model": classifier.bundle.version, **reload_error()}, 200, {}


def _not_ready(error: EmojiApiError) -> dict[str, Any]:
    if isinstance(error, BundleError):
        cause = {"file": error.file, "reason": error.public_reason}
    else:
        cause = {"reason": error.public_message}
    known = {**cause, "wanted": served_model().wanted}
    return {"ready": False, **{name: value for name, value in known.items() if value is not None}}
