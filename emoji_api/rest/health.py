"""Probes: whether this process lives, and whether it can answer."""

from typing import Any

from emoji_api.errors import BundleError, EmojiApiError
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.errors import RETRY_AFTER_SECONDS
from emoji_api.rest.schemas import HealthSchema, ReadinessSchema
from emoji_api.rest.serving import served_model

blp = Blueprint("health", __name__, url_prefix="/health", description="Probes")


@blp.get("/live")
@blp.response(200, HealthSchema)
def live() -> dict[str, bool]:
    """Whether the process lives: restart it when this fails"""
    return {"live": True}


@blp.get("/ready")
@blp.response(200, ReadinessSchema)
@blp.alt_response(503, schema=ReadinessSchema, description="No model can be served")
def ready() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Whether the process can answer: send it requests only while this holds"""
    try:
        model = served_model()
        classifier = model.classifier
    except EmojiApiError as error:
        return _not_ready(error), 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return {"ready": True, "model": classifier.bundle.version, **model.refusal()}, 200, {}


def _not_ready(error: EmojiApiError) -> dict[str, Any]:
    if isinstance(error, BundleError):
        return {"ready": False, "file": error.path, "reason": error.reason}
    return {"ready": False, "reason": str(error)}
