"""The page on which a person labels posts about a company."""

from flask import Blueprint, Response

from emoji_api.pages.rendering import render_page
from emoji_api.tasks import EMOTION, EMOTION_EMOJI, HATE, OFFENSIVE, SENTIMENT

EMOJI = {
    EMOTION.name: EMOTION_EMOJI,
    SENTIMENT.name: dict(zip(SENTIMENT.labels, "🙁😐🙂", strict=True)),
    OFFENSIVE.name: dict(zip(OFFENSIVE.labels, "👌🤬", strict=True)),
    HATE.name: dict(zip(HATE.labels, "👌🚫", strict=True)),
}
"""The emoji on the buttons, by task and label."""

blp = Blueprint("labelling", __name__)


@blp.get("/companies/<name>/label")
def get_label_page(name: str) -> Response:
    """Return the page without any data: its script asks the HTTP API for posts, with the admin key."""
    return render_page("label.html", name=name, emoji=EMOJI)
