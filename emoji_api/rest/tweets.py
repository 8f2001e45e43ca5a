"""What tweets feel like: one tweet or many."""

from typing import Any

from flask import current_app

from emoji_api.inference.classifier import Classification
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.metrics import Metrics
from emoji_api.rest.schemas import AnswerSchema, AnswersSchema, TweetQuerySchema, TweetSchema, TweetsSchema
from emoji_api.rest.serving import served_model
from emoji_api.tasks import EMOTION

blp = Blueprint("tweets", __name__, url_prefix="/tweets", description="An emoji for a tweet")

Answer = dict[str, Any]


@blp.get("")
@blp.arguments(TweetQuerySchema(), location="query")
@blp.response(200, AnswerSchema)
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def get_tweet(arguments: dict[str, Any]) -> Answer:
    """The emoji of a tweet

    The arguments may also come as a JSON body in place of the query, as in POST.
    """
    return _answers(arguments["text"], arguments["scores"])[0]


@blp.post("")
@blp.arguments(TweetSchema())
@blp.response(200, AnswerSchema)
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(413, "REQUEST_ENTITY_TOO_LARGE")
@blp.alt_response(415, "UNSUPPORTED_MEDIA_TYPE")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def post_tweet(arguments: dict[str, Any]) -> Answer:
    """The emoji of a tweet"""
    return _answers(arguments["text"], arguments["scores"])[0]


@blp.post("/batch")
@blp.arguments(TweetsSchema())
@blp.response(200, AnswersSchema)
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(413, "REQUEST_ENTITY_TOO_LARGE")
@blp.alt_response(415, "UNSUPPORTED_MEDIA_TYPE")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def post_tweets(arguments: dict[str, Any]) -> dict[str, list[Answer]]:
    """The emoji of many tweets, in order"""
    return {"answers": _answers(arguments["texts"], arguments["scores"])}


def _answers(texts: str | list[str], scores: bool) -> list[Answer]:
    found = served_model().classifier.classify(texts)
    Metrics.of(current_app).predicted(EMOTION.name, ((answer.label, answer.truncated) for answer in found))
    return [_answer(classification, scores) for classification in found]


def _answer(classification: Classification, scores: bool) -> Answer:
    answer = {
        "emoji": classification.emoji,
        "confidence": round(classification.confidence, 4),
        "emotion": classification.label,
        "truncated": classification.truncated,
        "model": classification.model_version,
    }
    if scores:
        answer["scores"] = {label: round(score, 4) for label, score in classification.scores.items()}
    return answer
